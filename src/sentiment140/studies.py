"""Studies: several runs that differ in one setting, and a table that compares them."""

from pathlib import Path

import pandas as pd

from sentiment140 import pipeline
from sentiment140.data.tables import training_table
from sentiment140.evaluation.ablation import compare_variants
from sentiment140.evaluation.run_scores import RunScores
from sentiment140.executors import Executor
from sentiment140.loading import OOF
from sentiment140.plan import Plan
from sentiment140.report.page import LEARNING_CURVE
from sentiment140.runs.files import atomic_path
from sentiment140.runs.names import DEMO_PREFIX, run_name
from sentiment140.runs.run import Run


def ablate(plans: list[Plan], baseline: str, name: str, executor: Executor) -> tuple[pd.DataFrame, Path]:
    """Run an ablation: measure the effect of each choice over several seeds.

    Args:
        plans: the same experiment with different seeds; its members are the variants.
        baseline: the member that all others are compared with.
        name: the name of the file, without "demo-".
        executor: where the models are trained.

    Returns:
        The table, as returned by `compare_variants`, and the path of the CSV file with the same table.
    """
    tables = []
    for plan in plans:
        run = pipeline.run_all(plan, executor)
        rows = training_table(run)[["id", "text"]]
        oof = run.read_table(OOF)[["id", "label", *plan.experiment.ensemble]]
        tables.append(oof.merge(rows, on="id", validate="one_to_one").drop(columns="id"))
    table, is_demo = compare_variants(tables, baseline, plans[0].experiment.seed), run.name.startswith(DEMO_PREFIX)
    name = run_name(name, "demo") if is_demo else name
    path = run.folder.parent / f"{name}.csv"
    with atomic_path(path) as temporary:
        table.assign(**{"data": "demo"} if is_demo else {}).to_csv(temporary, index=False, float_format="%.5g")
    return table, path


def learning_curve(plans: list[Plan], executor: Executor) -> tuple[pd.DataFrame, Run]:
    """Run a learning curve: measure the scores for several numbers of tweets.

    Args:
        plans: the same experiment with different `limit`s; the report of the last one shows the curve.
        executor: where the models are trained.

    Returns:
        The table and the run of the last experiment. The table has one row per number of tweets and model: `tweets`,
        `model`, `accuracy` in percent with its 95 percent interval `low` to `high`, and `log_loss`.
    """
    rows = []
    for plan in plans:
        run = pipeline.run_all(plan, executor)
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
