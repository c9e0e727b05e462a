"""Flags that choose a trained model and how it scores."""

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING

from sentiment140.cli.arguments import one_of
from sentiment140.errors import UserError
from sentiment140.evidence.terms import Terms
from sentiment140.serving import QUALITIES

if TYPE_CHECKING:  # imports more than --help needs
    from sentiment140.serving.manifest import Manifest


def add_model(parser: argparse._ActionsContainer) -> None:
    """Add the flags that choose a trained model."""
    parser.add_argument(
        "--model",
        metavar="RUN",
        help="name or folder of a run, or a copy of its folder model/ (default: the run in submissions/ that finished "
        "last)",
    )
    parser.add_argument(
        "--quality",
        type=one_of("quality", QUALITIES),
        metavar="NAME",
        help="fast: the student, one small network; best: the ensemble, about 18 times slower (default: fast if the "
        "run has it, else best)",
    )


def add_terms(parser: argparse._ActionsContainer) -> None:
    """Add the flags that choose the terms that are added to the model's logit."""
    helps = {
        "emoji": "count emoji, which did not exist when the training tweets were written",
        "emoticons": "count emoticons: those that are labels were cut from the training tweets",
        "lexicon": "count words as people judge them, by VADER's lexicon and fitted weights. On tweets labeled by "
        "people this is right more often, on tweets labeled by emoticons less often",
    }
    for field in fields(Terms):
        default = "on" if field.default else "off"
        text = f"{helps[field.name]} (default: {default})"
        parser.add_argument(f"--{field.name}", choices=("on", "off"), help=text)


def add_labels(parser: argparse._ActionsContainer) -> None:
    """Add the flag for the number of classes."""
    parser.add_argument(
        "--labels",
        type=int,
        choices=(2, 3),
        help="2: negative or positive; 3: negative, neutral or positive, as people would say, with the probability of "
        "each (default: 2, or those that the model was adapted to)",
    )


def check_labels(arguments: argparse.Namespace, manifest: "Manifest") -> int:
    """Return the number of classes that the flags ask for.

    Raises:
        UserError: the model has fewer classes, or another flag has no meaning with these.
    """
    labels = manifest.labels_for(arguments.labels)
    is_fixed = labels == 3 or manifest.adaptation is not None
    if is_fixed and arguments.lexicon is not None:
        why = "three labels" if labels == 3 else "a model that was adapted"
        raise UserError(f"the lexicon always counts with {why}", f"--lexicon {arguments.lexicon}", "omit the flag")
    if labels == 3 and getattr(arguments, "abstain", None):
        raise UserError("neutral tweets are those that are neither", "--abstain with three labels", "omit --abstain")
    return labels


def terms_from(arguments: argparse.Namespace) -> Terms:
    """Return the terms that the flags of `add_terms` choose."""
    given = {field.name: getattr(arguments, field.name) for field in fields(Terms)}
    return Terms(**{name: value == "on" for name, value in given.items() if value is not None})
