"""The Keras and scikit-learn architectures, and the check of each member against the signature of its architecture."""

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sentiment140.errors import UserError, unknown_name
from sentiment140.experiment import Experiment, FitSettings, Member, VectorSettings
from sentiment140.models import keras_setup  # noqa: F401 - must come before the modules that import Keras
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.linear import SKLEARN
from sentiment140.models.neural import KERAS, accepts_width

ARCHITECTURES: dict[str, Callable[..., Any]] = {**KERAS, **SKLEARN}


def resolve(experiment: Experiment) -> Experiment:
    """Check every member against its architecture and fill in the default arguments.

    Args:
        experiment: its members may leave out arguments that have a default.

    Returns:
        The experiment with all arguments of all members.

    Raises:
        UserError: a member has an unknown architecture or argument, a setting that its architecture does not use, or a
            value that no model can be built with. The message lists all problems.
    """
    problems: list[str] = []
    members = tuple(_resolve_member(member, problems) for member in experiment.members)
    student = experiment.student and _resolve_member(experiment.student, problems)
    if student and (student.vectors is None or student.vectors.files):
        problems.append(
            f"members.{student.name}: a student is one of Keras' architectures, its vectors word2vec's or random ones"
            ' such as vectors.source = "word2vec.100d"'
        )
    if problems:
        raise UserError("; ".join(problems), f"in preset {experiment.preset}")
    return replace(experiment, members=members, student=student)


def _resolve_member(member: Member, problems: list[str]) -> Member:
    """Fill in the member's default arguments, and append to `problems` what is wrong with it."""
    where = f"members.{member.name}"
    if member.architecture not in ARCHITECTURES:
        problems.append(f"{where}: {unknown_name('architecture', member.architecture, ARCHITECTURES)}")
        return member
    parameters = inspect.signature(ARCHITECTURES[member.architecture]).parameters
    defaults = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    for name, value in member.arguments.items():
        if name not in defaults:
            problems.append(f"{where}: {unknown_name('argument', name, defaults)}")
        elif _value_type(value) != _value_type(defaults[name]):
            expected = f"{_value_type(defaults[name])} such as {json.dumps(defaults[name])}"
            found = f"{_value_type(value)} {json.dumps(value, default=str)}"
            problems.append(f"{where}: argument {name} must be a {expected}, not the {found}")
    member = replace(member, arguments={**defaults, **member.arguments})
    if member.architecture in KERAS:
        member = replace(member, vectors=member.vectors or VectorSettings(), fit=member.fit or FitSettings())
    else:
        problems += [
            f"{where}: {member.architecture} takes no {table}, remove {where}.{table}"
            for table in ("vectors", "fit")
            if getattr(member, table)
        ]
    if not problems:
        try:
            model = _build_model(member)
        except (ValueError, TypeError) as error:
            reason = str(error).strip().splitlines()[0]
            problems.append(f"{where}: cannot build {member.architecture} with these arguments: {reason}")
        else:
            for width in dict.fromkeys((member.text.bucket, member.text.max_length)):
                if member.vectors is not None and not accepts_width(model, width):
                    problems.append(
                        f"{where}: {member.architecture} cannot read a tweet of {width} tokens,"
                        f" change {where}.text.bucket or {where}.text.max_length"
                    )
    return member


def _value_type(value: Any) -> str:
    """The TOML type of a value, as far as types cannot replace each other: 2 can replace 2.0, but not "2" or true."""
    types = {bool: "boolean", str: "string", tuple: "list"}
    return next((name for type_, name in types.items() if isinstance(value, type_)), "number")


def _build_model(member: Member) -> Any:
    """Build the member's model with an embedding of two words, which is fast and enough to check the arguments."""
    if member.vectors is None:
        return ARCHITECTURES[member.architecture](**member.arguments)
    matrix = np.zeros((2, member.vectors.dimension), np.float32)
    return ARCHITECTURES[member.architecture](embedding_layer(matrix, trainable=False), **member.arguments)
