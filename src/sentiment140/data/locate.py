"""Find the tweets and vectors: at the path that the user gave, in the data folder, or by download; else the demo."""

import json
import os
import shutil
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from sentiment140.data.demo import VECTOR_FILE, write_demo
from sentiment140.data.download import download, download_entry
from sentiment140.data.files import DataFile, find_entry
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE, TWEETS, vector_file
from sentiment140.data.transfer import DownloadError
from sentiment140.errors import UserError

DEMO_MARKER = "demo.json"
"""A folder with a file of this name holds the synthetic demo corpus, not Sentiment140."""

VARIABLE = "SENTIMENT140_DATA"
"""The environment variable with the path of the data; the flag --data takes precedence."""

_ARCHIVES = (f"{Path(TWEETS.name).stem}*.zip", "archive*.zip", "sentiment140*.zip")  # the last two are Kaggle's names
_ACCEPTED = f"{', '.join(_ARCHIVES)} or {TRAIN_FILE}[.gz]"
_MAX_FOLDERS = 10_000  # that are searched, so that `--data /` ends


@dataclass(frozen=True)
class TweetFiles:
    """The files of tweets.

    Attributes:
        train: the training tweets.
        test: the hand-labeled test tweets; None if they were not found.
    """

    train: DataFile
    test: DataFile | None = None


@dataclass(frozen=True)
class DataFiles:
    """The data files of a run.

    Attributes:
        source: "real" for Sentiment140, "demo" for the synthetic demo corpus.
        tweets: the files of tweets.
        vectors: the vector files, by name.
        notes: what was found where, one line each, for the user to read.
    """

    source: Literal["real", "demo"]
    tweets: TweetFiles
    vectors: dict[str, DataFile]
    notes: list[str] = field(default_factory=list)


def find_data(
    spec: str | None, vectors: Collection[str], folder: Path, *, seed: int = 0, demo_rows: int = 20_000
) -> DataFiles:
    """Find the tweets and vectors of a run, and download what is missing.

    If the user gave a path, the tweets must be there. Otherwise they are searched in the data folder and, if they are
    not there, downloaded. If the download fails, the demo corpus is written and used, unless `spec` is "real".

    Vectors are searched at the given path, then in the data folder, and else downloaded. The demo corpus has only one
    vector file, which is returned for every name in `vectors`.

    Args:
        spec: the path of a folder or file with the tweets; "real" to rule out the demo corpus; "demo" to use it; or
            None. With "real" or None, the path is read from `$SENTIMENT140_DATA`, if it is set.
        vectors: the names of the wanted vectors, keys of `VECTORS`; may be empty.
        folder: the data folder, where downloads and the demo corpus are stored.
        seed: seed of the demo corpus.
        demo_rows: number of training tweets of the demo corpus.

    Returns:
        The files, and notes on where they were found.

    Raises:
        UserError: the path does not exist or has no tweets; `spec` is "real" and there are no real tweets; a name in
            `vectors` is unknown; or the tweets are real and the vectors cannot be found or downloaded.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     files = find_data("demo", ["glove.6B.100d"], Path(folder), demo_rows=100)
        >>> files.source, files.vectors["glove.6B.100d"].path.name
        ('demo', 'glove.demo.100d.txt')
    """
    for name in vectors:
        vector_file(name)
    if spec == "demo":
        return _create_demo(vectors, folder, seed, demo_rows, [])
    given = _given_path(spec)
    if given is not None and (_folder_of(given) / DEMO_MARKER).exists():
        if spec == "real":
            what, remedy = "--data real rules out the demo corpus", f"set {VARIABLE} to a folder with the real tweets"
            raise UserError(what, f"${VARIABLE} {given}", remedy)
        return _demo_files(vectors, given, [])
    notes: list[str] = []
    try:
        tweets = _find_tweets(given, folder, notes)
    except DownloadError as error:
        if spec == "real":
            what = f"found no tweets in {folder} ({_ACCEPTED}), and could not download {TWEETS.name}"
            remedy = f"download {TWEETS.urls[0]} yourself and put it into {folder}, or give its path with --data"
            raise UserError(what, error.failures, remedy) from error
        notes.append(f"found no tweets in {folder}, and could not download {TWEETS.name}: {error.failures}")
        return _create_demo(vectors, folder, seed, demo_rows, notes)
    folders = [folder] if given is None else [_folder_of(given), folder]
    return DataFiles("real", tweets, {name: _find_vectors(name, folders, folder, notes) for name in vectors}, notes)


