"""Import Keras with one thread per process, without TensorFlow's startup messages. Import it before Keras."""

import logging
import os
import sys


def _import_keras() -> None:
    """Set TensorFlow's environment variables, then import Keras with stderr redirected to the null device.

    TensorFlow's C++ code prints some lines before it reads its log level, so the log level alone does not silence it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # These models are too small to gain from a second thread. Two single-threaded models at a time train 1.3 times as
    # many tweets/s on two cores (all tweets), and the results do not depend on the number of cores.
    for pool in ("INTRAOP", "INTEROP"):
        os.environ.setdefault(f"TF_NUM_{pool}_THREADS", "1")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # several processes may share a GPU
    # TensorFlow warns of frequent retracing, but one trace per padded width of the tweets is intended.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    stderr, null_device = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null_device)


_import_keras()
