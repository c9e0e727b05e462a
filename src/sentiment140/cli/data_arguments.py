"""Flags that name the data and say how they are read, and the request that they describe."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imports the search for data, which --help does not need
    from sentiment140.data.locate import DataRequest


def add_data(parser: argparse._ActionsContainer) -> None:
    """Add the flag that names the data."""
    parser.add_argument(
        "--data",
        metavar="PATH|real|demo",
        help="folder or file with the tweets and word vectors, at any depth and under any name; real: never the demo "
        "corpus; demo: 20,000 synthetic tweets (default: $SENTIMENT140_DATA if it is set; else data/, else download, "
        "else the demo corpus)",
    )
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        metavar="COLUMN=NAME,...",
        help="names of the columns in files of tweets, where they do not tell: --columns text=Tweet,target=Class. "
        "Columns: target (the label) and text, and where the file has them id, date, user. Numbers, from 1, for a file "
        "without a header: --columns target=1,text=2 (default: by name)",
    )
    parser.add_argument(
        "--labels",
        action="append",
        default=[],
        metavar="CLASS=LABEL,...",
        help="what the labels of the tweets mean: --labels negative=bad,positive=good,neutral=mixed; a class may have "
        "several; neutral rows are left out (default: 0/4, 0/1, -1/1, negative/positive, neg/pos, false/true)",
    )


def data_from(arguments: argparse.Namespace, *, require_vectors: bool = False) -> "DataRequest":
    """Create the request for data that the flags describe.

    Args:
        arguments: the flags.
        require_vectors: whether the command requires the vectors of the preset, whatever the flags.

    Raises:
        UserError: the file of test tweets does not exist, or has other columns; or --columns or --labels is invalid.
    """
    from sentiment140.data.locate import DataRequest
    from sentiment140.data.mapping import ColumnMapping
    from sentiment140.data.search import locate_test_tweets

    mapping = ColumnMapping.parse(arguments.columns, arguments.labels)

    test = getattr(arguments, "test", None)
    required = require_vectors or getattr(arguments, "require_vectors", False)
    found = None if test is None else locate_test_tweets(test, mapping)
    return DataRequest(arguments.data, found, required, mapping)
