"""Load the experiment of a run, after checking that its models and results belong together and to this code."""

from sentiment140 import presets
from sentiment140.data.about import ABOUT
from sentiment140.data.tables import ROWS, SEMEVAL, UNSEEN_TABLES
from sentiment140.errors import UserError
from sentiment140.evaluation.split_strategies import SPLITS
from sentiment140.experiment import Experiment
from sentiment140.runs.identity import check_identity
from sentiment140.runs.run import EXPERIMENT, Run
from sentiment140.training.cross_validation import check_fits, fold_fits

OOF, ENSEMBLES = "oof.csv", "work/ensemble.json"
_SCORED = "work/scored.json"


def load_experiment(run: Run) -> Experiment:
    """Load the experiment of a run.

    Raises:
        UserError: its file is missing or damaged, or its models were fitted by other code or libraries.
    """
    run.read_text(EXPERIMENT)  # checks that the file is undamaged
    experiment = presets.load(str(run.path(EXPERIMENT)))
    check_identity(run, experiment)
    check_fits(run, experiment)
    return experiment


def record_results(run: Run) -> None:
    """Record which models the scores and the exported models of a run are made from."""
    run.write_json(_SCORED, _sources(run, load_experiment(run)))


def check_results(run: Run) -> None:
    """Check that the scores and the exported models of a run are made from the models that it has now.

    Raises:
        UserError: they are not, or were made by other code.
    """
    experiment = load_experiment(run)
    check_fits(run, experiment, student=True)
    if run.read_json(_SCORED) != _sources(run, experiment):
        what, remedy = "the scores are not those of the models in the run", "run the blend stage first"
        raise UserError(what, f"in {run.folder}", remedy)


def _sources(run: Run, experiment: Experiment) -> dict[str, str]:
    files = (EXPERIMENT, ROWS, ABOUT, *UNSEEN_TABLES.values(), SEMEVAL, SPLITS, OOF, ENSEMBLES)
    student = [experiment.student.name] if experiment.student else []
    return {"models": run.digest(files, [*(fit.name for fit in fold_fits(experiment)), *student])}
