import gzip
import io
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sentiment140.corpus.sources import (
    DATASETS,
    DEMO_NOTE,
    VECTORS,
    Located,
    LocatedTweets,
    locate_tweets,
    locate_vectors,
    vector_file,
)
from sentiment140.errors import UserError

TRAIN, TEST = DATASETS["sentiment140"].train_file, DATASETS["sentiment140"].test_file
GLOVE = "glove.6B.100d"


def zipped(*members: str, content: bytes = b"content") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, content)
    return file.getvalue()


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def found_in(folder: Path, located: Located | None) -> str | None:
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
def test_no_tweets(tmp_path, files):
    fill(tmp_path, files)
    assert locate_tweets(tmp_path) is None


def test_a_demo_corpus_is_found_only_when_asked_for(tmp_path):
    fill(tmp_path, {f"demo/{TRAIN}": b"", f"demo/{DEMO_NOTE}": b"{}"})
    assert locate_tweets(tmp_path / "demo") == LocatedTweets(Located(tmp_path / "demo" / TRAIN))


def test_a_single_file_may_have_any_name(tmp_path):
    fill(tmp_path, {"mine.zip": BOTH, "mine.csv": b"", TEST: b"", "other.zip": zipped("x")})
    assert locate_tweets(tmp_path / "mine.zip") == LocatedTweets(
        Located(tmp_path / "mine.zip", TRAIN), Located(tmp_path / "mine.zip", TEST)
    )
    assert locate_tweets(tmp_path / "mine.csv") == LocatedTweets(
        Located(tmp_path / "mine.csv"), Located(tmp_path / TEST)
    )
    assert locate_tweets(tmp_path / "other.zip") is None


def test_a_damaged_zip_is_told_when_there_is_nothing_else(tmp_path):
    fill(tmp_path, {"trainingandtestdata.zip": BOTH[: len(BOTH) // 2]})
    with pytest.raises(UserError, match=r"damaged.*trainingandtestdata.zip"):
        locate_tweets(tmp_path)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"glove.6B.zip": zipped("glove.6B.50d.txt", f"{GLOVE}.txt")}, f"glove.6B.zip ({GLOVE}.txt)"),
        ({"glove.6B.100d.zip": zipped(f"{GLOVE}.txt")}, f"glove.6B.100d.zip ({GLOVE}.txt)"),
        ({"glove/glove.6B.zip": zipped(f"{GLOVE}.txt")}, f"glove/glove.6B.zip ({GLOVE}.txt)"),
        ({f"{GLOVE}.txt.gz": b"", "glove.6B.zip": zipped(f"{GLOVE}.txt")}, f"{GLOVE}.txt.gz"),
        ({f"{GLOVE}.txt.gz": b"", f"{GLOVE}.txt": b""}, f"{GLOVE}.txt"),
        ({"glove.6B.zip": zipped("glove.6B.50d.txt"), f"glove/{GLOVE}.txt": b""}, f"glove/{GLOVE}.txt"),
        ({"glove.6B.50d.txt": b"", "glove.twitter.27B.zip": zipped("glove.twitter.27B.100d.txt")}, None),
    ],
)
def test_vectors_are_found_in_any_form(tmp_path, files, found):
    fill(tmp_path, files)
    assert found_in(tmp_path, locate_vectors(GLOVE, tmp_path)) == found


def test_unknown_vectors_are_refused_with_the_known_names():
    with pytest.raises(UserError, match=r'unknown vectors "glove.6b".*glove.twitter.27B.200d'):
        vector_file("glove.6b")


# Opening


@pytest.mark.parametrize("content", [b"", b"one line\n", bytes(range(256)) * 5_000])
def test_each_form_gives_the_same_bytes(tmp_path, content):
    fill(tmp_path, {"a.csv": content, "a.csv.gz": gzip.compress(content), "a.zip": zipped("in/a.csv", content=content)})
    before = sorted(tmp_path.iterdir())
    for located in (
        Located(tmp_path / "a.csv"),
        Located(tmp_path / "a.csv.gz"),
        Located(tmp_path / "a.zip", "in/a.csv"),
    ):
        with located.open() as file:
            assert file.read(3) == content[:3]
            assert file.read() == content[3:]
        assert file.closed
    assert sorted(tmp_path.iterdir()) == before


