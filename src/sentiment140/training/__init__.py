"""Batches, the fitting of one (member, fold), and the cross-validation over all of them."""

from ..models import quiet_keras  # noqa: F401 - before those here that import Keras
