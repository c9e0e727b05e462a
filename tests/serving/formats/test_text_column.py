"""Which column has the tweets."""

import logging

import pytest

from sentiment140.data.text_names import TEXT_COLUMNS, usual_column
from sentiment140.errors import UserError
from sentiment140.serving.formats import Options
from sentiment140.serving.formats.text_column import (
    find_by_name,
    find_in_rows,
    looks_like_data,
    table_hint,
)


@pytest.mark.parametrize(
    "name",
    [
        *TEXT_COLUMNS,
        *("full_text", "Tweet_Text", "review_text", "reviewText", "BODY", "Tweets", "tweet text", "post-text"),
        *("Comment Text", "message_body", "rawText", "fulltext", "clean_text", " Text ", "status_text", "TWEET"),
    ],
)
def test_a_usual_name_is_found_without_regard_to_case_and_punctuation(name):
    assert usual_column(["id", "user", name, "lang"]) == 2


@pytest.mark.parametrize(
    "name", ["text_id", "tweet_id", "title", "comment_count", "n_reviews", "status", "context", ""]
)
def test_a_column_of_something_else_is_not_taken_for_the_tweets(name):
    assert usual_column(["id", name]) is None


def test_the_most_usual_of_several_names_is_taken():
    assert usual_column(["selected_text", "full_text", "Text"]) == 2


def test_the_name_that_is_given_may_differ_in_case_and_punctuation_unless_that_is_ambiguous():
    assert find_by_name(["n", "My Opinion"], "my_opinion", "a.csv").position == 1
    assert find_by_name(["My_Opinion", "my opinion"], "my opinion", "a.csv").position == 1
    with pytest.raises(UserError, match='unknown column "MYOPINION"'):
        find_by_name(["My_Opinion", "my opinion"], "MYOPINION", "a.csv")


def test_the_column_with_the_longest_texts_is_suggested():
    names, rows = ["n", "place", "opinion", "link"], [["1", "New York", "I love it so much", "http://" + "a" * 99]]
    with pytest.raises(UserError, match='likely: --column "opinion"'):
        find_by_name(names, None, "a.csv", rows)


@pytest.mark.parametrize(
    ("first", "rows", "expected"),
    [
        (["n", "opinion"], [["1", "so bad"]], False),
        (["0", "1", "2"], [["7", "8", "9"]], False),  # the names that pandas writes
        (["2020", "name"], [["x", "so bad"]], False),  # a number, but none below
        (["7", "so good"], [["8", "so bad"]], True),
        (["2009-06-01", "so good"], [["2009-06-02", "so bad"]], True),
        (["What do you think of it?", "Age"], [["so bad", "30"]], False),
    ],
)
def test_the_first_row_is_data_if_it_looks_like_the_rows_below(first, rows, expected):
    assert looks_like_data(first, rows) == expected


@pytest.mark.parametrize(
    "line",
    [
        "I love it",
        "so good, really good",
        "text me, ok?",
        "my tweet; my rules!",
        "",
        "{",
        "this text, that text, whatever",
    ],
)
def test_a_tweet_is_not_mistaken_for_the_header_of_a_table(line):
    assert table_hint(line) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("id,text", "csv"),
        ('"id";"full text"', "csv"),
        ("id\ttweet", "tsv"),
        ('{"text": "a"}', "jsonl"),
        ("a|b|body", "csv"),
    ],
)
def test_the_header_of_a_table_is_recognized(line, name):
    assert table_hint(line) == name


def test_a_first_tweet_that_has_words_of_a_column_name_is_no_header():
    rows = [["2", "I love it"], ["3", "so bad"]]
    assert not find_in_rows(["1", "the post"], rows, Options(), "a.csv").has_header
    assert find_in_rows(["n", "the post"], rows, Options(), "a.csv").has_header
    assert find_in_rows(["n", "text"], rows, Options(), "a.csv").has_header


def test_a_number_is_a_column_of_a_file_without_header():
    rows = [["bob", "so bad"]]
    found = find_in_rows(["ann", "i love it"], rows, Options(column="2"), "a.csv")
    assert (found.position, found.has_header) == (1, False)
    found = find_in_rows(["1", "i love it"], [["2", "so bad"]], Options(column="2"), "a.csv")
    assert (found.position, found.has_header) == (1, False)
    with pytest.raises(
        UserError, match=r'^no column "2", and the first line may hold names \(ann, nice\).*--no-header'
    ):
        find_in_rows(["ann", "nice"], rows, Options(column="2"), "a.csv")
    with pytest.raises(UserError, match='unknown column "3"'):
        find_in_rows(["ann", "i love it"], rows, Options(column="3"), "a.csv")
    assert find_in_rows(["1", "2"], rows, Options(column="2"), "a.csv").has_header


@pytest.mark.parametrize(
    ("name", "has_header"),
    [("my status message", False), ("Customer Review Text", True), ("my text", True), ("text", True)],
)
def test_a_phrase_is_a_tweet_and_a_name_with_a_space_is_reported(caplog, name, has_header):
    with caplog.at_level(logging.INFO):
        assert find_in_rows([name], [["so bad"]], Options(), "a.csv").has_header == has_header
        assert find_in_rows(["ann", name], [["bob", "so bad"]], Options(), "a.csv").has_header == has_header
    assert (f'"{name}" is the name of the column (if it is a tweet: --no-header)' in caplog.text) == (
        has_header and " " in name
    )
    assert find_in_rows(["ann", name], [["bob", "so bad"]], Options(column=name), "a.csv").has_header
