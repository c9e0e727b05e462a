"""Where tweets and vectors come from: the published files, and how they are found in a folder.

Sizes and checksums are those of the published files. They are checked when a file is downloaded, not when a user has
put one in place: people cut files to try things.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sentiment140.errors import UserError

NEUTRAL = -1
"""The label inside of a tweet that is neither negative nor positive."""

DEMO_NOTE = "demo.json"
"""A folder that holds a file of this name holds a made-up corpus, never Sentiment140."""

_ENCRYPTED = 0x1


@dataclass(frozen=True)
class RemoteFile:
    """A file on the network: the same bytes at each address. An unknown size or checksum is None."""

    name: str
    urls: tuple[str, ...]
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class Dataset:
    """Labelled tweets as CSV files without a header line; `labels` gives what a label in the file is inside."""

    name: str
    archive: RemoteFile
    train_file: str
    test_file: str
    columns: tuple[str, ...]
    labels: Mapping[str, int]
    encoding: str = "latin-1"


@dataclass(frozen=True)
class VectorFile:
    """Word vectors as text, one word a line: a member of a published zip. `size` and `sha256` are the member's."""

    name: str
    archive: RemoteFile
    member: str
    dimension: int
    size: int | None = None
    sha256: str | None = None


DATASETS: dict[str, Dataset] = {
    "sentiment140": Dataset(
        name="sentiment140",
        archive=RemoteFile(
            "trainingandtestdata.zip",
            (
                "https://cs.stanford.edu/people/alecmgo/trainingandtestdata.zip",
                "https://zenodo.org/records/11116734/files/trainingandtestdata.zip?download=1",
            ),
            size=81_363_704,
            sha256="004a3772c8a7ff9bbfeb875880f47f0679d93fc63e5cf9cff72d54a8a6162e57",
        ),
        train_file="training.1600000.processed.noemoticon.csv",
        test_file="testdata.manual.2009.06.14.csv",
        columns=("target", "id", "date", "flag", "user", "text"),
        labels={"0": 0, "2": NEUTRAL, "4": 1},  # "2" occurs in the hand-labelled test file only
    ),
}

_GLOVE_HOSTS = ("https://nlp.stanford.edu/data/", "https://huggingface.co/stanfordnlp/glove/resolve/main/")


