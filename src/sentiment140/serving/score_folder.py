"""Many files of tweets to a folder of scored ones, here or on a cluster; what is there already stays."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sentiment140.errors import UserError
from sentiment140.executors import Executor
from sentiment140.runs.files import acquire_lock, atomic_path, sha256_of
from sentiment140.serving.manifest import NAME
from sentiment140.serving.score_file import Scoring, score_file

log = logging.getLogger(__name__)

_NOTE, _LOCK = ".scored.json", ".lock"


@dataclass(frozen=True)
class Work:
    """What is done to every file.

    Attributes:
        model: folder of the model to use, with its manifest.
        target: folder that scored files go to, each under its own name.
        scoring: what is told of each tweet.
        file_format: a name of `FORMATS`; None for what each file's name says.
        column: with the tweets; None for the first of `TEXT_COLUMNS` that is there.
        workers: processes that score a file; None for as many as there are cores.
    """

    model: Path
    target: Path
    scoring: Scoring
    file_format: str | None = None
    column: str | None = None
    workers: int | None = None

    def described(self) -> dict[str, Any]:
        """What decides the results, the model by its checksum."""
        how = {"column": self.column, "format": self.file_format, **asdict(self.scoring)}
        return {"model": sha256_of(self.model / NAME), **how}


def is_pattern(source: str) -> bool:
    """Whether this names many files, as `tweets/*.parquet` does."""
    return has_magic(source) and not Path(source).exists()


def score_files(pattern: str, work: Work, executor: Executor) -> int:
    """Scores the files that a pattern names and that are not yet in the folder.

    Args:
        pattern: such as `tweets/*.parquet`.
        work: what is done to them.
        executor: where; on a cluster each machine must see model, files and folder under the same path.

    Returns:
        How many tweets were scored.

    Raises:
        UserError: no such files, a file that cannot be read, or a folder that holds what another model said, or of
            other files of these names.
    """
    sources = _found(pattern, work.target)
    try:
        work.target.mkdir(parents=True, exist_ok=True)
        lock = acquire_lock(work.target / _LOCK)
    except OSError as error:
        raise UserError(f"cannot write ({error.strerror})", str(work.target), "name a folder with --output") from error
    with lock:
        return _score_files(sources, work, executor)


def _found(pattern: str, target: Path) -> dict[str, Path]:
    """The files by name, those left out that lie in the folder for the results."""
    paths = [Path(name).absolute() for name in glob(pattern, recursive=True)]  # noqa: PTH207 - Path's: none absolute
    files = sorted(path for path in paths if path.is_file())
    outside = [path for path in files if target.resolve() not in path.resolve().parents]
    if files and not outside:
        raise UserError("the tweets themselves lie there", str(target), "name another folder with --output")
    if not files:
        raise UserError("no such files", pattern, "check --input")
    named = {path.name: path for path in outside}
    if len(named) < len(outside):
        twice = next(path.name for path in outside if named[path.name] != path)
        raise UserError(f"two files are called {twice}", pattern, "score them into two folders")
    return named


def _score_files(sources: Mapping[str, Path], work: Work, executor: Executor) -> int:
    for unfinished in work.target.glob(".*.tmp"):  # of a process that was killed: nobody else writes here now
        unfinished.unlink()
    done = {name for name in sources if (work.target / name).exists()}
    _note(sources, done, work)
    if done:
        log.info("%d of %d files are scored already", len(done), len(sources))
    pending = [path for name, path in sources.items() if name not in done]
    scored, shared = 0, (work, work.described()["model"])
    with tqdm(total=len(sources), initial=len(done), desc="files", disable=None) as bar:
        for _, count in executor.run(_score, pending, shared):
            scored += count
            bar.update()
    return scored


def _note(sources: Mapping[str, Path], done: set[str], work: Work) -> None:
    """Sees that what is there was scored so and from these files, and notes what will be."""
    path, how = work.target / _NOTE, work.described()
    seen = {name: [str(source), source.stat().st_size, source.stat().st_mtime_ns] for name, source in sources.items()}
    try:
        before = json.loads(path.read_text("utf-8")) if path.exists() else {"how": how, "sources": {}}
        known, known_how = before["sources"], before["how"]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{_NOTE} is damaged", str(work.target), "name another folder with --output") from error
    if known_how != how and any((work.target / name).exists() for name in known):
        what = "it holds files that were scored by another model, or otherwise"
        raise UserError(what, str(work.target), "name another folder with --output")
    if foreign := sorted(name for name in done if known.get(name) != seen[name]):
        what = f"{foreign[0]} is there, but not from this file as it is now"
        raise UserError(what, str(work.target), "delete it, or name another folder with --output")
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"how": how, "sources": {**known, **seen}}, indent=1), "utf-8")


def _score(shared: tuple[Work, str], source: Path) -> int:
    work, model = shared
    if not (work.target / _NOTE).is_file():  # on another machine
        raise UserError("the folder is not that of the command", str(work.target), "name one that all machines share")
    if not (work.model / NAME).is_file():
        raise UserError("the model is not on this machine", str(work.model), "name one that all machines share")
    if sha256_of(work.model / NAME) != model:
        raise UserError("another model than that of the command", str(work.model), "name one that all machines share")
    return score_file(
        work.model,
        str(source),
        work.target / source.name,
        None,
        scoring=work.scoring,
        file_format=work.file_format,
        column=work.column,
        workers=work.workers,
    )
