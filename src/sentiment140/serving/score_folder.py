"""Score several files of tweets, or all of a folder, and write them to a folder, on this machine or on a cluster.

Files that were scored before are skipped, so an interrupted command continues where it stopped. A file that cannot be
scored does not stop the others.
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
from sentiment140.serving.score_file import format_of_name, load_scorer, score_file
from sentiment140.serving.scoring import Scoring

log = logging.getLogger(__name__)

_RECORD = ".scored.json"  # in the target folder: how its files were scored, and from which sources
_LOCK = ".lock"
_LISTED = 20  # files whose errors or names are listed
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
        inputs: names of files, folders, and patterns such as `tweets/*.parquet`. Of folders and patterns, files that
            are hidden or have an ending that is not in `ENDINGS` are left out. Folders in a folder are not searched.
        job: how the files are scored, and where they are written.
        executor: runs one task per file. On a cluster, the model, the files and the target folder must have the same
            paths on all machines.

    Returns:
        The number of tweets scored.

    Raises:
        UserError: no file is found, two files have the same name, or the target folder has files that were scored with
            another model, with other settings, or from other files of these names; and, when all other files are
            scored, some files could not be scored.
    """
    sources = _find_sources(inputs, job.target, any_ending=job.file_format is not None)
    try:
        job.target.mkdir(parents=True, exist_ok=True)
        lock = acquire_lock(job.target / _LOCK)
    except OSError as error:
        what = f"cannot write to the folder ({error.strerror})"
        raise UserError(what, str(job.target), "name another folder with --output") from error
    with lock:
        return _score_missing(sources, job, executor)


def _find_sources(inputs: Sequence[str], target: Path, *, any_ending: bool) -> dict[str, Path]:
    """Find the files of all inputs, except those in the target folder, and return their paths by name."""
    files = sorted({path for name in inputs for path in _files_of(name, target, any_ending=any_ending)})
    outside = [path for path in files if target.resolve() not in path.resolve().parents]
    if not outside:
        raise UserError("the files to score are in the folder of --output", str(target), "name another folder")
    sources = {path.name: path for path in outside}
    if len(sources) < len(outside):
        name = next(path.name for path in outside if sources[path.name] != path)
        raise UserError(f"two files have the name {name}", ", ".join(inputs)[:200], "score them into two folders")
    return sources


def _files_of(name: str, target: Path, *, any_ending: bool) -> list[Path]:
    """Return the absolute paths of the files that a name, a folder or a pattern stands for. Report what is left out.

    Args:
        name: the name, folder or pattern.
        target: the folder for the results, which is not reported.
        any_ending: whether files with an unknown ending count, because the user states their format.
    """
    path = Path(name).absolute()
    if path.is_dir():
        found, where = sorted(path.iterdir()), f"in the folder {name}"
    elif is_pattern(name):
        found, where = [Path(match).absolute() for match in sorted(glob(name, recursive=True))], f"that matches {name}"  # noqa: PTH207 - Path.glob is relative
    elif path.is_file():
        return [path]
    else:
        raise UserError("no such file", name, "name another with --input")
    files = [file for file in found if file.is_file()]
    known = [file for file in files if _is_table(file.name, any_ending=any_ending)]
    if files and not known:
        raise UserError(f"no file with a known ending {where}", "", f"known: {', '.join(ENDINGS)}")
    if not known:
        raise UserError(f"no file {where}", "", "name others with --input")
    if others := [file.name for file in files if file not in known]:
        log.warning("not scored, because hidden or with an unknown ending: %s", _listed(others))
    folders = [file for file in found if file.is_dir() and file != target and not file.name.startswith(".")]
    if folders and "**" not in name:
        everywhere = f"{name.rstrip('/')}/**" if path.is_dir() else "FOLDER/**"
        log.warning(
            "folders that are not searched: %s (--input '%s' does)", _listed([f.name for f in folders]), everywhere
        )
    return known


def _is_table(name: str, *, any_ending: bool) -> bool:
    """Whether a file is to be scored by its name; `~$` starts a lock file of Excel, which ends in .xlsx."""
    return not name.startswith((".", "~$")) and (any_ending or format_of_name(name) is not None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")


def _score_missing(sources: Mapping[str, Path], job: FolderJob, executor: Executor) -> int:
    done = {name for name in sources if (job.target / name).exists()}
    _check_and_record(sources, done, job)
    if done:
        log.info("%d of %d files were scored before", len(done), len(sources))
    pending = [path for name, path in sources.items() if name not in done]
    scored, failures, shared = 0, list[str](), (job, job.settings()["model"])
    with tqdm(total=len(sources), initial=len(done), desc="files", disable=None) as bar:
        for _, (count, failure) in executor.run(_score, pending, shared):
            scored += count
            failures += [failure] if failure else []
            bar.update()
    for failure in sorted(failures)[:_LISTED]:
        log.warning("not scored: %s", failure)
    if len(failures) > _LISTED:
        log.warning("not scored: %s more", f"{len(failures) - _LISTED:,}")
    if failures:
        what = f"{len(failures):,} of {len(sources):,} files could not be scored ({scored:,} tweets of the others were)"
        raise UserError(what, "", "correct them and type the same command again: it scores only these")
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


def _score(shared: tuple[FolderJob, str], source: Path) -> tuple[int, str]:
    """Score one file, perhaps on another machine.

    Returns:
        The number of tweets, and why the file cannot be scored or "".

    Raises:
        UserError: no file can be scored here, because of the model or of the folder for the results.
    """
    job, model = shared
    if not (job.target / _RECORD).is_file():
        remedy = "name a folder that all machines share with --output"
        raise UserError("a machine of the cluster does not see the folder of --output", str(job.target), remedy)
    if not (job.model / NAME).is_file():
        raise UserError("a machine of the cluster does not see the model", str(job.model), _SHARED_MODEL)
    if sha256_of(job.model / NAME) != model:
        raise UserError("a machine of the cluster has another model there", str(job.model), _SHARED_MODEL)
    load_scorer(job.model, job.scoring)  # a model that cannot be loaded is no fault of the file
    name = job.file_format or format_of_name(source.name)
    try:
        count = score_file(
            job.model,
            str(source),
            job.target / source.name,
            None,
            scoring=job.scoring,
            file_format=job.file_format,
            options=job.options.restricted(FORMATS[name].takes) if name else job.options,
            workers=job.workers,
        )
    except UserError as error:
        return 0, str(error)
    return count, ""
