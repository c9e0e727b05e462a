"""Fingerprints of fits: a fit is kept as long as its code, settings and arrays are the same, and else fitted again."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from sentiment140.data.arrays import UNSEEN, TrainingData
from sentiment140.experiment import Member, TextSettings
from sentiment140.runs.provenance import STUDENT_CODE, fit_code, vectors_code
from sentiment140.training.fit import FoldFit
from sentiment140.training.word_vectors import VectorFit

FINGERPRINT = "fingerprint"
"""The key of the fingerprint among the facts of a fit."""


class Fingerprints:
    """The fingerprints of all fits on the same arrays.

    Args:
        data: the arrays.
    """

    def __init__(self, data: TrainingData) -> None:
        self._data = data
        self._hashes: dict[object, str] = {}

    def of_fit(self, fit: FoldFit) -> dict[str, Any]:
        """Return the fingerprint of a fold fit: see `code_and_settings`, and hashes of its tweets and vectors."""
        vectors = fit.member.vectors
        return {
            **code_and_settings(fit),
            "tweets": self._of_tweets(fit.member.text),
            "vectors": [self._of_matrix(fit.member.text, part) for part in (vectors.parts if vectors else ())],
        }

    def of_vectors(self, fit: VectorFit) -> dict[str, Any]:
        """Return the fingerprint of fitted word vectors."""
        settings = {"source": fit.source, "fold": fit.fold, "seed": fit.seed}
        start = [self._of_matrix(fit.text, fit.source)]
        tweets = self._of_tweets(fit.text)
        return {"code": vectors_code(), "settings": settings, "tweets": tweets, "vectors": start}

    def _of_tweets(self, text: TextSettings) -> str:
        if text not in self._hashes:
            data, ids = self._data, [self._data.train_ids[text]]
            ids += [data.unseen_ids[part][text] for part in UNSEEN]
            keys = (data.keys, data.labels, data.folds, *(data.unseen_keys[part] for part in UNSEEN))
            self._hashes[text] = hash_arrays([*keys, *(array for part in ids for array in (part.flat, part.offsets))])
        return self._hashes[text]

    def _of_matrix(self, text: TextSettings, source: str) -> str:
        key = (text, source)
        if key not in self._hashes:
            self._hashes[key] = hash_arrays([self._data.matrices[key]])
        return self._hashes[key]


def code_and_settings(fit: FoldFit) -> dict[str, Any]:
    """Return what decides the result of a fold fit beside its arrays: the code, and the settings."""
    return {"code": fit_code(fit.member.architecture), "settings": _settings(fit.member, fit.seed) | {"fold": fit.fold}}


def student_code_and_settings(student: Member, seed: int) -> dict[str, Any]:
    """Return what decides the student beside the tweets: the code, and the settings."""
    return {"code": fit_code(student.architecture, *STUDENT_CODE), "settings": _settings(student, seed)}


def student_fingerprint(
    student: Member, seed: int, texts: Iterable[str], keys: Iterable[np.ndarray], targets: np.ndarray
) -> dict[str, Any]:
    """Return the fingerprint of the student.

    Args:
        student: its settings.
        seed: the random seed.
        texts: its vocabulary, the training tweets, and the tweets that it predicts.
        keys: the keys of the tweets that it predicts.
        targets: the ensemble's probabilities, which it is trained on.
    """
    tweets = np.frombuffer("\n".join(texts).encode("utf-8", "surrogatepass"), np.uint8)
    return {
        **student_code_and_settings(student, seed),
        "tweets": hash_arrays([tweets, *keys]),
        "targets": hash_arrays([targets]),
    }


def changes(saved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List the parts of a fingerprint that have changed, such as "code"; empty if the fit can be kept.

    Examples:
        >>> changes({"code": "1", "settings": {"epochs": 2}}, {"code": "1", "settings": {"epochs": 3}})
        ['settings']
    """
    plain = json.loads(json.dumps(now))  # as it is read back: a tuple is a list
    return [part for part, value in plain.items() if saved.get(part) != value]


def hash_arrays(arrays: Iterable[np.ndarray]) -> str:
    """Compute a hash of arrays, with their types and shapes, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _settings(member: Member, seed: int) -> dict[str, Any]:
    return {"seed": seed, **asdict(member)}
