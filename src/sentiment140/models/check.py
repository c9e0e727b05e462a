"""Check the values of the members' settings, by building each model: slower than models/settings.py, needs Keras."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.linear import SKLEARN
from sentiment140.models.neural import KERAS, accepts_width


def check_values(experiment: Experiment) -> None:
    """Check that the models of all members can be built, and read tweets of the widths that their settings allow.

    Args:
        experiment: from `models.settings.resolve`.

    Raises:
        UserError: no model can be built with the settings of a member. The message lists all problems.
    """
    members = [*experiment.members, *([experiment.student] if experiment.student else [])]
    problems = [problem for member in members for problem in _problems(member)]
    if problems:
        raise UserError("; ".join(problems), f"in preset {experiment.preset}")


def _problems(member: Member) -> Iterator[str]:
    where = f"members.{member.name}"
    try:
        model = _build_model(member)
    except (ValueError, TypeError) as error:
        reason = str(error).strip().splitlines()[0]
        yield f"{where}: cannot build {member.architecture} with these arguments: {reason}"
        return
    for width in dict.fromkeys((member.text.bucket, member.text.max_length)):
        if member.vectors is not None and not accepts_width(model, width):
            yield (
                f"{where}: {member.architecture} cannot read a tweet of {width} tokens,"
                f" change {where}.text.bucket or {where}.text.max_length"
            )


def _build_model(member: Member) -> Any:
    """Build the member's model with an embedding of two words, which is fast and enough to check the arguments."""
    architectures: dict[str, Callable[..., Any]] = {**KERAS, **SKLEARN}
    if member.vectors is None:
        return architectures[member.architecture](**member.arguments)
    matrix = np.zeros((2, member.vectors.dimension), np.float32)
    return architectures[member.architecture](embedding_layer(matrix, trainable=False), **member.arguments)