def _given_path(spec: str | None) -> Path | None:
    """Return the path that the user gave by flag or environment variable, or None."""
    by_flag = spec not in (None, "real")
    text = spec if by_flag else os.environ.get(VARIABLE)
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.exists():
        where = f"{'--data' if by_flag else f'${VARIABLE}'} {path}"
        raise UserError("no such folder or file", where, "give the path of the tweets, or --data demo to try it out")
    return path


def _folder_of(path: Path) -> Path:
    return path.parent if path.is_file() else path


def _find_tweets(given: Path | None, folder: Path, notes: list[str]) -> TweetFiles:
    """Find the tweets at the given path, or else in the data folder, or else download them.

    Raises:
        DownloadError: they are not in the data folder and cannot be downloaded.
        UserError: they are not at the given path.
    """
    place = given or folder
    tweets = locate_tweets(place) if place.exists() else None
    if tweets is None and given is not None:
        if given.is_file():
            raise UserError("no tweets found", str(given), f"give a zip with {TRAIN_FILE} in it, or that file itself")
        raise UserError("no tweets found", str(given), f"put one of these files there: {_ACCEPTED}")
    if tweets is None:
        archive = download(TWEETS, folder / TWEETS.name)
        notes.append(f"downloaded {archive}")
        tweets = locate_tweets(archive)
    if tweets is None:  # the checksum was right, so only the names in sources.py can be wrong
        raise UserError(f"the downloaded archive has no {TRAIN_FILE}", str(archive), "report this as a bug")
    notes.append(f"tweets: {tweets.train}")
    notes.append(f"hand-labeled tweets: {tweets.test or 'none found'}")
    return tweets


def _find_vectors(name: str, folders: list[Path], download_folder: Path, notes: list[str]) -> DataFile:
    """Find the vectors in one of the folders, or else download them."""
    found = _locate_vectors_in(folders, name)
    if found is None:
        wanted = vector_file(name)
        try:
            notes.append(f"downloaded {download_entry(wanted, download_folder)}")
        except DownloadError as error:
            accepted = f"{wanted.entry}, {wanted.entry}.gz or {wanted.archive.name}"
            searched = " or ".join(map(str, folders))
            raise UserError(
                f"found no vectors {name} in {searched} ({accepted}), and could not download them",
                error.failures,
                f"put one of these files into {download_folder}, or choose members without vectors (--members)",
            ) from error
        found = _locate_vectors_in([download_folder], name)
    if found is None:
        what = f"the downloaded archive has no {wanted.entry}"
        raise UserError(what, str(download_folder), "report this as a bug")
    notes.append(f"vectors {name}: {found}")
    return found


def _locate_vectors_in(folders: list[Path], name: str) -> DataFile | None:
    for folder in folders:
        found = locate_vectors(name, folder) if folder.exists() else None
        if found is not None:
            return found
    return None


def _create_demo(vectors: Collection[str], folder: Path, seed: int, rows: int, notes: list[str]) -> DataFiles:
    """Write the demo corpus whole or not at all, unless it exists already with the same rows and seed."""
    demo = folder / "demo"
    marker = json.dumps({"what": "synthetic tweets of this project; not Sentiment140", "rows": rows, "seed": seed})
    if demo.exists() and not (demo / DEMO_MARKER).exists():
        raise UserError("cannot write the demo corpus: the folder has other files", str(demo), "move it elsewhere")
    if not demo.exists() or (demo / DEMO_MARKER).read_text(encoding="utf-8") != marker:
        temporary = folder / f".demo.{os.getpid()}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir(parents=True)
            write_demo(temporary, rows, seed)
            (temporary / DEMO_MARKER).write_text(marker, encoding="utf-8")
            shutil.rmtree(demo, ignore_errors=True)
            temporary.replace(demo)
        except OSError as error:
            what = f"cannot write the demo corpus: {error.strerror or error}"
            raise UserError(what, str(demo), "make the folder writable, or free some disk space") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return _demo_files(vectors, demo, notes)


