"""Measures what a second node brings: clusters of one and of two nodes, of a core each, begun on this machine.

.venv/bin/pip install -r requirements-cluster.txt
python scripts/benchmark_cluster.py training               preset standard on 50,000 tweets
python scripts/benchmark_cluster.py scoring --run standard 10 million made-up tweets in Parquet, with the memory held

It works in a copy in the temporary folder, on made-up tweets if there are no others; Ray leaves its logs in /tmp/ray.
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
import tempfile
from pathlib import Path

from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, measures, prints."""
    parser = cli.parser(__doc__)
    runs.cluster_benchmark_arguments(parser)
    arguments = parser.parse_args()
    from sentiment140 import scaling
    from sentiment140.torture.checkout import Checkout

    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout.of(Path(__file__).resolve().parents[1], Path(folder) / "checkout")
        if arguments.part == "training":
            data = arguments.data if arguments.data == "demo" else str(Path(arguments.data).absolute())
            lines = scaling.training(checkout, data, arguments.tweets)
        else:
            lines = scaling.scoring(checkout, runs.open_run(arguments).folder, arguments.tweets)
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    cli.guarded(main)
