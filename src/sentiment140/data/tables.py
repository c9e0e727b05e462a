"""Tables of the tweets, which training writes into the folder of a run for the later stages."""

import pandas as pd

from sentiment140.data.about import ABOUT
from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.data.locate import DataFiles
from sentiment140.data.prepare import Prepared, Tweets
from sentiment140.experiment import Experiment
from sentiment140.runs.run import Run
from sentiment140.text.slices import pack

ROWS = "work/rows.csv"
UNSEEN_TABLES = {TEST: "work/test.csv", HOLDOUT: "work/holdout.csv"}
KEYS = {TEST: "row", HOLDOUT: "id"}
"""The column with a unique key for each unseen tweet. The ids of test tweets are not unique."""
SEMEVAL = "work/people.csv"  # not the name of the file that is searched for: a run may lie in the data folder
_TEXT_COLUMNS = {
    SEMEVAL: ("text",),
    ROWS: ("text",),
    UNSEEN_TABLES[TEST]: ("id", "text"),
    UNSEEN_TABLES[HOLDOUT]: ("text",),
}


def write_tables(run: Run, experiment: Experiment, files: DataFiles, tweets: Tweets, prepared: Prepared) -> None:
    """Write the training, test and held-out tweets, the vocabularies, and a summary of the data.

    Args:
        run: the run whose folder is written to.
        experiment: the settings of the run.
        files: the files that were read; their source is recorded.
        tweets: the tables that were read from the files.
        prepared: the arrays and tables that were made from the tweets.
    """
    students = (experiment.student,) if experiment.student else ()
    vocabularies = {text: f"work/vocabulary-{number}.txt" for number, text in enumerate(prepared.vocabularies)}
    for text, vocabulary in prepared.vocabularies.items():
        run.write_text(vocabularies[text], "\n".join(vocabulary.words))
    run.write_table(ROWS, prepared.rows.assign(text=prepared.texts, slices=pack(prepared.slices)))
    run.write_table(UNSEEN_TABLES[TEST], tweets.test[["row", "id", "label", "text"]])
    run.write_table(UNSEEN_TABLES[HOLDOUT], prepared.holdout)
    run.write_table(SEMEVAL, prepared.semeval)
    about = {
        "source": files.source,
        "name": "sentiment140",
        "tweets": len(prepared.rows),
        "texts": int(prepared.rows["text_group"].nunique()),
        "fingerprint": tweets.fingerprints["tweets"],
        "problems": {**tweets.problems, "copies of test tweets left out of training": prepared.copies_of_test},
        "coverage": prepared.coverage,
        "read_as": tweets.read_as,
        "notices": files.notices,
        "slices": list(prepared.slices.columns),
        "vocabularies": {member.name: vocabularies[member.text] for member in experiment.members + students},
    }
    run.write_json(ABOUT, about)


def training_table(run: Run) -> pd.DataFrame:
    """Read the training tweets.

    Returns:
        One row per training tweet: the columns of `Prepared.rows`, `text`, and `slices`, packed by `text.slices.pack`.
    """
    return run.read_table(ROWS, _TEXT_COLUMNS[ROWS])


def unseen_tables(run: Run) -> dict[str, pd.DataFrame]:
    """Read the test and the held-out tweets.

    Returns:
        For each part in `UNSEEN` one row per tweet, with a column `key` that is unique for each tweet. The ids of test
        tweets are texts, as they are in their file.
    """
    tables = {part: run.read_table(name, _TEXT_COLUMNS[name]) for part, name in UNSEEN_TABLES.items()}
    return {part: table.assign(key=table[KEYS[part]]) for part, table in tables.items()}


def semeval_table(run: Run) -> pd.DataFrame:
    """Read the tweets of SemEval that score the models: `label`, `text` and `text_group`; empty without the file."""
    return run.read_table(SEMEVAL, _TEXT_COLUMNS[SEMEVAL])
