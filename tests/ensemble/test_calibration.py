import numpy as np
import pytest

from sentiment140.ensemble.blend import expit
from sentiment140.ensemble.calibration import fit_platt, fit_platt_of_mean


def draw(slope, intercept, n=40_000, seed=0):
    """Draw logits, and labels whose true logits are `slope * logits + intercept`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, n)
    return logits, (rng.random(n) < expit(slope * logits + intercept)).astype(np.int8)


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (0.5, 0), (2, -0.7), (1.3, 1), (0.1, 0.4), (-1, 0)])
def test_platt_scaling_finds_the_slope_and_intercept_that_the_labels_were_drawn_with(slope, intercept):
    found = fit_platt(*draw(slope, intercept))
    assert found == pytest.approx((slope, intercept), abs=0.06)
    assert all(type(number) is float for number in found)  # JSON cannot serialize NumPy floats


def test_the_mean_calibrated_probability_is_the_share_of_positives():
    logits, labels = draw(0.4, -1)
    slope, intercept = fit_platt(logits, labels)
    assert expit(slope * logits + intercept).mean() == pytest.approx(labels.mean(), abs=1e-3)


def test_scaling_the_logits_does_not_change_the_calibrated_probabilities():
    logits, labels = draw(1, 0.3)
    slope, intercept = fit_platt(logits, labels)
    scaled_slope, scaled_intercept = fit_platt(logits * 3, labels)
    assert (scaled_slope * 3, scaled_intercept) == pytest.approx((slope, intercept), abs=1e-3)


def draw_models(noise, models=5, n=60_000, seed=0):
    """Draw labels, and the logits of models that see the same truth, each with noise of its own."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.2, 1.5, n)
    labels = (rng.random(n) < expit(truth)).astype(np.int8)
    return truth + rng.normal(0, noise, (models, n)), labels


@pytest.mark.parametrize("noise", [0.3, 0.8, 1.5])
def test_the_calibration_of_a_mean_is_that_which_labels_would_give(noise):
    logits, labels = draw_models(noise)
    slope, intercept = fit_platt(logits[0], labels)
    found = fit_platt_of_mean(logits, slope, intercept)
    assert found == pytest.approx(fit_platt(logits.mean(axis=0), labels), abs=0.025)
    assert found[0] > slope  # the mean is less noisy
    assert all(type(number) is float for number in found)


def test_models_that_agree_keep_their_calibration():
    logits = np.repeat(draw_models(0.5)[0][:1], 4, axis=0)
    assert fit_platt_of_mean(logits, 0.9, 0.1) == pytest.approx((0.9, 0.1), abs=1e-4)
    assert fit_platt_of_mean(logits[:1], 0.9, 0.1) == pytest.approx((0.9, 0.1), abs=1e-4)


@pytest.mark.parametrize("n", [0, 1, 2, 10])
@pytest.mark.parametrize("slope", [1.1, -0.3])
def test_few_tweets_give_at_most_twice_the_slope_and_none_keep_it(n, slope):
    logits = draw_models(3.0, n=n)[0]
    found, intercept = fit_platt_of_mean(logits, slope, 0.1)
    assert 1 <= found / slope <= 2.001
    assert np.isfinite(intercept)
    if not n:
        assert (found, intercept) == (slope, 0.1)
