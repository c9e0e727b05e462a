import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.ensemble.blend import Blend, Ensemble, expit, logit
from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.ensemble.cross_fit import calibrate_all_folds, cross_fit, cross_fit_all_folds, fit_ensemble

every_blender = pytest.mark.parametrize("name", BLENDERS)


@pytest.fixture(autouse=True)
def few_hill_climbing_steps(monkeypatch):
    """Hill climbing with few steps is faster, and which labels it sees does not depend on their number."""
    monkeypatch.setattr("sentiment140.ensemble.blenders._STEPS", 10)


def synthetic(n=600, seed=0, folds=3):
    """Draw probabilities of three members, labels and folds."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    logits = (labels * 2 - 1)[:, None] + rng.normal(0, [1, 1.5, 2], (n, 3))
    return expit(logits), labels, rng.integers(0, folds, n)


@every_blender
def test_the_result_of_a_fold_does_not_depend_on_its_own_labels(name):
    probabilities, labels, folds = synthetic()
    oof, _ = cross_fit(name, probabilities, labels, folds, 0)
    for fold in range(3):
        inside = folds == fold
        changed, _ = cross_fit(name, probabilities, np.where(inside, 1 - labels, labels), folds, 0)
        assert changed[inside].tolist() == oof[inside].tolist()
        assert (changed[~inside] != oof[~inside]).all()


@every_blender
def test_the_result_of_a_tweet_does_not_depend_on_other_tweets_of_its_fold(name):
    probabilities, labels, folds = synthetic()
    oof, _ = cross_fit(name, probabilities, labels, folds, 0)
    row = int(np.flatnonzero(folds == 1)[0])
    probabilities[row] = [0.99, 0.01, 0.5]
    changed, _ = cross_fit(name, probabilities, labels, folds, 0)
    others = (folds == 1) & (np.arange(len(folds)) != row)
    assert changed[others].tolist() == oof[others].tolist()
    assert changed[row] != oof[row]
    assert (changed[folds != 1] != oof[folds != 1]).any()


@every_blender
def test_each_fold_is_scored_by_an_ensemble_fitted_on_the_others_and_the_returned_one_is_fitted_on_all(name):
    probabilities, labels, folds = synthetic()
    folds = folds * 2 + 5  # fold numbers need not start at 0
    oof, ensemble = cross_fit(name, probabilities, labels, folds, 7)
    for fold in (5, 7, 9):
        others = folds != fold
        expected = fit_ensemble(name, probabilities[others], labels[others], 7).apply(probabilities[~others])
        assert oof[~others].tolist() == expected.tolist()
    assert ensemble == fit_ensemble(name, probabilities, labels, 7)
    assert oof.dtype == np.float64
    assert ((oof > 0) & (oof < 1)).all()


@every_blender
def test_the_ensemble_scores_better_than_chance_and_is_calibrated(name):
    probabilities, labels, folds = synthetic(n=6000)
    oof, ensemble = cross_fit(name, probabilities, labels, folds, 0)
    assert ((oof >= 0.5) == labels).mean() > 0.8
    assert oof.mean() == pytest.approx(labels.mean(), abs=0.01)
    assert ensemble.slope > 0


def test_an_ensemble_gives_the_probability_computed_by_hand():
    # logits ln 3, 0 and -ln 3; 0.5 ln 3 + 0.25 * 0 - 0.25 ln 3 = 0.25 ln 3; times 4 plus ln 2 = ln 6
    ensemble = Ensemble(Blend((0.5, 0.25, 0.25)), 4.0, float(np.log(2)))
    assert ensemble.apply(np.array([[0.75, 0.5, 0.25]])) == pytest.approx([6 / 7])
    assert Ensemble(Blend((1.0,)), 1.0, 0.0).apply(np.array([[0.3], [0.9]])) == pytest.approx([0.3, 0.9])


def test_weights_that_depend_on_confidence_give_the_logits_computed_by_hand():
    # logits ln 9 and -ln 3: confidence 1.5 ln 3, half of ln 3 above the average; weights 1 - ln 3 and ln 3
    three = float(np.log(3))
    expected = [(1 - three) * 2 * three - three * three]
    assert Blend((1.0, 0.0), (-2.0, 2.0), three, 9.0).apply(np.array([[2 * three, -three]])) == pytest.approx(expected)
    # confidence above the cap counts as the cap
    assert Blend((1.0, 0.0), (-2.0, 2.0), 0.0, 1.5 * three).apply(np.array([[99.0, 0.0]])) == pytest.approx(
        [99 * (1 - 3 * three)]
    )


def test_an_ensemble_blends_each_row_independently():
    probabilities = synthetic()[0]
    ensemble = Ensemble(Blend((0.6, 0.5, -0.1), (0.1, 0.2, -0.3), 1.5, 3.0), 1.2, 0.1)
    assert ensemble.apply(probabilities)[5:6] == pytest.approx(ensemble.apply(probabilities[5:6]), rel=1e-12)


@given(st.floats(1e-6, 1 - 1e-6))
def test_expit_inverts_logit(probability):
    assert expit(logit(np.array([probability])))[0] == pytest.approx(probability, rel=1e-9)


@given(st.floats(-13, 13))
def test_logit_inverts_expit(logits):
    assert logit(expit(np.array([logits])))[0] == pytest.approx(logits, abs=1e-6)


def test_logits_of_0_and_1_are_finite_and_logits_are_symmetric():
    logits = logit(np.array([0.0, 1e-9, 0.5, 1 - 1e-9, 1.0]))
    assert np.isfinite(logits).all()
    assert logits == pytest.approx(-logits[::-1])
    assert logits[0] < logits[2] == 0 < logits[4]


def test_huge_logits_give_probabilities_0_and_1_without_a_warning():
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert expit(np.array([-1e300, -800.0, 0.0, 800.0, 1e300])).tolist() == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize("bad", [np.nan, -1e-9, 1.0001, np.inf, -np.inf])
def test_a_value_outside_0_to_1_is_refused(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        logit(np.array([0.5, bad]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        Ensemble(Blend((0.5, 0.5)), 1.0, 0.0).apply(np.array([[0.5, bad]]))


def test_the_blended_logits_of_several_folds_are_averaged():
    probabilities = synthetic(n=50)[0]
    ensemble = Ensemble(Blend((0.6, 0.5, -0.1), (0.1, 0.2, -0.3), 1.5, 3.0), 1.2, 0.1)
    folds = np.stack([probabilities, probabilities[::-1]])
    expected = expit((logit(ensemble.apply(folds[0])) + logit(ensemble.apply(folds[1]))) / 2)
    assert ensemble.apply(folds) == pytest.approx(expected)
    assert ensemble.apply(folds[:1]) == pytest.approx(ensemble.apply(folds[0]))


def test_each_half_of_the_held_out_texts_is_calibrated_on_the_other_half():
    ensemble = Ensemble(Blend((0.5, 0.3, 0.2)), 1.0, 0.0)
    folds = np.stack([synthetic(n=400, seed=seed)[0] for seed in range(3)])
    groups = np.random.default_rng(3).integers(0, 150, 400)
    found = cross_fit_all_folds(ensemble, folds, groups)
    odd = groups % 2 == 1
    assert found[odd].tolist() == calibrate_all_folds(ensemble, folds[:, ~odd]).apply(folds[:, odd]).tolist()
    changed = folds.copy()
    changed[:, odd] = 0.9
    again = cross_fit_all_folds(ensemble, changed, groups)
    assert (again[~odd] != found[~odd]).all()  # fitted on the odd groups
    one = int(np.flatnonzero(odd)[0])
    changed = folds.copy()
    changed[:, one] = 0.01
    again = cross_fit_all_folds(ensemble, changed, groups)
    assert (again[odd] == found[odd]).sum() == odd.sum() - 1  # the tweets of a half do not influence each other


def test_the_calibration_for_all_folds_keeps_the_blend_and_without_tweets_everything():
    ensemble = Ensemble(Blend((0.5, 0.3, 0.2)), 1.0, 0.0)
    folds = np.stack([synthetic(n=400, seed=seed)[0] for seed in range(3)])
    found = calibrate_all_folds(ensemble, folds)
    assert found.blend == ensemble.blend
    assert found.slope > ensemble.slope
    assert calibrate_all_folds(ensemble, folds[:, :0]) == ensemble
    assert cross_fit_all_folds(ensemble, folds[:, :0], np.empty(0, int)).shape == (0,)
