import numpy as np
import pandas as pd
import pytest

from sentiment140.evaluation.ablation import compare_variants


def draw_table(seed, n=3000):
    """Draw the table of one seed: "worse" errs on a tenth of the tweets more than "baseline", "same" on the same."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 2, n)
    right = random.random(n) < 0.8
    baseline = np.where(right, label, 1 - label) * 0.8 + 0.1
    worse = np.where(right & (random.random(n) > 0.125), label, 1 - label) * 0.8 + 0.1
    texts = [f"{seed} {row}" for row in range(n)]
    return pd.DataFrame({"label": label, "baseline": baseline, "worse": worse, "same": baseline, "text": texts})


@pytest.fixture(scope="module")
def table():
    return compare_variants([draw_table(seed) for seed in range(3)], "baseline", 0).set_index("variant")


def test_the_baseline_is_the_first_row_and_the_most_harmful_change_the_second(table):
    assert table.index.tolist() == ["baseline", "worse", "same"]
    assert table.loc["baseline", "change"] == 0
    assert table.loc["same", ["change", "low", "high", "log_loss_change"]].tolist() == [0, 0, 0, 0]


def test_a_change_lies_in_both_of_its_intervals(table):
    worse = table.loc["worse"]
    assert worse["change"] == pytest.approx(-10, abs=1.5)
    assert worse["low"] < worse["change"] < worse["high"] < 0
    assert worse["t_low"] < worse["change"] < worse["t_high"]
    assert worse["log_loss_change"] > 0
    assert table.loc["baseline", "accuracy"] + worse["change"] == pytest.approx(worse["accuracy"])


def test_the_interval_over_seeds_is_students_t_of_the_differences_of_the_seeds(table):
    frames = [draw_table(seed) for seed in range(3)]
    right = [{name: (frame[name] >= 0.5) == frame["label"] for name in ("worse", "baseline")} for frame in frames]
    changes = [100 * (of_seed["worse"].mean() - of_seed["baseline"].mean()) for of_seed in right]
    half = 4.302653 * np.std(changes, ddof=1) / np.sqrt(3)  # the 97.5 % quantile of t with 2 degrees of freedom
    expected = np.mean(changes) - half, np.mean(changes) + half
    assert tuple(table.loc["worse", ["t_low", "t_high"]]) == pytest.approx(expected, rel=1e-6)


def test_equal_variants_have_an_interval_over_seeds_of_width_0(table):
    for name in ("same", "baseline"):
        assert table.loc[name, ["t_low", "t_high"]].tolist() == [0, 0]


def test_one_seed_has_no_interval_over_seeds():
    table = compare_variants([draw_table(0)], "baseline", 0)
    assert table[["t_low", "t_high"]].isna().all(axis=None)
    assert table[["change", "low", "high"]].notna().all(axis=None)


def test_copies_of_a_text_are_resampled_together():
    one, copies = draw_table(0), draw_table(0).assign(text=["one", "two"] * 1500)
    alone, drawn = (
        compare_variants([frame], "baseline", 0).set_index("variant").loc["worse"] for frame in (one, copies)
    )
    assert alone["change"] == drawn["change"]
    assert (drawn["low"], drawn["high"]) != (alone["low"], alone["high"])
