"""Adapt a model to your own tweets: with labels (negative, positive, perhaps neutral) or without.

Examples:
  # From the newest run, with the columns text and label of a CSV file
  {prog} --labeled mine.csv --output model/mine

  # Columns and labels of other names
  {prog} --labeled mine.csv --column tweet --label mood --labels negative=bad,positive=good --output model/mine

  # Then score new tweets with it
  sentiment140 predict --model model/mine --input new.csv --output scored.csv

  # Tweets without labels, most of which are negative or most of which are positive
  {prog} --prior-shift new.csv --output model/shifted

--labeled takes from 100 to 100,000 tweets, and prints how well their labels are predicted before and after, with 95 %
intervals over tweets. "After" is measured by cross-validation: each tweet is scored by a model that saw neither it nor
a copy of it. --prior-shift takes at least 1,000 tweets, estimates the share of positive ones, and shifts the
probabilities to it: those with the lexicon, for two labels.
"""

import argparse
import logging
from pathlib import Path

from sentiment140.cli.scoring_arguments import add_model
from sentiment140.runs.places import SUBMISSIONS

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    tweets = parser.add_mutually_exclusive_group(required=True)
    tweets.add_argument(
        "--labeled",
        "--labelled",
        type=Path,
        metavar="FILE",
        help="file with labeled tweets: CSV, TSV, JSON Lines or Parquet; this or --prior-shift (required)",
    )
    tweets.add_argument(
        "--prior-shift",
        type=Path,
        metavar="FILE",
        help="file with tweets without labels, in any format that predict reads; this or --labeled (required)",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="model folder to write (required)")
    parser.add_argument("--column", metavar="NAME", help="column with the tweets (default: by name, such as text)")
    parser.add_argument("--label", metavar="NAME", help="column with the labels (default: by name, such as label)")
    parser.add_argument(
        "--labels",
        action="append",
        default=[],
        metavar="CLASS=LABEL,...",
        help="what the labels mean: --labels negative=bad,positive=good,neutral=mixed (default: 0/4, 0/1, -1/0/1, "
        "negative/neutral/positive, neg/pos, false/true)",
    )
    add_model(parser)


def run(arguments: argparse.Namespace) -> None:
    """Fit the head, print the scores, and write the model folder."""
    from sentiment140.data.labeled import read_user_tweets
    from sentiment140.people.adapt import adapt
    from sentiment140.people.adapted_folder import check_output, write_adapted
    from sentiment140.people.prior_shift import adapt_to_share
    from sentiment140.people.score_terms import class_table
    from sentiment140.serving.choose import choose_model
    from sentiment140.serving.formats import Options
    from sentiment140.serving.models import Model
    from sentiment140.serving.score_file import read_texts

    check_output(arguments.output)
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    if arguments.labeled is not None:
        tweets = read_user_tweets(arguments.labeled, arguments.column, arguments.label, arguments.labels)
        model = Model(manifest, folder)
        adaptation = adapt(model, tweets)
        print(class_table(adaptation.scores).to_string(index=False))
        if not adaptation.is_better:
            log.warning("these tweets do not show that the adapted model is better than before: label more of them")
        head, vocabulary, about = adaptation.head, adaptation.vocabulary, adaptation.about(arguments.labeled.name)
    else:
        texts = read_texts(str(arguments.prior_shift), Options(column=arguments.column))
        model = Model(manifest, folder)
        head, vocabulary, about = adapt_to_share(model, texts, arguments.prior_shift.name)
        print(about.describe())
    write_adapted(model, head, vocabulary, about, arguments.output)
    print(arguments.output)
