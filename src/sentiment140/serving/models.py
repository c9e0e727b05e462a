"""The loaded models of a model folder: tokens of tweets to logits."""

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from sentiment140.ensemble.blend import expit
from sentiment140.serving.manifest import NAME, Manifest, ModelMember
from sentiment140.text.ngrams import ngram_counts
from sentiment140.text.tokenize import Tokenizer, Tokens
from sentiment140.text.vocabulary import Ids, Vocabulary

_BATCH_SIZE = 256  # small enough that the output of each layer stays in the processor's cache


class Model:
    """The models of a model folder, loaded. It never changes, so copies and threads share it.

    A pickle contains the files of the folder. It can be loaded without the folder, on a machine that has this package.

    Args:
        manifest: the manifest of the folder; its checksums are verified.
        files: the folder, or the content of its files by name.

    Attributes:
        manifest: the manifest.
        folder: the folder; None if the models were loaded from a pickle.
    """

    def __init__(self, manifest: Manifest, files: Path | Mapping[str, bytes]) -> None:
        self.manifest = manifest
        self.folder = files if isinstance(files, Path) else None
        self._files = files
        self._tokenize = Tokenizer()
        settings = {member.vocabulary: member.text for member in manifest.members}
        self._vocabularies = {
            name: Vocabulary(self._content(name).decode("utf-8").split("\n"), text) for name, text in settings.items()
        }
        self._models = {member.name: [self._load(member, file) for file in member.files] for member in manifest.members}

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a model folder.

        Args:
            folder: the folder with the manifest.

        Raises:
            UserError: as in `Manifest.read`.
        """
        return cls(Manifest.read(folder), folder)

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """Load models from the content of the files of their folder, which a pickle contains.

        Args:
            files: the content of all files by name, with that of the manifest.

        Raises:
            UserError: the model has another format, or a file is missing or damaged.
        """
        return cls(Manifest.verify(files, "in the pickled predictor"), files)

    def files(self) -> dict[str, bytes]:
        """Return the content of all files of the model folder by name, and verify it.

        Raises:
            UserError: the folder is gone, or a file in it was changed since the model was loaded.
        """
        names = (NAME, *self.manifest.sha256)
        try:
            files = {name: self._content(name) for name in names}
        except FileNotFoundError:
            files = {}
        Manifest.verify(files, f"in {self.folder}")
        return files

    def tokens(self, texts: Iterable[str]) -> Tokens:
        """Tokenize tweets."""
        return self._tokenize(texts)

    def logits(self, tokens: Tokens) -> np.ndarray:
        """Compute the calibrated logits of positive, float64 [tweets]."""
        return self.manifest.ensemble.logits(self.member_probabilities(tokens))

    def known_words(self, tokens: Tokens) -> np.ndarray:
        """Count the words of each tweet that a member knows, int64 [tweets]."""
        return np.max([vocabulary.known_words(tokens) for vocabulary in self._vocabularies.values()], axis=0)

    def truncated(self, tokens: Tokens) -> np.ndarray:
        """Whether each tweet has more tokens than a member reads, bool [tweets]."""
        return tokens.lengths > min(member.text.max_length for member in self.manifest.members)

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

    def _content(self, name: str) -> bytes:
        return (self._files / name).read_bytes() if isinstance(self._files, Path) else self._files[name]

    def _load(self, member: ModelMember, name: str) -> Callable[[Ids], np.ndarray]:
        """Load the models of a file: a function from the tweets to float64 [folds of the file, tweets]."""
        file = self._files / name if isinstance(self._files, Path) else self._files[name]
        return (
            _onnx_model(file, member.text.bucket) if member.model_type == "onnx" else _ngram_model(file, member.ngrams)
        )

    def __repr__(self) -> str:
        return f"Model(run={self.manifest.run!r}, quality={self.manifest.quality!r})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_files, (self.files(),)


def _onnx_model(file: Path | bytes, bucket: int) -> Callable[[Ids], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # several processes use the cores better than the threads of one process
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def probability(ids: Ids) -> np.ndarray:
        result = np.empty((1, len(ids)), np.float64)
        for rows, batch in ids.padded_batches(bucket, _BATCH_SIZE):
            result[0, rows] = session.run(None, {name: batch})[0][:, 0]
        return result

    return probability


def _ngram_model(file: Path | bytes, ngrams: int) -> Callable[[Ids], np.ndarray]:
    with np.load(io.BytesIO(file) if isinstance(file, bytes) else file, allow_pickle=False) as archive:
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
