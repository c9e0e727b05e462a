"""Fits every (member, fold) of a run; continues where it was stopped. Next: scripts/blend.py --run NAME."""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, trains, prints."""
    parser = cli.parser(__doc__)
    runs.experiment_arguments(parser)
    arguments = parser.parse_args()
    experiment = runs.experiment_from(arguments)
    from sentiment140 import pipeline

    run = pipeline.train(cli.folders(), arguments.run, experiment, arguments.data, runs.executor(arguments))
    print(f"{run.folder}\nnext: scripts/blend.py --run {run.name}")


if __name__ == "__main__":
    cli.guarded(main, continues=True)
