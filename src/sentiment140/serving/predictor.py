"""Score texts with an exported model. Imports neither TensorFlow, pandas nor scikit-learn, so it starts at once."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from sentiment140.ensemble.blend import expit
from sentiment140.errors import UserError, unknown_name
from sentiment140.labels import NEGATIVE, POSITIVE, is_positive
from sentiment140.serving import QUALITIES
from sentiment140.serving.manifest import Manifest, ModelMember
from sentiment140.text.ngrams import ngram_counts
from sentiment140.text.tokenize import Tokenizer, Tokens
from sentiment140.text.vocabulary import Ids, Vocabulary

log = logging.getLogger(__name__)

_CHUNK_SIZE = 16_384  # texts scored at a time, so that memory does not grow with their number
_BATCH_SIZE = 256  # small enough that the output of each layer stays in the processor's cache


class Predictor:
    """A trained model that scores tweets. Thread-safe, and a classifier for scikit-learn's pipelines and metrics.

    Example, with the folder of a run:

        predictor = Predictor.load("submissions/standard")
        predictor.predict(["I love it", "not my day :("])      # array(['positive', 'negative'], dtype='<U8')
        predictor.probability(["I love it", "not my day :("])  # float32 [2], the probabilities of positive

    Args:
        manifest: the manifest of the model folder.
        folder: the model folder.

    Attributes:
        classes_: "negative" and "positive", in the order of the columns of `predict_proba`.
    """

    classes_ = np.array([NEGATIVE, POSITIVE])

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self.manifest = manifest
        self.folder = folder
        self._tokenize = Tokenizer()
        settings = {member.vocabulary: member.text for member in manifest.members}
        self._vocabularies = {
            name: Vocabulary((folder / name).read_text("utf-8").split("\n"), text) for name, text in settings.items()
        }
        self._models = {
            member.name: [_load(member, folder / file) for file in member.files] for member in manifest.members
        }

    @classmethod
    def load(cls, folder: str | Path, quality: str | None = None) -> Self:
        """Load the model of a run.

        Args:
            folder: the folder of a run such as `submissions/standard`, its folder `model/`, or a (copied) folder with a
                manifest such as `model/fast/`.
            quality: "fast" for the student, "best" for the whole ensemble; None for the student if the run has one,
                else the ensemble.

        Raises:
            UserError: the folder has no such model, or the model is damaged.
        """
        folder = model_folder(Path(folder), quality)
        return cls(Manifest.read(folder), folder)

    def probability(self, texts: Iterable[str]) -> np.ndarray:
        """Compute the calibrated probability that each tweet is positive.

        The probability of a tweet does not depend on the other tweets.

        Args:
            texts: the tweets.

        Returns:
            float32 [tweets].

        Raises:
            TypeError: `texts` is a single string, or contains something else than strings.
        """
        checked = _checked(texts)
        chunks = iter(lambda: list(islice(checked, _CHUNK_SIZE)), [])
        scored = (self._probability_of_tokens(self._tokenize(chunk)) for chunk in chunks)
        return np.concatenate([np.empty(0, np.float32), *scored])

    def predict_proba(self, texts: Iterable[str]) -> np.ndarray:
        """Compute the probabilities of both classes.

        Args:
            texts: the tweets.

        Returns:
            float32 [tweets, 2], in the order of `classes_`.

        Raises:
            TypeError: as in `probability`.
        """
        positive = self.probability(texts)
        return np.column_stack([1 - positive, positive])

    def predict(self, texts: Iterable[str]) -> np.ndarray:
        """Classify tweets: positive from probability 0.5, which is included.

        Args:
            texts: the tweets.

        Returns:
            str [tweets], "negative" or "positive".

        Raises:
            TypeError: as in `probability`.
        """
        return self.classes_[is_positive(self.probability(texts)).astype(int)]

    def explain(self, texts: Iterable[str]) -> list[list[tuple[str, float]]]:
        """Compute the effect of each token: how much the probability of positive drops if the token becomes unknown.

        Every token is replaced in turn by the unknown word, and the tweet is scored again. The method is called
        occlusion. Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014.

        Args:
            texts: the tweets.

        Returns:
            For each tweet a list of pairs (token, effect), in the order of the tokens. A positive effect means that the
            token makes the tweet more positive.

        Raises:
            TypeError: as in `probability`.
        """
        tokens = self._tokenize(_checked(texts))
        lengths = tokens.lengths
        # One copy of each tweet per token. In each copy another token is replaced by the unknown word, which has id 0.
        copies = tokens.take(np.repeat(np.arange(len(tokens)), lengths))
        position = np.arange(len(tokens.flat)) - np.repeat(tokens.starts, lengths)
        copies.flat[copies.starts + position] = 0
        original = np.repeat(self._probability_of_tokens(tokens), lengths)
        effects = np.split(original - self._probability_of_tokens(copies), tokens.offsets[1:-1])
        return [list(zip(tokens.tweet(row), effects[row].tolist(), strict=True)) for row in range(len(tokens))]

    def member_probabilities(self, tokens: Tokens) -> np.ndarray:
        """Compute the probability of positive of each member's model of each fold.

        Args:
            tokens: the tokenized tweets.

        Returns:
            float64 [folds, tweets, members].
        """
        ids = {name: vocabulary.encode(tokens) for name, vocabulary in self._vocabularies.items()}
        return np.stack(
            [
                np.concatenate([model(ids[member.vocabulary]) for model in self._models[member.name]])
                for member in self.manifest.members
            ],
            axis=-1,
        )

    def _probability_of_tokens(self, tokens: Tokens) -> np.ndarray:
        return self.manifest.ensemble.apply(self.member_probabilities(tokens)).astype(np.float32)

    def fit(self, texts: Any, labels: Any = None) -> Self:
        """Do nothing and return the predictor, which is already trained. scikit-learn's pipelines call this."""
        return self

    def score(self, texts: Iterable[str], labels: Iterable[str]) -> float:
        """Compute the accuracy.

        Args:
            texts: the tweets.
            labels: their true labels, "negative" or "positive".

        Returns:
            The share of correctly classified tweets.

        Raises:
            ValueError: a label is not in `classes_`.
        """
        expected = np.asarray(labels)
        if not np.isin(expected, self.classes_).all():
            raise ValueError(f"labels must be {' or '.join(map(repr, self.classes_.tolist()))}")
        return float(np.mean(self.predict(texts) == expected))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the arguments of the constructor, as scikit-learn expects."""
        return {"manifest": self.manifest, "folder": self.folder}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_clone__(self) -> Self:
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import (
            ClassifierTags,
            InputTags,
            Tags,
            TargetTags,
        )  # imported here: only scikit-learn calls this

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).load, (self.folder,)


def model_folder(folder: Path, quality: str | None) -> Path:
    """Find the folder with the manifest.

    Args:
        folder: the folder of a run, its folder `model/`, or the folder with the manifest itself.
        quality: "fast" or "best"; None for the first of them that there is.

    Returns:
        `folder` or a folder in it. It may still lack a manifest, which `Manifest.read` reports.

    Raises:
        UserError: `folder` does not exist, or has no model of this quality.
    """
    if not folder.is_dir():
        raise UserError("no such folder", str(folder), "name another with --model")
    if (folder / "model").is_dir():
        folder /= "model"
    available = [name for name in QUALITIES if (folder / name).is_dir()]
    if quality not in (None, *QUALITIES):
        raise UserError(unknown_name("quality", quality, QUALITIES))
    if quality is not None and quality not in available:
        remedy = f"choose {' or '.join(available)}" if available else "omit the quality"
        raise UserError(f"no model of quality {quality}", f"in {folder}", remedy)
    return folder / (quality or available[0]) if available else folder


def choose_model(folder: Path | None, submissions: Path, quality: str | None) -> tuple[Path, Manifest]:
    """Find a model, read its manifest, and log which model it is.

    Args:
        folder: the folder of a run or a model; None for the run in `submissions` that was finished last.
        submissions: the folder of all runs.
        quality: as in `Predictor.load`.

    Returns:
        The model folder and its manifest.

    Raises:
        UserError: there is no such model, or it is damaged.
    """
    folder = model_folder(folder or newest_model(submissions), quality)
    manifest = Manifest.read(folder)
    demo = " (DEMO: trained on synthetic tweets)" if manifest.data == "demo" else ""
    log.info("model: %s%s", folder, demo)
    return folder, manifest


def newest_model(submissions: Path) -> Path:
    """Find the folder `model/` of the run that was finished last.

    Args:
        submissions: the folder of all runs.

    Raises:
        UserError: there is no finished run.
    """
    folders = sorted(submissions.glob("*/model"), key=lambda path: path.stat().st_mtime)
    if not folders:
        raise UserError("no model found", f"in {submissions}", "train one (bash scripts/run_all.sh)")
    return folders[-1]


def _checked(texts: Iterable[str]) -> Iterator[str]:
    if isinstance(texts, str):
        raise TypeError("expected several texts, not one: pass a list such as [text]")
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"expected texts, found {text!r} of type {type(text).__name__}")
        yield text


def _load(member: ModelMember, path: Path) -> Callable[[Ids], np.ndarray]:
    """Load the models of a file: a function from the tweets to float64 [folds of the file, tweets]."""
    return _onnx_model(path, member.text.bucket) if member.model_type == "onnx" else _ngram_model(path, member.ngrams)


def _onnx_model(path: Path, bucket: int) -> Callable[[Ids], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # several processes use the cores better than the threads of one process
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def probability(ids: Ids) -> np.ndarray:
        result = np.empty((1, len(ids)), np.float64)
        for rows, batch in ids.padded_batches(bucket, _BATCH_SIZE):
            result[0, rows] = session.run(None, {name: batch})[0][:, 0]
        return result

    return probability


def _ngram_model(path: Path, ngrams: int) -> Callable[[Ids], np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        terms, idf, coefficients, intercept = (archive[name] for name in ("terms", "idf", "coefficients", "intercept"))

    def probability(ids: Ids) -> np.ndarray:
        rows, columns, counts = ngram_counts(ids, terms, ngrams)
        values = (1 + np.log(counts))[:, None] * idf[columns]  # [n-grams, folds]
        squares, scores = values**2, values * coefficients[columns]
        result = np.empty((len(intercept), len(ids)))
        for fold, constant in enumerate(intercept):
            norm = np.sqrt(np.bincount(rows, squares[:, fold], minlength=len(ids)))
            score = np.bincount(rows, scores[:, fold], minlength=len(ids))
            result[fold] = expit(score / np.where(norm > 0, norm, 1) + constant)
        return result

    return probability
