"""Score several files of tweets, or all of a folder, and write them to a folder, on this machine or on a cluster.

Files that were scored before are skipped, so an interrupted command continues where it stopped.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sentiment140.errors import UserError
from sentiment140.executors import Executor
from sentiment140.runs.files import acquire_lock, atomic_path, sha256_of
from sentiment140.serving.formats import ENDINGS, FORMATS, Options
from sentiment140.serving.manifest import NAME
from sentiment140.serving.score_file import format_of_name, score_file
from sentiment140.serving.scoring import Scoring

log = logging.getLogger(__name__)

_RECORD = ".scored.json"  # in the target folder: how its files were scored, and from which sources
_LOCK = ".lock"
_SHARED_MODEL = "name a model that all machines share with --model"


@dataclass(frozen=True)
class FolderJob:
    """How files are scored, and where they are written.

    Attributes:
        model: the model folder, with its manifest.
        target: the folder for the scored files; each keeps its name.
        scoring: the columns to append.
        file_format: a name in `FORMATS`; None to derive it from the name of each file.
        options: how the files are read; each format takes those that have a meaning for it.
        workers: number of processes that score one file; None for one per core.
    """

    model: Path
    target: Path
    scoring: Scoring
    file_format: str | None = None
    options: Options = field(default_factory=Options)
    workers: int | None = None

    def settings(self) -> dict[str, Any]:
        """Return all settings that decide the results, with the checksum of the model's manifest."""
        settings = {"format": self.file_format, **asdict(self.options), **asdict(self.scoring)}
        return {"model": sha256_of(self.model / NAME), **settings}


def is_pattern(source: str) -> bool:
    """Whether a source is a pattern for many files, such as `tweets/*.parquet`, and not the name of an existing file.

    Examples:
        >>> is_pattern("tweets/*.parquet"), is_pattern("tweets.csv")
        (True, False)
    """
    return has_magic(source) and not Path(source).exists()


def is_several(inputs: Sequence[str]) -> bool:
    """Whether the inputs are more than one file: several names, a folder or a pattern."""
    return len(inputs) > 1 or any(is_pattern(name) or Path(name).is_dir() for name in inputs)


def score_files(inputs: Sequence[str], job: FolderJob, executor: Executor) -> int:
    """Score several files, except those that are in the target folder already.

    Args:
        inputs: names of files, folders, of which all files with an ending in `ENDINGS` are scored, and patterns such as
            `tweets/*.parquet`.
        job: how the files are scored, and where they are written.
        executor: runs one task per file. On a cluster, the model, the files and the target folder must have the same
            paths on all machines.

    Returns:
        The number of tweets scored.

    Raises:
        UserError: no file is found, two files have the same name, a file cannot be read, or the target folder has files
            that were scored with another model, with other settings, or from other files of these names.
    """
    sources = _find_sources(inputs, job.target)
    try:
        job.target.mkdir(parents=True, exist_ok=True)
        lock = acquire_lock(job.target / _LOCK)
    except OSError as error:
        what = f"cannot write to the folder ({error.strerror})"
        raise UserError(what, str(job.target), "name another folder with --output") from error
    with lock:
        return _score_missing(sources, job, executor)


def _find_sources(inputs: Sequence[str], target: Path) -> dict[str, Path]:
    """Find the files of all inputs, except those in the target folder, and return their paths by name."""
    files = sorted({path for name in inputs for path in _files_of(name)})
    outside = [path for path in files if target.resolve() not in path.resolve().parents]
    if not outside:
        raise UserError("the files to score are in the folder of --output", str(target), "name another folder")
    sources = {path.name: path for path in outside}
    if len(sources) < len(outside):
        name = next(path.name for path in outside if sources[path.name] != path)
        raise UserError(f"two files have the name {name}", ", ".join(inputs)[:200], "score them into two folders")
    return sources


def _files_of(name: str) -> list[Path]:
    """Return the absolute paths of the files that a name, a folder or a pattern stands for."""
    path = Path(name).absolute()
    if path.is_dir():
        inside = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        known = [file for file in inside if format_of_name(file.name) is not None]
        if not known:
            raise UserError("no file with a known ending", f"in the folder {name}", f"known: {', '.join(ENDINGS)}")
        if others := [file.name for file in inside if file not in known]:
            shown = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
            log.warning("not scored, because their endings are unknown: %s", shown)
        return known
    if not is_pattern(name):
        if not path.is_file():
            raise UserError("no such file", name, "name another with --input")
        return [path]
    files = [Path(found).absolute() for found in glob(name, recursive=True)]  # noqa: PTH207 - Path.glob is relative
    files = [file for file in files if file.is_file()]
    if not files:
        raise UserError("no file matches the pattern", name, "name others with --input")
    return files


def _score_missing(sources: Mapping[str, Path], job: FolderJob, executor: Executor) -> int:
    done = {name for name in sources if (job.target / name).exists()}
    _check_and_record(sources, done, job)
    if done:
        log.info("%d of %d files were scored before", len(done), len(sources))
    pending = [path for name, path in sources.items() if name not in done]
    scored, shared = 0, (job, job.settings()["model"])
    with tqdm(total=len(sources), initial=len(done), desc="files", disable=None) as bar:
        for _, count in executor.run(_score, pending, shared):
            scored += count
            bar.update()
    return scored


def _check_and_record(sources: Mapping[str, Path], done: set[str], job: FolderJob) -> None:
    """Check that the scored files in the target folder belong to this job, and record what is scored now.

    Args:
        sources: the files to score, by name.
        done: the names of those that the target folder has already.
        job: how the files are scored.

    Raises:
        UserError: files in the target folder were scored with another model or other settings, or a source has changed
            since it was scored.
    """
    path, settings, other_folder = job.target / _RECORD, job.settings(), "name another folder with --output"
    current = {
        name: [str(source), source.stat().st_size, source.stat().st_mtime_ns] for name, source in sources.items()
    }
    try:
        record = json.loads(path.read_text("utf-8")) if path.exists() else {"how": settings, "sources": {}}
        recorded, recorded_settings = record["sources"], record["how"]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{_RECORD} is damaged", f"in {job.target}", other_folder) from error
    if recorded_settings != settings and any((job.target / name).exists() for name in recorded):
        raise UserError("the folder has files scored with another model or other flags", str(job.target), other_folder)
    if changed := sorted(name for name in done if recorded.get(name) != current[name]):
        what = f"{changed[0]} was scored from another file, or its source has changed since"
        raise UserError(what, f"in {job.target}", f"delete it, or {other_folder}")
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"how": settings, "sources": {**recorded, **current}}, indent=1), "utf-8")


def _score(shared: tuple[FolderJob, str], source: Path) -> int:
    """Score one file, perhaps on another machine, and return the number of tweets."""
    job, model = shared
    if not (job.target / _RECORD).is_file():
        remedy = "name a folder that all machines share with --output"
        raise UserError("a machine of the cluster does not see the folder of --output", str(job.target), remedy)
    if not (job.model / NAME).is_file():
        raise UserError("a machine of the cluster does not see the model", str(job.model), _SHARED_MODEL)
    if sha256_of(job.model / NAME) != model:
        raise UserError("a machine of the cluster has another model there", str(job.model), _SHARED_MODEL)
    name = job.file_format or format_of_name(source.name)
    return score_file(
        job.model,
        str(source),
        job.target / source.name,
        None,
        scoring=job.scoring,
        file_format=job.file_format,
        options=job.options.restricted(FORMATS[name].takes) if name else job.options,
        workers=job.workers,
    )
