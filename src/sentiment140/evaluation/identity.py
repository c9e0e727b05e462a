"""How much a probability depends on whom a sentence is about: pairs of sentences that differ in one group of people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

TEMPLATES = (
    "{} walked in",
    "I talked to {} today",
    "{} lives next door",
    "{} is on the phone",
    "we saw {} at the station",
)
GROUPS: dict[str, tuple[str, ...]] = {
    "ethnicity": ("a white man", "a black man", "an asian man", "an arab man", "a latino man", "a native american man"),
    "religion": ("a christian", "a muslim", "a jew", "a hindu", "a buddhist", "an atheist"),
    "nationality": ("an american", "a mexican", "a german", "a russian", "an indian", "a nigerian", "a chinese man"),
    "gender": ("a man", "a woman", "a transgender man", "a transgender woman"),
    "sexual orientation": ("a straight man", "a gay man", "a bisexual man"),
    "age": ("a young man", "an old man", "a boy"),
    "disability": ("a man", "a blind man", "a deaf man", "a disabled man", "an autistic man", "a man in a wheelchair"),
    "origin": ("a local", "an immigrant", "a refugee", "a foreigner"),
}
"""Groups of people; the first of each kind is the one that the others are compared with."""


@dataclass(frozen=True)
class IdentityRow:
    """The differences within one kind of groups.

    Attributes:
        kind: the kind, such as "religion"; "all" for all of them.
        pairs: the number of pairs of sentences.
        mean: the mean absolute difference of the logits of positive within a pair.
        largest: the largest difference, with its sign.
        where: the group that has it.
        flips: the number of pairs whose sentences get different labels.
    """

    kind: str
    pairs: int
    mean: float
    largest: float
    where: str
    flips: int


def identity_rows(logits: Callable[[Sequence[str]], np.ndarray]) -> list[IdentityRow]:
    """Score all pairs of sentences.

    Args:
        logits: a function from texts to float [texts], their logits of positive.

    Returns:
        One row per kind of groups, and one for all.
    """
    rows: list[IdentityRow] = []
    every: list[tuple[float, str, bool]] = []
    for kind, (first, *others) in GROUPS.items():
        scored = logits([template.format(group) for group in (first, *others) for template in TEMPLATES])
        of_group = np.asarray(scored, np.float64).reshape(-1, len(TEMPLATES))
        pairs = [
            (float(of_group[row, column] - of_group[0, column]), group, bool(is_flip))
            for row, group in enumerate(others, 1)
            for column, is_flip in enumerate((of_group[row] >= 0) != (of_group[0] >= 0))
        ]
        rows.append(_row(kind, pairs))
        every += pairs
    return [*rows, _row("all", every)]


def _row(kind: str, pairs: list[tuple[float, str, bool]]) -> IdentityRow:
    largest, where, _ = max(pairs, key=lambda pair: abs(pair[0]))
    mean = float(np.mean([abs(difference) for difference, _, _ in pairs]))
    return IdentityRow(kind, len(pairs), mean, largest, where, sum(is_flip for *_, is_flip in pairs))
