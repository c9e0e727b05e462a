"""Batches, the fitting of one (member, fold), and the cross-validation over all of them."""

from sentiment140.models import keras_setup  # noqa: F401 - before those here that import Keras
