"""A data file on this machine: plain, gzipped, or an entry of a zip, read as a stream."""

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sentiment140.errors import UserError

_ENCRYPTED = 0x1


@dataclass(frozen=True)
class DataFile:
    """A file found on this machine: plain, `.gz`, or one entry of a zip."""

    path: Path
    entry: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.entry is None else f"{self.path} ({self.entry})"

    def open(self) -> BinaryIO:
        """Gives the content as a stream, to be used in a `with`; nothing is extracted to disk.

        Raises:
            UserError: the file cannot be opened, is encrypted, or proves damaged; also while it is being read.
        """
        with _damage_named(self):
            return cast(BinaryIO, io.BufferedReader(_CheckedStream(self._unpacked(), self), buffer_size=1 << 18))

    def _unpacked(self) -> BinaryIO:
        if self.entry is not None:
            with zipfile.ZipFile(self.path) as archive:  # the stream keeps the file open as long as it needs it
                if archive.getinfo(self.entry).flag_bits & _ENCRYPTED:
                    raise UserError(
                        "the archive is encrypted", str(self), "unpack it and put the bare file in its place"
                    )
                return cast(BinaryIO, archive.open(self.entry))
        if self.path.suffix == ".gz":
            return cast(BinaryIO, gzip.open(self.path))
        return self.path.open("rb")


_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, KeyError)
_MOST_UNPACKED = 100  # times its size; tweets and vectors are packed to a half or a third
_SMALL = 2**20


class _damage_named:  # noqa: N801 - reads as a statement: `with _damage_named(file):`
    """Turns what the unpackers raise at a bad file into a UserError. A class, as it is entered once a block read."""

    def __init__(self, file: DataFile) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, _DAMAGE):
            raise UserError("the archive is damaged", str(self._file), "delete it and fetch it again") from error
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            raise UserError("cannot read the file", str(self._file), reason) from error


class _CheckedStream(io.RawIOBase):
    """A stream whose damage, which unpackers notice only on the way, is told in the user's terms."""

    def __init__(self, stream: BinaryIO, file: DataFile) -> None:
        self._stream, self._file = stream, file
        self._damage_named = _damage_named(file)
        self._left = _MOST_UNPACKED * max(file.path.stat().st_size, _SMALL)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Buffer has a name from 3.12 on
        with self._damage_named:
            count = cast(io.BufferedIOBase, self._stream).readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise UserError("far more is packed into it than any text has", str(self._file), "fetch it again")
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def entry_of(path: Path, wanted: str) -> DataFile | None:
    """The file of this name in a zip, in whichever folder; None if there is none.

    Raises:
        UserError: the zip is damaged, or holds two files of this name.
    """
    with _damage_named(DataFile(path)), zipfile.ZipFile(path) as archive:
        entrys = archive.namelist()
    found = next((entry for entry in entrys if PurePosixPath(entry).name == wanted), None)
    if found is None:
        return None
    if entrys.count(found) > 1:
        raise UserError(f"two files {found} in one archive", str(path), "take out the wrong one")
    return DataFile(path, found)
