"""The presets that come with the package, and reading an experiment from one of them or from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any

from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.errors import UserError, unknown_name
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.stopwords import STOPWORDS


def names() -> list[str]:
    """The names of the presets that come with the package."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in resources.files(__package__).iterdir()
        if entry.name.endswith(".toml")
    )


def members_of(preset: str) -> list[str]:
    """The names of the members that a preset blends."""
    table = _read(preset)
    return list(table.get("ensemble") or [name for name in table["members"] if name != table.get("student")])


def load(
    preset: str,
    *,
    members: list[str] | None = None,
    folds: int | None = None,
    limit: int | None = None,
    seed: int | None = None,
    blender: str | None = None,
    holdout: float | None = None,
) -> Experiment:
    """The experiment of a preset or of an `experiment.toml`, with what the command line overrides.

    Args:
        preset: a name of `names()`, or the path of a TOML file of the same form: settings of `Experiment`, tables of
            `Member`; `base = "standard"` stands for all of another preset, a member's `like = "other"` for all of
            another member (but the arguments, where the architectures differ).
        members: the members to blend; the reference is trained beside them.
        folds: parts the tweets are split into.
        limit: tweets to use; 0 for all.
        seed: of everything random.
        blender: how the members become one.
        holdout: share of the texts that no stage sees.

    Raises:
        UserError: an unknown preset, key, member or value; all that is wrong in one message.
    """
    table = _read(preset)
    flags = {"folds": folds, "limit": limit, "seed": seed, "blender": blender, "holdout": holdout}
    table |= {key: value for key, value in flags.items() if value is not None}
    problems: list[str] = []
    entries = table.get("members", {})
    if not (isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())):
        raise UserError("members must be tables, as [members.conv_lstm] begins one", f"in preset {preset}")
    if members is not None:
        problems += [unknown_name("member in --members", name, entries) for name in members if name not in entries]
        table["ensemble"] = list(dict.fromkeys(members))
    table.setdefault("ensemble", [name for name in entries if name != table.get("student")])
    used = {*table["ensemble"], table.get("reference")}
    built = [_member(name, _completed(name, entries, problems), problems) for name in entries if name in used]
    settings = {"preset": Path(preset).stem, **table, "ensemble": tuple(table["ensemble"]), "members": tuple(built)}
    settings["student"] = _student(settings.get("student"), entries, problems)
    experiment = _build(Experiment, settings, "", problems)
    if experiment is not None and not problems:
        problems = experiment.problems() + _unknown_choices(experiment)
    if problems or experiment is None:
        raise UserError("; ".join(problems), f"in preset {preset} or a flag")
    return experiment


def _unknown_choices(experiment: Experiment) -> list[str]:
    """The names in it that no part of the package goes by, one line each; architectures are `models.resolve`'s."""
    read = [*experiment.members, *([experiment.student] if experiment.student else [])]
    found = [
        f"members.{member.name}.text: {unknown_name('stopwords', member.text.stopwords, STOPWORDS)}"
        for member in read
        if member.text.stopwords not in STOPWORDS
    ]
    if experiment.blender not in BLENDERS:
        found.append(unknown_name("blender", experiment.blender, BLENDERS))
    return found


def to_toml(experiment: Experiment, source: str = "real") -> str:
    """The experiment as a TOML file that `load` reads back: every setting, defaults included.

    Args:
        experiment: resolved or not.
        source: of the tweets it ran on; with "demo" the first line says so.
    """
    table = asdict(experiment)
    student = table["student"]
    members = [*table["members"], *([student] if student else [])]
    table["student"] = student["name"] if student else ""
    table["members"] = {
        member["name"]: {key: value for key, value in member.items() if key != "name" and value is not None}
        for member in members
    }
    table["ensemble"] = list(table["ensemble"])
    import tomli_w  # only who writes one needs it: predict.py does not

    return ("# DEMO RUN: synthetic tweets, not a result on Sentiment140\n" if source == "demo" else "") + tomli_w.dumps(
        table
    )


def _read(preset: str) -> dict[str, Any]:
    """The table of a preset or file; what its `base` says stands under what it says itself."""
    path = Path(preset)
    if preset in names():
        text = resources.files(__package__).joinpath(f"{preset}.toml").read_text("utf-8")
    elif path.suffix == ".toml" and path.is_file():
        text = path.read_text("utf-8")
    else:
        raise UserError(unknown_name("preset", preset, names()), remedy="name one of these or the path of a .toml file")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"not a TOML file ({error})", str(preset)) from error
    base = table.pop("base", None)
    return table if base is None else _merged(_read(base), table)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both_tables else value
    return merged


def _completed(
    name: str, entries: Mapping[str, Any], problems: list[str], seen: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A member's entry, with what the member it is `like` says standing under what it says itself."""
    entry = dict(entries[name])
    like = entry.pop("like", None)
    if like is None:
        return entry
    if not isinstance(like, str) or like not in entries:
        problems.append(unknown_name(f"member in members.{name}.like", like, entries))
        return entry
    if like in (name, *seen):
        problems.append(f"members.{name}.like goes round in a circle")
        return entry
    model = _completed(like, entries, problems, (name, *seen))
    if entry.get("architecture", model.get("architecture")) != model.get("architecture"):
        model.pop("arguments", None)  # they are the other architecture's
    return _merged(model, entry)


def _student(name: object, entries: Mapping[str, Any], problems: list[str]) -> Member | None:
    if not name:
        return None
    if not isinstance(name, str) or name not in entries:
        problems.append(unknown_name("member in student", name, entries))
        return None
    return _member(name, _completed(name, entries, problems), problems)


def _member(name: str, entry: Mapping[str, Any], problems: list[str]) -> Member:
    parts = {"text": TextSettings, "vectors": VectorSettings, "fit": FitSettings}
    no_tables = {part for part in ("arguments", *parts) if not isinstance(entry.get(part, {}), dict)}
    problems += [f"members.{name}.{part} must be a table, is {entry[part]!r}" for part in sorted(no_tables)]
    entry = {key: value for key, value in entry.items() if key not in no_tables}
    # TOML has lists, the architectures' defaults are tuples: one of them all the same.
    arguments = entry.get("arguments", {})
    arguments = {key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()}
    settings: dict[str, Any] = {"name": name, **entry, "arguments": arguments}
    for part, kind in parts.items():
        if part in entry:
            settings[part] = _build(kind, entry[part], f"members.{name}.{part}", problems) or kind()
    return _build(Member, settings, f"members.{name}", problems) or Member(name, "")


def _build(kind: type, settings: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    """An instance of a dataclass, or None with what is wrong added to `problems`."""
    types = {entry.name: entry.type for entry in fields(kind)}
    before = len(problems)
    for key, value in settings.items():
        if key not in types:
            problems.append(unknown_name(f"setting in {where or 'the experiment'}", key, types))
        elif types[key] in (int, float, str, bool) and not _is(value, types[key]):
            problems.append(
                f"{where}.{key} must be of type {getattr(types[key], '__name__', '')}, is {value!r}".lstrip(".")
            )
    if len(problems) > before:
        return None
    try:
        return kind(**settings)
    except TypeError:  # a required setting is missing
        missing = [e.name for e in fields(kind) if e.default is e.default_factory is MISSING and e.name not in settings]
        hint = ', begin the file with base = "standard"' if kind is Experiment else ""
        problems.append(f"{where or 'the experiment'} lacks {', '.join(missing)}{hint}")
        return None


def _is(value: object, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
