"""Studies: several runs that differ in one setting, and a table that compares them."""

from pathlib import Path

import pandas as pd

from sentiment140 import pipeline
from sentiment140.data.locate import DataRequest
from sentiment140.data.tables import training_table
from sentiment140.evaluation.ablation import compare_variants
from sentiment140.evaluation.run_scores import RunScores
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment
from sentiment140.report.page import LEARNING_CURVE
from sentiment140.runs.files import atomic_path
from sentiment140.runs.names import DEMO_PREFIX, run_name
from sentiment140.runs.run import Folders, Run


def ablate(
    folders: Folders,
    experiments: list[Experiment],
    baseline: str,
    name: str | None,
    data: DataRequest,
    executor: Executor,
) -> tuple[pd.DataFrame, Path]:
    """Run an ablation: measure the effect of each choice over several seeds.

    Args:
        folders: the folders of runs and of data.
        experiments: the same experiment with different seeds; its members are the variants.
        baseline: the member that all others are compared with.
        name: the start of the runs' names and the name of the file; None for that of the preset.
        data: the tweets and vectors to use (data/locate.py).
        executor: where the models are trained.

    Returns:
        The table, as returned by `compare_variants`, and the path of the CSV file with the same table.
    """
    tables, name = [], name or experiments[0].preset
    for experiment in experiments:
        run = pipeline.run_all(folders, f"{name}-seed{experiment.seed}", experiment, data, executor)
        rows = training_table(run)[["id", "text"]]
        oof = run.read_table(pipeline.OOF)[["id", "label", *experiment.ensemble]]
        tables.append(oof.merge(rows, on="id", validate="one_to_one").drop(columns="id"))
    table, is_demo = compare_variants(tables, baseline, experiments[0].seed), run.name.startswith(DEMO_PREFIX)
    name = run_name(name, "demo") if is_demo else name
    path = folders.submissions / f"{name}.csv"
    with atomic_path(path) as temporary:
        table.assign(**{"data": "demo"} if is_demo else {}).to_csv(temporary, index=False, float_format="%.5g")
    return table, path


def learning_curve(
    folders: Folders, experiments: list[Experiment], name: str | None, data: DataRequest, executor: Executor
) -> tuple[pd.DataFrame, Run]:
    """Run a learning curve: measure the scores for several numbers of tweets.

    Args:
        folders: the folders of runs and of data.
        experiments: the same experiment with different `limit`s; the report of the last one shows the curve.
        name: the start of the runs' names, and the whole name of the run on all tweets; None for that of the preset.
        data: the tweets and vectors to use (data/locate.py).
        executor: where the models are trained.

    Returns:
        The table and the run of the last experiment. The table has one row per number of tweets and model: `tweets`,
        `model`, `accuracy` in percent with its 95 percent interval `low` to `high`, and `log_loss`.
    """
    rows, name = [], name or experiments[0].preset
    for experiment in experiments:
        of_limit = f"{name}-{experiment.limit}" if experiment.limit else name
        run = pipeline.run_all(folders, of_limit, experiment, data, executor)
        scores = RunScores.read(run.folder)
        for model, scored in scores.oof.items():
            accuracy = {
                column: None if value is None else 100 * value
                for column, value in zip(
                    ("accuracy", "low", "high"), vars(scored.overall["accuracy"]).values(), strict=True
                )
            }
            loss = scored.overall["log_loss"].value
            rows.append({"tweets": scores.data.tweets, "model": model, **accuracy, "log_loss": loss})
    table = pd.DataFrame(rows)
    run.write_result(LEARNING_CURVE, table)
    pipeline.report(run)
    return table, run
