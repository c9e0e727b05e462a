"""Scoring of new tweets: the model folder, the predictor, files of tweets, and an HTTP service.

Only `export`, and `optimize` for it, import TensorFlow.
"""

FAST, BEST = "fast", "best"  # the models of a run: the student network, and the whole ensemble
QUALITIES = (FAST, BEST)
