"""Measures this project's ways beside a notebook's, and how cost grows; prints ratios of this one run.

python scripts/benchmark.py                     everything, on the tweets that run_all.sh would take
python scripts/benchmark.py text                reading, cleaning and encoding the whole file
python scripts/benchmark.py training            the course's Conv1D+LSTM, vectors frozen and trained, against plain fit
python scripts/benchmark.py growth              seconds and peak memory of preparing 0.1 to 6.4 million tweets
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, measures, prints."""
    parser = cli.parser(__doc__)
    runs.benchmark_arguments(parser)
    arguments = parser.parse_args()
    from sentiment140 import benchmark
    from sentiment140.corpus.find import find_data

    found = find_data(arguments.data, [benchmark.VECTORS], cli.folders().data)
    counts = (arguments.rounds, arguments.tweets, arguments.workers)
    benchmark.run(found, arguments.parts, *counts, lambda line: print(line, flush=True))


if __name__ == "__main__":
    cli.guarded(main)
