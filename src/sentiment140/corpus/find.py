"""The one rule for where data come from.

What the user points at, else what lies in the data folder, else the network, else the demo corpus.
"""

import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sentiment140.corpus.demo import write_demo
from sentiment140.corpus.download import download, download_member
from sentiment140.corpus.sources import (
    DATASETS,
    DEMO_NOTE,
    Located,
    LocatedTweets,
    locate_tweets,
    locate_vectors,
    vector_file,
)
from sentiment140.corpus.transfer import DownloadError
from sentiment140.errors import UserError

VARIABLE = "SENTIMENT140_DATA"
_DATASET = DATASETS["sentiment140"]
_DEMO_VECTORS = "glove.demo.100d.txt"


@dataclass(frozen=True)
class Found:
    """The data of a run. `notes` say what was found where, a line each, for the user to read."""

    kind: Literal["real", "demo"]
    tweets: LocatedTweets
    vectors: dict[str, Located]
    notes: list[str] = field(default_factory=list)


def find_data(
    spec: str | None, vectors: Collection[str], folder: Path, *, seed: int = 0, demo_rows: int = 20_000
) -> Found:
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
            remedy = f"fetch {_DATASET.archive.urls[0]} yourself and put it into {folder}, or name its folder by --data"
            raise UserError("no real tweets here, and none from the network", error.failures, remedy) from error
        notes.append(f"no real tweets here, and none from the network: {error.failures}")
        return _make_demo(vectors, folder, seed, demo_rows, notes)
    places = [folder] if pointed is None else [_home(pointed), folder]
    return Found("real", tweets, {name: _find_vectors(name, places, folder, notes) for name in vectors}, notes)


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


def _find_tweets(pointed: Path | None, folder: Path, notes: list[str]) -> LocatedTweets:
    place = pointed or folder
    tweets = locate_tweets(place) if place.exists() else None
    if tweets is None and pointed is not None:
        remedy = f"it should hold {_DATASET.archive.name}, Kaggle's archive.zip, or {_DATASET.train_file}"
        raise UserError("no tweets found", str(pointed), remedy)
    if tweets is None:
        archive = download(_DATASET.archive, folder / _DATASET.archive.name)
        notes.append(f"downloaded {archive}")
        tweets = locate_tweets(archive)
    if tweets is None:  # the checksum was right, so only the entry in DATASETS can be wrong
        raise UserError(f"no {_DATASET.train_file} in it", str(archive))
    notes.append(f"tweets: {tweets.train}")
    notes.append(f"hand-labelled tweets: {tweets.test or 'none found'}")
    return tweets


def _find_vectors(name: str, places: list[Path], folder: Path, notes: list[str]) -> Located:
    found = _locate_vectors(name, places)
    if found is None:
        wanted = vector_file(name)
        try:
            notes.append(f"downloaded {download_member(wanted, folder)}")
        except DownloadError as error:
            remedy = f"put {wanted.archive.name} or {wanted.member} into {folder}, or choose members without vectors"
            raise UserError(f"no vectors {name} here, and none from the network", error.failures, remedy) from error
        found = _locate_vectors(name, [folder])
    if found is None:
        raise UserError(f"no {wanted.member} in what was downloaded", str(folder))
    notes.append(f"vectors {name}: {found}")
    return found


def _locate_vectors(name: str, places: list[Path]) -> Located | None:
    for place in places:
        found = locate_vectors(name, place) if place.exists() else None
        if found is not None:
            return found
    return None


def _make_demo(vectors: Collection[str], folder: Path, seed: int, rows: int, notes: list[str]) -> Found:
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


def _take_demo(vectors: Collection[str], demo: Path, notes: list[str]) -> Found:
    tweets = locate_tweets(demo)
    if tweets is None:
        raise UserError("the demo corpus is incomplete", str(demo), "delete that folder")
    one_for_all = Located(_home(demo) / _DEMO_VECTORS)
    notes.append(f"demo corpus, made up by this project: {demo}")
    return Found("demo", tweets, dict.fromkeys(vectors, one_for_all), notes)
