"""Find the model folder that a user means: the newest run, a run by its name, or a folder."""

import logging
from pathlib import Path

from sentiment140.errors import UserError, unknown_name
from sentiment140.serving import QUALITIES
from sentiment140.serving.manifest import Manifest

log = logging.getLogger(__name__)

_REMEDY = "name a run or the folder of a model"


def choose_model(model: str | Path | None, submissions: Path, quality: str | None) -> tuple[Path, Manifest]:
    """Find a model, read its manifest, and log which model it is.

    Args:
        model: as in `find_model`.
        submissions: the folder of all runs.
        quality: as in `Predictor.load`.

    Returns:
        The model folder and its manifest.

    Raises:
        UserError: there is no such model, or it is damaged.
    """
    folder = find_model(model, submissions, quality)
    manifest = Manifest.read(folder)
    demo = " (DEMO: trained on synthetic tweets)" if manifest.data == "demo" else ""
    log.info("model: %s%s", folder, demo)
    return folder, manifest


def find_model(model: str | Path | None, submissions: Path, quality: str | None) -> Path:
    """Find the folder with the manifest.

    Args:
        model: the name of a run in `submissions`; or the folder of a run, its folder `model/`, or the folder with the
            manifest itself; None for the run in `submissions` that was finished last.
        submissions: the folder of all runs.
        quality: "fast" or "best"; None for the first of them that there is.

    Returns:
        The folder. It may still lack a manifest, which `Manifest.read` reports.

    Raises:
        UserError: there is no such run or folder, or it has no model of this quality.
    """
    if quality not in (None, *QUALITIES):
        raise UserError(unknown_name("quality", quality, QUALITIES))
    folder = _newest_run(submissions) if model is None else _named(model, submissions)
    if (folder / "model").is_dir():
        folder /= "model"
    available = [name for name in QUALITIES if (folder / name).is_dir()]
    if quality is not None and quality not in available:
        remedy = f"choose {' or '.join(available)}" if available else "omit the quality"
        raise UserError(f"no model of quality {quality}", f"in {folder}", remedy)
    return folder / (quality or available[0]) if available else folder


def _newest_run(submissions: Path) -> Path:
    folders = sorted(submissions.glob("*/model"), key=lambda path: path.stat().st_mtime)
    if not folders:
        raise UserError("no model found", f"in {submissions}", "train one (bash scripts/run_all.sh)")
    return folders[-1].parent


def _named(model: str | Path, submissions: Path) -> Path:
    """Find the folder of a run by its name, or else a folder by its path."""
    name = str(model)
    is_name = name not in ("", ".", "..") and Path(name).name == name
    if is_name and (submissions / name / "model").is_dir():
        return submissions / name
    if Path(name).is_dir():
        return Path(name)
    if is_name:
        runs = [path.parent.name for path in submissions.glob("*/model")]
        raise UserError(unknown_name("run or folder", name, runs), f"in {submissions}", _REMEDY)
    raise UserError("no such folder", name, _REMEDY)
