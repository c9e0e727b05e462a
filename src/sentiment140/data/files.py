"""Open data files as streams: plain files, gzip files, and entries of zips."""

import gzip
import io
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sentiment140.errors import UserError

_ENCRYPTED = 0x1  # bit of the flags of a zip entry


@dataclass(frozen=True)
class DataFile:
    """A data file on this machine.

    Attributes:
        path: the file: plain, `.gz`, or a zip.
        entry: the path of the wanted entry inside a zip; None if the file is no zip.

    Examples:
        >>> str(DataFile(Path("data/archive.zip"), "tweets.csv"))
        'data/archive.zip (tweets.csv)'
    """

    path: Path
    entry: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.entry is None else f"{self.path} ({self.entry})"

    def open(self) -> BinaryIO:
        """Open the file as a stream of its unpacked bytes. Nothing is extracted to the disk.

        Returns:
            The stream, to be used in a `with` statement.

        Raises:
            UserError: the file cannot be read, is encrypted or damaged, or unpacks to more than 100 times its size
                (100 MiB for files under 1 MiB). Reading the stream may raise it as well.
        """
        with _reporting_damage(self):
            return cast(BinaryIO, io.BufferedReader(_CheckedStream(self._unpacked(), self), buffer_size=1 << 18))

    def unpacked_size(self) -> int:
        """Return the number of bytes of the file when unpacked; of a gzip file of 4 GiB or more, the remainder.

        Raises:
            UserError: the file cannot be read, or is damaged.
        """
        with _reporting_damage(self):
            if self.entry is not None:
                with zipfile.ZipFile(self.path) as archive:
                    return archive.getinfo(self.entry).file_size
            if self.path.suffix.lower() == ".gz":  # its last four bytes are the size modulo 2**32
                with self.path.open("rb") as stream:
                    stream.seek(-4, os.SEEK_END)
                    return int.from_bytes(stream.read(4), "little")
            return self.path.stat().st_size

    def _unpacked(self) -> BinaryIO:
        if self.entry is not None:
            with zipfile.ZipFile(self.path) as archive:  # the stream keeps the file open as long as it needs it
                if archive.getinfo(self.entry).flag_bits & _ENCRYPTED:
                    raise UserError(
                        "the archive is encrypted", str(self), "unpack it and put the unpacked file in its place"
                    )
                return cast(BinaryIO, archive.open(self.entry))
        if self.path.suffix.lower() == ".gz":
            return cast(BinaryIO, gzip.open(self.path))
        return self.path.open("rb")


# What the standard library raises for a bad archive. NotImplementedError: a changed byte names a compression that does
# not exist. KeyError: the directory at the end of a zip lacks the entry.
_DAMAGE_ERRORS = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, KeyError)
_MAX_EXPANSION = 100  # unpacked size / packed size; real tweets and vectors reach 2 to 3
_MIN_PACKED_SIZE = 2**20  # bytes; smaller files count as this large, as they may be well compressible


class _reporting_damage:  # noqa: N801 - reads as a statement: `with _reporting_damage(file):`
    """Turn the errors that unpacking a bad file raises into a `UserError`.

    This is a class because a generator-based context manager, which is slower, would be created for each block read.
    """

    def __init__(self, file: DataFile) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, error_type: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, _DAMAGE_ERRORS):
            raise UserError("the archive is damaged", str(self._file), "delete it and download it again") from error
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            remedy = "check that it exists and that you may read it"
            raise UserError(f"cannot read the file: {reason}", str(self._file), remedy) from error


class _CheckedStream(io.RawIOBase):
    """A stream that reports damage, which may appear only while it is read, and stops at a zip bomb."""

    def __init__(self, stream: BinaryIO, file: DataFile) -> None:
        self._stream, self._file = stream, file
        self._reporting_damage = _reporting_damage(file)
        self._size = file.path.stat().st_size
        self._limit = _MAX_EXPANSION * max(self._size, _MIN_PACKED_SIZE)
        self._remaining = self._limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Buffer is new in Python 3.12
        with self._reporting_damage:
            count = cast(io.BufferedIOBase, self._stream).readinto(buffer)
        self._remaining -= count
        if self._remaining < 0:
            ratio = f"the file unpacks to more than {self._limit // max(self._size, 1):,} times its size"
            allowed = f"{_MAX_EXPANSION} times, or {_MAX_EXPANSION * _MIN_PACKED_SIZE >> 20} MiB for a small file"
            raise UserError(f"{ratio} (limit: {allowed})", str(self._file), "delete it and download it again")
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def find_entry(path: Path, name: str) -> DataFile | None:
    """Find a file in a zip, in whichever of its folders.

    Args:
        path: the zip.
        name: the name of the file, without a folder.

    Returns:
        The first entry of this name; None if there is none.

    Raises:
        UserError: the zip is damaged, or two of its entries have the same path.
    """
    entries = list_entries(path)
    found = next((entry for entry in entries if PurePosixPath(entry).name == name), None)
    if found is None:
        return None
    if entries.count(found) > 1:
        what = f"{found} occurs {entries.count(found)} times in one archive"
        raise UserError(what, str(path), "remove the wrong ones")
    return DataFile(path, found)


def list_entries(path: Path) -> list[str]:
    """List the paths of all entries of a zip.

    Raises:
        UserError: the zip is damaged.
    """
    with _reporting_damage(DataFile(path)), zipfile.ZipFile(path) as archive:
        return archive.namelist()
