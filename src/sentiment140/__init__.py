"""Sentiment140: a Conv1D+LSTM ensemble, its honest scores, and the scoring of new tweets.

from sentiment140 import Predictor
Predictor.load("submissions/standard/model/fast").predict(["I love it"])
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .serving.predictor import Predictor

__all__ = ["Predictor"]


def __getattr__(name: str) -> Any:
    if name != "Predictor":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from .serving.predictor import Predictor  # only now: who wants another part need not wait for it

    return Predictor
