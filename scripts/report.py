"""Writes report.html of a blended run, and its line in submissions/ledger.csv."""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, reports, prints."""
    parser = cli.parser(__doc__)
    runs.run_argument(parser)
    arguments = parser.parse_args()
    from sentiment140 import pipeline

    print(pipeline.report(runs.open_run(arguments)))


if __name__ == "__main__":
    cli.guarded(main)
