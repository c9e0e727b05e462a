"""Fits every (member, fold) of a run; continues where it was stopped. Next: scripts/blend.py --run NAME."""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli


def main() -> None:
    """Parses, trains, prints."""
    parser = cli.parser(__doc__)
    cli.experiment_arguments(parser)
    arguments = parser.parse_args()
    experiment = cli.experiment_from(arguments)
    from sentiment140 import pipeline

    run = pipeline.train(cli.folders(), arguments.run, experiment, arguments.data, arguments.workers)
    print(f"{run.folder}\nnext: scripts/blend.py --run {run.name}")


if __name__ == "__main__":
    cli.guarded(main, continues=True)
