"""Scores new tweets with a trained ensemble.

python scripts/predict.py "I love it" "not my day"        one line a tweet: sentiment, probability of positive, text
python scripts/predict.py < tweets.txt                    the same for every line of standard input
python scripts/predict.py --input tweets.csv --output scored.csv
                                                          the file with the columns sentiment and probability appended
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import scoring


def main() -> None:
    """Parses, scores, prints."""
    parser = cli.parser(__doc__)
    scoring.predict_arguments(parser)
    scoring.predict(parser.parse_args())


if __name__ == "__main__":
    cli.guarded(main)
