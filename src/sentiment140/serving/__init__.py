"""The model folder and what scores tweets with it. Only `export` imports TensorFlow."""

FAST, BEST = "fast", "best"  # what the models of a run are called: the student, and the whole ensemble
QUALITIES = (FAST, BEST)
