"""Searching folders: tweets and vectors by their published names, and tweets under any name by their columns."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.data import search, sources
from sentiment140.data.files import DataFile
from sentiment140.data.search import (
    DEMO_MARKER,
    TweetFiles,
    locate_test_tweets,
    locate_tweets,
    locate_vectors,
    look_into_files,
)
from sentiment140.errors import UserError
from support.zips import zipped

TRAIN, TEST = sources.TRAIN_FILE, sources.TEST_FILE
GLOVE_100D = "glove.6B.100d"


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def found_in(folder: Path, located: DataFile | None) -> str | None:
    return None if located is None else str(located).removeprefix(f"{folder}/")


BOTH, TRAIN_ONLY = zipped(TEST, TRAIN), zipped(TRAIN)
IN_BOTH = (f"trainingandtestdata.zip ({TRAIN})", f"trainingandtestdata.zip ({TEST})")


@pytest.mark.parametrize(
    ("files", "train", "test"),
    [
        ({"trainingandtestdata.zip": BOTH}, *IN_BOTH),
        ({"trainingandtestdata.zip": BOTH, TRAIN: b"", "archive.zip": TRAIN_ONLY}, *IN_BOTH),
        ({"trainingandtestdata.zip": b"damaged", TRAIN: b"", TEST: b""}, TRAIN, TEST),
        ({"archive.zip": TRAIN_ONLY}, f"archive.zip ({TRAIN})", None),
        ({"archive (1).zip": TRAIN_ONLY}, f"archive (1).zip ({TRAIN})", None),
        ({"archive.zip": TRAIN_ONLY, f"x/{TEST}.gz": b""}, f"archive.zip ({TRAIN})", f"x/{TEST}.gz"),
        ({"archive.zip": zipped("cats.csv"), TRAIN: b""}, TRAIN, None),
        ({"archive.zip": zipped("cats.csv"), "sentiment140.zip": TRAIN_ONLY}, f"sentiment140.zip ({TRAIN})", None),
        ({"archive.zip": zipped(f"data/{TRAIN}")}, f"archive.zip (data/{TRAIN})", None),
        ({"archive.zip": zipped(f"__MACOSX/._{TRAIN}", TRAIN)}, f"archive.zip ({TRAIN})", None),
        ({"sentiment140.zip": TRAIN_ONLY, TEST: b""}, f"sentiment140.zip ({TRAIN})", TEST),
        ({TRAIN: b"", TEST: b""}, TRAIN, TEST),
        ({f"{TRAIN}.gz": b"", f"{TEST}.gz": b""}, f"{TRAIN}.gz", f"{TEST}.gz"),
        ({f"{TRAIN}.gz": b"", TRAIN: b""}, TRAIN, None),
        ({f"tweets/{TRAIN}": b""}, f"tweets/{TRAIN}", None),
        ({f"a/{TRAIN}": b"", "z.zip": BOTH, "b/archive.zip": TRAIN_ONLY}, f"a/{TRAIN}", None),
        ({f"input/sentiment140/{TRAIN}": b""}, f"input/sentiment140/{TRAIN}", None),
        ({f"input/datasets/kazanova/sentiment140/{TRAIN}": b""}, f"input/datasets/kazanova/sentiment140/{TRAIN}", None),
        ({f"a/b/{TRAIN}": b"", f"b/{TRAIN}": b"", f"a/{TEST}": b""}, f"b/{TRAIN}", f"a/{TEST}"),
    ],
)
def test_tweets_are_found_in_every_format(tmp_path, files, train, test):
    fill(tmp_path, files)
    found = locate_tweets(tmp_path)
    assert found is not None
    assert (found_in(tmp_path, found.train), found_in(tmp_path, found.test)) == (train, test)


def test_the_search_ends_after_so_many_folders(tmp_path, monkeypatch):
    fill(tmp_path, {"a/x": b"", "b/x": b"", f"c/{TRAIN}": b""})
    assert locate_tweets(tmp_path) is not None
    monkeypatch.setattr("sentiment140.data.search._MAX_FOLDERS", 3)  # the folder itself, a and b
    assert locate_tweets(tmp_path) is None


def test_a_link_to_a_folder_above_does_not_end_in_a_loop_and_one_elsewhere_is_followed(tmp_path):
    fill(tmp_path, {f"elsewhere/x/{TRAIN}": b"", "data/a/readme.txt": b""})
    (tmp_path / "data" / "a" / "up").symlink_to(tmp_path / "data")
    assert locate_tweets(tmp_path / "data") is None
    (tmp_path / "data" / "a" / "link").symlink_to(tmp_path / "elsewhere")
    found = locate_tweets(tmp_path / "data")
    assert found is not None
    assert found.train.path == tmp_path / "data" / "a" / "link" / "x" / TRAIN


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"readme.txt": b"", "cats.csv": b"", "archive.zip": zipped("cats.csv")},
        {f".hidden/{TRAIN}": b""},
        {f"demo/{TRAIN}": b"", f"demo/{DEMO_MARKER}": b"{}"},
        {f"{TRAIN}.part": b"", "trainingandtestdata.zip.part": BOTH},
        {TEST: b""},
    ],
)
def test_a_folder_without_tweets_gives_none(tmp_path, files):
    fill(tmp_path, files)
    assert locate_tweets(tmp_path) is None


def test_a_demo_corpus_is_found_only_by_its_own_path(tmp_path):
    fill(tmp_path, {f"demo/{TRAIN}": b"", f"demo/{DEMO_MARKER}": b"{}"})
    assert locate_tweets(tmp_path / "demo") == TweetFiles(DataFile(tmp_path / "demo" / TRAIN))


def test_a_single_file_may_have_any_name(tmp_path):
    fill(tmp_path, {"mine.zip": BOTH, "mine.csv": b"", TEST: b"", "other.zip": zipped("x")})
    assert locate_tweets(tmp_path / "mine.zip") == TweetFiles(
        DataFile(tmp_path / "mine.zip", TRAIN), DataFile(tmp_path / "mine.zip", TEST)
    )
    assert locate_tweets(tmp_path / "mine.csv") == TweetFiles(
        DataFile(tmp_path / "mine.csv"), DataFile(tmp_path / TEST)
    )
    assert locate_tweets(tmp_path / "other.zip") is None
    fill(tmp_path, {"renamed.ZIP": zipped("tweets.csv", content=TWEETS)})
    assert locate_tweets(tmp_path / "renamed.ZIP") == TweetFiles(DataFile(tmp_path / "renamed.ZIP", "tweets.csv"))


def test_a_damaged_zip_is_reported_if_no_other_file_is_found(tmp_path):
    fill(tmp_path, {"trainingandtestdata.zip": BOTH[: len(BOTH) // 2]})
    with pytest.raises(UserError, match=r"damaged.*trainingandtestdata.zip"):
        locate_tweets(tmp_path)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"glove.6B.zip": zipped("glove.6B.50d.txt", f"{GLOVE_100D}.txt")}, f"glove.6B.zip ({GLOVE_100D}.txt)"),
        ({"glove.6B.100d.zip": zipped(f"{GLOVE_100D}.txt")}, f"glove.6B.100d.zip ({GLOVE_100D}.txt)"),
        ({"glove/glove.6B.zip": zipped(f"{GLOVE_100D}.txt")}, f"glove/glove.6B.zip ({GLOVE_100D}.txt)"),
        ({f"{GLOVE_100D}.txt.gz": b"", "glove.6B.zip": zipped(f"{GLOVE_100D}.txt")}, f"{GLOVE_100D}.txt.gz"),
        ({f"{GLOVE_100D}.txt.gz": b"", f"{GLOVE_100D}.txt": b""}, f"{GLOVE_100D}.txt"),
        ({"glove.6B.zip": zipped("glove.6B.50d.txt"), f"glove/{GLOVE_100D}.txt": b""}, f"glove/{GLOVE_100D}.txt"),
        ({"glove.6B.50d.txt": b"", "glove.twitter.27B.zip": zipped("glove.twitter.27B.100d.txt")}, None),
    ],
)
def test_vectors_are_found_in_every_format(tmp_path, files, found):
    fill(tmp_path, files)
    assert found_in(tmp_path, locate_vectors(GLOVE_100D, tmp_path)) == found


def test_a_path_inside_an_archive_is_never_a_path_on_the_disk(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "archive.zip").write_bytes(zipped(f"../{TRAIN}"))
    found = locate_tweets(tmp_path / "in")
    assert found is not None
    with found.train.open() as file:
        assert file.read() == b"content"  # from the archive: nothing is unpacked to the path that it contains
    assert leftovers(tmp_path) == ["in", "in/archive.zip"]


def test_an_archive_with_two_entries_of_the_same_path_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr(TRAIN, "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(TRAIN, "other")
    with pytest.raises(UserError, match=f"{TRAIN} occurs 2 times in one archive"):
        locate_tweets(tmp_path)


# Tweets under any name


def csv_of(*labels: str, header: str = "", date: str = "Mon Apr 06 22:19:45 PDT 2009", start: int = 1) -> bytes:
    file = io.StringIO()
    rows = [[label, start + number, date, "NO_QUERY", "me", f"tweet {number}"] for number, label in enumerate(labels)]
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return (header + file.getvalue()).encode()


HEADER = "target,ids,date,flag,user,text\n"
TWEETS = csv_of(*"0044")
LARGER = csv_of(*"00004444")
NEUTRAL = csv_of(*"0424")


@pytest.mark.parametrize(
    ("files", "train", "test"),
    [
        ({"tweets.csv": TWEETS}, "tweets.csv", None),
        ({"TWEETS.CSV": TWEETS}, "TWEETS.CSV", None),
        ({"train.csv": csv_of(*"04", header=HEADER)}, "train.csv", None),
        ({"train.csv": csv_of(*"01", header="sentiment,id,date,query,user,text\n")}, "train.csv", None),
        ({"train.csv": b"\xef\xbb\xbf" + csv_of(*"04", header=HEADER)}, "train.csv", None),
        ({"train.csv": csv_of(*"04", date="")}, "train.csv", None),
        ({"train.csv": csv_of(*"04", date="2009-04-06 22:19:45")}, "train.csv", None),
        ({"sentiment140.csv.gz": gzip.compress(TWEETS)}, "sentiment140.csv.gz", None),
        ({"TWEETS.CSV.GZ": gzip.compress(TWEETS)}, "TWEETS.CSV.GZ", None),
        ({"TWEETS.ZIP": zipped("T.CSV", content=TWEETS)}, "TWEETS.ZIP (T.CSV)", None),
        ({"mine.zip": zipped("x/tweets.csv", content=TWEETS)}, "mine.zip (x/tweets.csv)", None),
        ({"archive.zip": zipped("tweets.csv", content=TWEETS)}, "archive.zip (tweets.csv)", None),
        ({"mine.zip": zipped("__MACOSX/._t.csv", "t.csv", content=TWEETS)}, "mine.zip (t.csv)", None),
        ({"trainingandtestdata.zip": b"damaged", "tweets.csv": TWEETS}, "tweets.csv", None),
        ({"input/my-tweets/tweets.csv": TWEETS}, "input/my-tweets/tweets.csv", None),
        ({"input/datasets/me/my-tweets/tweets.csv": TWEETS}, "input/datasets/me/my-tweets/tweets.csv", None),
        # Published names win, and the largest file without neutral tweets.
        ({"a.csv": LARGER, f"deep/down/{TRAIN}": TWEETS}, f"deep/down/{TRAIN}", None),
        ({"a.csv": TWEETS, "b/c.csv": LARGER}, "b/c.csv", None),
        ({"a.csv.gz": gzip.compress(LARGER), "b.csv": TWEETS}, "a.csv.gz", None),
        ({"a.csv": TWEETS, "b.zip": zipped("b.csv", content=LARGER)}, "b.zip (b.csv)", None),
        ({"b.csv": TWEETS, "a.csv": TWEETS}, "a.csv", None),
        ({"a.csv": TWEETS, "b.csv": csv_of(*"024" * 9)}, "a.csv", "b.csv"),
        ({"a.csv": TWEETS, "b.csv": NEUTRAL, "c.csv": csv_of(*"024" * 9)}, "a.csv", "c.csv"),
        ({"a.csv": TWEETS, f"x/{TEST}": NEUTRAL}, "a.csv", f"x/{TEST}"),
    ],
)
def test_tweets_are_recognized_under_any_name(tmp_path, files, train, test):
    fill(tmp_path, files)
    found = locate_tweets(tmp_path)
    assert found is not None
    assert (found_in(tmp_path, found.train), found_in(tmp_path, found.test)) == (train, test)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no tweets in it"),
        (HEADER.encode(), "no tweets in it"),
        (
            b"id,label,fold,tfidf_logistic,ensemble\n1,0,2,0.5,0.5\n",
            "no column text in the first line",
        ),
        (b"id,text,target,probability\n1,so sad,0,0.1\n", "no column date, flag or user (give the path"),
        (b"id,target\n1,0\n", "no column text in"),
        (b"review,sentiment\ngreat film,positive\n", "no column id, date, flag or user (give the path"),
        (b"0,so sad\n4,so glad\n", "line 1: not 6 columns"),
        (b"0,1,2.5,3.5,4.5,5.5\n4,2,2.5,3.5,4.5,5.5\n", "third column not a date"),
        (csv_of("0", "3"), "labels 0, 3 have no clear meaning"),
        (csv_of("0", "1", "4"), "labels 0, 1, 4 have no clear meaning"),
        (csv_of("good", "bad"), "labels good, bad have no clear meaning"),
        (csv_of(*"04").replace(b'"1"', b'"one"'), "id not an integer"),
        (b"target,text\n0,so sad\n", "no column id, date, flag or user (give the path"),
        (b"target,ids,date,flag,user,text,text\n0,1,,,me,so sad,so glad\n", "column text occurs 2 times in"),
    ],
)
def test_other_tables_are_never_mistaken_for_tweets(tmp_path, content, problem):
    fill(tmp_path, {"x.csv": content, "x.csv.gz": gzip.compress(content), "x.zip": zipped("x.csv", content=content)})
    looked = look_into_files(tmp_path)
    assert [str(found.file).removeprefix(f"{tmp_path}/") for found in looked] == ["x.csv", "x.csv.gz", "x.zip (x.csv)"]
    assert all(problem in found.problem for found in looked), looked
    assert locate_tweets(tmp_path) is None


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(["0", "1", "4", "id", "text"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELL, max_size=5), max_size=6) | st.binary(max_size=60))
def test_no_file_without_six_columns_is_mistaken_for_tweets(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("search")
    if not isinstance(content, bytes):
        file = io.StringIO()
        csv.writer(file).writerows(content)
        content = file.getvalue().encode()
    (folder / "x.csv").write_bytes(content)
    (found,) = look_into_files(folder)
    assert found.problem
    assert "\n" not in found.problem


def test_a_few_malformed_rows_do_not_hide_tweets(tmp_path):
    fill(tmp_path, {"x.csv": TWEETS + csv_of(*"04" * 8) + b"broken\n"})
    assert locate_tweets(tmp_path) is not None
    fill(tmp_path, {"x.csv": TWEETS + b"broken\nbroken\n"})
    assert locate_tweets(tmp_path) is None


def test_the_last_row_of_the_beginning_is_not_counted_as_malformed_where_it_is_cut_off(tmp_path):
    tweets = csv_of(*"04").replace(b"tweet", b"x" * 32_700)
    assert 2**16 - 100 < len(tweets) < 2**16
    fill(tmp_path, {"x.csv": tweets + csv_of(*"04", date="d" * 200)})
    assert locate_tweets(tmp_path) is not None


def test_files_that_are_not_used_are_listed(tmp_path):
    fill(tmp_path, {"a.csv": TWEETS, "b.csv": LARGER, "c.csv": NEUTRAL, "d.csv": csv_of(*"02"), "e.csv": b"x"})
    found = locate_tweets(tmp_path)
    assert found is not None
    assert (found.train.path.name, str(found.test and found.test.path.name)) == ("b.csv", "c.csv")
    assert [file.path.name for file in found.unused] == ["a.csv", "d.csv"]


def test_a_file_with_neutral_tweets_only_is_not_the_training_file(tmp_path):
    fill(tmp_path, {"a.csv": NEUTRAL})
    assert locate_tweets(tmp_path) is None
    (found,) = look_into_files(tmp_path)
    assert found.has_neutral
    assert not found.problem


@pytest.mark.parametrize("packed", [False, True])
def test_only_the_beginning_of_a_file_is_read(tmp_path, monkeypatch, packed):
    content = csv_of(*"04" * 20_000)
    assert len(content) > 2e6
    fill(tmp_path, {"a.csv.gz": gzip.compress(content)} if packed else {"a.csv": content})
    read = []

    class Counted(io.BytesIO):
        def read(self, size=-1):
            read.append(size)
            return super().read(size)

    real_open = DataFile.open
    monkeypatch.setattr(DataFile, "open", lambda file: Counted(real_open(file).read()))
    (found,) = look_into_files(tmp_path)
    assert (found.problem, found.size) == ("", len(content))
    assert read == [2**16]


def test_only_so_many_files_are_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "_MAX_FILES", 3)
    fill(tmp_path, {"a.csv": b"x", "b.zip": zipped("c.csv", "d.csv", "e.csv"), "z.csv": TWEETS})
    assert [str(found.file.entry or found.file.path.name) for found in look_into_files(tmp_path)] == [
        "a.csv", "c.csv", "d.csv",
    ]  # fmt: skip
    assert locate_tweets(tmp_path) is None


def test_damaged_zips_and_files_that_cannot_be_read_are_listed_with_others(tmp_path):
    fill(
        tmp_path,
        {"a.zip": b"PK damaged", "b.csv.gz": b"damaged", "c.csv": TWEETS, "d.csv.gz": gzip.compress(TWEETS)[:9]},
    )
    problems = {found.file.path.name: found.problem for found in look_into_files(tmp_path)}
    assert problems == {"a.zip": "damaged", "b.csv.gz": "cannot be read", "c.csv": "", "d.csv.gz": "cannot be read"}


@pytest.mark.parametrize("name", ["my tests.csv", "tests.csv.gz", "tests.csv.zip", "tests"])
def test_a_file_of_test_tweets_may_have_any_name_and_be_packed(tmp_path, name):
    content = b"id,text\n1,so sad\n"
    packed = {".gz": gzip.compress(content), ".zip": zipped("tests.csv", content=content)}
    fill(tmp_path, {name: packed.get(Path(name).suffix, content)})
    with locate_test_tweets(tmp_path / name).open() as file:
        assert file.read() == content


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, r"no such file, --test .*missing\.csv"),
        ("", None, r"is a folder, --test .*columns id,text"),
        ("a.zip", zipped("a.csv", "b.csv"), "2 CSV files in the zip"),
        ("a.zip", zipped("a.txt"), "0 CSV files in the zip"),
        ("a.zip", b"no zip", "damaged"),
        ("a.csv.gz", b"no gzip", "damaged"),
        ("a.csv", b"", r"empty, .*a\.csv, give a CSV file with a header and the columns id,text, or with target,id"),
        ("a.csv", b"\n\n", "empty"),
        ("a.csv", b"textID,tweet\n1,so sad\n", r'no column id in the first line "textID,tweet", .*a\.csv'),
        ("a.csv", b"id,comment_html\n1,so sad\n", 'no column text in the first line "id,comment_html"'),
        ("a.csv", b"so sad\nso glad\n", 'no column id or text in the first line "so sad"'),
        ("a.csv", b"1,so sad\n2,so glad\n", 'no column id or text in the first line "1,so sad"'),
        ("a.csv", b"id,text,ID\n1,so sad,2\n", "column id occurs 2 times"),
        ("a.csv", b"id,text,text\n1,so sad,x\n", "column text occurs 2 times in"),
        ("a.csv", bytes(range(256)) * 9, r"no column id or text in the first line, .*a\.csv"),
        ("a.csv", b"x" * 300_000, "no column id or text in the first line"),
    ],
)
def test_a_file_that_is_no_file_of_test_tweets_is_refused_in_one_line(tmp_path, name, content, message):
    if content is not None:
        fill(tmp_path, {name: content})
    with pytest.raises(UserError, match=message) as caught:
        locate_test_tweets(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
