import numpy as np
import pytest

from sentiment140.ensemble.blend import expit
from sentiment140.ensemble.calibration import fit_platt


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
