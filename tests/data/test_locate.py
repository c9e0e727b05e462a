import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sentiment140.data import locate, sources
from sentiment140.data.files import DataFile
from sentiment140.data.locate import DEMO_NOTE, VARIABLE, TweetFiles, find_data, locate_tweets, locate_vectors
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

    monkeypatch.setattr(locate, "write_demo", write_demo)
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
def test_what_lies_in_the_data_folder_is_taken(data, network, spec):
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


def test_what_is_pointed_at_comes_first(tmp_path, data, network):
    mine, others = tmp_path / "mine", tmp_path / "others"
    for folder in (data, mine, others):
        with_tweets(folder)
    with_vectors(data)
    assert find_data(str(mine), [], data).tweets.train.path.parent == mine
    assert network.requests == []


@pytest.mark.parametrize("spec", [None, "real"])
def test_the_variable_points_too(tmp_path, data, monkeypatch, spec):
    mine, others = tmp_path / "mine", tmp_path / "others"
    for folder in (data, mine, others):
        with_tweets(folder)
    monkeypatch.setenv(VARIABLE, str(others))
    assert find_data(spec, [], data).tweets.train.path.parent == others
    assert find_data(str(mine), [], data).tweets.train.path.parent == mine, "the option outranks the variable"


def test_a_single_file_may_be_pointed_at(tmp_path, data):
    with_tweets(tmp_path / "mine")
    with_vectors(tmp_path / "mine")
    found = find_data(str(tmp_path / "mine" / "archive.zip"), [GLOVE], data)
    assert found.tweets.train.path == tmp_path / "mine" / "archive.zip"
    assert found.vectors[GLOVE].path == tmp_path / "mine" / "glove.6B.zip"


def test_vectors_missing_where_pointed_come_from_the_data_folder(tmp_path, data, network):
    with_tweets(tmp_path / "mine")
    with_vectors(data)
    assert find_data(str(tmp_path / "mine"), [GLOVE], data).vectors[GLOVE].path == data / "glove.6B.zip"
    assert network.requests == []


@pytest.mark.parametrize("spec", [None, "real"])
def test_what_is_missing_is_downloaded_once(data, network, spec):
    found = find_data(spec, [GLOVE], data)
    assert found.source == "real"
    assert found.tweets.train == DataFile(data / "trainingandtestdata.zip", TRAIN)
    assert found.vectors == {GLOVE: DataFile(data / f"{GLOVE}.txt.gz")}
    assert sum("downloaded" in note for note in found.notes) == 2
    asked = len(network.requests)
    assert find_data(spec, [GLOVE], data).vectors == found.vectors
    assert len(network.requests) == asked


def test_without_a_network_the_demo_corpus_is_made(data, written_demos):
    found = find_data(None, [GLOVE, "glove.twitter.27B.100d"], data, seed=3, demo_rows=500)
    assert found.source == "demo"
    assert found.tweets.train == DataFile(data / "demo" / TRAIN)
    assert found.tweets.test == DataFile(data / "demo" / TEST)
    assert set(found.vectors) == {GLOVE, "glove.twitter.27B.100d"}
    assert set(found.vectors.values()) == {DataFile(data / "demo" / "glove.demo.100d.txt")}
    assert written_demos == [(500, 3)]
    assert "connection refused" in found.notes[0]
    assert "made up" in found.notes[-1]


def test_real_forbids_the_demo(data, written_demos):
    with pytest.raises(UserError, match=r"refused.*fetch https?://.*put it into .*data.*--data"):
        find_data("real", [], data)
    assert written_demos == []


def test_demo_asks_neither_the_network_nor_the_folder(tmp_path, data, network, monkeypatch):
    with_tweets(data)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing"))
    assert find_data("demo", [GLOVE], data).source == "demo"
    assert network.requests == []


def test_the_demo_is_written_again_only_for_other_rows_or_another_seed(data, written_demos):
    for rows, seed in ((500, 0), (500, 0), (600, 0), (600, 1), (600, 1)):
        found = find_data("demo", [], data, seed=seed, demo_rows=rows)
        assert found.tweets.train.path.read_text() == f"{rows} {seed}"
    assert written_demos == [(500, 0), (600, 0), (600, 1)]
    assert [path.name for path in data.iterdir()] == ["demo"]


def test_a_demo_broken_off_leaves_nothing(data, monkeypatch):
    def stopped(folder, rows, seed):
        (folder / TRAIN).write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(locate, "write_demo", stopped)
    with pytest.raises(KeyboardInterrupt):
        find_data("demo", [], data)
    assert list(data.iterdir()) == []


def test_the_demo_of_an_earlier_run_is_never_taken_for_real(data, network):
    find_data("demo", [], data)
    assert find_data(None, [], data).source == "real"
    assert len(network.requests) == 1


