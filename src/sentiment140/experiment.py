"""What a run is: every setting of it, checked whole before the first second of work."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from .errors import UserError

STOPWORD_CHOICES = ("standard", "keep_negation", "none")
BLENDER_CHOICES = ("mean", "hill_climb", "logistic", "feature_weighted")
SCHEDULE_CHOICES = ("linear", "constant")


@dataclass(frozen=True)
class TextSettings:
    """How a tweet becomes ids.

    Attributes:
        stopwords: which list is removed: "standard", "keep_negation" or "none" (text/stopwords.py).
        punctuation: whether single signs and `<allcaps>` are read (text/tokenise.py); `!`, `?` and `...` always are.
        vocabulary_size: words with an id of their own, the commonest first; the others are the unknown word.
        minimum_count: times a word must occur to have an id of its own.
        max_length: tokens of a tweet that are read; what follows is cut off.
        bucket: a tweet is padded to its own length rounded up to a multiple of this.
    """

    stopwords: str = "keep_negation"
    punctuation: bool = True
    vocabulary_size: int = 50_000
    minimum_count: int = 2
    max_length: int = 32
    bucket: int = 8

    def problems(self) -> list[str]:
        """What is wrong with these settings, one line each."""
        found = _below(self, vocabulary_size=1, minimum_count=1, bucket=1, max_length=1)
        if self.stopwords not in STOPWORD_CHOICES:
            found.append(unknown("stopwords", self.stopwords, STOPWORD_CHOICES))
        if not found and self.max_length % self.bucket:
            found.append(f"max_length {self.max_length} must be a multiple of bucket {self.bucket}")
        return found


@dataclass(frozen=True)
class VectorSettings:
    """Where a Keras member's word vectors start, and whether they are trained.

    Attributes:
        source: a name of corpus.sources.VECTORS such as "glove.6B.100d"; "word2vec.100d" for vectors fitted on the
            tweets that a model is trained on (text/word2vec.py); or "random.100d" for none.
        trainable: whether training changes them.
    """

    source: str = "glove.6B.100d"
    trainable: bool = False

    @property
    def from_file(self) -> bool:
        """Whether a vector file is needed."""
        return not self.fitted and not self.source.startswith("random.")

    @property
    def fitted(self) -> bool:
        """Whether they are fitted, for each fold anew."""
        return self.source.startswith("word2vec.")

    @property
    def dimension(self) -> int:
        """Numbers a word: what the source's name ends in."""
        return int(self.source.rpartition(".")[2].removesuffix("d"))

    def problems(self) -> list[str]:
        """What is wrong with these settings, one line each."""
        last = self.source.rpartition(".")[2]
        if last.endswith("d") and last[:-1].isdigit() and int(last[:-1]) > 0:
            return []
        return [f'source "{self.source}" must end in its dimension, as "glove.6B.100d" and "word2vec.100d" do']


@dataclass(frozen=True)
class FitSettings:
    """How a Keras member is trained.

    Attributes:
        epochs: passes over the training part, at most.
        patience: epochs without a better log loss on the validation fold after which training stops.
        batch_size: tweets a step, at most.
        minimum_steps: steps an epoch; on few tweets the batches get smaller to reach it, down to 32 tweets.
        learning_rate: LazyAdam's (training/optimizer.py), at the first step.
        schedule: "linear", down to 0 at the last step of the last epoch, or "constant".
    """

    epochs: int = 4
    patience: int = 1
    batch_size: int = 1024
    minimum_steps: int = 250
    learning_rate: float = 1e-3
    schedule: str = "linear"

    def problems(self) -> list[str]:
        """What is wrong with these settings, one line each."""
        found = _below(self, epochs=1, patience=1, batch_size=1, minimum_steps=1)
        if not self.learning_rate > 0:
            found.append(f"learning_rate must be above 0, is {self.learning_rate}")
        if self.schedule not in SCHEDULE_CHOICES:
            found.append(unknown("schedule", self.schedule, SCHEDULE_CHOICES))
        return found


