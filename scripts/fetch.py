"""Finds the tweets and vectors that a preset needs, or downloads them into data/ (resumable, verified)."""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, fetches, prints."""
    parser = cli.parser(__doc__)
    runs.preset_arguments(parser)
    arguments = parser.parse_args()
    experiment = runs.experiment_from(arguments)
    from sentiment140 import pipeline

    found = pipeline.fetch(cli.folders(), experiment, arguments.data)
    for located in (found.tweets.train, found.tweets.test, *found.vectors.values()):
        print(located)


if __name__ == "__main__":
    cli.guarded(main, continues=True)
