"""Imports Keras, one thread a process, without the lines TensorFlow's C++ side prints before a setting holds."""

import logging
import os
import sys


def _import_keras() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # These models are too small for two threads: one trains them about as fast, so two cores do more with two models at
    # a time, 1.3 times the tweets/s on all tweets. And the sums do not depend on how many cores there are.
    for pool in ("INTRAOP", "INTEROP"):
        os.environ.setdefault(f"TF_NUM_{pool}_THREADS", "1")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # a GPU may be that of several processes
    # A model is traced once for each width of tweets, which is meant: no warning that it happens often.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


_import_keras()
