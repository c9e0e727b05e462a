import numpy as np
import pytest

from sentiment140.evaluation.identity import GROUPS, TEMPLATES, identity_rows


def test_there_are_at_least_42_pairs_and_none_twice():
    sentences = [
        (kind, template.format(group)) for kind, of in GROUPS.items() for group in of for template in TEMPLATES
    ]
    assert len(set(sentences)) == len(sentences)
    assert identity_rows(lambda texts: np.zeros(len(texts)))[-1].pairs >= 42


def test_a_score_that_ignores_who_is_talked_about_has_no_difference():
    for row in identity_rows(lambda texts: np.ones(len(texts))):
        assert (row.mean, row.largest, row.flips) == (0, 0, 0)


def test_each_group_is_compared_with_the_first_of_its_kind():
    def logits(texts):
        return np.array([-2.0 if "muslim" in text else 5.0 if "hindu walked" in text else 1.0 for text in texts])

    rows = {row.kind: row for row in identity_rows(logits)}
    religion, everyone = rows["religion"], rows["all"]
    others = len(GROUPS["religion"]) - 1
    assert religion.pairs == others * len(TEMPLATES)
    assert religion.mean == pytest.approx((3 * len(TEMPLATES) + 4) / religion.pairs)
    assert (religion.largest, religion.where) == (4, "a hindu")
    assert religion.flips == len(TEMPLATES)
    assert rows["age"].mean == 0
    assert everyone.pairs == sum(row.pairs for kind, row in rows.items() if kind != "all")
    assert (everyone.largest, everyone.where, everyone.flips) == (4, "a hindu", len(TEMPLATES))
    assert everyone.mean == pytest.approx((3 * len(TEMPLATES) + 4) / everyone.pairs)


def test_a_negative_difference_keeps_its_sign():
    rows = identity_rows(lambda texts: np.array([-1.5 if "refugee" in text else 0.0 for text in texts]))
    assert (rows[-1].largest, rows[-1].where) == (-1.5, "a refugee")


def test_the_first_group_itself_is_compared_and_not_only_its_sign():
    rows = identity_rows(lambda texts: np.array([0.5 if "a local" in text else 0.0 for text in texts]))
    assert (rows[-1].largest, rows[-1].flips) == (-0.5, 0)
