"""Trains a preset on samples of several sizes and prints how the scores grow with the number of tweets.

python scripts/learning_curve.py                              25,000, 100,000, 400,000 and all tweets
python scripts/learning_curve.py --sizes 10000,40000          other sizes; 0: all tweets
python scripts/learning_curve.py --members conv_bilstm --run one    one member, the reference beside it
python scripts/learning_curve.py --data demo --sizes 2000,8000

Each size is a run of its own, submissions/standard-25000 and so on; one that is there or was stopped is continued. The
curve is kept as learning_curve.csv in the run of the last size, and drawn in its report.html.
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, trains, prints."""
    parser = cli.parser(__doc__)
    runs.learning_curve_arguments(parser)
    arguments = parser.parse_args()
    experiments = runs.learning_curve_experiments(arguments)
    from sentiment140 import pipeline

    table, run = pipeline.learning_curve(
        cli.folders(), experiments, arguments.run, arguments.data, runs.executor(arguments)
    )
    print(table.round(4).to_string(index=False), "", sep="\n")
    for name in ("learning_curve.csv", "report.html"):
        print(run.path(name))


if __name__ == "__main__":
    cli.guarded(main, continues=True)
