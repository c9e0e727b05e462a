"""The presets of the package, and how experiments are read from a preset or a TOML file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any

from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.errors import UserError, unknown_name
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.stopwords import STOPWORDS


def names() -> list[str]:
    """List the names of the presets that come with the package, sorted.

    Examples:
        >>> "standard" in names()
        True
    """
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in resources.files(__package__).iterdir()
        if entry.name.endswith(".toml")
    )


def members_of(preset: str) -> list[str]:
    """List the names of the members that a preset blends."""
    table = _read_table(preset)
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
    overrides: Sequence[str] = (),
) -> Experiment:
    """Read an experiment from a preset or a TOML file, with settings overridden by the command line.

    A TOML file holds the settings of `Experiment`, and in `[members.NAME]` those of `Member`. Two keys save typing:
    `base = "standard"` takes every setting of another preset or file, and `like = "NAME"` in a member takes every
    setting of another member (its arguments only if the architecture is the same). Settings in the file override those.

    Args:
        preset: a name in `names()`, or the path of a TOML file.
        members: names of the members to blend; the reference is trained as well.
        folds: number of folds.
        limit: number of tweets to use; 0 for all.
        seed: random seed.
        blender: the method that blends the members' probabilities.
        holdout: share of the texts to hold out, 0 to 0.5.
        overrides: settings such as "members.conv_bilstm.fit.epochs=3"; the value is TOML, or a string without quotes.
            Of several with the same name the last one holds. A flag above overrides them.

    Raises:
        UserError: the preset, a setting, a member or a value is unknown or invalid; one message names all problems.

    Examples:
        >>> load("quick", folds=4).folds
        4
        >>> load("quick", overrides=["members.conv_bilstm.fit.epochs=3"]).member("conv_bilstm").fit.epochs
        3
    """
    table = _read_table(preset)
    for override in overrides:
        table = _merge(table, _parse_override(override))
    flags = {"folds": folds, "limit": limit, "seed": seed, "blender": blender, "holdout": holdout}
    table |= {key: value for key, value in flags.items() if value is not None}
    problems: list[str] = []
    entries = table.get("members", {})
    if not (isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())):
        raise UserError("members must be tables, such as [members.conv_lstm]", f"in preset {preset}")
    if members is not None:
        problems += [unknown_name("member in --members", name, entries) for name in members if name not in entries]
        table["ensemble"] = list(dict.fromkeys(members))
    table.setdefault("ensemble", [name for name in entries if name != table.get("student")])
    used = {*table["ensemble"], table.get("reference")}
    built = [_build_member(name, entries, problems) for name in entries if name in used]
    settings = {"preset": Path(preset).stem, **table, "ensemble": tuple(table["ensemble"]), "members": tuple(built)}
    settings["student"] = _build_student(settings.get("student"), entries, problems)
    experiment = _build(Experiment, settings, "", problems)
    if experiment is not None and not problems:
        problems = experiment.problems() + _find_unknown_choices(experiment)
    if problems or experiment is None:
        raise UserError("; ".join(problems), f"in preset {preset} or a flag")
    return experiment


def _find_unknown_choices(experiment: Experiment) -> list[str]:
    """Describe unknown blenders and stopword lists, one line each; `models.settings` checks the architectures."""
    members = [*experiment.members, *([experiment.student] if experiment.student else [])]
    found = [
        f"members.{member.name}.text: {unknown_name('stopwords', member.text.stopwords, STOPWORDS)}"
        for member in members
        if member.text.stopwords not in STOPWORDS
    ]
    if experiment.blender not in BLENDERS:
        found.append(unknown_name("blender", experiment.blender, BLENDERS))
    return found


def to_toml(experiment: Experiment, source: str = "real") -> str:
    """Write an experiment as TOML that `load` reads back: every setting, including the defaults.

    Args:
        experiment: the experiment, before or after `models.settings.resolve`.
        source: the source of the tweets; with "demo" the first line is a comment that warns of it.

    Returns:
        The content of the file.
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
    import tomli_w  # imported here: only runs write TOML, scoring tweets works without it

    return ("# DEMO RUN: synthetic tweets, not a result on Sentiment140\n" if source == "demo" else "") + tomli_w.dumps(
        table
    )


