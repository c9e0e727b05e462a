"""Measures predict.py beside what one would take instead, on the tweets that a run set aside.

bash scripts/run_all.sh --set-aside 0.1 --seed 1 --run aside
                                                          trains what is measured; then
python scripts/benchmark_predict.py --run aside           our fast model, the ensemble, TF-IDF + logistic regression
.venv/bin/pip install fasttext vaderSentiment             and these too, if they are installed
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from pathlib import Path

from sentiment140 import cli
from sentiment140.cli import runs


def main() -> None:
    """Parses, measures, prints."""
    parser = cli.parser(__doc__)
    runs.peers_arguments(parser)
    arguments = parser.parse_args()
    from sentiment140.peers import compare

    run = runs.open_run(arguments)
    predict = Path(__file__).with_name("predict.py")
    for rate in compare(run.folder, predict, arguments.tweets, arguments.fewer):
        print(rate.line(), flush=True)


if __name__ == "__main__":
    cli.guarded(main)
