"""Trains a Keras member on each installed backend: the losses must agree."""

import importlib.util
import json
import subprocess
import sys

import pytest

from support import REPOSITORY

OTHERS = ("jax", "torch")
CODE = """
import json
import numpy as np
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.fit import build_keras, predict_keras, train_keras

random = np.random.default_rng(0)
text = TextSettings(stopwords="none", minimum_count=1, max_length=16, bucket=16)  # one width: compiled once
numbers = {"filters": 8, "kernel_size": 3, "pool_size": 2, "units": 8, "dropout": 0.0}
fit = FitSettings(epochs=4, minimum_steps=8, learning_rate=0.01)
member = Member("small", "conv_lstm", numbers, text, VectorSettings("random.8d", trainable=True), fit)
labels = random.integers(0, 2, 400)
words = [("good", "fine", "happy") if label else ("bad", "sad", "fine") for label in labels]
tokens = tokenize([f"it was {random.choice(some)} {' '.join(['so'] * random.integers(0, 9))}" for some in words])
vocabulary = Vocabulary.build(tokens, text)
ids = vocabulary.encode(tokens)
model = build_keras(member, np.zeros((len(vocabulary), 8), np.float32))
# Each backend has its own random numbers.
model.set_weights([random.normal(0, 0.3, weight.shape) for weight in model.get_weights()])
losses = [entry["loss"] for entry in train_keras(model, member, ids, labels, 0)]
print(json.dumps({"losses": losses, "probabilities": predict_keras(model, ids, text.bucket)[:20].tolist()}))
"""


def train_on(backend: str) -> dict[str, list[float]]:
    """The loss of each epoch, and the probabilities of 20 tweets."""
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={"KERAS_BACKEND": backend, "PYTHONPATH": str(REPOSITORY / "src"), "PATH": "", "HOME": "/nonexistent"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("backend", OTHERS)
def test_a_keras_member_has_the_same_losses_on_every_backend(backend):
    if backend == "torch" and importlib.util.find_spec(backend) is None:  # too large to install for one test
        pytest.skip("PyTorch is not installed")
    found, tensorflow = train_on(backend), train_on("tensorflow")
    assert found["losses"][0] > found["losses"][-1]
    # Only TensorFlow has sparse gradients, for which LazyAdam differs from Adam: so the losses agree only roughly.
    assert found["losses"] == pytest.approx(tensorflow["losses"], abs=0.02)
    assert found["probabilities"] == pytest.approx(tensorflow["probabilities"], abs=0.05)
