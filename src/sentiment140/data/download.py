"""Download files whole and checked, or not at all.

A file appears under its final name only after its size and checksum have been checked. `transfer` fetches the bytes.
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

from sentiment140.data.responses import (
    MirrorError,
    NoRangesError,
    TransientError,
    chunks_of,
    is_requested_range,
    validator_of,
)
from sentiment140.data.sources import RemoteFile, VectorFile
from sentiment140.data.transfer import CHUNK, ByteRange, Mirrors, with_retries
from sentiment140.runs.files import atomic_path

_ENCRYPTED = 0x1  # bit of the flags of a zip entry
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a zip entry: signature, length of its name, length of its extra field
_GZIP_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # deflate, no name, no time, unknown system


def download(file: RemoteFile, target: Path, *, session: requests.Session | None = None) -> Path:
    """Download a file from the first mirror that works; an interrupted download is resumed.

    Args:
        file: the file to download. Its size and SHA-256 are checked if they are known.
        target: the final path; its folder is created.
        session: the session for all requests. None for one with the defaults of requests: proxies are read from the
            environment, and certificates are verified.

    Returns:
        `target`.

    Raises:
        DownloadError: every mirror failed; the message states the reason for each.
        UserError: the disk is full or cannot be written.
    """
    mirrors = Mirrors(file, target, session)

    def fetch(url: str) -> Path:
        mirrors.fetch_checked(ByteRange(url, file.size), lambda: _check_file(mirrors.part, file))
        mirrors.part.replace(target)
        mirrors.delete_part()
        return target

    return mirrors.from_first_working(fetch)


def download_entry(vectors: VectorFile, folder: Path, *, session: requests.Session | None = None) -> Path:
    """Download word vectors; if the server allows it, only their entry of the published zip is transferred.

    The compressed bytes of the entry are fetched with range requests and stored as `<folder>/<entry>.gz`, because zip
    and gzip both use deflate. If no mirror supports range requests, the whole archive is downloaded to
    `<folder>/<archive>`.

    Args:
        vectors: the vectors to download. The CRC of the entry is always checked, its size and SHA-256 if they are
            known.
        folder: the folder to write to; it is created.
        session: as in `download`.

    Returns:
        The gzip file or the archive.

    Raises:
        DownloadError: every mirror failed; the message states the reason for each.
        UserError: the disk is full or cannot be written.
    """
    target = folder / f"{vectors.entry}.gz"
    mirrors = Mirrors(vectors.archive, target, session)

    def fetch(url: str) -> Path:
        entry, deflated = with_retries(lambda: _find_remote_entry(_RemoteFileReader(mirrors, url), vectors))

        def write_gzip() -> None:
            with atomic_path(target) as temporary:
                _write_gzip(mirrors.part, temporary, entry, vectors)

        mirrors.fetch_checked(deflated, write_gzip)
        mirrors.delete_part()
        return target

    try:
        return mirrors.from_first_working(fetch)
    except NoRangesError:
        return download(vectors.archive, folder / vectors.archive.name, session=session)


class _RemoteFileReader(io.RawIOBase):
    """A seekable file on a server, read with range requests, so that `zipfile` can read its directory.

    Raises:
        NoRangesError: the server does not support range requests.
        MirrorError: the file has another size than expected.
    """

    def __init__(self, mirrors: Mirrors, url: str) -> None:
        self.mirrors, self.url, self._position = mirrors, url, 0
        with mirrors.get(url, {"Range": "bytes=0-0"}) as response:
            total = re.fullmatch(r"bytes 0-0/(\d+)", response.headers.get("Content-Range", ""))
            if response.status_code != 206 or total is None:
                raise NoRangesError("does not support range requests")
            self.size, self.validator = int(total[1]), validator_of(response)
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

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Buffer is new in Python 3.12
        count = min(len(buffer), self.size - self._position)
        if count <= 0:
            return 0
        headers = {"Range": f"bytes={self._position}-{self._position + count - 1}"}
        with self.mirrors.get(self.url, headers) as response:
            if not is_requested_range(response, self._position, self.validator):
                raise TransientError("sent another byte range than requested")
            content = b""
            for chunk in chunks_of(response, count):
                content += chunk
                if len(content) >= count:
                    break
        if len(content) < count:
            raise TransientError("closed the connection early")
        buffer[:count] = content[:count]
        self._position += count
        return count


def _find_remote_entry(remote: _RemoteFileReader, vectors: VectorFile) -> tuple[zipfile.ZipInfo, ByteRange]:
    """Look the vectors up in the directory of a remote zip.

    Returns:
        (info, byte range): the directory's record of the entry, and the range of its deflated bytes in the zip.

    Raises:
        NoRangesError: the entry is not deflated, so its bytes cannot become a gzip file.
        MirrorError: the zip is damaged or encrypted, or does not contain the expected file.
    """
    file = cast(BinaryIO, io.BufferedReader(remote, CHUNK))
    try:
        entry = zipfile.ZipFile(file).getinfo(vectors.entry)
        file.seek(entry.header_offset)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        if signature != b"PK\x03\x04":
            raise zipfile.BadZipFile("no local header")
    except (zipfile.BadZipFile, struct.error, ValueError) as error:
        raise MirrorError(f"has a damaged {vectors.archive.name}") from error
    except KeyError as error:
        raise MirrorError(f"has no {vectors.entry} in {vectors.archive.name}") from error
    if entry.flag_bits & _ENCRYPTED:
        raise MirrorError(f"has an encrypted {vectors.archive.name}")
    if vectors.size not in (None, entry.file_size):
        raise MirrorError(f"has a {vectors.entry} of {entry.file_size:,} bytes instead of {vectors.size:,}")
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise NoRangesError(f"has {vectors.entry} with zip method {entry.compress_type} instead of deflate")
    start = entry.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    if start + entry.compress_size > remote.size:
        raise MirrorError(f"has a damaged {vectors.archive.name}")
    return entry, ByteRange(remote.url, entry.compress_size, start, remote.validator)


def _write_gzip(deflated: Path, target: Path, entry: zipfile.ZipInfo, vectors: VectorFile) -> None:
    """Write deflated bytes as a gzip file, and unpack them at the same time to check them.

    Args:
        deflated: the file with the entry's deflated bytes.
        target: the gzip file to write.
        entry: the zip's record of the entry, with its CRC and size.
        vectors: the expected SHA-256.

    Raises:
        MirrorError: the bytes are damaged, or the SHA-256 is wrong.
    """
    inflater, digest, crc, size = zlib.decompressobj(-zlib.MAX_WBITS), hashlib.sha256(), 0, 0
    with deflated.open("rb") as source, target.open("wb") as sink:
        sink.write(_GZIP_HEADER)
        while chunk := source.read(CHUNK):
            try:
                content = inflater.decompress(chunk)
            except zlib.error as error:
                raise MirrorError(f"sent damaged data for {vectors.entry}") from error
            crc, size = zlib.crc32(content, crc), size + len(content)
            if size > entry.file_size:  # before it unpacks to much more
                raise MirrorError(f"sent damaged data for {vectors.entry}")
            digest.update(content)
            sink.write(chunk)
        sink.write(struct.pack("<LL", crc, size & 0xFFFFFFFF))
    if not inflater.eof or (crc, size) != (entry.CRC, entry.file_size):
        raise MirrorError(f"sent damaged data for {vectors.entry}")
    _check_sha256(vectors.entry, digest.hexdigest(), vectors.sha256)


def _check_file(part: Path, file: RemoteFile) -> None:
    """Check the size and the SHA-256 of a downloaded file, and flush it to the disk."""
    size = part.stat().st_size
    if file.size not in (None, size):
        raise MirrorError(f"sent {size:,} bytes instead of {file.size:,}")
    with part.open("rb+") as content:
        _check_sha256(file.name, hashlib.file_digest(content, "sha256").hexdigest(), file.sha256)
        os.fsync(content.fileno())


def _check_sha256(name: str, actual: str, expected: str | None) -> None:
    if expected not in (None, actual):
        raise MirrorError(f"sent a {name} with the wrong SHA-256 {actual}")
