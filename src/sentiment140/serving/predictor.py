"""Texts to probabilities from a model folder. No TensorFlow, pandas or scikit-learn: it starts at once."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import onnxruntime

from ..ensemble.combination import from_log_odds
from ..text.ngrams import ngram_counts
from ..text.tokenise import tokenise
from ..text.vocabulary import Ids, Vocabulary
from .manifest import Manifest, ModelMember

_BATCH = 4096


class Predictor:
    """Scores tweets with a trained ensemble. Safe from several threads.

    Args:
        manifest: of the model folder.
        folder: where its files lie.
    """

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self.manifest = manifest
        self._vocabularies = {
            member.name: Vocabulary((folder / member.vocabulary).read_text("utf-8").split("\n"), member.text)
            for member in manifest.members
        }
        self._models = {
            member.name: [_load(member, folder / file) for file in member.files] for member in manifest.members
        }

    @classmethod
    def load(cls, folder: str | Path) -> "Predictor":
        """The predictor of a model folder.

        Raises:
            UserError: there is none, or it is damaged.
        """
        folder = Path(folder)
        return cls(Manifest.read(folder), folder)

    def member_probabilities(self, texts: Iterable[str]) -> np.ndarray:
        """float64 [tweets, members]: each member's probability of positive, the mean over its fold models."""
        tokens = tokenise(texts)
        columns = []
        for member in self.manifest.members:
            ids = self._vocabularies[member.name].encode(tokens)
            columns.append(np.mean([model(ids) for model in self._models[member.name]], axis=0))
        return np.column_stack(columns)

    def predict_proba(self, texts: Iterable[str]) -> np.ndarray:
        """float32 [tweets]: the calibrated probability that each is positive."""
        return self.manifest.ensemble.apply(self.member_probabilities(texts)).astype(np.float32)

    def predict(self, texts: Iterable[str]) -> list[str]:
        """ "positive" or "negative" for each tweet."""
        return sentiments(self.predict_proba(texts))


def sentiments(probability: np.ndarray) -> list[str]:
    """ "positive" where the probability is at least one half, else "negative"."""
    return ["positive" if p >= 0.5 else "negative" for p in probability]


def _load(member: ModelMember, path: Path) -> Callable[[Ids], np.ndarray]:
    return _onnx_model(path, member.text.bucket) if member.kind == "onnx" else _tfidf_model(path, member.ngrams)


def _onnx_model(path: Path, bucket: int) -> Callable[[Ids], np.ndarray]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def probability(ids: Ids) -> np.ndarray:
        result = np.empty(len(ids), np.float32)
        for rows, batch in ids.padded_batches(bucket, _BATCH):
            result[rows] = session.run(None, {name: batch})[0][:, 0]
        return result

    return probability


def _tfidf_model(path: Path, ngrams: int) -> Callable[[Ids], np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        terms, idf, coefficients, intercept = (archive[name] for name in ("terms", "idf", "coefficients", "intercept"))

    def probability(ids: Ids) -> np.ndarray:
        rows, columns, counts = ngram_counts(ids, terms, ngrams)
        values = (1 + np.log(counts)) * idf[columns]
        norm = np.sqrt(np.bincount(rows, values**2, minlength=len(ids)))
        score = np.bincount(rows, values * coefficients[columns], minlength=len(ids))
        return from_log_odds(score / np.where(norm > 0, norm, 1) + intercept[0])

    return probability
