"""Search a folder and its subfolders for tweets and vectors, by the names of files or the first rows of CSV files."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from sentiment140.data.files import DataFile, find_entry, list_entries
from sentiment140.data.layout import NO_MAPPING, LayoutError, check_head
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.rows import head_rows
from sentiment140.data.sources import SEMEVAL_FILE, TEST_FILE, TRAIN_FILE, TWEETS, vector_file
from sentiment140.errors import UserError

DEMO_MARKER = "demo.json"
"""A folder with a file of this name holds the synthetic demo corpus, not Sentiment140."""

_ARCHIVES = (f"{Path(TWEETS.name).stem}*.zip", "archive*.zip", "sentiment140*.zip")  # the last two are Kaggle's names
ACCEPTED = f"{', '.join(_ARCHIVES)} or {TRAIN_FILE}[.gz]"
"""The names of the files of training tweets."""

_MAX_FOLDERS = 10_000  # that are searched, so that `--data /` ends
_MAX_FILES = 200  # that are looked into
_PLAIN = (".csv", ".tsv", ".jsonl", ".parquet")
_ENDINGS = (*_PLAIN, *(f"{ending}.gz" for ending in _PLAIN))  # of the files that are looked into


@dataclass(frozen=True)
class TweetFiles:
    """The files of tweets.

    Attributes:
        train: the training tweets.
        test: the test tweets; None if they were not found.
        unused: further files of tweets, found by their content.
        semeval: SemEval's tweets, labeled by people, which only score the models; None if they were not found.
        mapping: the columns and labels that the user named.
    """

    train: DataFile
    test: DataFile | None = None
    unused: tuple[DataFile, ...] = ()
    semeval: Path | None = None
    mapping: ColumnMapping = NO_MAPPING


@dataclass(frozen=True)
class LookedInto:
    """A file that was looked into.

    Attributes:
        file: the file.
        size: its number of bytes, unpacked.
        problem: why it does not hold tweets; empty if it does.
        missing: the columns of Sentiment140 that it lacks.
        has_neutral: whether some of its first tweets are neutral, as in the hand-labeled test tweets only.
    """

    file: DataFile
    size: int = 0
    problem: str = ""
    missing: tuple[str, ...] = ()
    has_neutral: bool = False


def locate_tweets(
    folder: Path, mapping: ColumnMapping = NO_MAPPING, *, may_lack_columns: bool = False
) -> TweetFiles | None:
    """Search a folder for the tweets, by their published names and else by the content of files.

    A folder is searched before its subfolders, and these before theirs, each in the order of their names. In each
    folder, the first of these is used: `trainingandtestdata*.zip`, `archive*.zip` or `sentiment140*.zip` (both are
    Kaggle's names), the CSV file, the CSV file with `.gz`. The hand-labeled tweets are taken from the zip with the
    training tweets; if it has none, they are searched in the same way.

    If there is no such file, those in CSV, TSV, JSON Lines and Parquet, and those in zips, are looked into. Those with
    the six columns of Sentiment140 are files of tweets (data/layout.py): the largest one without neutral tweets is the
    training file, the largest one with neutral tweets holds the hand-labeled tweets.

    Args:
        folder: the folder; or a single file of any name.
        mapping: the columns and labels that the user named.
        may_lack_columns: whether a file with only some of the six columns, label and text among them, is taken if no
            file has all of them.

    Returns:
        The files; None if there are no training tweets.

    Raises:
        UserError: no tweets were found, but a zip that might contain them is damaged.
    """
    try:
        train = _find_by_name(folder, TRAIN_FILE, (*_ARCHIVES, TRAIN_FILE, TRAIN_FILE + ".gz"))
    except UserError:
        found = _locate_by_content(folder, mapping, may_lack_columns)
        if found is None:
            raise
        return found
    if train is None:
        return _locate_by_content(folder, mapping, may_lack_columns)
    test = _find_by_name(train.path, TEST_FILE, ()) if train.entry is not None else None
    if test is None:
        patterns = (*_ARCHIVES, TEST_FILE, TEST_FILE + ".gz")
        test = _find_by_name(train.path.parent if folder.is_file() else folder, TEST_FILE, patterns)
    return TweetFiles(train, test, mapping=mapping)


def _locate_by_content(folder: Path, mapping: ColumnMapping, may_lack_columns: bool) -> TweetFiles | None:
    looked_into = look_into_files(folder, mapping, may_lack_columns=may_lack_columns)
    found = [looked for looked in looked_into if not looked.problem]
    # Stable: of two files of the same size, the first found is used.
    found.sort(key=lambda looked: (bool(looked.missing), -looked.size))
    train = next((looked.file for looked in found if not looked.has_neutral), None)
    if train is None:
        return None
    test = next((looked.file for looked in found if looked.has_neutral), None)
    unused = tuple(looked.file for looked in found if looked.file not in (train, test))
    return TweetFiles(train, test, unused, mapping=mapping)


def locate_semeval(folder: Path) -> Path | None:
    """Search a folder and its subfolders for SemEval's tweets, `semeval.csv`; None if they are not there."""
    found = _find_by_name(folder, SEMEVAL_FILE, (SEMEVAL_FILE,)) if folder.is_dir() else None
    return None if found is None else found.path


def locate_test_tweets(path: Path, mapping: ColumnMapping = NO_MAPPING) -> DataFile:
    """Check the file of test tweets that the user gave.

    Args:
        path: the file, gzipped or not, or a zip with one CSV file in it.
        mapping: the columns that the user named.

    Raises:
        UserError: there is no such file, or it has no test tweets.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise UserError(what, f"--test {path}", "give a CSV file with the columns id,text")
    found = files_of(path) if path.suffix.lower() == ".zip" else [DataFile(path)]
    if len(found) != 1:
        what = f"{len(found)} CSV files in the zip of test tweets"
        raise UserError(what, f"--test {path}", "unpack the right one and give its path")
    from sentiment140.data.read_unlabeled import check_test_tweets  # imports pandas, which is not needed to find a file

    check_test_tweets(found[0], mapping)
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


def look_into_files(
    folder: Path, mapping: ColumnMapping = NO_MAPPING, *, may_lack_columns: bool = False
) -> list[LookedInto]:
    """Look into the CSV, TSV, JSON Lines and Parquet files of a folder and its subfolders, to find those with tweets.

    Only the beginning of each file is read, and only the first 200 files.

    Args:
        folder: the folder; or a single zip.
        mapping: the columns and labels that the user named.
        may_lack_columns: see `locate_tweets`.

    Returns:
        The files and those in zips, in the order in which `_find_by_name` searches. A zip that
        cannot be read is listed as a file with a problem.
    """
    found: list[LookedInto] = []
    for files in _files_by_folder(folder):
        for path in files:
            if path.name == SEMEVAL_FILE and path != folder:
                continue  # it only scores the models: see `locate_semeval`
            try:
                candidates = files_of(path)
            except UserError:
                found.append(LookedInto(DataFile(path), problem="damaged"))
                continue
            for file in candidates:
                if len(found) == _MAX_FILES:
                    return found
                looked = _look_into(file, mapping)
                if looked.missing and not may_lack_columns:
                    *others, last = looked.missing
                    what = f"no column {', '.join(others)}{' or ' if others else ''}{last}"
                    looked = replace(looked, problem=f"{what} (give the path of the file if that is right)")
                found.append(looked)
    return found


def files_of(path: Path) -> list[DataFile]:
    """List the CSV, TSV, JSON Lines and Parquet files that a file is or, being a zip, has in it.

    Args:
        path: the file.

    Raises:
        UserError: the zip is damaged.
    """
    name = path.name.lower()
    if name.endswith(_ENDINGS):
        return [DataFile(path)]
    entries = list_entries(path) if name.endswith(".zip") else []
    # "._tweets.csv" is not a table: macOS adds it to the zips that it makes, beside "tweets.csv".
    names = (entry for entry in entries if not PurePosixPath(entry).name.startswith("._"))
    return [DataFile(path, entry) for entry in names if entry.lower().endswith(_PLAIN)]


def _look_into(file: DataFile, mapping: ColumnMapping) -> LookedInto:
    try:
        rows, form = head_rows(file)
        layout, has_neutral = check_head(rows, mapping, named=form.has_names)
        return LookedInto(file, file.unpacked_size(), missing=tuple(layout.missing), has_neutral=has_neutral)
    except LayoutError as error:
        return LookedInto(file, problem=str(error))
    except UserError:
        return LookedInto(file, problem="cannot be read")


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