@dataclass(frozen=True)
class Member:
    """One architecture with its hyper-parameters.

    Attributes:
        name: what its OOF column is called.
        architecture: a name of models.ARCHITECTURES.
        arguments: its own numbers, as the architecture's signature names them.
        text: how it reads a tweet.
        vectors: for Keras architectures; None for those of scikit-learn.
        fit: likewise.
    """

    name: str
    architecture: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    text: TextSettings = field(default_factory=TextSettings)
    vectors: VectorSettings | None = None
    fit: FitSettings | None = None

    def problems(self) -> list[str]:
        """What is wrong with this member, one line each."""
        parts = {"text": self.text, "vectors": self.vectors, "fit": self.fit}
        return [
            f"members.{self.name}.{name}: {problem}"
            for name, part in parts.items()
            if part is not None
            for problem in part.problems()
        ]


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a run's numbers but the data.

    Attributes:
        preset: the name of the preset or file it came from.
        seed: of the sample, the folds and every model.
        folds: parts the tweets are split into.
        limit: tweets to use, a stratified random sample; 0 for all.
        blender: how the members' probabilities become one (ensemble/blenders.py).
        reference: the member the ensemble is compared with; trained in every run.
        ensemble: the names of the members that are blended.
        members: all that are trained, by name.
        set_aside: share of the texts that no stage sees, to be scored once at the end.
        student: the small model that learns to say what the ensemble says (training/distillation.py); None for none.
    """

    preset: str
    seed: int
    folds: int
    limit: int
    blender: str
    reference: str
    ensemble: tuple[str, ...]
    members: tuple[Member, ...]
    set_aside: float = 0.0
    student: Member | None = None

    def member(self, name: str) -> Member:
        """The member of this name."""
        return next(member for member in self.members if member.name == name)

    def vector_sources(self) -> list[str]:
        """The names of the vector files that the members need."""
        return sorted({m.vectors.source for m in self.members if m.vectors is not None and m.vectors.from_file})

    def problems(self) -> list[str]:
        """What is wrong with this experiment, one line each."""
        found = _below(self, folds=2, limit=0, seed=0) + _above(self, folds=100, seed=2**32 - 1)
        if not 0 <= self.set_aside <= 0.5:
            found.append(f"set_aside must be between 0 and 0.5, is {self.set_aside}")
        if self.blender not in BLENDER_CHOICES:
            found.append(unknown("blender", self.blender, BLENDER_CHOICES))
        names = [member.name for member in self.members]
        wanted = {"reference": [self.reference], "ensemble": self.ensemble}
        found += [
            unknown(f"member in {key}", n, names) for key, group in wanted.items() for n in group if n not in names
        ]
        if not self.ensemble:
            found.append("ensemble must name at least one member")
        found += [problem for member in self.members for problem in member.problems()]
        if self.student and self.student.name in names:
            found.append(f'"{self.student.name}" learns from the members, it cannot be one')
        return found + (self.student.problems() if self.student else [])


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """`unknown <what> "<name>": did you mean <nearest>? (known: ...)`, the question only where one is near."""
    known = sorted(known)
    near = get_close_matches(str(name), known, n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    return f'unknown {what} "{name}"{hint} (known: {", ".join(known) or "none"})'


def presets() -> list[str]:
    """The names of the presets that come with the package."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in resources.files(__package__).joinpath("presets").iterdir()
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
    set_aside: float | None = None,
) -> Experiment:
    """The experiment of a preset or of an `experiment.toml`, with what the command line overrides.

    Args:
        preset: a name of `presets()`, or the path of a TOML file of the same form: settings of `Experiment`, tables of
            `Member`; `base = "standard"` stands for all of another preset, a member's `like = "other"` for all of
            another member (but the arguments, where the architectures differ).
        members: the members to blend; the reference is trained beside them.
        folds: parts the tweets are split into.
        limit: tweets to use; 0 for all.
        seed: of everything random.
        blender: how the members become one.
        set_aside: share of the texts that no stage sees.

    Raises:
        UserError: an unknown preset, key, member or value; all that is wrong in one message.
    """
    table = _read(preset)
    flags = {"folds": folds, "limit": limit, "seed": seed, "blender": blender, "set_aside": set_aside}
    table |= {key: value for key, value in flags.items() if value is not None}
    problems: list[str] = []
    entries = table.get("members", {})
    if not (isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())):
        raise UserError("members must be tables, as [members.conv_lstm] begins one", f"in preset {preset}")
    if members is not None:
        problems += [unknown("member in --members", name, entries) for name in members if name not in entries]
        table["ensemble"] = list(dict.fromkeys(members))
    table.setdefault("ensemble", [name for name in entries if name != table.get("student")])
    used = {*table["ensemble"], table.get("reference")}
    built = [_member(name, _completed(name, entries, problems), problems) for name in entries if name in used]
    settings = {"preset": Path(preset).stem, **table, "ensemble": tuple(table["ensemble"]), "members": tuple(built)}
    settings["student"] = _student(settings.get("student"), entries, problems)
    experiment = _build(Experiment, settings, "", problems)
    if experiment is not None and not problems:
        problems = experiment.problems()
    if problems or experiment is None:
        raise UserError("; ".join(problems), f"in preset {preset} or a flag")
    return experiment


def to_toml(experiment: Experiment) -> str:
    """The experiment as a TOML file that `load` reads back: every setting, defaults included."""
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

    return tomli_w.dumps(table)


def _read(preset: str) -> dict[str, Any]:
    """The table of a preset or file; what its `base` says stands under what it says itself."""
    path = Path(preset)
    if preset in presets():
        text = resources.files(__package__).joinpath("presets", f"{preset}.toml").read_text("utf-8")
    elif path.suffix == ".toml" and path.is_file():
        text = path.read_text("utf-8")
    else:
        raise UserError(unknown("preset", preset, presets()), remedy="name one of these or the path of a .toml file")
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
        problems.append(unknown(f"member in members.{name}.like", like, entries))
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
        problems.append(unknown("member in student", name, entries))
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
            problems.append(unknown(f"setting in {where or 'the experiment'}", key, types))
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


def _above(settings: Any, **maxima: int) -> list[str]:
    return [
        f"{name} must be at most {maximum}, is {getattr(settings, name)}"
        for name, maximum in maxima.items()
        if getattr(settings, name) > maximum
    ]


def _below(settings: Any, **minima: int) -> list[str]:
    return [
        f"{name} must be at least {minimum}, is {getattr(settings, name)}"
        for name, minimum in minima.items()
        if getattr(settings, name) < minimum
    ]
