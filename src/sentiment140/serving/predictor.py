"""Texts to probabilities from a model folder. No TensorFlow, pandas or scikit-learn: it starts at once."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from sentiment140.ensemble.blend import expit
from sentiment140.errors import UserError
from sentiment140.labels import NEGATIVE, POSITIVE, is_positive
from sentiment140.serving import QUALITIES
from sentiment140.serving.manifest import Manifest, ModelMember
from sentiment140.text.ngrams import ngram_counts
from sentiment140.text.tokenize import Tokenizer, Tokens
from sentiment140.text.vocabulary import Ids, Vocabulary

log = logging.getLogger(__name__)

_PIECE = 16_384
_BATCH = 256  # what one layer gives the next stays in the cache, and it takes little memory


class Predictor:
    """Scores tweets with a trained model. Safe from several threads, and a classifier in scikit-learn's sense.

    Args:
        manifest: of the model folder.
        folder: where its files lie.
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
        """The predictor of a run.

        Args:
            folder: of a run, such as `submissions/standard`, its `model/`, or a copy of a folder in that.
            quality: "fast", the student, or "best", the whole ensemble; None for the student where there is one.

        Raises:
            UserError: there is none, or it is damaged.
        """
        folder = model_folder(Path(folder), quality)
        return cls(Manifest.read(folder), folder)

    def probability(self, texts: Iterable[str]) -> np.ndarray:
        """float32 [tweets]: the calibrated probability that each is positive, the same whatever stands beside it.

        Raises:
            TypeError: one text in place of several, or something that is no text.
        """
        rest = _checked(texts)
        pieces = iter(lambda: list(islice(rest, _PIECE)), [])
        return np.concatenate([np.empty(0, np.float32), *(self._of_tokens(self._tokenize(piece)) for piece in pieces)])

    def predict_proba(self, texts: Iterable[str]) -> np.ndarray:
        """float32 [tweets, 2]: the probabilities of `classes_`."""
        positive = self.probability(texts)
        return np.column_stack([1 - positive, positive])

    def predict(self, texts: Iterable[str]) -> np.ndarray:
        """ "positive" or "negative" [tweets]."""
        return self.classes_[is_positive(self.probability(texts)).astype(int)]

    def explain(self, texts: Iterable[str]) -> list[list[tuple[str, float]]]:
        """Each tweet's tokens, each with how much lower the probability of positive were if it were an unknown word.

        Raises:
            TypeError: as `probability`.

        Occlusion: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014.
        """
        tokens = self._tokenize(_checked(texts))
        lengths = tokens.lengths
        # Of each tweet as many copies as it has tokens, in each copy another one unknown, which is number 0.
        copies = tokens.take(np.repeat(np.arange(len(tokens)), lengths))
        position = np.arange(len(tokens.flat)) - np.repeat(tokens.starts, lengths)
        copies.flat[copies.starts + position] = 0
        whole = np.repeat(self._of_tokens(tokens), lengths)
        effects = np.split(whole - self._of_tokens(copies), tokens.offsets[1:-1])
        return [list(zip(tokens.tweet(row), effects[row].tolist(), strict=True)) for row in range(len(tokens))]

    def member_probabilities(self, tokens: Tokens) -> np.ndarray:
        """float64 [tweets, members]: each member's probability of positive, the mean over its fold models."""
        ids = {name: vocabulary.encode(tokens) for name, vocabulary in self._vocabularies.items()}
        return np.column_stack(
            [
                np.mean([model(ids[member.vocabulary]) for model in self._models[member.name]], axis=0)
                for member in self.manifest.members
            ]
        )

    def _of_tokens(self, tokens: Tokens) -> np.ndarray:
        return self.manifest.ensemble.apply(self.member_probabilities(tokens)).astype(np.float32)

    def fit(self, texts: Any, labels: Any = None) -> Self:
        """Itself: it is trained already. Here so that it can end a scikit-learn pipeline."""
        return self

    def score(self, texts: Iterable[str], labels: Iterable[str]) -> float:
        """The share of the texts whose sentiment is the label.

        Raises:
            ValueError: a label that is not one of `classes_`.
        """
        right = np.asarray(labels)
        if not np.isin(right, self.classes_).all():
            raise ValueError(f"labels must be {' or '.join(map(repr, self.classes_.tolist()))}")
        return float(np.mean(self.predict(texts) == right))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What scikit-learn clones it by."""
        return {"manifest": self.manifest, "folder": self.folder}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_clone__(self) -> Self:
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags  # only who asks has it

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).load, (self.folder,)


def model_folder(folder: Path, quality: str | None) -> Path:
    """The folder with the manifest: that named, or of the run or `model/` folder named the one of this quality.

    Raises:
        UserError: no such folder, or it has none of this quality.
    """
    if not folder.is_dir():
        raise UserError("no such folder", str(folder), "name another with --model")
    if (folder / "model").is_dir():
        folder /= "model"
    there = [name for name in QUALITIES if (folder / name).is_dir()]
    if quality is not None and quality not in there:
        have = f"it has {' and '.join(there)}" if there else "leave the quality out"
        raise UserError(f"no model of quality {quality}", f"in {folder}", have)
    return folder / (quality or there[0]) if there else folder


def choose_model(folder: Path | None, submissions: Path, quality: str | None) -> tuple[Path, Manifest]:
    """The folder of a model and its manifest; logs which it is.

    Args:
        folder: of a run or a model; None for the run in `submissions` that was finished last.
        submissions: where the runs lie.
        quality: as of `Predictor.load`.

    Raises:
        UserError: no such model, or a damaged one.
    """
    folder = model_folder(folder or newest_model(submissions), quality)
    manifest = Manifest.read(folder)
    demo = " (DEMO: trained on synthetic tweets)" if manifest.data == "demo" else ""
    log.info("model: %s%s", folder, demo)
    return folder, manifest


def newest_model(submissions: Path) -> Path:
    """The model folder of the run that was finished last.

    Raises:
        UserError: there is no finished run.
    """
    folders = sorted(submissions.glob("*/model"), key=lambda path: path.stat().st_mtime)
    if not folders:
        raise UserError("no model found", f"in {submissions}", "train one: bash scripts/run_all.sh")
    return folders[-1]


def _checked(texts: Iterable[str]) -> Iterator[str]:
    if isinstance(texts, str):
        raise TypeError("several texts are expected, as in [text]")
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"texts are expected, not {text!r} of type {type(text).__name__}")
        yield text


def _load(member: ModelMember, path: Path) -> Callable[[Ids], np.ndarray]:
    return _onnx_model(path, member.text.bucket) if member.model_type == "onnx" else _ngram_model(path, member.ngrams)


def _onnx_model(path: Path, bucket: int) -> Callable[[Ids], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # several processes keep all cores busier than one's threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def probability(ids: Ids) -> np.ndarray:
        result = np.empty(len(ids), np.float32)
        for rows, batch in ids.padded_batches(bucket, _BATCH):
            result[rows] = session.run(None, {name: batch})[0][:, 0]
        return result

    return probability


def _ngram_model(path: Path, ngrams: int) -> Callable[[Ids], np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        terms, idf, coefficients, intercept = (archive[name] for name in ("terms", "idf", "coefficients", "intercept"))

    def probability(ids: Ids) -> np.ndarray:
        rows, columns, counts = ngram_counts(ids, terms, ngrams)
        values = (1 + np.log(counts))[:, None] * idf[columns]  # [n-grams, folds]
        squares, scores = values**2, values * coefficients[columns]
        total = np.zeros(len(ids))
        for fold, constant in enumerate(intercept):
            norm = np.sqrt(np.bincount(rows, squares[:, fold], minlength=len(ids)))
            score = np.bincount(rows, scores[:, fold], minlength=len(ids))
            total += expit(score / np.where(norm > 0, norm, 1) + constant)
        return total / len(intercept)

    return probability