def _glove(name: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(name, tuple(host + name for host in _GLOVE_HOSTS), size, sha256)


_GLOVE_6B = _glove("glove.6B.zip", 862_182_613, "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb")
_GLOVE_TWITTER = _glove(
    "glove.twitter.27B.zip", 1_520_408_563, "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c"
)
_GLOVE_6B_100D_SHA256 = "95dde4dfd627ab26608d33e76d1195ec059734bd29089ea52cadb08d07c64544"

VECTORS: dict[str, VectorFile] = {
    vectors.name: vectors
    for vectors in (
        VectorFile("glove.6B.50d", _GLOVE_6B, "glove.6B.50d.txt", 50, 171_350_079),
        VectorFile("glove.6B.100d", _GLOVE_6B, "glove.6B.100d.txt", 100, 347_116_733, _GLOVE_6B_100D_SHA256),
        VectorFile("glove.6B.200d", _GLOVE_6B, "glove.6B.200d.txt", 200),
        VectorFile("glove.6B.300d", _GLOVE_6B, "glove.6B.300d.txt", 300),
        VectorFile("glove.twitter.27B.25d", _GLOVE_TWITTER, "glove.twitter.27B.25d.txt", 25),
        VectorFile("glove.twitter.27B.50d", _GLOVE_TWITTER, "glove.twitter.27B.50d.txt", 50),
        VectorFile("glove.twitter.27B.100d", _GLOVE_TWITTER, "glove.twitter.27B.100d.txt", 100),
        VectorFile("glove.twitter.27B.200d", _GLOVE_TWITTER, "glove.twitter.27B.200d.txt", 200),
    )
}


@dataclass(frozen=True)
class Located:
    """A file found on this machine: plain, `.gz`, or one member of a zip."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.member is None else f"{self.path} ({self.member})"

    def open(self) -> BinaryIO:
        """Gives the content as a stream, to be used in a `with`; nothing is extracted to disk.

        Raises:
            UserError: the file cannot be opened, is encrypted, or proves damaged; also while it is being read.
        """
        with _damage_named(self):
            return cast(BinaryIO, io.BufferedReader(_CheckedStream(self._unpacked(), self), buffer_size=1 << 18))

    def _unpacked(self) -> BinaryIO:
        if self.member is not None:
            with zipfile.ZipFile(self.path) as archive:  # the stream keeps the file open as long as it needs it
                if archive.getinfo(self.member).flag_bits & _ENCRYPTED:
                    raise UserError(
                        "the archive is encrypted", str(self), "unpack it and put the bare file in its place"
                    )
                return cast(BinaryIO, archive.open(self.member))
        if self.path.suffix == ".gz":
            return cast(BinaryIO, gzip.open(self.path))
        return self.path.open("rb")


_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, KeyError)
_MOST_UNPACKED = 100  # times its size; tweets and vectors are packed to a half or a third
_SMALL = 2**20


class _damage_named:  # noqa: N801 - reads as a statement: `with _damage_named(located):`
    """Turns what the unpackers raise at a bad file into a UserError. A class, as it is entered once a block read."""

    def __init__(self, located: Located) -> None:
        self._located = located

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, _DAMAGE):
            raise UserError("the archive is damaged", str(self._located), "delete it and fetch it again") from error
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            raise UserError("cannot read the file", str(self._located), reason) from error


class _CheckedStream(io.RawIOBase):
    """A stream whose damage, which unpackers notice only on the way, is told in the user's terms."""

    def __init__(self, stream: BinaryIO, located: Located) -> None:
        self._stream, self._located = stream, located
        self._damage_named = _damage_named(located)
        self._left = _MOST_UNPACKED * max(located.path.stat().st_size, _SMALL)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Buffer has a name from 3.12 on
        with self._damage_named:
            count = cast(io.BufferedIOBase, self._stream).readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise UserError("far more is packed into it than any text has", str(self._located), "fetch it again")
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


@dataclass(frozen=True)
class LocatedTweets:
    """The training tweets and, where they were found, the hand-labelled ones."""

    train: Located
    test: Located | None = None


def locate_tweets(folder: Path, dataset: Dataset = DATASETS["sentiment140"]) -> LocatedTweets | None:
    """Gives where in a folder the tweets lie, or None.

    The folder itself comes before its subfolders, taken by name; in each, in this order: `trainingandtestdata*.zip`,
    `archive*.zip` and `sentiment140*.zip` (Kaggle's names), the bare CSV, `.csv.gz`. The hand-labelled tweets are taken
    from the zip that holds the training tweets, else from wherever the same search finds them first.

    Args:
        folder: searched one level deep; or a single file of one of these forms, whatever its name.
        dataset: whose files to look for.

    Raises:
        UserError: nothing was found, but a zip that could have held it is damaged.
    """
    stem = Path(dataset.archive.name).stem
    archives = (f"{stem}*.zip", "archive*.zip", f"{dataset.name}*.zip")
    train = _locate(folder, dataset.train_file, (*archives, dataset.train_file, dataset.train_file + ".gz"))
    if train is None:
        return None
    test_patterns = (*archives, dataset.test_file, dataset.test_file + ".gz")
    beside = None
    if train.member is not None:
        beside = _in_archive(train.path, dataset.test_file)
    if beside is None:
        beside = _locate(train.path.parent if folder.is_file() else folder, dataset.test_file, test_patterns)
    return LocatedTweets(train, beside)


def locate_vectors(name: str, folder: Path) -> Located | None:
    """Gives where in a folder the word vectors lie, or None.

    The folder itself comes before its subfolders, taken by name; in each, the cheapest to read first: `.txt`,
    `.txt.gz`, the published zip, any other `glove*.zip` that holds the member.

    Args:
        name: a key of `VECTORS`.
        folder: searched one level deep.

    Raises:
        UserError: unknown name; or nothing was found, but a zip that could have held it is damaged.
    """
    vectors = vector_file(name)
    return _locate(folder, vectors.member, (vectors.member, vectors.member + ".gz", vectors.archive.name, "glove*.zip"))


def vector_file(name: str) -> VectorFile:
    """Gives the entry of `VECTORS`; an unknown name is a UserError that lists the known ones."""
    if name not in VECTORS:
        raise UserError(f'unknown vectors "{name}"', remedy=f"known are {', '.join(VECTORS)}")
    return VECTORS[name]


def _locate(folder: Path, wanted: str, patterns: Iterable[str]) -> Located | None:
    """Gives the first file, by place, then pattern, then name, that is `wanted` or a zip that holds it."""
    damage = None
    for path in _candidates(folder, patterns):
        if path.suffix != ".zip":
            return Located(path)
        try:
            found = _in_archive(path, wanted)
        except UserError as error:
            damage = damage or error
            continue
        if found is not None:
            return found
    if damage is not None:
        raise damage
    return None


def _candidates(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    subfolders = (path for path in _listing(folder) if path.is_dir() and not _passed_over(path))
    for place in (folder, *subfolders):
        files = [path for path in _listing(place) if path.is_file()]
        for pattern in patterns:
            yield from (path for path in files if fnmatchcase(path.name, pattern))


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except PermissionError:  # somebody else's subfolder is no reason to stop
        return []


def _passed_over(subfolder: Path) -> bool:
    """A demo corpus carries the published names, so it must be asked for, never met by chance."""
    return subfolder.name.startswith(".") or (subfolder / DEMO_NOTE).exists()


def _in_archive(path: Path, wanted: str) -> Located | None:
    with _damage_named(Located(path)), zipfile.ZipFile(path) as archive:
        members = archive.namelist()
    found = next((member for member in members if PurePosixPath(member).name == wanted), None)
    if found is None:
        return None
    if members.count(found) > 1:
        raise UserError(f"two files {found} in one archive", str(path), "take out the wrong one")
    return Located(path, found)
