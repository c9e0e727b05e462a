"""What is decided before a run starts: its settings, data and name, and whether it is finished already.

Imports neither Keras nor pandas, so that a mistake of the user's, or a finished run, gets an answer at once.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from sentiment140 import presets
from sentiment140.data.files import DataFile
from sentiment140.data.locate import DataFiles, DataRequest, find_data, replace_missing_vectors
from sentiment140.experiment import Experiment
from sentiment140.models.settings import resolve
from sentiment140.report.tables import DEMO
from sentiment140.runs.identity import Inputs, check_identity, is_finished
from sentiment140.runs.names import check_name, run_name
from sentiment140.runs.run import Folders, Run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a run is made of.

    Attributes:
        folder: the folder of the run, which may not exist yet.
        experiment: the settings, with all defaults filled in, and with the vectors that could be had.
        files: the data files.
        inputs: sizes and times of the data files.
        is_finished: whether the run is finished, and would be the same again.
    """

    folder: Path
    experiment: Experiment
    files: DataFiles
    inputs: Inputs
    is_finished: bool

    def open_run(self) -> Run:
        """Open and lock the run; its folder is created if missing."""
        return Run.open(self.folder.parent, self.folder.name)

    @property
    def toml(self) -> str:
        """The experiment as TOML."""
        return presets.to_toml(self.experiment, self.files.source)


def plan_run(folders: Folders, name: str | None, experiment: Experiment, data: DataRequest) -> Plan:
    """Check the settings of a run, find its data, and look whether it exists already. Writes nothing in its folder.

    Args:
        folders: the folders of runs and of data.
        name: the name of the run; None for that of the preset. "demo-" is added for the demo corpus.
        experiment: the settings of the run.
        data: the tweets and vectors to use (data/locate.py).

    Raises:
        UserError: the name or a setting is not allowed, there are no data, or a run of this name has other settings
            that concern all members, or was trained with other versions of the libraries.
    """
    name = experiment.preset if name is None else name
    check_name(name)
    experiment = resolve(experiment)
    files = find_data(data, experiment.vector_sources(), folders.data)
    experiment = replace_missing_vectors(experiment, files)
    run = Run(folders.submissions / run_name(name, files.source))
    check_identity(run, experiment)
    inputs = _inputs(files)
    plan = Plan(run.folder, experiment, files, inputs, False)
    finished = is_finished(run, plan.toml, inputs)
    if files.source == "demo" and not finished:
        log.warning(DEMO)
    for line in () if finished else (*files.notes, *files.notices):
        log.info(line)
    return Plan(run.folder, experiment, files, inputs, finished)


def fetch(folders: Folders, experiment: Experiment, data: DataRequest) -> DataFiles:
    """Find or download the tweets and vectors that an experiment needs; see `plan_run` for the arguments."""
    files = find_data(data, resolve(experiment).vector_sources(), folders.data)
    for line in (*files.notes, *files.notices):
        log.info(line)
    return files


def _inputs(files: DataFiles) -> Inputs:
    tweets: dict[str, DataFile | None] = {"training tweets": files.tweets.train, "test tweets": files.tweets.test}
    if files.tweets.semeval is not None:
        tweets["tweets labeled by people"] = DataFile(files.tweets.semeval)
    found = {name: file for name, file in (tweets | files.vectors).items() if file is not None}
    mapping = {name: [text] for name, text in files.tweets.mapping.as_dict().items()}
    return {**mapping, **{name: _state(file) for name, file in found.items()}}


def _state(file: DataFile) -> list[str | int]:
    stat = file.path.stat()
    return [str(DataFile(Path(file.path.name), file.entry)), stat.st_size, stat.st_mtime_ns]
