"""The tables of a run: every text comes back as it was, through all the files that hold texts."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sentiment140.data.about import about
from sentiment140.data.files import DataFile
from sentiment140.data.locate import DataFiles
from sentiment140.data.prepare import Prepared, Tweets, prepare, read
from sentiment140.data.search import TweetFiles, locate_tweets
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE
from sentiment140.data.tables import semeval_table, training_table, unseen_tables, write_tables
from sentiment140.evaluation.analysis import confident_errors
from sentiment140.experiment import Experiment, Member, TextSettings
from sentiment140.report.page import _errors, _tweets
from sentiment140.runs.run import Run
from sentiment140.text.slices import pack
from sentiment140.text.vocabulary import Vocabulary

MEMBER = Member("linear", "tfidf_logistic", {}, TextSettings(stopwords="none", minimum_count=1))
EXPERIMENT = Experiment("p", 0, 2, 0, "mean", "linear", ("linear",), (MEMBER,), holdout=0.3)

NUMBERS = ["007", "1e5", "-0", "nan", "1e99"]
BLANKS_AND_QUOTES = ["NA", "", " a ", '"', 'b "c", d', "'"]
CONTROL = ["e\rf", "g\r\nh", "i\nj", "\r", "\n", "\u2028", "\x85", "\ufeffk", "\x1a", "\0"]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from([*NUMBERS, *BLANKS_AND_QUOTES, *CONTROL])
TEXTS = st.lists(ANY_TEXT, max_size=12) | st.lists(st.sampled_from(NUMBERS), max_size=12)
FILLERS = [f"1e{number}" for number in range(100, 140)]  # enough texts for the folds; they look like numbers as well


def tweets_of(train: list[str], test: list[str]) -> Tweets:
    """Tweets with these texts. Their ids have 18 digits, which do not fit into a float; test tweets' are any texts."""
    tables = [
        pd.DataFrame(
            {
                "id": 10**17 + np.arange(len(texts)),
                "label": (np.arange(len(texts)) % 2).astype(np.int8),
                **{column: pd.array([""] * len(texts), "str") for column in ("date", "user")},
                "text": pd.array(texts, "str"),
            }
        )
        for texts in ([*train, *FILLERS], test)
    ]
    tables[1]["id"] = pd.array(test[::-1], "str")
    semeval = tables[1][["label", "text"]]
    return Tweets(
        tables[0], tables[1].rename_axis("row").reset_index(), semeval, {"training file": {"rows": len(train)}}
    )


def write(folder: Path, name: str, tweets: Tweets) -> tuple[Run, Prepared]:
    """The run and the prepared tweets, after the tables are written."""
    run, prepared = Run.open(folder, name), prepare(tweets, {}, EXPERIMENT)
    write_tables(run, EXPERIMENT, DataFiles("demo", TweetFiles(DataFile(folder)), {}), tweets, prepared)
    return run, prepared


def assert_same(read_back: pd.DataFrame, written: pd.DataFrame) -> None:
    """The same values in the same columns; all columns but the texts are integers, whatever their width."""
    texts = [name for name in written if written[name].dtype == "str"]
    assert {str(dtype) for dtype in read_back[texts].dtypes} == {"str"}
    if len(written):
        assert {str(dtype) for dtype in read_back.drop(columns=texts).dtypes} == {"int64"}
    pd.testing.assert_frame_equal(read_back, written.reset_index(drop=True), check_dtype=False)


@given(TEXTS, st.lists(ANY_TEXT, max_size=4) | st.lists(st.sampled_from(NUMBERS), max_size=4), st.booleans())
@example(["a\rb", "a\r", '\r"'], ["007", "1e5"], False)
@settings(deadline=None, max_examples=40)
def test_every_text_comes_back_from_every_file_of_a_run(tmp_path_factory, train, test, is_demo):
    tweets = tweets_of(train, test)
    run, prepared = write(tmp_path_factory.mktemp("runs"), "demo-r" if is_demo else "r", tweets)

    rows = training_table(run)
    assert_same(rows, prepared.rows.assign(text=prepared.texts, slices=pack(prepared.slices)))
    unseen = {part: table.drop(columns="key") for part, table in unseen_tables(run).items()}
    assert_same(unseen["test"], tweets.test[["row", "id", "label", "text"]])
    assert_same(unseen["holdout"], prepared.holdout)
    assert_same(semeval_table(run), prepared.semeval)
    of_id = dict(zip(tweets.train["id"], tweets.train["text"], strict=True))
    for table in (rows, unseen["holdout"]):
        assert table["text"].to_list() == [of_id[tweet_id] for tweet_id in table["id"]]

    found = about(run)
    assert found["problems"]["training file"] == {"rows": len(train)}
    words = run.read_text(found["vocabularies"]["linear"]).split("\n")
    assert words == prepared.vocabularies[MEMBER.text].words
    assert Vocabulary(words, MEMBER.text).ids == prepared.vocabularies[MEMBER.text].ids

    probability = np.linspace(0.01, 0.99, len(rows))
    errors = confident_errors(rows, probability)
    run.write_result("confident_errors.csv", errors)
    shown = pd.DataFrame(_errors(run.path("confident_errors.csv")))
    pd.testing.assert_frame_equal(shown, errors[["label", "probability", "text"]], rtol=1e-5)

    predictions = unseen["test"][["id", "text"]].assign(target=4, probability=np.linspace(0.1, 0.9, len(test)))
    run.write_result("predictions.csv", predictions)
    assert run.read_table("predictions.csv", ("id", "text"))["id"].to_list() == test[::-1]
    headings = _tweets(run.path("predictions.csv"))  # at most four tweets: all are shown, each text once
    assert all({tweet["text"] for tweet in shown} == set(test) for shown in headings.values())
    assert len(headings) == (3 if test else 0)


def test_line_breaks_and_quotes_in_tweets_survive_from_the_file_to_the_tables(tmp_path):
    texts = ["so\rsad", "oh\r\nno", "bad\nday", 'he said "no", really', "\rleading", "trailing\r\n", "plain", '"']
    train = [(0, text) for text in texts] + [(4, f"{text} good{number}") for number, text in enumerate(texts)]
    for name, rows in ((TRAIN_FILE, train), (TEST_FILE, [(0, "un\rseen"), (4, "un\r\nseen too")])):
        with (tmp_path / name).open("w", encoding="latin-1", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerows([label, 700 + n, "", "NO_QUERY", "me", text] for n, (label, text) in enumerate(rows))
    tweets = read(locate_tweets(tmp_path), 0, 0)
    assert tweets.train["text"].to_list() == [text for _, text in train]
    run, prepared = write(tmp_path, "r", tweets)
    tables = [training_table(run), *unseen_tables(run).values()]
    kept = pd.concat([tables[0], tables[2]]).sort_values("id")
    assert kept["id"].to_list() == list(range(700, 700 + len(train)))
    assert kept["text"].to_list() == [text for _, text in train]
    assert tables[1]["text"].to_list() == ["un\rseen", "un\r\nseen too"]
    assert prepared.copies_of_test == 0