def test_pointing_at_the_demo_corpus_is_a_demo(data, network, monkeypatch):
    find_data("demo", [], data)
    for place in (data / "demo", data / "demo" / TRAIN):
        found = find_data(str(place), [GLOVE], data)
        assert found.source == "demo"
        assert found.vectors[GLOVE].path.name == "glove.demo.100d.txt"
    monkeypatch.setenv(VARIABLE, str(data / "demo"))
    with pytest.raises(UserError, match="this is the demo corpus"):
        find_data("real", [], data)


def test_a_folder_of_the_users_is_not_replaced_by_the_demo(data):
    put(data / "demo" / "own.txt", b"dear to me")
    with pytest.raises(UserError, match="in the way"):
        find_data("demo", [], data)
    assert (data / "demo" / "own.txt").exists()
    assert not (data / "demo" / DEMO_NOTE).exists()


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_path_that_is_missing_or_holds_no_tweets_is_an_error(tmp_path, data, network, monkeypatch, by_variable):
    def look(path):
        monkeypatch.setenv(VARIABLE, str(path) if by_variable else "")
        return find_data(None if by_variable else str(path), [], data)

    with_tweets(data)
    with pytest.raises(UserError, match=r"no such folder or file.*missing"):
        look(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no tweets found.*empty.*should hold trainingandtestdata\.zip"):
        look(tmp_path / "empty")
    assert network.requests == []


def test_a_damaged_archive_is_an_error_and_no_reason_for_a_demo(data, written_demos):
    put(data / "trainingandtestdata.zip", TWEETS[:50])
    with pytest.raises(UserError, match=r"damaged.*trainingandtestdata\.zip"):
        find_data(None, [], data)
    assert written_demos == []


def test_real_tweets_without_vectors_are_an_error_with_a_way_out(data, written_demos):
    with_tweets(data)
    with pytest.raises(UserError, match=r"no vectors glove\.6B\.50d.*put glove\.6B\.zip or.*members without vectors"):
        find_data(None, [GLOVE], data)
    assert find_data(None, [], data).vectors == {}
    assert written_demos == []


def test_unknown_vectors_are_refused_before_anything_is_fetched(data, network):
    with pytest.raises(UserError, match="unknown vectors"):
        find_data(None, ["glove.7B.50d"], data)
    assert network.requests == []


def test_a_data_folder_that_cannot_be_made_is_the_users_to_mend(tmp_path):
    (tmp_path / "data").write_text("a file")
    for spec in (None, "demo"):
        with pytest.raises(UserError, match="cannot write"):
            find_data(spec, [], tmp_path / "data" / "inner")


def test_nothing_is_printed(data, network, capfd):
    find_data(None, [GLOVE], data)
    find_data("demo", [GLOVE], data)
    assert capfd.readouterr() == ("", "")


# Looking in a folder


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def found_in(folder: Path, located: DataFile | None) -> str | None:
    return located and str(located).removeprefix(f"{folder}/")


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
    ],
)
def test_tweets_are_found_in_any_form(tmp_path, files, train, test):
    fill(tmp_path, files)
    found = locate_tweets(tmp_path)
    assert found is not None
    assert (found_in(tmp_path, found.train), found_in(tmp_path, found.test)) == (train, test)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"readme.txt": b"", "cats.csv": b"", "archive.zip": zipped("cats.csv")},
        {f"two/levels/{TRAIN}": b""},
        {f".hidden/{TRAIN}": b""},
        {f"demo/{TRAIN}": b"", f"demo/{DEMO_NOTE}": b"{}"},
        {f"{TRAIN}.part": b"", "trainingandtestdata.zip.part": BOTH},
        {TEST: b""},
    ],
)
def test_a_folder_without_tweets_gives_none(tmp_path, files):
    fill(tmp_path, files)
    assert locate_tweets(tmp_path) is None


def test_a_demo_corpus_is_found_only_when_asked_for(tmp_path):
    fill(tmp_path, {f"demo/{TRAIN}": b"", f"demo/{DEMO_NOTE}": b"{}"})
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


def test_a_damaged_zip_is_reported_when_there_is_nothing_else(tmp_path):
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
def test_vectors_are_found_in_any_form(tmp_path, files, found):
    fill(tmp_path, files)
    assert found_in(tmp_path, locate_vectors(GLOVE_100D, tmp_path)) == found


def test_a_path_in_an_archive_leads_nowhere_else(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "archive.zip").write_bytes(zipped(f"../{TRAIN}"))
    found = locate_tweets(tmp_path / "in")
    assert found is not None
    with found.train.open() as file:
        assert file.read() == b"content"  # from the archive: nothing is ever unpacked to a path that it names
    assert leftovers(tmp_path) == ["in", "in/archive.zip"]


def test_an_archive_with_the_file_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr(TRAIN, "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(TRAIN, "other")
    with pytest.raises(UserError, match=f"two files {TRAIN} in one archive"):
        locate_tweets(tmp_path)
