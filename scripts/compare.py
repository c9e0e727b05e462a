"""Trains models on the same folds and prints how they compare: accuracy, time an epoch, overfitting, who is better.

python scripts/compare.py                                  every model of the course, 400,000 tweets, 3 folds
python scripts/compare.py --limit 50000 --run small        the same on fewer tweets
python scripts/compare.py --members course_conv,course_bigru --run pair
python scripts/compare.py --preset standard                the members of another preset
python scripts/compare.py --data demo                      made-up tweets, no network

The table is kept in submissions/<run>/ as comparison.csv and pairs.csv, and shown in its report.html. A run that was
stopped continues where it was when the same command is typed again.
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, trains, compares, prints."""
    parser = cli.parser(__doc__)
    runs.experiment_arguments(parser)
    parser.set_defaults(preset="course")
    arguments = parser.parse_args()
    experiment = runs.experiment_from(arguments)
    from sentiment140 import pipeline
    from sentiment140.report.compared import comparison_table
    from sentiment140.report.tables import score_table

    run = pipeline.run_all(cli.folders(), arguments.run, experiment, arguments.data, runs.executor(arguments))
    scores = run.read_json("scores.json")
    print(score_table(scores), comparison_table(scores), "", sep="\n\n")
    for name in ("comparison.csv", "pairs.csv", "report.html"):
        print(run.path(name))


if __name__ == "__main__":
    cli.guarded(main, continues=True)
