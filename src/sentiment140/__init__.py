"""Sentiment140: train a Conv1D+LSTM ensemble on 1.6 million tweets, and score new ones.

from sentiment140 import Predictor
Predictor.load("submissions/standard").predict(["I love it"])
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentiment140.serving.predictor import Predictor

__all__ = ["Predictor", "__version__"]
__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    if name != "Predictor":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sentiment140.serving.predictor import Predictor  # here: `import sentiment140` stays quick

    return Predictor


def __dir__() -> list[str]:
    return sorted(__all__)
