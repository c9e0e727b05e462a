"""Texts of megabytes: the model reads their beginning, and memory grows with the file by a small factor only."""

import subprocess
import sys

import pytest

from sentiment140.data.separated import LONGEST_TEXT

SIZE = 10_000_000  # characters
ALLOWED = 12  # bytes for each character of the file: its bytes, its text, the fields, the line that is written
# The peak of a child in MiB, as its parent sees it: a process as small as this one, so that the child does not inherit
# the peak of the process that runs the tests.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))
sys.exit(done.returncode)
"""


@pytest.fixture(scope="module")
def score(demo_run, tmp_path_factory):
    """A function that scores a file with the command, and returns what it wrote and its peak of memory in MiB."""
    checkout, run, _ = demo_run
    folder = tmp_path_factory.mktemp("long")

    def run_command(name, content):
        (folder / name).write_text(content)
        target = folder / f"scored-{name}"
        flags = ("--model", run, "--details", "--input", folder / name, "--output", target)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *checkout.command("predict.py", *flags)],
            env=checkout.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return target.read_text(), float(done.stdout), done.stderr

    return run_command


@pytest.fixture(scope="module")
def usual_peak(score):
    return score("short.txt", "so good\n")[1]


@pytest.mark.parametrize(
    ("name", "before", "repeated", "after"),
    [
        ("a.txt", "", "a", "\n"),  # of the patterns, those of repeated letters, apostrophes and domains need most
        ("b.txt", "", "a'", "\n"),
        ("c.txt", "", "a.", "\n"),
        ("a.csv", "id,text\n1,", "a", "\n"),
        ("a.json", '[{"text": "', "a", '"}]'),
        ("a.jsonl", '{"text": "', "a", '"}\n'),
    ],
)
def test_memory_grows_with_a_text_of_ten_megabytes_by_a_small_factor(score, usual_peak, name, before, repeated, after):
    written, peak, reported = score(name, before + repeated * (SIZE // len(repeated)) + after)
    assert written.count(repeated) >= SIZE // len(repeated), "the text is written as it was"
    assert (peak - usual_peak) * 2**20 < ALLOWED * SIZE
    assert "1 of 1 texts is too long: the model read its beginning" in reported


def test_the_beginning_of_a_long_text_is_read(predictor):
    rest = " bad awful" * 10
    texts = [" " * (LONGEST_TEXT - 4) + "good" + rest, " " * LONGEST_TEXT + "good", "good", ""]
    scores = predictor.scores(texts)
    assert scores.truncated.tolist() == [True, True, False, False]
    assert scores.probability[0] == scores.probability[2]
    assert scores.probability[1] == scores.probability[3]
    assert predictor.decision_function(texts).tolist()[0] == predictor.decision_function(texts).tolist()[2]
    assert predictor.explain(texts)[0] == predictor.explain(texts)[2]
