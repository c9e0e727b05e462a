"""The time and memory of a run, as they are written to `scores.json`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StageCost:
    """Time, throughput and peak memory of one stage of the pipeline."""

    seconds: float
    tweets_per_second: float
    peak_memory_mib: float


@dataclass(frozen=True)
class MemberCost:
    """Size of a member, and time, throughput and peak memory of its training on all folds."""

    parameters: int
    trainable_parameters: int
    seconds: float
    tweets_per_second: float
    peak_memory_mib: float


@dataclass(frozen=True)
class Cost:
    """Time and memory of a run, by member and by stage."""

    members: dict[str, MemberCost]
    peak_memory_mib: float
    stages: dict[str, StageCost] = field(default_factory=dict)