def _read_table(preset: str) -> dict[str, Any]:
    """Read the table of a preset or file, merged into that of its `base`."""
    path = Path(preset)
    if preset in names():
        text = resources.files(__package__).joinpath(f"{preset}.toml").read_text("utf-8")
    elif path.suffix == ".toml" and path.is_file():
        text = path.read_text("utf-8")
    else:
        raise UserError(unknown_name("preset", preset, names()), remedy="use one of these or the path of a .toml file")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"not a TOML file ({error})", str(preset)) from error
    base = table.pop("base", None)
    return table if base is None else _merge(_read_table(base), table)


def _parse_override(override: str) -> dict[str, Any]:
    """Parse `key=value` to nested tables: "a.b=3" to {"a": {"b": 3}}."""
    name, sign, text = override.partition("=")
    keys = name.strip().split(".")
    if not sign or not all(keys):
        remedy = "give a setting and a value, such as --set members.conv_bilstm.fit.epochs=3"
        raise UserError(f'"{override}" is not of the form key=value', "in --set", remedy)
    try:
        value: Any = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a string without quotes
    for key in reversed(keys):
        value = {key: value}
    return value


def _merge(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in overrides.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both_tables else value
    return merged


def _resolve_like(
    name: str, entries: Mapping[str, Any], problems: list[str], seen: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a member's table, merged into that of the member it is `like`."""
    entry = dict(entries[name])
    like = entry.pop("like", None)
    if like is None:
        return entry
    if not isinstance(like, str) or like not in entries:
        problems.append(unknown_name(f"member in members.{name}.like", like, entries))
        return entry
    if like in (name, *seen):
        problems.append(f"members.{name}.like is circular")
        return entry
    other = _resolve_like(like, entries, problems, (name, *seen))
    if entry.get("architecture", other.get("architecture")) != other.get("architecture"):
        other.pop("arguments", None)  # arguments of another architecture
    return _merge(other, entry)


def _build_student(name: object, entries: Mapping[str, Any], problems: list[str]) -> Member | None:
    if not name:
        return None
    if not isinstance(name, str) or name not in entries:
        problems.append(unknown_name("member in student", name, entries))
        return None
    return _build_member(name, entries, problems)


def _build_member(name: str, entries: Mapping[str, Any], problems: list[str]) -> Member:
    entry = _resolve_like(name, entries, problems)
    if "architecture" not in entry:
        others = [other for other in entries if other != name]
        problems.append(f"members.{name} needs an architecture, or it is an {unknown_name('member', name, others)}")
        return Member(name, "")
    parts = {"text": TextSettings, "vectors": VectorSettings, "fit": FitSettings}
    no_tables = {part for part in ("arguments", *parts) if not isinstance(entry.get(part, {}), dict)}
    problems += [f"members.{name}.{part} must be a table, is {entry[part]!r}" for part in sorted(no_tables)]
    entry = {key: value for key, value in entry.items() if key not in no_tables}
    # TOML has only lists, but the architectures' defaults are tuples.
    arguments = entry.get("arguments", {})
    arguments = {key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()}
    settings: dict[str, Any] = {"name": name, **entry, "arguments": arguments}
    for part, settings_type in parts.items():
        if part in entry:
            built = _build(settings_type, entry[part], f"members.{name}.{part}", problems)
            settings[part] = built or settings_type()
    return _build(Member, settings, f"members.{name}", problems) or Member(name, "")


def _build(settings_type: type, settings: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    """Build an instance of a dataclass; if that fails, return None and append every reason to `problems`."""
    types = {entry.name: entry.type for entry in fields(settings_type)}
    before = len(problems)
    for key, value in settings.items():
        if key not in types:
            problems.append(unknown_name(f"setting in {where or 'the experiment'}", key, types))
        elif types[key] in (int, float, str, bool) and not _has_type(value, types[key]):
            problems.append(
                f"{where}.{key} must be of type {getattr(types[key], '__name__', '')}, is {value!r}".lstrip(".")
            )
    if len(problems) > before:
        return None
    try:
        return settings_type(**settings)
    except TypeError:  # a required setting is missing
        required = [e.name for e in fields(settings_type) if e.default is e.default_factory is MISSING]
        missing = ", ".join(name for name in required if name not in settings)
        hint = ', start the file with base = "standard"' if settings_type is Experiment else ""
        problems.append(f"{where or 'the experiment'} lacks {missing}{hint}")
        return None


def _has_type(value: object, expected: Any) -> bool:
    """Check the type of a TOML value; an integer is also a float, but a boolean is not an integer."""
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, expected) and (expected is bool or not isinstance(value, bool))
