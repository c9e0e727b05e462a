"""Files from the network: whole and checked, or not at all.

The final name appears only when size and checksum are right; how the bytes get here is `transfer`'s.
"""

import hashlib
import io
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import requests

from sentiment140.data.sources import RemoteFile, VectorFile
from sentiment140.data.transfer import (
    CHUNK,
    MirrorError,
    Mirrors,
    NoRangesError,
    Piece,
    TransientError,
    is_range,
    patiently,
    version_of,
)
from sentiment140.runs.files import atomic_path

_ENCRYPTED = 0x1
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a zip entry: signature, length of its name, length of its extra field
_GZIP_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # deflate, no name, no time, unknown system


def download(file: RemoteFile, target: Path, *, session: requests.Session | None = None) -> Path:
    """Gives `target`, downloaded from the first mirror that delivers; an earlier, broken download is continued.

    Args:
        file: what to fetch; size and SHA-256 are checked where they are known.
        target: the final name; its folder is made.
        session: if None, one with the defaults of requests: proxies from the environment, certificates checked.

    Raises:
        DownloadError: every mirror failed; its line says how each did.
        UserError: the disk is full or cannot be written.
    """
    mirrors = Mirrors(file, target, session)

    def fetch(url: str) -> Path:
        mirrors.fetch_checked(Piece(url, file.size), lambda: _check_whole(mirrors.part, file))
        mirrors.part.replace(target)
        mirrors.forget()
        return target

    return mirrors.first_good(fetch)


def download_entry(vectors: VectorFile, folder: Path, *, session: requests.Session | None = None) -> Path:
    """Gives a local file that holds the vectors; of the published zip only their part is downloaded where possible.

    The entry's deflated bytes are fetched by ranges and become `<folder>/<entry>.gz` as they are. Where no mirror
    serves ranges, the whole archive is fetched to `<folder>/<archive>`.

    Args:
        vectors: what to fetch; the entry's CRC is checked always, its size and SHA-256 where they are known.
        folder: made if need be.
        session: as for `download`.

    Raises:
        DownloadError: every mirror failed; its line says how each did.
        UserError: the disk is full or cannot be written.
    """
    target = folder / f"{vectors.entry}.gz"
    mirrors = Mirrors(vectors.archive, target, session)

    def fetch(url: str) -> Path:
        entry, piece = patiently(lambda: _find_entry(_RangeReader(mirrors, url), vectors))

        def write_gzip() -> None:
            with atomic_path(target) as temporary:
                _write_gzip(mirrors.part, temporary, entry, vectors)

        mirrors.fetch_checked(piece, write_gzip)
        mirrors.forget()
        return target

    try:
        return mirrors.first_good(fetch)
    except NoRangesError:
        return download(vectors.archive, folder / vectors.archive.name, session=session)


class _RangeReader(io.RawIOBase):
    """A file on a server, read by ranges as if it lay here, for `zipfile`."""

    def __init__(self, mirrors: Mirrors, url: str) -> None:
        self.mirrors, self.url, self._position = mirrors, url, 0
        with mirrors.answer(url, {"Range": "bytes=0-0"}) as response:
            total = re.fullmatch(r"bytes 0-0/(\d+)", response.headers.get("Content-Range", ""))
            if response.status_code != 206 or total is None:
                raise NoRangesError("serves no ranges")
            self.size, self.validator = int(total[1]), version_of(response)
        if mirrors.file.size not in (None, self.size):
            raise MirrorError(f"has a file of {self.size:,} bytes instead of {mirrors.file.size:,}")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Buffer has a name from 3.12 on
        count = min(len(buffer), self.size - self._position)
        if count <= 0:
            return 0
        asked = {"Range": f"bytes={self._position}-{self._position + count - 1}"}
        with self.mirrors.answer(self.url, asked) as response:
            if not is_range(response, self._position, self.validator):
                raise TransientError("does not send the range it was asked for")
            content = next(response.iter_content(count), b"")
        if len(content) != count:
            raise TransientError("broke the connection off")
        buffer[:count] = content
        self._position += count
        return count


def _find_entry(remote: _RangeReader, vectors: VectorFile) -> tuple[zipfile.ZipInfo, Piece]:
    """Gives the entry's entry in the zip's directory, and where its deflated bytes lie."""
    file = cast(BinaryIO, io.BufferedReader(remote, CHUNK))
    try:
        entry = zipfile.ZipFile(file).getinfo(vectors.entry)
        file.seek(entry.header_offset)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        if signature != b"PK\x03\x04":
            raise zipfile.BadZipFile("no local header")
    except (zipfile.BadZipFile, struct.error, ValueError) as error:
        raise MirrorError("has a damaged zip") from error
    except KeyError as error:
        raise MirrorError(f"has a zip without {vectors.entry}") from error
    if entry.flag_bits & _ENCRYPTED:
        raise MirrorError("has an encrypted zip")
    if vectors.size not in (None, entry.file_size):
        raise MirrorError(f"has a {vectors.entry} of {entry.file_size:,} bytes instead of {vectors.size:,}")
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise NoRangesError("has the entry in a form that is no gzip")
    start = entry.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    return entry, Piece(remote.url, entry.compress_size, start, remote.validator)


def _write_gzip(deflated: Path, target: Path, entry: zipfile.ZipInfo, vectors: VectorFile) -> None:
    """Puts a gzip header and trailer around deflated bytes, unpacking them on the way to see that they are right."""
    inflater, digest, crc, size = zlib.decompressobj(-zlib.MAX_WBITS), hashlib.sha256(), 0, 0
    with deflated.open("rb") as source, target.open("wb") as sink:
        sink.write(_GZIP_HEADER)
        while chunk := source.read(CHUNK):
            try:
                content = inflater.decompress(chunk)
            except zlib.error as error:
                raise MirrorError("sent damaged bytes") from error
            crc, size = zlib.crc32(content, crc), size + len(content)
            digest.update(content)
            sink.write(chunk)
        sink.write(struct.pack("<LL", crc, size & 0xFFFFFFFF))
    if not inflater.eof or (crc, size) != (entry.CRC, entry.file_size):
        raise MirrorError("sent damaged bytes")
    if vectors.sha256 not in (None, digest.hexdigest()):
        raise MirrorError("sent a file with the wrong SHA-256")


def _check_whole(part: Path, file: RemoteFile) -> None:
    size = part.stat().st_size
    if file.size not in (None, size):
        raise MirrorError(f"sent {size:,} bytes instead of {file.size:,}")
    with part.open("rb+") as content:
        if file.sha256 not in (None, hashlib.file_digest(content, "sha256").hexdigest()):
            raise MirrorError("sent a file with the wrong SHA-256")
        os.fsync(content.fileno())
