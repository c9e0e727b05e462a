import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from sentiment140.ensemble.blenders import BLENDERS, hill_climb
from sentiment140.ensemble.combination import from_log_odds, log_odds
from sentiment140.ensemble.cross_fit import fit_ensemble
from sentiment140.experiment import BLENDER_CHOICES

every_blender = pytest.mark.parametrize("name", BLENDERS)
learning_blender = pytest.mark.parametrize("name", [name for name in BLENDERS if name != "mean"])


def made_up(noises=(0.8, 1.5, 3.0), n=3000, seed=0):
    """Log-odds of members that know the label through this much noise each, and the labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    truth = labels * 2 - 1
    return np.column_stack([2 * (truth + rng.normal(0, noise, n)) / noise**2 for noise in noises]), labels


def test_the_blenders_are_those_the_settings_name():
    assert tuple(BLENDERS) == BLENDER_CHOICES


@every_blender
@pytest.mark.parametrize("members", [1, 2, 5])
def test_weights_are_finite_one_a_member_and_sum_to_1(name, members):
    odds, labels = made_up(np.linspace(0.8, 3, members))
    blend = BLENDERS[name](odds, labels, 0)
    assert len(blend.weights) == members
    assert len(blend.change) in (0, members)
    assert np.isfinite([*blend.weights, *blend.change, blend.average]).all()
    assert sum(blend.weights) == pytest.approx(1)


@every_blender
def test_one_member_alone_has_all_the_weight_even_if_it_is_wrong(name):
    odds, labels = made_up([1.0])
    assert BLENDERS[name](odds, labels, 0).weights == pytest.approx([1])
    assert BLENDERS[name](-odds, labels, 0).weights == pytest.approx([1])


@every_blender
@pytest.mark.parametrize("order", [[1, 0, 2], [2, 1, 0], [1, 2, 0]])
def test_a_members_weight_does_not_depend_on_its_place(name, order):
    odds, labels = made_up()
    expected = np.array(BLENDERS[name](odds, labels, 0).weights)[order]
    assert BLENDERS[name](odds[:, order], labels, 0).weights == pytest.approx(expected, abs=5e-3)


@every_blender
def test_the_same_columns_give_the_same_weights(name):
    odds, labels = made_up()
    assert BLENDERS[name](odds, labels, 3) == BLENDERS[name](odds, labels, 3)


@every_blender
def test_the_arrays_that_are_blended_stay_as_they_were(name):
    odds, labels = made_up()
    before = odds.copy(), labels.copy()
    BLENDERS[name](odds, labels, 0)
    assert (odds == before[0]).all()
    assert (labels == before[1]).all()


@every_blender
def test_all_columns_twice_give_the_same_blend(name):
    odds, labels = made_up()
    twice = np.column_stack([odds, odds])
    once_blended, twice_blended = (BLENDERS[name](columns, labels, 0).apply(columns) for columns in (odds, twice))
    assert twice_blended == pytest.approx(once_blended, abs=0.05)


@learning_blender
@pytest.mark.parametrize("column", [0, 2])
def test_a_copy_of_a_member_shares_its_weight_and_changes_nothing(name, column):
    odds, labels = made_up()
    # sureness is a mean over the members, so a copy changes it: the exact rule holds for plain weights alone
    tolerance = 0.05 if name == "feature_weighted" else 5e-3
    weights = np.array(BLENDERS[name](odds, labels, 0).weights)
    copied = np.array(BLENDERS[name](np.column_stack([odds, odds[:, column]]), labels, 0).weights)
    assert copied[column] + copied[3] == pytest.approx(weights[column], abs=tolerance)
    others = [member for member in range(3) if member != column]
    assert copied[others] == pytest.approx(weights[others], abs=tolerance)


@learning_blender
def test_a_member_that_knows_nothing_gets_no_weight_to_speak_of(name):
    odds, labels = made_up(n=6000)
    noise = np.random.default_rng(9).normal(0, odds.std(), len(labels))
    assert abs(BLENDERS[name](np.column_stack([noise, odds]), labels, 0).weights[0]) < 0.03


@learning_blender
def test_a_better_member_weighs_more(name):
    odds, labels = made_up((2.0, 0.8, 2.0))
    weights = BLENDERS[name](odds / odds.std(axis=0), labels, 0).weights
    assert weights[1] > 0.6


@every_blender
def test_a_column_with_a_nan_is_refused(name):
    odds, labels = made_up(n=200)
    probabilities = from_log_odds(odds)
    fit_ensemble(name, probabilities, labels, 0)
    probabilities[17, 1] = np.nan
    with pytest.raises(ValueError, match="none may be NaN"):
        fit_ensemble(name, probabilities, labels, 0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 4))
def test_hill_climbing_never_ends_below_the_best_member(seed, n, members):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    odds = log_odds(rng.random((n, members)) ** rng.integers(1, 5, members))
    blend = hill_climb(odds, labels, seed)

    def loss(column):
        return log_loss(labels, from_log_odds(column), labels=[0, 1])

    assert min(blend.weights) >= 0
    assert loss(blend.apply(odds)) <= min(loss(column) for column in odds.T) + 1e-9


def test_hill_climbing_beats_the_best_member_where_members_err_differently():
    odds, labels = made_up((1.5, 1.5, 1.5))
    loss = [log_loss(labels, from_log_odds(column)) for column in odds.T]
    assert log_loss(labels, from_log_odds(hill_climb(odds, labels, 0).apply(odds))) < min(loss) - 0.02


def test_stacking_members_worse_than_chance_falls_back_to_the_mean():
    odds, labels = made_up()
    for name in ("logistic", "feature_weighted"):
        assert BLENDERS[name](-odds, labels, 0) == BLENDERS["mean"](odds, labels, 0)


@pytest.mark.parametrize("overconfidence", [1, 3, 10])
@every_blender
def test_the_surer_all_members_are_the_surer_is_the_blend(name, overconfidence):
    odds, labels = made_up()
    overconfident = np.sign(odds) * np.abs(odds) ** 1.5 * overconfidence  # surer than right, the more so the surer
    ensemble = fit_ensemble(name, from_log_odds(overconfident), labels, 0)
    unanimous = np.linspace(-13.8, 13.8, 200)
    probability = ensemble.apply(from_log_odds(np.repeat(unanimous[:, None], 3, axis=1)))
    assert (np.diff(probability) > 0).all()


def test_feature_weighted_stacking_finds_weights_that_depend_on_sureness():
    """Labels drawn from the first member where both waver and from the second where both are sure."""
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, (40_000, 2))
    sure = np.abs(odds).mean(axis=1)
    truth = odds[:, 0] + 0.5 * (sure - sure.mean()) * (odds[:, 1] - odds[:, 0])
    labels = (rng.random(len(odds)) < from_log_odds(truth)).astype(int)
    blend = BLENDERS["feature_weighted"](odds, labels, 0)
    assert blend.weights == pytest.approx([1, 0], abs=0.05)
    assert blend.change == pytest.approx([-0.5, 0.5], abs=0.05)
    assert blend.average == pytest.approx(sure.mean(), abs=0.01)
    assert blend.cap == pytest.approx(np.quantile(sure, 0.99))
    losses = [
        log_loss(labels, fit_ensemble(name, from_log_odds(odds), labels, 0).apply(from_log_odds(odds)))
        for name in ("feature_weighted", "logistic")
    ]
    assert losses[0] < losses[1] - 0.01