def broken_gzip() -> bytes:
    return gzip.compress(bytes(range(256)) * 5_000)[:-20]


def with_flipped_bits(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 255]) + body[at + 1 :]


def encrypted(body: bytes) -> bytes:
    at = body.index(b"PK\x01\x02") + 8
    return body[:at] + bytes([body[at] | 1]) + body[at + 1 :]


LARGE = zipped("a.csv", content=bytes(range(256)) * 5_000)


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("a.zip", b"", "damaged"),
        ("a.zip", LARGE[:-30], "damaged"),
        ("a.zip", with_flipped_bits(LARGE, 500), "damaged"),
        ("a.zip", zipped("b.csv"), "damaged"),
        ("a.zip", encrypted(LARGE), "encrypted"),
        ("a.csv.gz", broken_gzip(), "damaged"),
        ("a.csv.gz", b"no gzip at all", "damaged"),
        ("a.csv", None, "cannot read.*No such file"),
    ],
)
def test_a_bad_file_is_told_in_one_line(tmp_path, name, body, told):
    if body is not None:
        (tmp_path / name).write_bytes(body)
    located = Located(tmp_path / name, "a.csv" if name == "a.zip" else None)
    with pytest.raises(UserError, match=told) as caught, located.open() as file:
        file.read()
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("declared", [True, False])
def test_a_bomb_is_not_unpacked(tmp_path, declared):
    zeros = bytes(150 * 2**20)
    path = tmp_path / ("a.zip" if declared else "a.csv.gz")
    path.write_bytes(zipped("a.csv", content=zeros) if declared else gzip.compress(zeros))
    with (
        pytest.raises(UserError, match="far more is packed into it than any text has"),
        Located(path, "a.csv" if declared else None).open() as file,
    ):
        while file.read(2**20):
            pass


def test_a_member_that_is_larger_than_it_says_is_damaged(tmp_path):
    body = zipped("a.csv", content=b"1,2\n" * 10_000)
    small = (100).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(body.replace((40_000).to_bytes(4, "little"), small))
    with pytest.raises(UserError, match="damaged"), Located(tmp_path / "a.zip", "a.csv").open() as file:
        file.read()


def test_a_path_in_an_archive_leads_nowhere_else(tmp_path):
    (tmp_path / "in").mkdir()
    member = f"../{TRAIN}"
    (tmp_path / "in" / "archive.zip").write_bytes(zipped(member, content=b"content"))
    found = locate_tweets(tmp_path / "in")
    assert found is not None
    with found.train.open() as file:
        assert file.read() == b"content"  # from the archive: nothing is ever unpacked to a path that it names
    assert leftovers(tmp_path) == ["in", "in/archive.zip"]


def test_an_archive_with_the_file_twice_is_refused(tmp_path):
    name = DATASETS["sentiment140"].train_file
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr(name, "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(name, "other")
    with pytest.raises(UserError, match=f"two files {name} in one archive"):
        locate_tweets(tmp_path)


# The tables


@pytest.mark.parametrize(
    "archive",
    sorted({source.archive for source in [*DATASETS.values(), *VECTORS.values()]}, key=lambda archive: archive.name),
)
def test_every_remote_file_has_two_mirrors_and_a_checksum(archive):
    assert len({urlsplit(url).netloc for url in archive.urls}) >= 2
    assert all(url.startswith("https://") for url in archive.urls)
    assert all(Path(urlsplit(url).path).name == archive.name for url in archive.urls)
    assert archive.size is not None
    assert len(bytes.fromhex(archive.sha256)) == 32


@pytest.mark.parametrize("name", VECTORS)
def test_every_vector_file_says_what_its_name_says(name):
    vectors = VECTORS[name]
    assert (vectors.name, vectors.member) == (name, f"{name}.txt")
    assert name.endswith(f".{vectors.dimension}d")
    assert name.startswith(vectors.archive.name.removesuffix(".zip"))


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_has_the_columns_the_reader_needs(name):
    dataset = DATASETS[name]
    assert len(dataset.columns) == 6
    assert {0, 1} <= set(dataset.labels.values()) <= {-1, 0, 1}
