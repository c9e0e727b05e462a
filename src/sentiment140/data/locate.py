"""Where data come from: what the user points at, else the data folder, else the network, else the demo corpus."""

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from sentiment140.data.demo import write_demo
from sentiment140.data.download import download, download_entry
from sentiment140.data.files import DataFile, entry_of
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE, TWEETS, vector_file
from sentiment140.data.transfer import DownloadError
from sentiment140.errors import UserError

DEMO_NOTE = "demo.json"
"""A folder that holds a file of this name holds the synthetic demo corpus, never Sentiment140."""

VARIABLE = "SENTIMENT140_DATA"
_DEMO_VECTORS = "glove.demo.100d.txt"


@dataclass(frozen=True)
class TweetFiles:
    """The training tweets and, where they were found, the hand-labeled ones."""

    train: DataFile
    test: DataFile | None = None


@dataclass(frozen=True)
class DataFiles:
    """The files of a run. `notes` state what was found where, one line each, for the user to read."""

    source: Literal["real", "demo"]
    tweets: TweetFiles
    vectors: dict[str, DataFile]
    notes: list[str] = field(default_factory=list)


def find_data(
    spec: str | None, vectors: Collection[str], folder: Path, *, seed: int = 0, demo_rows: int = 20_000
) -> DataFiles:
    """Gives tweets and vectors: those pointed at, else those in `folder`, else from the network, else made up.

    With made-up tweets every name in `vectors` stands for the one made-up vector file.

    Args:
        spec: a folder or file to take; "real" to forbid the demo corpus, "demo" to ask for it; None to leave it open.
            With "real" and None, `$SENTIMENT140_DATA` is a folder or file pointed at, if set.
        vectors: the names wanted, keys of `VECTORS`; may be empty.
        folder: the repository's data folder, where downloads and the demo corpus go.
        seed: of the demo corpus.
        demo_rows: training tweets of the demo corpus.

    Raises:
        UserError: what was pointed at is not there or holds no tweets; real data were demanded and cannot be had;
            unknown vectors; or the tweets are real and the vectors cannot be had.
    """
    for name in vectors:
        vector_file(name)
    if spec == "demo":
        return _make_demo(vectors, folder, seed, demo_rows, [])
    pointed = _pointed_at(spec)
    if pointed is not None and (_home(pointed) / DEMO_NOTE).exists():
        if spec == "real":
            raise UserError("real data are demanded, but this is the demo corpus", str(pointed), f"unset ${VARIABLE}")
        return _take_demo(vectors, pointed, [])
    notes: list[str] = []
    try:
        tweets = _find_tweets(pointed, folder, notes)
    except DownloadError as error:
        if spec == "real":
            remedy = f"fetch {TWEETS.urls[0]} yourself and put it into {folder}, or name its folder by --data"
            raise UserError("no real tweets here, and none from the network", error.failures, remedy) from error
        notes.append(f"no real tweets here, and none from the network: {error.failures}")
        return _make_demo(vectors, folder, seed, demo_rows, notes)
    places = [folder] if pointed is None else [_home(pointed), folder]
    return DataFiles("real", tweets, {name: _find_vectors(name, places, folder, notes) for name in vectors}, notes)


def _pointed_at(spec: str | None) -> Path | None:
    named = spec if spec not in (None, "real") else os.environ.get(VARIABLE)
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.exists():
        source = f"${VARIABLE}" if spec in (None, "real") else "--data"
        raise UserError("no such folder or file", f"{source} {path}", 'give one that exists, or "demo"')
    return path


def _home(pointed: Path) -> Path:
    return pointed.parent if pointed.is_file() else pointed


def _find_tweets(pointed: Path | None, folder: Path, notes: list[str]) -> TweetFiles:
    place = pointed or folder
    tweets = locate_tweets(place) if place.exists() else None
    if tweets is None and pointed is not None:
        remedy = f"it should hold {TWEETS.name}, Kaggle's archive.zip, or {TRAIN_FILE}"
        raise UserError("no tweets found", str(pointed), remedy)
    if tweets is None:
        archive = download(TWEETS, folder / TWEETS.name)
        notes.append(f"downloaded {archive}")
        tweets = locate_tweets(archive)
    if tweets is None:  # the checksum was right, so only the names in sources.py can be wrong
        raise UserError(f"no {TRAIN_FILE} in it", str(archive))
    notes.append(f"tweets: {tweets.train}")
    notes.append(f"hand-labeled tweets: {tweets.test or 'none found'}")
    return tweets


