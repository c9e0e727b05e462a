import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.people.adapted_folder import write_adapted
from sentiment140.people.prior_shift import adapt_to_share, positive_share
from sentiment140.serving.predictor import Predictor


@settings(deadline=None, max_examples=20)
@given(st.floats(0.05, 0.95), st.integers(0, 2**32 - 1))
def test_the_share_is_found_if_the_logits_are_calibrated(share, seed):
    generator = np.random.default_rng(seed)
    positive = generator.random(10_000) < share
    logits = generator.normal(np.where(positive, 2, -2), 2)  # calibrated: the variance is twice the mean
    assert positive_share(logits) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("logit", [-50.0, 50.0])
def test_a_share_of_all_or_none_is_finite(logit):
    assert 0 < positive_share(np.full(1000, logit)) < 1


def test_a_shifted_model_adds_the_same_to_each_logit(predictor, tmp_path):
    texts = [f"number{number} {'awful' if number % 4 else 'great'} day" for number in range(1200)]
    head, vocabulary, about = adapt_to_share(predictor.model, texts, "new.csv")
    write_adapted(predictor.model, head, vocabulary, about, tmp_path / "shifted")
    shifted, before = Predictor.load(tmp_path / "shifted"), Predictor(predictor.model, lexicon=True)
    assert about.positive_share < 0.5
    expected = np.log(about.positive_share / (1 - about.positive_share))
    assert shifted.decision_function(texts) - before.decision_function(texts) == pytest.approx(expected)
    assert "adapted to 1,200 tweets of new.csv without labels, about" in repr(shifted)


def test_few_tweets_are_refused(predictor):
    with pytest.raises(UserError, match="999 tweets are too few, at least 1,000 are needed"):
        adapt_to_share(predictor.model, ["a day"] * 999, "new.csv")


def test_the_command_takes_tweets_without_labels(demo_run, tmp_path, run_here):
    _, run, _ = demo_run
    rows = [f"7,a {'bad' if number % 3 else 'good'} day {number}" for number in range(1000)]
    (tmp_path / "new.csv").write_text("\n".join(["n,tweet", *rows]), "utf-8")
    done = run_here("adapt", "--prior-shift", tmp_path / "new.csv", "--model", run, "--output", tmp_path / "mine")
    assert done.returncode == 0, done.stderr.decode()
    assert "adapted to 1,000 tweets of new.csv without labels, about" in done.stdout.decode()
    both = ("--labeled", tmp_path / "new.csv", "--prior-shift", tmp_path / "new.csv", "--output", tmp_path / "mine")
    assert run_here("adapt", *both).returncode == 2
