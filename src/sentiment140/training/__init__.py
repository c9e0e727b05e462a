"""Train members: batches, the fit of one member on one fold, cross-validation over all of them, and distillation."""

from sentiment140.models import keras_setup  # noqa: F401 - must come before the modules here that import Keras
