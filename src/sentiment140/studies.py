"""Studies: several runs that differ in one thing, and the table that compares them."""

from pathlib import Path

import pandas as pd

from sentiment140 import pipeline
from sentiment140.data.tables import ROWS
from sentiment140.evaluation.ablation import effects
from sentiment140.evaluation.run_scores import RunScores
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment
from sentiment140.report.page import LEARNING_CURVE
from sentiment140.runs.files import atomic_path
from sentiment140.runs.run import DEMO_PREFIX, Folders, Run


def ablate(
    folders: Folders,
    experiments: list[Experiment],
    baseline: str,
    name: str | None,
    data: str | None,
    executor: Executor,
) -> tuple[pd.DataFrame, Path]:
    """What each choice is worth, over the seeds of these experiments, and the file that holds it (ablation.effects).

    Args:
        folders: where runs and data lie.
        experiments: one for each seed.
        baseline: the member that all others are compared with.
        name: what the runs' names start with; None for the preset's.
        data: what the user points at.
        executor: where models are trained.
    """
    tables, name = [], name or experiments[0].preset
    for experiment in experiments:
        run = pipeline.run_all(folders, f"{name}-seed{experiment.seed}", experiment, data, executor)
        rows = run.read_table(ROWS)[["id", "text"]]
        oof = run.read_table(pipeline.OOF)[["id", "label", *experiment.ensemble]]
        tables.append(oof.merge(rows, on="id", validate="one_to_one").drop(columns="id"))
    table, is_demo = effects(tables, baseline, experiments[0].seed), run.name.startswith(DEMO_PREFIX)
    name = name if not is_demo or name.startswith(DEMO_PREFIX) else DEMO_PREFIX + name
    path = folders.submissions / f"{name}.csv"
    with atomic_path(path) as temporary:
        table.assign(**{"data": "demo"} if is_demo else {}).to_csv(temporary, index=False, float_format="%.5g")
    return table, path


def learning_curve(
    folders: Folders, experiments: list[Experiment], name: str | None, data: str | None, executor: Executor
) -> tuple[pd.DataFrame, Run]:
    """The scores by number of tweets, and the run of the last experiment, whose folder and page hold them.

    Args:
        folders: where runs and data lie.
        experiments: alike but for `limit`.
        name: what the runs' names start with; that of all tweets is called just so. None for the preset's.
        data: what the user points at.
        executor: where models are trained.

    Returns:
        `tweets`, `model`, `accuracy` in percent with `low` and `high`, and `log_loss`, one row per size and column.
    """
    rows, name = [], name or experiments[0].preset
    for experiment in experiments:
        run_name = f"{name}-{experiment.limit}" if experiment.limit else name
        run = pipeline.run_all(folders, run_name, experiment, data, executor)
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
