"""Fit the weights of emoticons, emoji and words on tweets labeled by people.

Examples:
  # The tweets of SemEval 2013 to 2016; 2016test is kept for the test
  {prog} --labeled semeval.csv --test 2016test --model standard

  # Write the weights into the package: they are used with all models
  {prog} --labeled semeval.csv --test 2016test --model standard --output src/sentiment140/evidence/weights.json

Prints how well the model agrees with the labels of the test tweets, alone and with each of the terms, with 95 %
intervals over tweets; then how well three labels agree with them, neutral tweets included.
"""

import argparse
from pathlib import Path

from sentiment140.cli.scoring_arguments import add_model
from sentiment140.runs.places import SUBMISSIONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument(
        "--labeled",
        type=Path,
        required=True,
        metavar="FILE",
        help="CSV file with the columns split, label (negative, neutral or positive) and text (required)",
    )
    parser.add_argument("--test", required=True, metavar="SPLIT", help="the split that is kept for the test (required)")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="JSON file to write, with checksums of the tweets beside it (default: none)",
    )
    add_model(parser)


def run(arguments: argparse.Namespace) -> None:
    """Fit the weights, print their scores, and write them."""
    import numpy as np

    from sentiment140.data.labeled import read_labeled
    from sentiment140.evidence.fitted_tweets import write_fitted
    from sentiment140.labels import NEUTRAL
    from sentiment140.people.fit_terms import fit_terms, write_weights
    from sentiment140.people.score_terms import ablation, three_label_scores
    from sentiment140.serving.choose import choose_model
    from sentiment140.serving.models import Model

    training, test = read_labeled(arguments.labeled, arguments.test)
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    model = Model(manifest, folder)
    source = (
        f"{len(training):,} tweets of {arguments.labeled.name} without {arguments.test}; "
        f"logits of run {manifest.run}, quality {manifest.quality}"
    )
    logits = model.logits(model.tokens(training.texts))
    weights = fit_terms(logits, training, source)
    tokens = model.tokens(test.texts)
    logits = model.logits(tokens)
    polar = np.flatnonzero(test.labels != NEUTRAL)
    print(ablation(logits[polar], tokens.take(polar), test.polar(), weights).to_string(index=False))
    print(three_label_scores(logits, tokens, test, weights).to_string(index=False))
    if arguments.output:
        write_weights(weights, arguments.output)
        write_fitted(model.tokens(training.texts), arguments.output.parent)
        print(arguments.output)
