"""The loaded models of a model folder: tokens of tweets to logits."""

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from sentiment140.data.separated import LONGEST_TEXT
from sentiment140.ensemble.blend import expit
from sentiment140.errors import UserError
from sentiment140.evidence.terms import Terms
from sentiment140.experiment import TextSettings
from sentiment140.runs.memory import memory_errors
from sentiment140.serving.head import DENSE, Head, dense_features
from sentiment140.serving.manifest import LARGEST_NUMBER, NAME, REPAIR, Manifest, ModelMember
from sentiment140.text.ngrams import MAX_IDS, ngram_counts
from sentiment140.text.tokenize import UNKNOWN, Tokenizer, Tokens
from sentiment140.text.vocabulary import PADDING, Ids, Vocabulary

_IN_PICKLE = "in the pickled predictor"
_MOST_COMPRESSION = 50  # of an array; those of real models are a half of their size
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
        self._where = f"in {files}" if isinstance(files, Path) else _IN_PICKLE
        self._files = files
        self._tokenize = Tokenizer()
        settings = {member.vocabulary: member.text for member in manifest.members}
        self._vocabularies = {name: self._vocabulary(name, text) for name, text in settings.items()}
        self._models = {member.name: [self._load(member, file) for file in member.files] for member in manifest.members}
        folds = {len(self._try(member)) for member in manifest.members}
        if len(folds) > 1:
            raise UserError("the members have different numbers of folds", self._where, REPAIR)
        self._head, self._head_vocabulary = self._load_head()

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
        return cls(Manifest.verify(files, _IN_PICKLE), files)

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
        """Tokenize tweets. Of a text of more than `LONGEST_TEXT` characters, only these are read."""
        return self._tokenize(text[:LONGEST_TEXT] for text in texts)  # a shorter text is not copied

    def logits(self, tokens: Tokens) -> np.ndarray:
        """Compute the calibrated logits of positive, float64 [tweets]; those before an adaptation."""
        return self.manifest.ensemble.logits(self.member_probabilities(tokens))

    def logits_and_hidden(self, tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
        """Compute the calibrated logits of positive, and what the networks compute last before the probability.

        Args:
            tokens: the tokenized tweets.

        Returns:
            (logits float64 [tweets], hidden float32 [tweets, units]): the hidden units of the first fold's network of
            each member.
        """
        ids = {name: vocabulary.encode(tokens) for name, vocabulary in self._vocabularies.items()}
        probabilities, hidden = [], [np.empty((len(tokens), 0), np.float32)]
        for member in self.manifest.members:
            first, *others = self._models[member.name]
            found, units = first.outputs(ids[member.vocabulary])
            rest = [model.probability(ids[member.vocabulary]) for model in others]
            probabilities.append(self._checked(member, np.concatenate([found, *rest])))
            hidden.append(units)
        return self.manifest.ensemble.logits(np.stack(probabilities, axis=-1)), np.column_stack(hidden)

    def adapted_logits(self, tokens: Tokens, terms: Terms) -> np.ndarray:
        """Compute the logits of the classes of a model that was adapted to labeled tweets.

        Args:
            tokens: the tokenized tweets.
            terms: whether emoji and emoticons count.

        Returns:
            float64 [tweets, classes].
        """
        assert self._head is not None
        assert self._head_vocabulary is not None
        values = dense_features(*self.logits_and_hidden(tokens), tokens, terms)
        return self._head.logits(values, self._head_vocabulary.encode(tokens))

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
                self._checked(
                    member,
                    np.concatenate([model.probability(ids[member.vocabulary]) for model in self._models[member.name]]),
                )
                for member in self.manifest.members
            ],
            axis=-1,
        )

    def _content(self, name: str) -> bytes:
        return (self._files / name).read_bytes() if isinstance(self._files, Path) else self._files[name]

    def _vocabulary(self, name: str, settings: TextSettings) -> Vocabulary:
        try:
            words = self._content(name).decode("utf-8").split("\n")
        except UnicodeDecodeError:
            words = []
        if words[:2] != [PADDING, UNKNOWN] or len(words) > MAX_IDS:
            raise UserError(f"{name} is not a vocabulary", self._where, REPAIR)
        return Vocabulary(words, settings)

    def _load(self, member: ModelMember, name: str) -> "_Loaded":
        """Load the models of a file."""
        load = _onnx_model if member.model_type == "onnx" else _ngram_model
        try:
            with memory_errors():
                return load(self._content(name), member)
        except (MemoryError, FileNotFoundError):
            raise
        except Exception as error:  # onnxruntime raises many types
            what = f"{name} is not a valid model ({' '.join(str(error).split())[:100]})"
            raise UserError(what, self._where, REPAIR) from error

    def _load_head(self) -> tuple[Head | None, Vocabulary | None]:
        adaptation = self.manifest.adaptation
        if adaptation is None:
            return None, None
        try:
            with memory_errors():
                head = Head.from_arrays(_arrays(self._content(adaptation.file)), LARGEST_NUMBER)
        except (MemoryError, FileNotFoundError):
            raise
        except Exception as error:  # NumPy raises many types
            what = f"{adaptation.file} is not a valid head ({' '.join(str(error).split())[:100]})"
            raise UserError(what, self._where, REPAIR) from error
        vocabulary = self._vocabulary(adaptation.vocabulary, adaptation.text)
        units = self.logits_and_hidden(self.tokens([""]))[1].shape[1]
        if head.dense.shape != (len(DENSE) + units, adaptation.labels):
            raise UserError(f"{adaptation.file} does not belong to these models", self._where, REPAIR)
        return head, vocabulary

    def _try(self, member: ModelMember) -> np.ndarray:
        """Score a tweet of the last word with the models of a member, and check that they give probabilities.

        Returns:
            float64 [folds, 1].
        """
        last = np.array([len(self._vocabularies[member.vocabulary]) - 1], np.int32)
        tweet = Ids(last, np.array([0, 1]))
        try:
            with memory_errors():
                result = np.concatenate([model.outputs(tweet)[0] for model in self._models[member.name]])
        except MemoryError:
            raise
        except Exception as error:  # onnxruntime raises many types
            what = f"a model of {member.name} fails ({' '.join(str(error).split())[:100]})"
            raise UserError(what, self._where, REPAIR) from error
        return self._checked(member, result)

    def _checked(self, member: ModelMember, probabilities: np.ndarray) -> np.ndarray:
        if not ((probabilities >= 0) & (probabilities <= 1)).all():  # also true for NaN
            raise UserError(f"a model of {member.name} gives no probability", self._where, REPAIR)
        return probabilities

    def __repr__(self) -> str:
        return f"Model(run={self.manifest.run!r}, quality={self.manifest.quality!r})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_files, (self.files(),)


