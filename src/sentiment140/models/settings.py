"""Check each member against the signature of its architecture, and fill in the defaults. Imports no Keras.

The signatures are read from the source code: an error in the settings is reported at once, before Keras is imported.
"""

import json
from dataclasses import replace
from typing import Any

from sentiment140.errors import UserError, unknown_name
from sentiment140.experiment import Experiment, FitSettings, Member, VectorSettings
from sentiment140.runs.provenance import ARCHITECTURES
from sentiment140.runs.source import SourceFile, keyword_defaults


def resolve(experiment: Experiment) -> Experiment:
    """Check every member against the signature of its architecture, and fill in the default arguments.

    Args:
        experiment: its members may leave out arguments that have a default.

    Returns:
        The experiment with all arguments of all members. `models.check.check_values` checks their values.

    Raises:
        UserError: a member has an unknown architecture or argument, or a setting that its architecture does not use.
            The message lists all problems.
    """
    problems: list[str] = []
    known = {registry: _defaults(file, registry) for file, registry in ARCHITECTURES.items()}
    members = tuple(_resolve_member(member, known, problems) for member in experiment.members)
    student = experiment.student and _resolve_member(experiment.student, known, problems)
    if student and (student.vectors is None or student.vectors.files):
        problems.append(
            f"members.{student.name}: a student is one of Keras' architectures, its vectors word2vec's or random ones"
            ' such as vectors.source = "word2vec.100d"'
        )
    if problems:
        raise UserError("; ".join(problems), f"in preset {experiment.preset}")
    return replace(experiment, members=members, student=student)


def _defaults(file: str, registry: str) -> dict[str, dict[str, Any]]:
    """The default arguments of each architecture of a registry."""
    return {name: keyword_defaults(function) for name, function in SourceFile(file).registered(registry).items()}


def _resolve_member(member: Member, known: dict[str, dict[str, dict[str, Any]]], problems: list[str]) -> Member:
    """Fill in the member's default arguments, and append to `problems` what is wrong with it."""
    where = f"members.{member.name}"
    architectures = {name: defaults for of_registry in known.values() for name, defaults in of_registry.items()}
    if member.architecture not in architectures:
        problems.append(f"{where}: {unknown_name('architecture', member.architecture, architectures)}")
        return member
    defaults = architectures[member.architecture]
    for name, value in member.arguments.items():
        if name not in defaults:
            problems.append(f"{where}: {unknown_name('argument', name, defaults)}")
        elif _value_type(value) != _value_type(defaults[name]):
            expected = f"{_value_type(defaults[name])} such as {json.dumps(defaults[name])}"
            found = f"{_value_type(value)} {json.dumps(value, default=str)}"
            problems.append(f"{where}: argument {name} must be a {expected}, not the {found}")
    member = replace(member, arguments={**defaults, **member.arguments})
    if member.architecture in known["KERAS"]:
        return replace(member, vectors=member.vectors or VectorSettings(), fit=member.fit or FitSettings())
    problems += [
        f"{where}: {member.architecture} takes no {table}, remove {where}.{table}"
        for table in ("vectors", "fit")
        if getattr(member, table)
    ]
    return member


def _value_type(value: Any) -> str:
    """The TOML type of a value, as far as types cannot replace each other: 2 can replace 2.0, but not "2" or true."""
    types = {bool: "boolean", str: "string", tuple: "list"}
    return next((name for type_, name in types.items() if isinstance(value, type_)), "number")
