"""Where data are found: the given path, the data folder, a download, the demo corpus, in this order."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sentiment140.data import demo, locate, sources
from sentiment140.data.files import DataFile
from sentiment140.data.locate import VARIABLE, DataFiles, DataRequest
from sentiment140.data.search import DEMO_MARKER, TweetFiles, locate_tweets, locate_vectors
from sentiment140.data.sources import RemoteFile
from sentiment140.errors import UserError
from support.file_server import FileServer, free_port

TRAIN, TEST = sources.TRAIN_FILE, sources.TEST_FILE
GLOVE, GLOVE_100D = "glove.6B.50d", "glove.6B.100d"


def zipped(*entries: str, content: bytes = b"content") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            archive.writestr(entry, content)
    return file.getvalue()


TWEETS, VECTORS = zipped(TRAIN, TEST), zipped(f"{GLOVE}.txt")


def find_data(
    spec: str | None, vectors: Sequence[str], folder: Path, require_vectors: bool = False, **of_demo: int
) -> DataFiles:
    return locate.find_data(DataRequest(spec, None, require_vectors), vectors, folder, **of_demo)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def written_demos(monkeypatch):
    """Counts how often the demo corpus is written; its content does not matter here."""
    written = []

    def write_demo(folder, rows, seed):
        written.append((rows, seed))
        for name in (TRAIN, TEST, "glove.demo.100d.txt"):
            (folder / name).write_text(f"{rows} {seed}")

    monkeypatch.setattr(demo, "write_demo", write_demo)
    return written


def point_network_at(monkeypatch, tweets_url: str, vectors_url: str) -> None:
    tweets = RemoteFile(sources.TWEETS.name, (tweets_url,), len(TWEETS), hashlib.sha256(TWEETS).hexdigest())
    monkeypatch.setattr(locate, "TWEETS", tweets)
    archive = RemoteFile("glove.6B.zip", (vectors_url,), len(VECTORS), None)
    vectors = replace(sources.VECTORS[GLOVE], archive=archive, size=None, sha256=None)
    monkeypatch.setitem(sources.VECTORS, GLOVE, vectors)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    nowhere = f"http://127.0.0.1:{free_port()}/"
    point_network_at(monkeypatch, nowhere, nowhere)


@pytest.fixture
def network(monkeypatch, no_network):
    with FileServer() as server:
        point_network_at(monkeypatch, server.serve("/tweets.zip", TWEETS), server.serve("/glove.6B.zip", VECTORS))
        yield server


def put(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def with_tweets(folder):
    put(folder / "archive.zip", TWEETS)


def with_vectors(folder):
    put(folder / "glove.6B.zip", VECTORS)


@pytest.mark.parametrize("spec", [None, "real"])
def test_files_in_the_data_folder_are_used(data, network, spec):
    with_tweets(data)
    with_vectors(data)
    found = find_data(spec, [GLOVE], data)
    assert found.source == "real"
    assert found.tweets.train == DataFile(data / "archive.zip", TRAIN)
    assert found.tweets.test == DataFile(data / "archive.zip", TEST)
    assert found.vectors == {GLOVE: DataFile(data / "glove.6B.zip", f"{GLOVE}.txt")}
    assert network.requests == []
    assert any(str(data / "archive.zip") in note for note in found.notes)
    assert any(str(data / "glove.6B.zip") in note for note in found.notes)


def test_a_given_path_is_searched_first(tmp_path, data, network):
    mine, others = tmp_path / "mine", tmp_path / "others"
    for folder in (data, mine, others):
        with_tweets(folder)
    with_vectors(data)
    assert find_data(str(mine), [], data).tweets.train.path.parent == mine
    assert network.requests == []


@pytest.mark.parametrize("spec", [None, "real"])
def test_the_path_can_be_given_by_environment_variable(tmp_path, data, monkeypatch, spec):
    mine, others = tmp_path / "mine", tmp_path / "others"
    for folder in (data, mine, others):
        with_tweets(folder)
    monkeypatch.setenv(VARIABLE, str(others))
    assert find_data(spec, [], data).tweets.train.path.parent == others
    assert find_data(str(mine), [], data).tweets.train.path.parent == mine, "the flag takes precedence"


def test_the_given_path_may_be_a_single_file(tmp_path, data):
    with_tweets(tmp_path / "mine")
    with_vectors(tmp_path / "mine")
    found = find_data(str(tmp_path / "mine" / "archive.zip"), [GLOVE], data)
    assert found.tweets.train.path == tmp_path / "mine" / "archive.zip"
    assert found.vectors[GLOVE].path == tmp_path / "mine" / "glove.6B.zip"


def test_vectors_that_the_given_path_lacks_are_searched_in_the_data_folder(tmp_path, data, network):
    with_tweets(tmp_path / "mine")
    with_vectors(data)
    assert find_data(str(tmp_path / "mine"), [GLOVE], data).vectors[GLOVE].path == data / "glove.6B.zip"
    assert network.requests == []


@pytest.mark.parametrize("spec", [None, "real"])
def test_missing_files_are_downloaded_once(data, network, spec):
    found = find_data(spec, [GLOVE], data)
    assert found.source == "real"
    assert found.tweets.train == DataFile(data / "trainingandtestdata.zip", TRAIN)
    assert found.vectors == {GLOVE: DataFile(data / f"{GLOVE}.txt.gz")}
    assert sum("downloaded" in note for note in found.notes) == 2
    request_count = len(network.requests)
    assert find_data(spec, [GLOVE], data).vectors == found.vectors
    assert len(network.requests) == request_count


def test_without_a_network_the_demo_corpus_is_written(data, written_demos):
    found = find_data(None, [GLOVE, "glove.twitter.27B.100d"], data, seed=3, demo_rows=500)
    assert found.source == "demo"
    assert found.tweets.train == DataFile(data / "demo" / TRAIN)
    assert found.tweets.test == DataFile(data / "demo" / TEST)
    assert set(found.vectors) == {GLOVE, "glove.twitter.27B.100d"}
    assert set(found.vectors.values()) == {DataFile(data / "demo" / "glove.demo.100d.txt")}
    assert written_demos == [(500, 3)]
    assert "connection refused" in found.notes[0]
    assert "synthetic" in found.notes[-1]


def test_real_rules_out_the_demo_corpus(data, written_demos):
    with pytest.raises(
        UserError,
        match=r"no tweets in .*data \(trainingandtestdata\*\.zip.*refused.*download http.*put it into .*data.*--data",
    ):
        find_data("real", [], data)
    assert written_demos == []


def test_the_demo_corpus_needs_neither_network_nor_other_files(tmp_path, data, network, monkeypatch):
    with_tweets(data)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing"))
    assert find_data("demo", [GLOVE], data).source == "demo"
    assert network.requests == []


def test_the_demo_corpus_is_rewritten_only_for_other_rows_or_another_seed(data, written_demos):
    for rows, seed in ((500, 0), (500, 0), (600, 0), (600, 1), (600, 1)):
        found = find_data("demo", [], data, seed=seed, demo_rows=rows)
        assert found.tweets.train.path.read_text() == f"{rows} {seed}"
    assert written_demos == [(500, 0), (600, 0), (600, 1)]
    assert [path.name for path in data.iterdir()] == ["demo"]


def test_an_interrupted_demo_corpus_leaves_no_files(data, monkeypatch):
    def interrupted(folder, rows, seed):
        (folder / TRAIN).write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "write_demo", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_data("demo", [], data)
    assert list(data.iterdir()) == []


def test_the_demo_corpus_of_an_earlier_run_is_never_used_as_real_data(data, network):
    find_data("demo", [], data)
    assert find_data(None, [], data).source == "real"
    assert len(network.requests) == 1


def test_the_path_of_the_demo_corpus_gives_demo_data(data, network, monkeypatch):
    find_data("demo", [], data)
    for place in (data / "demo", data / "demo" / TRAIN):
        found = find_data(str(place), [GLOVE], data)
        assert found.source == "demo"
        assert found.vectors[GLOVE].path.name == "glove.demo.100d.txt"
    monkeypatch.setenv(VARIABLE, str(data / "demo"))
    with pytest.raises(UserError, match="--data real rules out the demo corpus"):
        find_data("real", [], data)


def test_a_folder_with_other_files_is_not_replaced_by_the_demo_corpus(data):
    put(data / "demo" / "own.txt", b"precious")
    with pytest.raises(UserError, match="the folder has other files"):
        find_data("demo", [], data)
    assert (data / "demo" / "own.txt").exists()
    assert not (data / "demo" / DEMO_MARKER).exists()


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_given_path_that_is_missing_or_has_no_tweets_is_an_error(tmp_path, data, network, monkeypatch, by_variable):
    def find_at(path):
        monkeypatch.setenv(VARIABLE, str(path) if by_variable else "")
        return find_data(None if by_variable else str(path), [], data)

    with_tweets(data)
    with pytest.raises(UserError, match=r"no such folder or file.*missing"):
        find_at(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        UserError, match=r"no tweets found.*empty.*put one of these files there: trainingandtestdata\*\.zip"
    ):
        find_at(tmp_path / "empty")
    assert network.requests == []


def test_a_damaged_archive_is_an_error_and_not_replaced_by_the_demo_corpus(data, written_demos):
    put(data / "trainingandtestdata.zip", TWEETS[:50])
    with pytest.raises(UserError, match=r"damaged.*trainingandtestdata\.zip"):
        find_data(None, [], data)
    assert written_demos == []


def test_real_tweets_without_vectors_are_an_error_that_states_the_remedy(data, written_demos):
    with_tweets(data)
    with pytest.raises(
        UserError,
        match=r"no vectors glove\.6B\.50d in .*data \(glove\.6B\.50d\.txt,.*glove\.6B\.zip\).*members without vectors",
    ):
        find_data(None, [GLOVE], data)
    assert find_data(None, [], data).vectors == {}
    assert written_demos == []


def test_unknown_vectors_are_refused_before_any_download(data, network):
    with pytest.raises(UserError, match="unknown vectors"):
        find_data(None, ["glove.7B.50d"], data)
    assert network.requests == []


def test_a_data_folder_that_cannot_be_created_is_a_user_error(tmp_path):
    (tmp_path / "data").write_text("a file")
    for spec in (None, "demo"):
        with pytest.raises(UserError, match="cannot write"):
            find_data(spec, [], tmp_path / "data" / "inner")


def test_find_data_prints_nothing(data, network, capfd):
    find_data(None, [GLOVE], data)
    find_data("demo", [GLOVE], data)
    assert capfd.readouterr() == ("", "")


# Searching a folder


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
