"""Where data are found: the given path, the data folder, a download, the demo corpus, in this order."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sentiment140.data import demo, download, locate, sources
from sentiment140.data.files import DataFile
from sentiment140.data.locate import NO_TEST_TWEETS, VARIABLE, DataFiles, DataRequest, replace_missing_vectors
from sentiment140.data.search import DEMO_MARKER, TweetFiles
from sentiment140.data.sources import RemoteFile
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member, VectorSettings
from support.file_server import FileServer, free_port
from support.zips import zipped

TRAIN, TEST = sources.TRAIN_FILE, sources.TEST_FILE
GLOVE, GLOVE_100D = "glove.6B.50d", "glove.6B.100d"
TWEETS_CSV = b'"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","me","sad"\n"4","2","","NO_QUERY","me","glad"\n'


TWEETS, VECTORS = zipped(TRAIN, TEST), zipped(f"{GLOVE}.txt")


def find_data(
    spec: str | None, vectors: Sequence[str], folder: Path, require_vectors: bool = False, **of_demo: int
) -> DataFiles:
    return locate.find_data(DataRequest(spec, None, require_vectors), vectors, folder, **of_demo)


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


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


def test_semevals_tweets_are_found_at_either_place_and_are_never_the_tweets_of_a_run(tmp_path, data):
    semeval = b"split,label,text\n2016test,neutral,at school\n2016test,positive,good\n2016test,negative,bad\n"
    fill(data, {"x/semeval.csv": semeval, "archive.zip": TWEETS})
    fill(tmp_path / "mine", {"mine.csv": TWEETS_CSV, "x/semeval.csv": semeval})
    mine, alone = tmp_path / "mine", tmp_path / "alone"
    fill(alone, {"mine.csv": TWEETS_CSV})
    found = find_data(str(mine), [], data)
    assert found.tweets == TweetFiles(DataFile(mine / "mine.csv"), semeval=mine / "x" / "semeval.csv")
    assert f"tweets labeled by people: {mine / 'x' / 'semeval.csv'}" in found.notes
    assert find_data(str(alone), [], data).tweets.semeval == data / "x" / "semeval.csv"
    (data / "x" / "semeval.csv").unlink()
    found = find_data(None, [], data)
    assert found.tweets.semeval is None
    assert not any("people" in note for note in found.notes)
    fill(data, {"semeval.csv": semeval})
    assert find_data("demo", [], data).tweets.semeval is None


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
    found = find_data(None, [GLOVE_100D, "glove.twitter.27B.100d"], data, seed=3, demo_rows=500)
    assert found.source == "demo"
    assert found.tweets.train == DataFile(data / "demo" / TRAIN)
    assert found.tweets.test == DataFile(data / "demo" / TEST)
    assert set(found.vectors) == {GLOVE_100D, "glove.twitter.27B.100d"}
    assert set(found.vectors.values()) == {DataFile(data / "demo" / "glove.demo.100d.txt")}
    assert written_demos == [(500, 3)]
    assert "connection refused" in found.notes[0]
    assert any("synthetic" in note for note in found.notes)


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
        found = find_data(str(place), [GLOVE_100D], data)
        assert found.source == "demo"
        assert found.vectors[GLOVE_100D].path.name == "glove.demo.100d.txt"
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


@pytest.mark.parametrize(("spec", "required"), [("real", False), (None, True)])
def test_required_vectors_that_cannot_be_had_are_an_error_that_states_the_remedy(data, written_demos, spec, required):
    with_tweets(data)
    with pytest.raises(
        UserError,
        match=r"no vectors glove\.6B\.50d: found none in .*data \(glove\.6B\.50d\.txt,.*glove\.6B\.zip\).*refused.*"
        r"put one of these files into .*data, or choose members without them",
    ):
        find_data(spec, [GLOVE], data, required)
    assert find_data(spec, [], data, required).vectors == {}
    assert written_demos == []


def test_other_vectors_that_cannot_be_had_are_listed_as_missing(tmp_path, data):
    with_tweets(tmp_path / "mine")
    put(data / f"{GLOVE_100D}.txt", b"")
    found = find_data(str(tmp_path / "mine"), [GLOVE, GLOVE_100D], data)
    assert found.source == "real"
    assert list(found.vectors) == [GLOVE_100D]
    assert list(found.missing) == [GLOVE]
    assert f"found none in {tmp_path / 'mine'} or {data}" in found.missing[GLOVE]
    assert "connection refused" in found.missing[GLOVE]


def test_no_second_download_is_tried_where_no_server_can_be_reached(data, network, monkeypatch):
    with_tweets(data)
    tried = []

    def download_entry(vectors, folder):
        tried.append(vectors.name)
        return download.download_entry(vectors, folder)

    monkeypatch.setattr(locate, "download_entry", download_entry)
    elsewhere = replace(sources.VECTORS[GLOVE].archive, urls=(f"http://127.0.0.1:{free_port()}/",))
    other = replace(sources.VECTORS[GLOVE], name=GLOVE_100D, archive=elsewhere)
    monkeypatch.setitem(sources.VECTORS, GLOVE_100D, other)
    assert list(find_data(None, [GLOVE_100D, GLOVE], data).missing) == [GLOVE_100D, GLOVE]
    assert tried == [GLOVE_100D]
    network.serve("/glove.6B.zip", VECTORS, faults=["404"] * 9)
    tried.clear()
    assert list(find_data(None, [GLOVE, GLOVE_100D], data).missing) == [GLOVE, GLOVE_100D]
    assert tried == [GLOVE, GLOVE_100D], "a server that answers says nothing about the others"


def member(name: str, source: str | None, trainable: bool = True) -> Member:
    return Member(name, "conv_lstm", vectors=VectorSettings(source, trainable) if source else None)


def experiment(*members: Member) -> Experiment:
    return Experiment("p", 0, 2, 0, "mean", "a", ("a",), members)


def test_members_start_from_word2vec_vectors_where_theirs_cannot_be_had(tmp_path):
    others = [member("w", "word2vec.300d"), member("l", None), member("t", "glove.twitter.27B.25d")]
    before = experiment(member("a", GLOVE), member("b", GLOVE, trainable=False), *others)
    places = (tmp_path / "mine", tmp_path / "data")
    files = DataFiles("real", TweetFiles(DataFile(tmp_path)), {}, {GLOVE: "found none, it rained"}, places)
    after = replace_missing_vectors(before, files)
    assert after == experiment(member("a", "word2vec.50d"), member("b", "word2vec.50d", trainable=False), *others)
    assert after.problems() == []
    (notice,) = files.notices
    assert notice.startswith(f"no vectors {GLOVE}: a, b start from word2vec.50d instead")
    assert "found none, it rained" in notice
    assert "put glove.6B.zip there" in notice
    assert "\n" not in notice


def test_nothing_is_replaced_where_all_vectors_are_found(data, network):
    with_tweets(data)
    files, before = find_data(None, [GLOVE], data), experiment(member("a", GLOVE))
    assert replace_missing_vectors(before, files) == before
    assert files.notices == []


def test_vectors_of_another_dimension_than_those_of_the_demo_corpus_are_missing_there(data):
    files = find_data("demo", [GLOVE, GLOVE_100D], data)
    assert list(files.vectors) == [GLOVE_100D]
    after = replace_missing_vectors(experiment(member("a", GLOVE)), files)
    assert after.member("a").vectors == VectorSettings("word2vec.50d", trainable=True)
    assert "glove.6B.zip" not in files.notices[0], "a file in the folder of the demo corpus would not be used"


def test_a_run_without_test_tweets_is_noticed(data):
    put(data / TRAIN, TWEETS)
    assert find_data(None, [], data).notices == [NO_TEST_TWEETS]
    put(data / TEST, b"")
    assert find_data(None, [], data).notices == []


def test_given_test_tweets_replace_those_of_the_data(tmp_path, data):
    with_tweets(data)
    mine = DataFile(tmp_path / "mine.csv")
    for spec in (None, "demo"):
        found = locate.find_data(DataRequest(spec, mine), [], data)
        assert found.tweets.test == mine
        assert found.notices == []
        assert any(str(mine) in note for note in found.notes)


def test_the_notes_name_tweets_that_are_not_used(tmp_path, data):
    fill(tmp_path, {"a.csv": TWEETS_CSV, "b.csv": TWEETS_CSV * 2})
    notes = find_data(str(tmp_path), [], data).notes
    assert f"tweets: {tmp_path / 'b.csv'}" in notes
    assert f"also found, not used: {tmp_path / 'a.csv'}" in notes


def test_the_error_names_the_folder_and_what_was_looked_into(tmp_path, data):
    neutral = TWEETS_CSV.replace(b"4", b"2")
    files = {"a.csv": b"id,label,fold\n", "b.csv": neutral, **{f"c{n}.csv": b"" for n in range(4)}}
    fill(tmp_path / "mine", files)
    with pytest.raises(UserError) as caught:
        find_data(str(tmp_path / "mine"), [], data)
    message = str(caught.value)
    assert message.startswith(
        f"no tweets found, {tmp_path / 'mine'} (looked into a.csv: no column text in the first line"
    )
    for part in ("have neutral tweets", "no tweets in it", "and 3 more", "target,id,date,"):
        assert part in message
    assert "\n" not in message


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
