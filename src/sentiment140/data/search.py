"""Search a folder and its subfolders for tweets and vectors, by the names of files or the first rows of CSV files."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO, TextIOWrapper
from pathlib import Path, PurePosixPath

from sentiment140.data.files import DataFile, find_entry, list_entries
from sentiment140.data.layout import LayoutError, check_head, rows_of
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE, TWEETS, vector_file
from sentiment140.errors import UserError

DEMO_MARKER = "demo.json"
"""A folder with a file of this name holds the synthetic demo corpus, not Sentiment140."""

_ARCHIVES = (f"{Path(TWEETS.name).stem}*.zip", "archive*.zip", "sentiment140*.zip")  # the last two are Kaggle's names
ACCEPTED = f"{', '.join(_ARCHIVES)} or {TRAIN_FILE}[.gz]"
"""The names of the files of training tweets."""

_MAX_FOLDERS = 10_000  # that are searched, so that `--data /` ends
_MAX_FILES = 200  # that are looked into
_HEAD = 2**16  # bytes of a file that are looked at: 500 tweets


@dataclass(frozen=True)
class TweetFiles:
    """The files of tweets.

    Attributes:
        train: the training tweets.
        test: the test tweets; None if they were not found.
        unused: further files of tweets, found by their content.
    """

    train: DataFile
    test: DataFile | None = None
    unused: tuple[DataFile, ...] = ()


@dataclass(frozen=True)
class LookedInto:
    """A CSV file that was looked into.

    Attributes:
        file: the file.
        size: its number of bytes, unpacked.
        problem: why it does not hold tweets in Sentiment140's columns; empty if it does.
        has_neutral: whether some of its first tweets are neutral, as in the hand-labeled test tweets only.
    """

    file: DataFile
    size: int = 0
    problem: str = ""
    has_neutral: bool = False


def locate_tweets(folder: Path) -> TweetFiles | None:
    """Search a folder for the tweets, by their published names and else by the content of CSV files.

    A folder is searched before its subfolders, and these before theirs, each in the order of their names. In each
    folder, the first of these is used: `trainingandtestdata*.zip`, `archive*.zip` or `sentiment140*.zip` (both are
    Kaggle's names), the CSV file, the CSV file with `.gz`. The hand-labeled tweets are taken from the zip with the
    training tweets; if it has none, they are searched in the same way.

    If there is no such file, the CSV files `*.csv` and `*.csv.gz`, and those in zips, are looked into. Those with the
    six columns of Sentiment140 are files of tweets (data/layout.py): the largest one without neutral tweets is the
    training file, the largest one with neutral tweets holds the hand-labeled tweets.

    Args:
        folder: the folder; or a single file of any name.

    Returns:
        The files; None if there are no training tweets.

    Raises:
        UserError: no tweets were found, but a zip that might contain them is damaged.
    """
    try:
        train = _find_by_name(folder, TRAIN_FILE, (*_ARCHIVES, TRAIN_FILE, TRAIN_FILE + ".gz"))
    except UserError:
        found = _locate_by_content(folder)
        if found is None:
            raise
        return found
    if train is None:
        return _locate_by_content(folder)
    test = _find_by_name(train.path, TEST_FILE, ()) if train.entry is not None else None
    if test is None:
        patterns = (*_ARCHIVES, TEST_FILE, TEST_FILE + ".gz")
        test = _find_by_name(train.path.parent if folder.is_file() else folder, TEST_FILE, patterns)
    return TweetFiles(train, test)


def _locate_by_content(folder: Path) -> TweetFiles | None:
    found = [looked for looked in look_into_csv_files(folder) if not looked.problem]
    found.sort(key=lambda looked: -looked.size)  # stable: of two files of the same size, the first found is used
    train = next((looked.file for looked in found if not looked.has_neutral), None)
    if train is None:
        return None
    test = next((looked.file for looked in found if looked.has_neutral), None)
    return TweetFiles(train, test, tuple(looked.file for looked in found if looked.file not in (train, test)))


def locate_test_tweets(path: Path) -> DataFile:
    """Check the file of test tweets that the user gave.

    Args:
        path: the CSV file, gzipped or not, or a zip with one CSV file in it.

    Raises:
        UserError: there is no such file, or it has no test tweets.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise UserError(what, f"--test {path}", "give a CSV file with the columns id,text")
    found = csv_files_of(path) if path.suffix.lower() == ".zip" else [DataFile(path)]
    if len(found) != 1:
        what = f"{len(found)} CSV files in the zip of test tweets"
        raise UserError(what, f"--test {path}", "unpack the right one and give its path")
    from sentiment140.data.read import check_test_tweets  # imports pandas, which is not needed to find a file

    check_test_tweets(found[0])
    return found[0]


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
    return _find_by_name(
        folder, vectors.entry, (vectors.entry, vectors.entry + ".gz", vectors.archive.name, "glove*.zip")
    )


def _find_by_name(folder: Path, name: str, patterns: Iterable[str]) -> DataFile | None:
    """Find the first file that matches a pattern and is not a zip, or is a zip with a file called `name` in it.

    A folder is searched before its subfolders, and these before theirs, each in the order of their names. In each
    folder, the patterns are tried in their order.

    Args:
        folder: the folder; or a single file, which need not match.
        name: the name of the wanted file in a zip.
        patterns: patterns such as "archive*.zip", the best first.

    Returns:
        The file; None if there is none.

    Raises:
        UserError: no file was found, but a zip that might contain it is damaged.
    """
    damage = None
    for path in _candidates(folder, patterns):
        if path.suffix.lower() != ".zip":
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


def look_into_csv_files(folder: Path) -> list[LookedInto]:
    """Look into the CSV files of a folder and its subfolders, to find those with tweets.

    Only the beginning of each file is read, and only the first 200 files.

    Args:
        folder: the folder; or a single zip.

    Returns:
        The files `*.csv` and `*.csv.gz` and those in zips, in the order in which `_find_by_name` searches. A zip that
        cannot be read is listed as a file with a problem.
    """
    found: list[LookedInto] = []
    for files in _files_by_folder(folder):
        for path in files:
            try:
                candidates = csv_files_of(path)
            except UserError:
                found.append(LookedInto(DataFile(path), problem="damaged"))
                continue
            for file in candidates:
                if len(found) == _MAX_FILES:
                    return found
                found.append(_look_into(file))
    return found


def csv_files_of(path: Path) -> list[DataFile]:
    """List the CSV files that a file is or, being a zip, has in it.

    Args:
        path: the file.

    Raises:
        UserError: the zip is damaged.
    """
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return [DataFile(path)]
    entries = list_entries(path) if name.endswith(".zip") else []
    # "._tweets.csv" is not a table: macOS adds it to the zips that it makes, beside "tweets.csv".
    names = (entry for entry in entries if not PurePosixPath(entry).name.startswith("._"))
    return [DataFile(path, entry) for entry in names if entry.lower().endswith(".csv")]


def _look_into(file: DataFile) -> LookedInto:
    try:
        with file.open() as stream:
            head = stream.read(_HEAD)
        has_neutral = check_head(_first_rows(head))
    except LayoutError as error:
        return LookedInto(file, problem=str(error))
    except UserError:
        return LookedInto(file, problem="cannot be read")
    return LookedInto(file, file.unpacked_size(), has_neutral=has_neutral)


def _first_rows(head: bytes) -> list[tuple[int, list[str], str]]:
    """Read the rows of the beginning of a file; the last one may be cut off."""
    rows = list(rows_of(TextIOWrapper(BytesIO(head), "utf-8-sig", "replace", newline="")))
    return rows[:-1] if len(head) == _HEAD and len(rows) > 1 else rows


def _candidates(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    """Yield the files that match a pattern, ordered by depth, then by folder, by pattern and by name."""
    if folder.is_file():
        yield folder
        return
    for files in _files_by_folder(folder):
        for pattern in patterns:
            yield from (path for path in files if fnmatchcase(path.name, pattern))


def _files_by_folder(folder: Path) -> Iterator[list[Path]]:
    """Yield the files of the folder, then of each subfolder, sorted by name. A single file counts as a folder."""
    if folder.is_file():
        yield [folder]
        return
    places, seen = deque([folder]), {folder.resolve()}
    while places:
        content = _sorted_content(places.popleft())
        yield [path for path in content if path.is_file()]
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
