import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from sentiment140.ensemble.blend import expit, logit
from sentiment140.ensemble.blenders import BLENDERS, hill_climb
from sentiment140.ensemble.cross_fit import fit_ensemble
from sentiment140.presets import load

every_blender = pytest.mark.parametrize("name", BLENDERS)
learning_blender = pytest.mark.parametrize("name", [name for name in BLENDERS if name != "mean"])


def synthetic(noises=(0.8, 1.5, 3.0), n=3000, seed=0):
    """Draw labels, and logits of members that see the label with this much noise each."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    truth = labels * 2 - 1
    return np.column_stack([2 * (truth + rng.normal(0, noise, n)) / noise**2 for noise in noises]), labels


@every_blender
def test_every_blender_can_be_chosen_in_an_experiment(name):
    assert load("standard", blender=name).blender == name


@every_blender
@pytest.mark.parametrize("members", [1, 2, 5])
def test_there_is_one_finite_weight_per_member_and_they_sum_to_1(name, members):
    logits, labels = synthetic(np.linspace(0.8, 3, members))
    blend = BLENDERS[name](logits, labels, 0)
    assert len(blend.weights) == members
    assert len(blend.confidence_weights) in (0, members)
    assert np.isfinite([*blend.weights, *blend.confidence_weights, blend.average]).all()
    assert sum(blend.weights) == pytest.approx(1)


@every_blender
def test_a_single_member_has_weight_1_even_if_it_is_worse_than_chance(name):
    logits, labels = synthetic([1.0])
    assert BLENDERS[name](logits, labels, 0).weights == pytest.approx([1])
    assert BLENDERS[name](-logits, labels, 0).weights == pytest.approx([1])


@every_blender
@pytest.mark.parametrize("order", [[1, 0, 2], [2, 1, 0], [1, 2, 0]])
def test_weights_do_not_depend_on_the_order_of_the_members(name, order):
    logits, labels = synthetic()
    expected = np.array(BLENDERS[name](logits, labels, 0).weights)[order]
    assert BLENDERS[name](logits[:, order], labels, 0).weights == pytest.approx(expected, abs=5e-3)


@every_blender
def test_the_same_input_and_seed_give_the_same_weights(name):
    logits, labels = synthetic()
    assert BLENDERS[name](logits, labels, 3) == BLENDERS[name](logits, labels, 3)


@every_blender
def test_a_blender_does_not_change_its_input(name):
    logits, labels = synthetic()
    before = logits.copy(), labels.copy()
    BLENDERS[name](logits, labels, 0)
    assert (logits == before[0]).all()
    assert (labels == before[1]).all()


@every_blender
def test_duplicating_every_member_gives_the_same_blend(name):
    logits, labels = synthetic()
    twice = np.column_stack([logits, logits])
    once_blended, twice_blended = (BLENDERS[name](columns, labels, 0).apply(columns) for columns in (logits, twice))
    assert twice_blended == pytest.approx(once_blended, abs=0.05)


@learning_blender
@pytest.mark.parametrize("column", [0, 2])
def test_a_copy_of_a_member_shares_its_weight_and_leaves_the_others_unchanged(name, column):
    logits, labels = synthetic()
    # confidence is a mean over the members, so a copy changes it: only fixed weights are exactly the same
    tolerance = 0.05 if name == "feature_weighted" else 5e-3
    weights = np.array(BLENDERS[name](logits, labels, 0).weights)
    copied = np.array(BLENDERS[name](np.column_stack([logits, logits[:, column]]), labels, 0).weights)
    assert copied[column] + copied[3] == pytest.approx(weights[column], abs=tolerance)
    others = [member for member in range(3) if member != column]
    assert copied[others] == pytest.approx(weights[others], abs=tolerance)


@learning_blender
def test_a_member_of_pure_noise_gets_almost_no_weight(name):
    logits, labels = synthetic(n=6000)
    noise = np.random.default_rng(9).normal(0, logits.std(), len(labels))
    assert abs(BLENDERS[name](np.column_stack([noise, logits]), labels, 0).weights[0]) < 0.03


@learning_blender
def test_a_better_member_has_a_higher_weight(name):
    logits, labels = synthetic((2.0, 0.8, 2.0))
    weights = BLENDERS[name](logits / logits.std(axis=0), labels, 0).weights
    assert weights[1] > 0.6


@every_blender
def test_a_nan_probability_is_refused(name):
    logits, labels = synthetic(n=200)
    probabilities = expit(logits)
    fit_ensemble(name, probabilities, labels, 0)
    probabilities[17, 1] = np.nan
    with pytest.raises(ValueError, match="none may be NaN"):
        fit_ensemble(name, probabilities, labels, 0)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 3))
def test_hill_climbing_is_never_worse_than_the_best_member_on_the_tweets_it_is_fitted_on(seed, n, members):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    logits = logit(rng.random((n, members)) ** rng.integers(1, 5, members))
    blend = hill_climb(logits, labels, seed)

    def loss(column):
        return log_loss(labels, expit(column), labels=[0, 1])

    assert min(blend.weights) >= 0
    assert loss(blend.apply(logits)) <= min(loss(column) for column in logits.T) + 1e-9


def test_more_steps_of_hill_climbing_never_raise_the_loss(monkeypatch):
    logits, labels = synthetic((1.0, 1.5, 2.0))
    losses = []
    for steps in range(1, 16):
        monkeypatch.setattr("sentiment140.ensemble.blenders._STEPS", steps)
        losses.append(log_loss(labels, expit(hill_climb(logits, labels, 0).apply(logits))))
    assert (np.diff(losses) <= 1e-12).all()
    assert losses[-1] < losses[0]


def test_hill_climbing_beats_the_best_member_if_members_make_different_errors():
    logits, labels = synthetic((1.5, 1.5, 1.5))
    loss = [log_loss(labels, expit(column)) for column in logits.T]
    assert log_loss(labels, expit(hill_climb(logits, labels, 0).apply(logits))) < min(loss) - 0.02


def test_stacking_falls_back_to_the_mean_if_the_members_are_worse_than_chance():
    logits, labels = synthetic()
    for name in ("logistic", "feature_weighted"):
        assert BLENDERS[name](-logits, labels, 0) == BLENDERS["mean"](logits, labels, 0)


@pytest.mark.parametrize("overconfidence", [1, 3, 10])
@every_blender
def test_the_ensemble_rises_if_all_members_rise_together(name, overconfidence):
    logits, labels = synthetic()
    overconfident = np.sign(logits) * np.abs(logits) ** 1.5 * overconfidence  # most at high confidence
    ensemble = fit_ensemble(name, expit(overconfident), labels, 0)
    unanimous = np.linspace(-13.8, 13.8, 200)
    probability = ensemble.apply(expit(np.repeat(unanimous[:, None], 3, axis=1)))
    assert (np.diff(probability) > 0).all()


def test_feature_weighted_stacking_recovers_weights_that_depend_on_confidence():
    """The labels follow the first member where confidence is low and the second where it is high."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (40_000, 2))
    confident = np.abs(logits).mean(axis=1)
    truth = logits[:, 0] + 0.5 * (confident - confident.mean()) * (logits[:, 1] - logits[:, 0])
    labels = (rng.random(len(logits)) < expit(truth)).astype(int)
    blend = BLENDERS["feature_weighted"](logits, labels, 0)
    assert blend.weights == pytest.approx([1, 0], abs=0.05)
    assert blend.confidence_weights == pytest.approx([-0.5, 0.5], abs=0.05)
    assert blend.average == pytest.approx(confident.mean(), abs=0.01)
    assert blend.cap == pytest.approx(np.quantile(confident, 0.99))
    losses = [
        log_loss(labels, fit_ensemble(name, expit(logits), labels, 0).apply(expit(logits)))
        for name in ("feature_weighted", "logistic")
    ]
    assert losses[0] < losses[1] - 0.01