def _find_vectors(name: str, places: list[Path], folder: Path, notes: list[str]) -> DataFile:
    found = _locate_vectors(name, places)
    if found is None:
        wanted = vector_file(name)
        try:
            notes.append(f"downloaded {download_entry(wanted, folder)}")
        except DownloadError as error:
            remedy = f"put {wanted.archive.name} or {wanted.entry} into {folder}, or choose members without vectors"
            raise UserError(f"no vectors {name} here, and none from the network", error.failures, remedy) from error
        found = _locate_vectors(name, [folder])
    if found is None:
        raise UserError(f"no {wanted.entry} in what was downloaded", str(folder))
    notes.append(f"vectors {name}: {found}")
    return found


def _locate_vectors(name: str, places: list[Path]) -> DataFile | None:
    for place in places:
        found = locate_vectors(name, place) if place.exists() else None
        if found is not None:
            return found
    return None


def _make_demo(vectors: Collection[str], folder: Path, seed: int, rows: int, notes: list[str]) -> DataFiles:
    """Writes the demo corpus, unless the very same lies there already, whole or not at all."""
    demo = folder / "demo"
    note = json.dumps({"what": "made up by this project; not Sentiment140", "rows": rows, "seed": seed})
    if demo.exists() and not (demo / DEMO_NOTE).exists():
        raise UserError("in the way of the demo corpus", str(demo), "move it elsewhere")
    if not demo.exists() or (demo / DEMO_NOTE).read_text(encoding="utf-8") != note:
        temporary = folder / f".demo.{os.getpid()}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir(parents=True)
            write_demo(temporary, rows, seed)
            (temporary / DEMO_NOTE).write_text(note, encoding="utf-8")
            shutil.rmtree(demo, ignore_errors=True)
            temporary.replace(demo)
        except OSError as error:
            raise UserError(f"cannot write the demo corpus: {error.strerror or error}", str(demo)) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return _take_demo(vectors, demo, notes)


def _take_demo(vectors: Collection[str], demo: Path, notes: list[str]) -> DataFiles:
    tweets = locate_tweets(demo)
    if tweets is None:
        raise UserError("the demo corpus is incomplete", str(demo), "delete that folder")
    one_for_all = DataFile(_home(demo) / _DEMO_VECTORS)
    notes.append(f"demo corpus, made up by this project: {demo}")
    return DataFiles("demo", tweets, dict.fromkeys(vectors, one_for_all), notes)


def locate_tweets(folder: Path) -> TweetFiles | None:
    """Gives where in a folder the tweets lie, or None.

    The folder itself comes before its subfolders, taken by name; in each, in this order: `trainingandtestdata*.zip`,
    `archive*.zip` and `sentiment140*.zip` (Kaggle's names), the bare CSV, `.csv.gz`. The hand-labeled tweets are taken
    from the zip that holds the training tweets, else from wherever the same search finds them first.

    Args:
        folder: searched one level deep; or a single file of one of these forms, whatever its name.

    Raises:
        UserError: nothing was found, but a zip that could have held it is damaged.
    """
    archives = (f"{Path(TWEETS.name).stem}*.zip", "archive*.zip", "sentiment140*.zip")
    train = _locate(folder, TRAIN_FILE, (*archives, TRAIN_FILE, TRAIN_FILE + ".gz"))
    if train is None:
        return None
    test_patterns = (*archives, TEST_FILE, TEST_FILE + ".gz")
    beside = None
    if train.entry is not None:
        beside = entry_of(train.path, TEST_FILE)
    if beside is None:
        beside = _locate(train.path.parent if folder.is_file() else folder, TEST_FILE, test_patterns)
    return TweetFiles(train, beside)


def locate_vectors(name: str, folder: Path) -> DataFile | None:
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
    return _locate(folder, vectors.entry, (vectors.entry, vectors.entry + ".gz", vectors.archive.name, "glove*.zip"))


def _locate(folder: Path, wanted: str, patterns: Iterable[str]) -> DataFile | None:
    """Gives the first file, by place, then pattern, then name, that is `wanted` or a zip that holds it."""
    damage = None
    for path in _candidates(folder, patterns):
        if path.suffix != ".zip":
            return DataFile(path)
        try:
            found = entry_of(path, wanted)
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
