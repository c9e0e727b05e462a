"""The command line of `predict`: texts that look like flags, and where files come from and go to."""

import argparse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.cli import predict
from sentiment140.cli.texts import texts_last


@pytest.fixture(scope="module")
def parser():
    parser = argparse.ArgumentParser()
    predict.add_arguments(parser)
    return parser


def parsed(parser, *given):
    return parser.parse_args(texts_last(parser, given))


@pytest.mark.parametrize(
    "texts",
    [
        ["-_-"],
        [":-("],
        ["-.-", "-_-"],
        ["---"],
        ["-1"],
        ["-lol that was bad"],
        ["- -"],
        ["-"],
        ["-- so sad"],
        ["-é!"],
    ],
)
def test_a_text_that_begins_with_a_hyphen_is_a_text(parser, texts):
    assert parsed(parser, *texts).texts == texts
    assert parsed(parser, "--abstain", "0.2", *texts, "--explain").texts == texts
    assert parsed(parser, *texts, "--model", "a", "fine").texts == [*texts, "fine"]


def test_two_hyphens_alone_are_a_text(parser):
    assert parsed(parser, "--").texts == ["--"]
    assert parsed(parser, "-_-", "--").texts == ["-_-", "--"]


@settings(deadline=None)
@given(st.lists(st.text(max_size=5)))
def test_any_texts_behind_two_hyphens_are_texts(parser, texts):
    assert parsed(parser, "--explain", "--", "first", *texts).texts == ["first", *texts]


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("--inputt", "--input"),
        ("--ouput=a.csv", "--output"),
        ("-input", "--input"),
        ("--explian", "--explain"),
        ("-lol", ""),
    ],
)
def test_a_misspelled_flag_is_refused_with_a_suggestion(parser, capsys, typed, suggested):
    with pytest.raises(SystemExit) as ended:
        parsed(parser, "fine", typed, "a.csv")
    assert ended.value.code == 2
    hint = f": did you mean {suggested}?" if suggested else ""
    assert f'unknown flag "{typed.partition("=")[0]}"{hint} (a text that begins with' in capsys.readouterr().err


def test_flags_keep_their_values_and_may_be_shortened(parser):
    found = parsed(parser, "--input", "a.csv", "b.csv", "--outp", "-", "--input", "c", "--delimiter=;", "--no-header")
    assert found.input == ["a.csv", "b.csv", "c"]
    assert (str(found.output), found.delimiter, found.header, found.texts) == ("-", ";", False, [])
    assert parsed(parser, "--input", "-").input == ["-"]


@pytest.mark.parametrize(("typed", "expected"), [("tab", "\t"), ("\\t", "\t"), (";", ";")])
def test_a_delimiter_is_one_character(parser, capsys, typed, expected):
    assert parsed(parser, "--delimiter", typed).delimiter == expected
    for wrong in ("", ";;", '"', "a", "\n"):
        with pytest.raises(SystemExit):
            parsed(parser, f"--delimiter={wrong}")
        assert "must be one character such as" in capsys.readouterr().err


def test_standard_output_is_named_by_a_hyphen(demo_run, run_here):
    checkout, run, _ = demo_run
    (checkout.folder / "two.csv").write_text("text\nfine\n")
    done = run_here("predict", "--model", run, "--input", "two.csv", "--output", "-")
    assert done.stdout.startswith(b"text,sentiment,probability\nfine,")
    assert not (checkout.folder / "-").exists()


def test_remarks_come_last_with_exit_code_0(demo_run, run_here):
    checkout, run, _ = demo_run
    (checkout.folder / "ragged.csv").write_text("text,n\ngood,1\nso,bad,2\n")
    done = run_here("predict", "--model", run, "--input", "ragged.csv", "--on-bad-line", "skip")
    assert done.returncode == 0
    assert done.stderr.decode().splitlines()[-2:] == [
        "ragged.csv: 1 line skipped: 3 (line 3 has 3 columns, but the first line has 2)",
        "1 tweet scored",
    ]
