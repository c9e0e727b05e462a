"""The architectures, those of Keras and those of scikit-learn, and the check of a member against its own."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sentiment140.errors import UserError, unknown_name
from sentiment140.experiment import Experiment, FitSettings, Member, VectorSettings
from sentiment140.models import keras_setup  # noqa: F401 - before those that import Keras
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.linear import SKLEARN
from sentiment140.models.neural import KERAS, takes

ARCHITECTURES: dict[str, Callable[..., Any]] = {**KERAS, **SKLEARN}


def resolve(experiment: Experiment) -> Experiment:
    """The experiment with every member's arguments bound to its architecture's signature, defaults filled in.

    Raises:
        UserError: an unknown architecture or argument, a setting that the architecture does not take, or a value that
            no model can be built with; all in one.
    """
    problems: list[str] = []
    members = tuple(_resolved(member, problems) for member in experiment.members)
    student = experiment.student and _resolved(experiment.student, problems)
    if student and (student.vectors is None or student.vectors.from_file):
        problems.append(f"members.{student.name}: a student is one of Keras', its vectors word2vec's or random")
    if problems:
        raise UserError("; ".join(problems), f"in preset {experiment.preset}")
    return replace(experiment, members=members, student=student)


def _resolved(member: Member, problems: list[str]) -> Member:
    where = f"members.{member.name}"
    if member.architecture not in ARCHITECTURES:
        problems.append(f"{where}: {unknown_name('architecture', member.architecture, ARCHITECTURES)}")
        return member
    parameters = inspect.signature(ARCHITECTURES[member.architecture]).parameters
    defaults = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    for name, value in member.arguments.items():
        if name not in defaults:
            problems.append(f"{where}: {unknown_name('argument', name, defaults)}")
        elif _kind(value) != _kind(defaults[name]):
            problems.append(f"{where}: argument {name} must be like {defaults[name]!r}, is {value!r}")
    member = replace(member, arguments={**defaults, **member.arguments})
    if member.architecture in KERAS:
        member = replace(member, vectors=member.vectors or VectorSettings(), fit=member.fit or FitSettings())
    else:
        problems += [
            f"{where}: {member.architecture} takes no {part}" for part in ("vectors", "fit") if getattr(member, part)
        ]
    if not problems:
        try:
            model = _built(member)
        except (ValueError, TypeError) as error:
            problems.append(f"{where}: no model can be built: {str(error).strip().splitlines()[0]}")
        else:
            for width in dict.fromkeys((member.text.bucket, member.text.max_length)):
                if member.vectors is not None and not takes(model, width):
                    problems.append(f"{where}: cannot read {width} tokens, see text.bucket and text.max_length")
    return member


def _kind(value: Any) -> str:
    """What a value is in TOML, as far as one may not stand for another: 2 may stand for 2.0, "2" and true may not."""
    kinds = {bool: "truth", str: "text", tuple: "several"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "number")


def _built(member: Member) -> Any:
    if member.vectors is None:
        return ARCHITECTURES[member.architecture](**member.arguments)
    matrix = np.zeros((2, member.vectors.dimension), np.float32)
    return ARCHITECTURES[member.architecture](embedding_layer(matrix, trainable=False), **member.arguments)
