import numpy as np
import pytest

from sentiment140.ensemble.calibration import platt
from sentiment140.ensemble.combination import from_log_odds


def drawn(slope, intercept, n=40_000, seed=0):
    """Log-odds, and labels whose true log-odds are `slope * odds + intercept`."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 2, n)
    return odds, (rng.random(n) < from_log_odds(slope * odds + intercept)).astype(np.int8)


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (0.5, 0), (2, -0.7), (1.3, 1), (0.1, 0.4), (-1, 0)])
def test_the_slope_and_intercept_the_labels_were_drawn_with_are_found(slope, intercept):
    found = platt(*drawn(slope, intercept))
    assert found == pytest.approx((slope, intercept), abs=0.06)
    assert all(type(number) is float for number in found)  # what JSON takes


def test_the_calibrated_mean_is_the_share_of_positives():
    odds, labels = drawn(0.4, -1)
    slope, intercept = platt(odds, labels)
    assert from_log_odds(slope * odds + intercept).mean() == pytest.approx(labels.mean(), abs=1e-3)


def test_scaling_the_log_odds_changes_no_calibrated_probability():
    odds, labels = drawn(1, 0.3)
    slope, intercept = platt(odds, labels)
    scaled_slope, scaled_intercept = platt(odds * 3, labels)
    assert (scaled_slope * 3, scaled_intercept) == pytest.approx((slope, intercept), abs=1e-3)
