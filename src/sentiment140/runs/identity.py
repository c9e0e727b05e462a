"""What a run belongs to: the settings that concern all members, the data, and the versions of the libraries.

Members and their settings may change: training/fingerprints.py finds the fits that are no longer right.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sentiment140.errors import UserError
from sentiment140.experiment import Experiment
from sentiment140.runs.provenance import package_code, package_digests, versions
from sentiment140.runs.run import EXPERIMENT, Run

Inputs = Mapping[str, list[str | int]]
"""Name, size in bytes and time of the last change in nanoseconds of each input file, by what it holds;
and the columns and labels that the user named."""

_IDENTITY, _FINISHED = "work/identity.json", "work/finished.json"
_SCORES_ONLY = "onnxruntime"  # no fit depends on it, so a run may get it later
_NOT_RESULTS = ("work/lock", _FINISHED, f"work/sha256/{_FINISHED}")


def bind_identity(run: Run, experiment: Experiment, toml: str, data: Mapping[str, str], inputs: Inputs) -> None:
    """Bind a new run to its settings, data and libraries, or check that an existing run has the same.

    Args:
        run: the run.
        experiment: its experiment.
        toml: the resolved experiment as TOML.
        data: fingerprints of the data, by what they hold.
        inputs: the files that the data were read from.

    Raises:
        UserError: the run has others; the message names the differences and a free name. Or the folder holds models but
            its identity file is missing or damaged.
    """
    check_identity(run, experiment, data)
    run.write_text(EXPERIMENT, toml)
    run.write_json(_IDENTITY, {**_identity(experiment), "data": dict(data), "inputs": dict(inputs)})


def check_identity(run: Run, experiment: Experiment, data: Mapping[str, str] | None = None) -> None:
    """Check that an existing run has these settings and data, and the same versions of the libraries.

    Args:
        run: the run, which may be new.
        experiment: its experiment.
        data: fingerprints of the data; None before they are read.

    Raises:
        UserError: see `bind_identity`.
    """
    remedy = f"use another name: --run {free_name(run.folder)}"
    if problem := run.find_problem(_IDENTITY):
        if run.has_any_fit:
            what = f"{_IDENTITY} is {problem}, so nobody knows which data the models belong to"
            raise UserError(what, f"in {run.folder}", f"{remedy}, or delete that folder")
        return
    saved = run.read_json(_IDENTITY)
    now = {**_identity(experiment), **({} if data is None else {"data": dict(data)})}
    for part, here in now.items():
        if found := list(_differences(saved.get(part, {}), here)):  # the first part: other settings read other data
            raise UserError(f"run {run.name} has other {part} ({'; '.join(found)})", f"in {run.folder}", remedy)


def _identity(experiment: Experiment) -> dict[str, Any]:
    names = ("seed", "folds", "limit", "holdout")
    return {"settings": {name: getattr(experiment, name) for name in names}, "versions": versions()}


def _differences(saved: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Describe each entry in which two dictionaries differ, as `name: old there, new here`."""
    for name in [*saved, *(name for name in now if name not in saved)]:
        if saved.get(name) != now.get(name) and name != _SCORES_ONLY:
            there, here = (str(values.get(name, "none")) for values in (saved, now))
            yield f"{name}: {there} there, {here} here"


def free_name(folder: Path) -> str:
    """Find a name for another run: that of this folder with a number that no run has yet, such as "standard-2"."""
    number = 2
    while (folder.parent / f"{folder.name[:90]}-{number}").exists():
        number += 1
    return f"{folder.name[:90]}-{number}"


def write_finished(run: Run, code: Mapping[str, Any]) -> None:
    """Record that the run is finished, with every file that it has now.

    Args:
        run: the run.
        code: `provenance.package_state`, of the code that made the results.
    """
    files = [path.relative_to(run.folder).as_posix() for path in sorted(run.folder.rglob("*")) if path.is_file()]
    results = {name: _state(run.path(name)) for name in files if name not in _NOT_RESULTS}
    run.write_json(_FINISHED, {"files": results, "code": dict(code)})


def is_finished(run: Run, toml: str, inputs: Inputs) -> bool:
    """Return whether a run is finished and would be the same again: settings, code, libraries, input files, results.

    No file is read as a whole: sizes and times of the last change are compared.

    Args:
        run: the run, which may not exist.
        toml: the resolved experiment as TOML.
        inputs: the files that the data would be read from.
    """
    try:
        record, identity = run.read_json(_FINISHED), run.read_json(_IDENTITY)
        same = (
            all(_state(run.path(name)) == state for name, state in record["files"].items())
            and run.read_text(EXPERIMENT) == toml
            and identity["inputs"] == json.loads(json.dumps(inputs))
        )
    except UserError:
        return False
    return same and (record["code"]["exact"] == package_digests() or record["code"]["meaning"] == package_code())


def _state(path: Path) -> list[int] | None:
    """Size and time of the last change of a file; None if it is missing."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns]
