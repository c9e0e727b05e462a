"""Find the tweets and vectors: at the path that the user gave, in the data folder, or by download; else the demo."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from sentiment140.data.demo import VECTOR_DIMENSION, VECTOR_FILE, create_demo
from sentiment140.data.download import download, download_entry
from sentiment140.data.files import DataFile
from sentiment140.data.layout import NO_MAPPING, LayoutError, layout_of
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.rows import head_rows
from sentiment140.data.search import (
    ACCEPTED,
    DEMO_MARKER,
    TweetFiles,
    locate_semeval,
    locate_tweets,
    locate_vectors,
    look_into_files,
)
from sentiment140.data.sources import COLUMNS, TRAIN_FILE, TWEETS, vector_file
from sentiment140.data.transfer import DownloadError
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member

VARIABLE = "SENTIMENT140_DATA"
"""The environment variable with the path of the data; the flag --data takes precedence."""

NO_TEST_TWEETS = (
    "no test tweets found: the run has no predictions.csv and no submission.csv; to predict the tweets of a CSV file "
    "with the columns id,text, start another run with --test FILE"
)
_SHOWN = 3  # files that are listed in an error


@dataclass(frozen=True)
class DataFiles:
    """The data files of a run.

    Attributes:
        source: "real" for Sentiment140, "demo" for the synthetic demo corpus.
        tweets: the files of tweets.
        vectors: the vector files, by name.
        missing: why vectors could not be had, by name.
        folders: the folders that were searched for vectors, the one that the user gave first.
        notes: what was found where, one line each, for the user to read.
        notices: what the run lacks and how to change that, one line each; shown at its start and at its end.
    """

    source: Literal["real", "demo"]
    tweets: TweetFiles
    vectors: dict[str, DataFile]
    missing: dict[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    notes: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DataRequest:
    """Which data the user wants for a run; the arguments of `find_data` of the same names.

    Attributes:
        spec: a path, "real", "demo", or None to search.
        test: the file of test tweets (see `search.locate_test_tweets`); None for those that come with the training
            tweets.
        require_vectors: whether vectors that cannot be had are an error.
        mapping: the columns and labels of the files of tweets that the user named.
    """

    spec: str | None = None
    test: DataFile | None = None
    require_vectors: bool = False
    mapping: ColumnMapping = NO_MAPPING


def find_data(
    request: DataRequest, vectors: Collection[str], folder: Path, *, seed: int = 0, demo_rows: int = 20_000
) -> DataFiles:
    """Find the tweets and vectors of a run, and download what is missing.

    If the user gave a path, the tweets must be there. Otherwise they are searched in the data folder and, if they are
    not there, downloaded. If the download fails, the demo corpus is written and used, unless the request is "real".

    Vectors are searched at the given path, then in the data folder, and else downloaded. If the download fails, they
    are listed as missing, unless the request is "real" or requires them. The demo corpus has only one vector file,
    which is returned for every name of the same dimension.

    Args:
        request: its `spec` is the path of a folder or file with the tweets; "real" to rule out the demo corpus and
            missing vectors; "demo" to use the demo corpus; or None. With "real" or None, the path is read from
            `$SENTIMENT140_DATA`, if it is set.
        vectors: the names of the wanted vectors, keys of `VECTORS`; may be empty.
        folder: the data folder, where downloads and the demo corpus are stored.
        seed: seed of the demo corpus.
        demo_rows: number of training tweets of the demo corpus.

    Returns:
        The files, and notes on where they were found.

    Raises:
        UserError: a path does not exist or has no tweets; the request is "real" and there are no real tweets; a name in
            `vectors` is unknown; or vectors are required and cannot be found or downloaded.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     files = find_data(DataRequest("demo"), ["glove.6B.100d"], Path(folder), demo_rows=100)
        >>> files.source, files.vectors["glove.6B.100d"].path.name
        ('demo', 'glove.demo.100d.txt')
    """
    for name in vectors:
        vector_file(name)
    files = _find_all(request, vectors, folder, seed, demo_rows)
    if request.test is not None:
        files = replace(files, tweets=replace(files.tweets, test=request.test))
    if files.source == "real":
        semeval = next((path for place in files.folders if (path := locate_semeval(place)) is not None), None)
        files = replace(files, tweets=replace(files.tweets, semeval=semeval))
    _check_mapping(request.mapping, files)
    if files.missing and (request.require_vectors or request.spec == "real"):
        remedy = f"put one of these files into {_or(files.folders)}, or choose members without them (--members)"
        raise UserError("; ".join(f"no vectors {name}: {why}" for name, why in files.missing.items()), remedy=remedy)
    files.notes.append(f"tweets: {files.tweets.train}")
    if files.tweets.unused:
        files.notes.append(f"also found, not used: {', '.join(map(str, files.tweets.unused))}")
    if files.tweets.test is not None:
        files.notes.append(f"test tweets: {files.tweets.test}")
    else:
        files.notices.append(NO_TEST_TWEETS)
    if files.tweets.semeval is not None:
        files.notes.append(f"tweets labeled by people: {files.tweets.semeval}")
    return files


def _check_mapping(mapping: ColumnMapping, files: DataFiles) -> None:
    """Check that the training file has the columns that the user named: said before TensorFlow is loaded.

    Raises:
        UserError: it has not, or the run uses the demo corpus.
    """
    if mapping != NO_MAPPING and files.source == "demo":
        what, remedy = "--columns and --labels describe a file of yours", "give its path with --data"
        raise UserError(what, "but the run uses the demo corpus", remedy)
    if mapping.columns:
        rows, form = head_rows(files.tweets.train)
        try:
            layout_of(rows[0][1] or [""] if rows else [""], mapping, named=form.has_names)
        except LayoutError as error:
            raise UserError(str(error), str(files.tweets.train), "correct --columns") from error


def _find_all(request: DataRequest, vectors: Collection[str], folder: Path, seed: int, demo_rows: int) -> DataFiles:
    """Find the tweets and vectors, whether they are required or not."""
    spec = request.spec
    if spec == "demo":
        return _demo_files(vectors, create_demo(folder / "demo", demo_rows, seed), [])
    given = _given_path(spec)
    if given is not None and (_folder_of(given) / DEMO_MARKER).exists():
        if spec == "real":
            what, remedy = "--data real rules out the demo corpus", f"set {VARIABLE} to a folder with the real tweets"
            raise UserError(what, f"${VARIABLE} {given}", remedy)
        return _demo_files(vectors, given, [])
    notes: list[str] = []
    try:
        tweets = _find_tweets(given, folder, request.mapping, notes)
    except DownloadError as error:
        if spec == "real":
            what = f"found no tweets in {folder} ({ACCEPTED}), and could not download {TWEETS.name}"
            remedy = f"download {TWEETS.urls[0]} yourself and put it into {folder}, or give its path with --data"
            raise UserError(what, error.failures, remedy) from error
        notes.append(f"found no tweets in {folder}, and could not download {TWEETS.name}: {error.failures}")
        return _demo_files(vectors, create_demo(folder / "demo", demo_rows, seed), notes)
    folders = (folder,) if given is None else (_folder_of(given), folder)
    files = DataFiles("real", tweets, {}, {}, tuple(dict.fromkeys(folders)), notes)
    _find_vectors(files, vectors, folder)
    return files


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


def _find_tweets(given: Path | None, folder: Path, mapping: ColumnMapping, notes: list[str]) -> TweetFiles:
    """Find the tweets at the given path, or else in the data folder, or else download them.

    Raises:
        DownloadError: they are not in the data folder and cannot be downloaded.
        UserError: they are not at the given path.
    """
    place = given or folder
    # Only where the user points at may a file lack columns: a table of reviews in data/ is not Sentiment140.
    lacking = given is not None or bool(mapping.columns)
    tweets = locate_tweets(place, mapping, may_lack_columns=lacking) if place.exists() else None
    if tweets is None and given is not None:
        where = f"{given}{_looked_into(given, mapping)}"
        if given.is_file():
            raise UserError("no tweets found", where, f"give a zip with {TRAIN_FILE} in it, or that file itself")
        remedy = f"put one of these files there: {ACCEPTED}, or a CSV file with the columns {','.join(COLUMNS)}; or "
        remedy += "give the path of a file with label and text, with --columns and --labels if it needs them"
        raise UserError("no tweets found", where, remedy)
    if tweets is None:
        archive = download(TWEETS, folder / TWEETS.name)
        notes.append(f"downloaded {archive}")
        tweets = locate_tweets(archive)
    if tweets is None:  # the checksum was right, so only the names in sources.py can be wrong
        raise UserError(f"the downloaded archive has no {TRAIN_FILE}", str(archive), "report this as a bug")
    return tweets


def _looked_into(place: Path, mapping: ColumnMapping) -> str:
    """Say why the files at a place are no tweets."""
    looked = look_into_files(place, mapping, may_lack_columns=True)
    neutral = "its first rows have neutral tweets, as test tweets have"
    shown = place.parent if place.is_file() else place
    reasons = [f"{str(found.file).removeprefix(f'{shown}/')}: {found.problem or neutral}" for found in looked]
    more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    return f" (looked into {'; '.join(reasons[:_SHOWN])}{more})" if reasons else ""


def _find_vectors(files: DataFiles, vectors: Collection[str], download_folder: Path) -> None:
    """Find vectors in one of the folders, or else download them; add them to the files, or the reason to the missing.

    If no server can be reached for some vectors, no download of others is tried: a start without a network stays fast.
    """
    offline: DownloadError | None = None
    for name in vectors:
        wanted, found = vector_file(name), _locate_vectors_in(files.folders, name)
        if found is None:
            try:
                if offline is not None:
                    raise offline
                files.notes.append(f"downloaded {download_entry(wanted, download_folder)}")
            except DownloadError as error:
                offline = error if error.is_offline else None
                accepted = f"{wanted.entry}, {wanted.entry}.gz or {wanted.archive.name}"
                files.missing[name] = (
                    f"found none in {_or(files.folders)} ({accepted}), and could not download them ({error.failures})"
                )
                continue
            found = _locate_vectors_in((download_folder,), name)
        if found is None:
            what = f"the downloaded archive has no {wanted.entry}"
            raise UserError(what, str(download_folder), "report this as a bug")
        files.vectors[name] = found
        files.notes.append(f"vectors {name}: {found}")


def _or(folders: Sequence[Path]) -> str:
    return " or ".join(map(str, folders))


def _locate_vectors_in(folders: Sequence[Path], name: str) -> DataFile | None:
    for folder in folders:
        found = locate_vectors(name, folder) if folder.exists() else None
        if found is not None:
            return found
    return None


def _demo_files(vectors: Collection[str], demo: Path, notes: list[str]) -> DataFiles:
    tweets = locate_tweets(demo)
    if tweets is None:
        what = f"the demo corpus has no {TRAIN_FILE}"
        raise UserError(what, str(demo), "delete that folder; it will be written again")
    notes.append(f"using the demo corpus (synthetic tweets): {demo}")
    folder = _folder_of(demo)
    fitting = {name: vector_file(name).dimension == VECTOR_DIMENSION for name in vectors}
    why = f"those of the demo corpus have {VECTOR_DIMENSION} dimensions"
    missing = {name: why for name, fits in fitting.items() if not fits}
    found = {name: DataFile(folder / VECTOR_FILE) for name, fits in fitting.items() if fits}
    return DataFiles("demo", tweets, found, missing, (folder,), notes)


def replace_missing_vectors(experiment: Experiment, files: DataFiles) -> Experiment:
    """Replace the vectors that were not found by word2vec vectors of the same dimension, fitted on the tweets.

    Args:
        experiment: the experiment.
        files: the files that were found. A notice is added for each missing vector file.

    Returns:
        The experiment that can be run with these files.
    """
    for name, why in files.missing.items():
        concerned = [member.name for member in experiment.members if _starts_from(member, name)]
        other, starts = f"word2vec.{vector_file(name).dimension}d", "starts" if len(concerned) == 1 else "start"
        archive = vector_file(name).archive.name
        remedy = f"; to use {name}, put {archive} there and type the same command again"
        files.notices.append(
            f"no vectors {name}: {', '.join(concerned)} {starts} from {other} instead, which are fitted on the tweets; "
            f"{why}{remedy if files.source == 'real' else ''}"
        )
        members = (
            _with_vectors(member, name, other) if member.name in concerned else member for member in experiment.members
        )
        experiment = replace(experiment, members=tuple(members))
    return experiment


def _starts_from(member: Member, name: str) -> bool:
    return member.vectors is not None and name in member.vectors.files


def _with_vectors(member: Member, name: str, other: str) -> Member:
    """Replace vectors of this name by others, which a member may have already."""
    assert member.vectors is not None
    parts = dict.fromkeys(other if part == name else part for part in member.vectors.parts)
    return replace(member, vectors=replace(member.vectors, source="+".join(parts)))
