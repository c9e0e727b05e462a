"""Blends a trained run: OOF scores, predictions, submission, model folder. Next: scripts/report.py --run NAME."""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, blends, prints."""
    parser = cli.parser(__doc__)
    runs.run_argument(parser)
    runs.executor_arguments(parser)
    arguments = parser.parse_args()
    from sentiment140 import pipeline
    from sentiment140.report import tables

    run = runs.open_run(arguments)
    pipeline.blend(run, runs.executor(arguments))
    print(tables.score_table(run.read_json("scores.json")))


if __name__ == "__main__":
    cli.guarded(main)
