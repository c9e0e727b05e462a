"""The seconds that fits are expected to take: rough, but in the right proportions."""

from types import SimpleNamespace

import numpy as np
import pytest

from sentiment140.experiment import FitSettings, Member
from sentiment140.models.settings import resolve
from sentiment140.presets import load
from sentiment140.training.cross_validation import fold_fits
from sentiment140.training.duration import expected_seconds, expected_work
from sentiment140.training.word_vectors import vector_fits


def network(architecture, epochs=2):
    return Member("a", architecture, fit=FitSettings(epochs=epochs))


def test_a_network_takes_longer_with_more_tweets_and_more_epochs_and_than_a_linear_model():
    seconds = expected_seconds(network("conv_lstm"), 1_000_000)
    assert expected_seconds(network("conv_lstm"), 2_000_000) == pytest.approx(2 * seconds, rel=0.02)
    assert expected_seconds(network("conv_lstm", epochs=4), 1_000_000) == pytest.approx(2 * seconds, rel=0.02)
    assert 2 < expected_seconds(network("conv_bilstm"), 1_000_000) / seconds < 4
    assert expected_seconds(Member("a", "tfidf_logistic"), 1_000_000) < seconds / 5
    assert expected_seconds(network("of_my_own"), 1_000_000) > seconds


def test_every_fit_of_a_run_is_expected_the_folds_of_a_member_in_one_group():
    experiment = resolve(load("standard"))
    fits = fold_fits(experiment)
    vectors = vector_fits(fits)
    work = expected_work([*vectors, *fits], SimpleNamespace(folds=np.arange(1000) % 5))  # type: ignore[arg-type]
    assert [task.name for task in work] == [*(fit.name for fit in vectors), *(fit.name for fit in fits)]
    groups = [task.group for task in work]
    assert {group: groups.count(group) for group in set(groups)} == dict.fromkeys(set(groups), 5)
    assert len(set(groups)) == len(experiment.members) + len(vectors) / 5
    assert all(task.expected > 0 for task in work)
