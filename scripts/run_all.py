"""Runs the whole competition: fetch, train, blend, score, report.

bash scripts/run_all.sh                                       all tweets, the standard ensemble
bash scripts/run_all.sh --preset quick --run first            200,000 tweets, 3 folds, in submissions/first
bash scripts/run_all.sh --data demo                           made-up tweets, three minutes, no network
bash scripts/run_all.sh --members conv_bilstm,tfidf_logistic --run two
                                                              a blend of these two alone
bash scripts/run_all.sh --preset mine.toml                    an experiment of your own: begin with base = "standard"

A run that was stopped continues where it was when the same command is typed again.
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, runs, prints."""
    parser = cli.parser(__doc__)
    runs.experiment_arguments(parser)
    arguments = parser.parse_args()
    experiment = runs.experiment_from(arguments)
    from sentiment140 import pipeline
    from sentiment140.report import tables

    run = pipeline.run_all(cli.folders(), arguments.run, experiment, arguments.data, runs.executor(arguments))
    print(tables.score_table(run.read_json("scores.json")))
    for name in ("report.html", "oof.csv", "submission.csv"):
        print(run.path(name))


if __name__ == "__main__":
    cli.guarded(main, continues=True)