def _demo_files(vectors: Collection[str], demo: Path, notes: list[str]) -> DataFiles:
    tweets = locate_tweets(demo)
    if tweets is None:
        what = f"the demo corpus has no {TRAIN_FILE}"
        raise UserError(what, str(demo), "delete that folder; it will be written again")
    vectors_of_demo = DataFile(_folder_of(demo) / VECTOR_FILE)
    notes.append(f"using the demo corpus (synthetic tweets): {demo}")
    return DataFiles("demo", tweets, dict.fromkeys(vectors, vectors_of_demo), notes)


def locate_tweets(folder: Path) -> TweetFiles | None:
    """Search a folder for the tweets.

    A folder is searched before its subfolders, and these before theirs, each in the order of their names. In each
    folder, the first of these is used: `trainingandtestdata*.zip`, `archive*.zip` or `sentiment140*.zip` (both are
    Kaggle's names), the CSV file, the CSV file with `.gz`. The hand-labeled tweets are taken from the zip with the
    training tweets; if it has none, they are searched in the same way.

    Args:
        folder: the folder; or a single file of any name.

    Returns:
        The files; None if there are no training tweets.

    Raises:
        UserError: no tweets were found, but a zip that might contain them is damaged.
    """
    train = _locate(folder, TRAIN_FILE, (*_ARCHIVES, TRAIN_FILE, TRAIN_FILE + ".gz"))
    if train is None:
        return None
    test = find_entry(train.path, TEST_FILE) if train.entry is not None else None
    if test is None:
        patterns = (*_ARCHIVES, TEST_FILE, TEST_FILE + ".gz")
        test = _locate(train.path.parent if folder.is_file() else folder, TEST_FILE, patterns)
    return TweetFiles(train, test)


def locate_vectors(name: str, folder: Path) -> DataFile | None:
    """Search a folder for word vectors.

    A folder is searched before its subfolders, and these before theirs, each in the order of their names. In each
    folder, the first of these is used, the fastest to read first: `<name>.txt`, `<name>.txt.gz`, the published zip, any
    other `glove*.zip` with the text file in it.

    Args:
        name: the name of the vectors, a key of `VECTORS`.
        folder: the folder.

    Returns:
        The file; None if there is none.

    Raises:
        UserError: the name is unknown; or no vectors were found, but a zip that might contain them is damaged.
    """
    vectors = vector_file(name)
    return _locate(folder, vectors.entry, (vectors.entry, vectors.entry + ".gz", vectors.archive.name, "glove*.zip"))


def _locate(folder: Path, name: str, patterns: Iterable[str]) -> DataFile | None:
    """Return the first file that matches a pattern and is not a zip, or is a zip with a file called `name` in it."""
    damage = None
    for path in _candidates(folder, patterns):
        if path.suffix != ".zip":
            return DataFile(path)
        try:
            found = find_entry(path, name)
        except UserError as error:
            damage = damage or error
            continue
        if found is not None:
            return found
    if damage is not None:
        raise damage
    return None


def _candidates(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    """Yield the files that match a pattern, ordered by depth, then by folder, by pattern and by name."""
    if folder.is_file():
        yield folder
        return
    places, seen = deque([folder]), {folder.resolve()}
    while places:
        content = _sorted_content(places.popleft())
        files = [path for path in content if path.is_file()]
        for pattern in patterns:
            yield from (path for path in files if fnmatchcase(path.name, pattern))
        for path in content:
            if path.is_dir() and not _is_skipped(path) and path.resolve() not in seen:  # a link may lead back
                seen.add(path.resolve())
                if len(seen) > _MAX_FOLDERS:
                    return
                places.append(path)


def _sorted_content(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except PermissionError:  # a subfolder of another user must not end the search
        return []


def _is_skipped(subfolder: Path) -> bool:
    """Return whether a subfolder is hidden or a demo corpus, whose files have the published names."""
    return subfolder.name.startswith(".") or (subfolder / DEMO_MARKER).exists()