@dataclass(frozen=True)
class _Loaded:
    """The models of a file.

    Attributes:
        probability: a function from tweets to float64 [folds of the file, tweets].
        outputs: a function from tweets to the same, and to the hidden units of a network, float32 [tweets, units].
    """

    probability: Callable[[Ids], np.ndarray]
    outputs: Callable[[Ids], tuple[np.ndarray, np.ndarray]]


def _onnx_model(content: bytes, member: ModelMember) -> _Loaded:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # several processes use the cores better than the threads of one process
    # Weights in other files would be read unchecked, from the working folder. A path that is not a folder has none.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (name,) = (tensor.name for tensor in session.get_inputs())
    if len(tensors := session.get_outputs()) != 2:
        raise ValueError("it has no hidden units beside the probability")
    (of_probability, of_hidden), units = (tensor.name for tensor in tensors), tensors[1].shape[1]

    def probability(ids: Ids) -> np.ndarray:
        result = np.empty((1, len(ids)), np.float64)
        for rows, batch in ids.padded_batches(member.text.bucket, _BATCH_SIZE):
            result[0, rows] = session.run([of_probability], {name: batch})[0][:, 0]
        return result

    def outputs(ids: Ids) -> tuple[np.ndarray, np.ndarray]:
        result, hidden = np.empty((1, len(ids)), np.float64), np.empty((len(ids), units), np.float32)
        for rows, batch in ids.padded_batches(member.text.bucket, _BATCH_SIZE):
            found, hidden[rows] = session.run([of_probability, of_hidden], {name: batch})
            result[0, rows] = found[:, 0]
        return result, hidden

    return _Loaded(probability, outputs)


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        if any(entry.file_size > _MOST_COMPRESSION * entry.compress_size for entry in file.infolist()):
            raise ValueError("its arrays are compressed too much")  # a small file could fill the memory
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return dict(archive)


def _ngram_model(content: bytes, member: ModelMember) -> _Loaded:
    arrays = _arrays(content)
    terms, idf, coefficients, intercept = (arrays[name] for name in ("terms", "idf", "coefficients", "intercept"))
    if not (len(terms) and terms.dtype == np.int64 and (np.diff(terms) > 0).all()):
        raise ValueError("its terms are not sorted")
    if not (idf.shape == coefficients.shape == (len(terms), len(intercept))) or intercept.ndim != 1:
        raise ValueError("its arrays have different lengths")
    if not all((np.abs(array) <= LARGEST_NUMBER).all() for array in (idf, coefficients, intercept)):
        raise ValueError("it has a number that is NaN or too large")

    def probability(ids: Ids) -> np.ndarray:
        rows, columns, counts = ngram_counts(ids, terms, member.ngrams)
        values = (1 + np.log(counts))[:, None] * idf[columns]  # [n-grams, folds]
        squares, scores = values**2, values * coefficients[columns]
        result = np.empty((len(intercept), len(ids)))
        for fold, constant in enumerate(intercept):
            norm = np.sqrt(np.bincount(rows, squares[:, fold], minlength=len(ids)))
            score = np.bincount(rows, scores[:, fold], minlength=len(ids))
            result[fold] = expit(score / np.where(norm > 0, norm, 1) + constant)
        return result

    return _Loaded(probability, lambda ids: (probability(ids), np.empty((len(ids), 0), np.float32)))
