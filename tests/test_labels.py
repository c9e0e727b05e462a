import numpy as np
import pytest

from sentiment140.labels import is_positive, sentiments

# all of them are exact in binary, and so are their differences to 0.5
PROBABILITIES = [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0]


def test_a_probability_of_0_5_is_positive():
    assert is_positive(PROBABILITIES).tolist() == [False] * 4 + [True] * 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tweet_is_uncertain_only_if_it_is_nearer_to_0_5_than_the_limit(dtype):
    def uncertain(abstain):
        found = sentiments(np.array(PROBABILITIES, dtype), abstain)
        named = ["positive" if p >= 0.5 else "negative" for p in PROBABILITIES]
        assert all(one in ("uncertain", other) for one, other in zip(found, named, strict=True))
        return [p for p, sentiment in zip(PROBABILITIES, found, strict=True) if sentiment == "uncertain"]

    assert uncertain(0.0) == []
    assert uncertain(0.25) == [0.375, 0.5, 0.625]
    assert uncertain(0.26) == [0.25, 0.375, 0.5, 0.625, 0.75]
    assert uncertain(0.5) == [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]
