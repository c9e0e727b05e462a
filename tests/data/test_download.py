"""Downloads from a real server: every fault is survived or reported, and no wrong bytes are ever kept."""

import gzip
import hashlib
import io
import json
import os
import random
import struct
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import trustme

from sentiment140.data import responses, transfer
from sentiment140.data.download import download, download_entry
from sentiment140.data.files import DataFile
from sentiment140.data.sources import VECTORS, RemoteFile, VectorFile
from sentiment140.data.transfer import DownloadError
from sentiment140.errors import UserError
from support.file_server import FileServer, free_port

BODY = random.Random(0).randbytes(300_000)
REAL = os.environ.get("SENTIMENT140_DATA")


@pytest.fixture(autouse=True)
def fast_retries(monkeypatch):
    monkeypatch.setattr(transfer, "BACKOFF", 0.0)
    monkeypatch.setattr(transfer, "CHUNK", 4096)
    monkeypatch.setattr(responses, "SPEED_PERIOD", 0.5)


@pytest.fixture
def server():
    with FileServer() as running:
        yield running


def remote(*urls, body=BODY, size=True, sha256=True):
    checksum = hashlib.sha256(body).hexdigest() if sha256 else None
    return RemoteFile("tweets.zip", urls, len(body) if size else None, checksum)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def interrupted_download(server: FileServer, target: Path, monkeypatch) -> str:
    """Interrupt a download after half of its bytes, and return its address."""
    url = server.serve("/a.zip", BODY, default_fault="cut")
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "ATTEMPTS", 1)
        with pytest.raises(DownloadError, match="closed the connection early"):
            download(remote(url), target)
    assert 0 < target.with_name("tweets.zip.part").stat().st_size <= len(BODY) // 2
    assert not target.exists()
    server.requests.clear()
    return url


def test_a_good_server_needs_one_request(server, tmp_path):
    target = tmp_path / "data" / "tweets.zip"
    assert download(remote(server.serve("/a.zip", BODY)), target) == target
    assert target.read_bytes() == BODY
    assert leftovers(target.parent) == ["tweets.zip"]
    assert [request.status for request in server.requests] == [200]


FAULTS = ["cut", "reset", "unsized", "no_ranges", "416", "503", "wrong_header", "wrong_bytes"]


@pytest.mark.parametrize(
    ("fault", "known"),  # without any size, a cut cannot be noticed
    [("cut_unsized", True), *((fault, known) for fault in FAULTS for known in (True, False))],
)
def test_one_fault_is_survived(server, tmp_path, fault, known):
    url = server.serve("/a.zip", BODY, faults=[fault])
    target = download(remote(url, size=known), tmp_path / "tweets.zip")
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("fault", ["no_ranges", "416", "wrong_header", "wrong_bytes", "reset", "cut", "503"])
def test_one_fault_while_resuming_is_survived(server, tmp_path, monkeypatch, fault):
    target = tmp_path / "tweets.zip"
    url = interrupted_download(server, target, monkeypatch)
    server.serve("/a.zip", BODY, faults=[fault])
    assert download(remote(url), target).read_bytes() == BODY
    assert leftovers(tmp_path) == ["tweets.zip"]


def test_a_stalled_download_times_out_and_is_resumed(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "READ_TIMEOUT", 1.0)
    url = server.serve("/a.zip", BODY, faults=["stall"])
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert [request.status for request in server.requests] == [200, 206]


@pytest.mark.parametrize(
    ("fault", "reported"),
    [
        ("cut", "attempts"),
        ("html", "web page"),
        ("long", "announces"),
        ("short", "announces"),
        ("loop", "too many redirects"),
        ("404", "404"),
        ("503", "503.*attempts"),
        ("416", "attempts"),
        ("cut_unsized", "attempts"),
        ("digits", "announces a size of 5,000 digits"),
        ("enormous", "announces"),
        ("invalid", "failed"),
        ("cut_header", "attempts"),
        ("endless", "sends more than the expected 300,000 bytes"),
        ("drip", "sends less than 1024 bytes per second"),
    ],
)
def test_a_bad_mirror_is_reported_and_the_next_one_used(server, tmp_path, fault, reported):
    bad = server.serve("/bad.zip", BODY, etag="", default_fault=fault)
    target = tmp_path / "tweets.zip"
    with pytest.raises(DownloadError, match=reported) as caught:
        download(remote(bad, bad), target)
    line = str(caught.value)
    assert line.count("127.0.0.1:") == 2, "the failure of each mirror is reported"
    assert "\n" not in line
    assert str(tmp_path) in line, "the remedy states where to put the file"
    assert not target.exists()
    assert download(remote(bad, server.serve("/good.zip", BODY)), target).read_bytes() == BODY


def test_headers_that_arrive_a_byte_at_a_time_are_not_waited_for(server, tmp_path, monkeypatch):
    bad = server.serve("/bad.zip", BODY, default_fault="drip_header")
    target, threads = tmp_path / "tweets.zip", set(threading.enumerate())
    monkeypatch.setattr(transfer, "HEADER_TIMEOUT", 0.3)
    with pytest.raises(DownloadError, match=r"sent no complete headers within 0\.3 s \(4 attempts\)"):
        download(remote(bad), target)
    server.closing.set()
    for thread in set(threading.enumerate()) - threads:  # those of the requests end with their connections
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize("fault", ["long", "short"])
def test_a_wrong_content_length_is_detected_without_a_known_size(server, tmp_path, fault):
    bad = server.serve("/bad.zip", BODY, default_fault=fault)
    good = server.serve("/good.zip", BODY)
    assert download(remote(bad, good, size=False), tmp_path / "tweets.zip").read_bytes() == BODY


@pytest.mark.parametrize(
    ("fault", "reported"),
    [
        ("cut_header", "sent an empty file"),
        ("digits", "announces a size of 5,000 digits"),
        ("enormous", "announces 100,000,000,000,000,000 bytes, more than the possible 1,000,000"),
        ("endless", "sends more than the possible 1,000,000 bytes"),
    ],
)
def test_a_bad_mirror_is_reported_without_a_known_size(server, tmp_path, monkeypatch, fault, reported):
    monkeypatch.setattr(transfer, "MAX_SIZE", 1_000_000)
    url = server.serve("/a.zip", BODY, default_fault=fault)
    with pytest.raises(DownloadError, match=reported):
        download(remote(url, size=False, sha256=False), tmp_path / "tweets.zip")
    assert not (tmp_path / "tweets.zip").exists()
    assert not transfer._size_of(tmp_path / "tweets.zip.part")


@pytest.mark.parametrize(("stated", "waited"), [("6", 6.0), ("60", 60.0), ("x", 0.0), ("-1", 0.0)])
def test_a_mirror_is_asked_again_when_it_says(server, tmp_path, monkeypatch, stated, waited):
    pauses: list[float] = []
    monkeypatch.setattr(transfer.time, "sleep", pauses.append)
    url = server.serve("/a.zip", BODY, faults=["429"], retry_after=stated)
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert pauses == [waited]


def test_a_mirror_that_asks_for_a_date_is_asked_then(server, tmp_path, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(transfer.time, "sleep", pauses.append)
    url = server.serve("/a.zip", BODY, faults=["503", "503"], retry_after="Thu, 01 Jan 1970 00:00:00 GMT")
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert pauses == [0.0, 0.0]


@pytest.mark.parametrize("stated", ["3600", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_mirror_that_asks_for_too_long_a_wait_is_given_up(server, tmp_path, stated):
    bad = server.serve("/bad.zip", BODY, default_fault="429", retry_after=stated)
    with pytest.raises(DownloadError, match=r"answers 429 Too Many Requests and asks to wait for \d+ s"):
        download(remote(bad), tmp_path / "tweets.zip")
    assert len(server.requests) == 1
    assert download(remote(bad, server.serve("/a.zip", BODY)), tmp_path / "tweets.zip").read_bytes() == BODY


def test_a_download_stops_once_it_is_longer_than_expected(server, tmp_path):
    url = server.serve("/a.zip", BODY * 20, default_fault="unsized")
    with pytest.raises(DownloadError, match="more than the expected"):
        download(remote(url), tmp_path / "tweets.zip")
    assert server.requests[0].status == 200
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < len(BODY)


def test_a_redirect_is_followed(server, tmp_path):
    first = server.serve("/a.zip", b"", default_fault="redirect", redirect_to="/b.zip")
    server.serve("/b.zip", BODY)
    assert download(remote(first), tmp_path / "tweets.zip").read_bytes() == BODY


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    other = server.serve("/other.zip", BODY[::-1])
    with pytest.raises(DownloadError, match="wrong SHA-256"):
        download(remote(other), tmp_path / "tweets.zip")
    assert leftovers(tmp_path) == []
    assert len(server.requests) == 1, "a second attempt would give the same bytes"
    good = server.serve("/good.zip", BODY)
    assert download(remote(other, good), tmp_path / "tweets.zip").read_bytes() == BODY


def test_an_interrupted_download_is_resumed(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = interrupted_download(server, target, monkeypatch)
    downloaded = (tmp_path / "tweets.zip.part").stat().st_size
    server.serve("/a.zip", BODY)
    assert download(remote(url), target).read_bytes() == BODY
    assert [(request.range, request.status) for request in server.requests] == [
        (f"bytes={downloaded}-{len(BODY) - 1}", 206)
    ]


def test_the_mirror_of_an_interrupted_download_is_tried_first(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    interrupted = interrupted_download(server, target, monkeypatch)
    server.serve("/a.zip", BODY)
    first = server.serve("/first.zip", BODY)
    assert download(remote(first, interrupted), target).read_bytes() == BODY
    assert [request.path for request in server.requests] == ["/a.zip"]


def test_a_download_is_not_resumed_from_another_mirror(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    interrupted_download(server, target, monkeypatch)
    assert download(remote(server.serve("/other.zip", BODY)), target).read_bytes() == BODY
    assert [request.range for request in server.requests] == [""]


def test_the_download_of_a_file_that_changed_is_restarted(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = interrupted_download(server, target, monkeypatch)
    changed = BODY[::-1]
    server.serve("/a.zip", changed, etag='"2"')
    assert download(remote(url, body=changed), target).read_bytes() == changed
    assert [request.status for request in server.requests] == [200]


@pytest.mark.parametrize(("fault", "etag"), [("shifted", '"1"'), ("wrong_header", '"1"'), ("no_if_range", '"2"')])
def test_a_wrong_byte_range_is_detected_without_a_checksum(server, tmp_path, monkeypatch, fault, etag):
    target = tmp_path / "tweets.zip"
    url = interrupted_download(server, target, monkeypatch)
    body = BODY if etag == '"1"' else BODY[::-1]
    server.serve("/a.zip", body, etag=etag, faults=[fault])
    assert download(remote(url, sha256=False), target).read_bytes() == body
    assert [request.status for request in server.requests] == [206, 200]


def test_without_a_validator_a_download_is_not_resumed(server, tmp_path):
    url = server.serve("/a.zip", BODY, etag="", faults=["cut"])
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert [request.range for request in server.requests] == ["", ""]


def test_a_download_whose_part_was_damaged_on_the_disk_is_restarted(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = interrupted_download(server, target, monkeypatch)
    part = tmp_path / "tweets.zip.part"
    part.write_bytes(bytes(part.stat().st_size))
    server.serve("/a.zip", BODY)
    assert download(remote(url), target).read_bytes() == BODY
    assert [request.status for request in server.requests] == [206, 200]


def test_a_download_with_a_damaged_record_is_restarted(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = interrupted_download(server, target, monkeypatch)
    (tmp_path / "tweets.zip.part.json").write_text('{"url": ')
    server.serve("/a.zip", BODY)
    assert download(remote(url), target).read_bytes() == BODY


def test_a_complete_part_needs_no_request(server, tmp_path):
    url = server.serve("/a.zip", BODY)
    (tmp_path / "tweets.zip.part").write_bytes(BODY)
    record = {"url": url, "size": len(BODY), "start": None, "validator": '"1"'}
    (tmp_path / "tweets.zip.part.json").write_text(json.dumps(record))
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert server.requests == []


def test_any_number_of_cuts_is_survived_as_long_as_each_attempt_makes_progress(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "MIN_PROGRESS", 1)
    url = server.serve("/a.zip", BODY, faults=["cut"] * (transfer.ATTEMPTS + 1))
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY


def test_a_server_that_always_restarts_makes_no_progress(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "MIN_PROGRESS", 100)
    url = server.serve("/a.zip", BODY, etag="", faults=["cut_early", "cut"] * transfer.ATTEMPTS)
    with pytest.raises(DownloadError, match="attempts"):
        download(remote(url), tmp_path / "tweets.zip")
    assert len(server.requests) == 2 + transfer.ATTEMPTS


def test_without_a_network_a_download_fails_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer.time, "sleep", lambda _: pytest.fail("must not wait and try again"))
    refused = f"http://127.0.0.1:{free_port()}/a.zip"
    with pytest.raises(DownloadError, match=r"connection refused.*name cannot be resolved"):
        download(remote(refused, "http://no-such-host.invalid/a.zip"), tmp_path / "tweets.zip")
    with pytest.raises(DownloadError, match="connection refused"):
        download_entry(replace(VECTORS["glove.6B.50d"], archive=remote(refused)), tmp_path)


def test_a_folder_that_cannot_be_written_or_a_full_disk_is_a_user_error(server, tmp_path, monkeypatch):
    url = server.serve("/a.zip", BODY)
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot write") as caught:
        download(remote(url), tmp_path / "data" / "tweets.zip")
    assert not isinstance(caught.value, DownloadError)
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(UserError, match="not enough disk space: 300,000 bytes needed, 10 free"):
        download(remote(url), tmp_path / "tweets.zip")


def test_the_given_session_is_used(server, tmp_path):
    session = requests.Session()
    session.headers["User-Agent"] = "test"
    session.max_redirects = 0
    first = server.serve("/a.zip", b"", default_fault="redirect", redirect_to="/b.zip")
    with pytest.raises(DownloadError, match="redirects"):
        download(remote(first), tmp_path / "tweets.zip", session=session)


@pytest.mark.parametrize(
    ("names", "trusted", "good"),
    [(["127.0.0.1"], True, True), (["127.0.0.1"], False, False), (["elsewhere.example"], True, False)],
)
def test_an_untrusted_certificate_or_one_of_another_server_is_refused(tmp_path, monkeypatch, names, trusted, good):
    authority = trustme.CA()
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "trusted.pem"))
    target = tmp_path / "tweets.zip"
    with FileServer(authority.issue_cert(*names)) as server:
        file = remote(server.serve("/a.zip", BODY))
        if good:
            assert download(file, target).read_bytes() == BODY
        else:
            with pytest.raises(DownloadError, match="has no valid certificate"):
                download(file, target)
    assert target.exists() == good


# One entry of a zip


def vector_lines(words: int, seed: int) -> bytes:
    random_ = random.Random(seed)
    rows = (f"word{n} " + " ".join(f"{random_.gauss(0, 1):.4f}" for _ in range(50)) for n in range(words))
    return "".join(row + "\n" for row in rows).encode()


WANTED = vector_lines(400, 1)


def glove_zip(compression=zipfile.ZIP_DEFLATED, entry="glove.6B.50d.txt", zip64=False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("glove.6B.25d.txt", vector_lines(1_500, 2))
        with archive.open(entry, "w", force_zip64=zip64) as sink:
            sink.write(WANTED)
        archive.writestr("glove.6B.100d.txt", vector_lines(1_500, 3))
    return file.getvalue()


def vector_file(body: bytes, *urls, **changes) -> VectorFile:
    archive = RemoteFile("glove.6B.zip", urls, len(body), hashlib.sha256(body).hexdigest())
    known: dict[str, Any] = {"size": len(WANTED), "sha256": hashlib.sha256(WANTED).hexdigest()} | changes
    return replace(VectorFile("glove.6B.50d", archive, "glove.6B.50d.txt", 50), **known)


@pytest.mark.parametrize("zip64", [False, True])
def test_only_the_wanted_entry_of_a_zip_is_downloaded(server, tmp_path, zip64):
    body = glove_zip(zip64=zip64)
    downloaded = download_entry(vector_file(body, server.serve("/g.zip", body)), tmp_path / "data")
    assert downloaded == tmp_path / "data" / "glove.6B.50d.txt.gz"
    assert gzip.decompress(downloaded.read_bytes()) == WANTED
    assert leftovers(downloaded.parent) == [downloaded.name]
    assert server.sent < len(body) / 2
    with DataFile(downloaded).open() as file:
        assert file.read() == WANTED


@pytest.mark.parametrize("fault", ["cut", "reset", "503", "wrong_bytes", "wrong_header"])
@pytest.mark.parametrize("at", range(6))
def test_the_download_of_an_entry_survives_a_fault_at_any_request(server, tmp_path, fault, at):
    body = glove_zip()
    bad = server.serve("/g.zip", body, faults=["good"] * at + [fault])
    good = server.serve("/good.zip", body)
    downloaded = download_entry(vector_file(body, bad, good), tmp_path)
    with DataFile(downloaded, None if downloaded.suffix == ".gz" else "glove.6B.50d.txt").open() as file:
        assert file.read() == WANTED


@pytest.mark.parametrize("fault", ["digits", "invalid", "drip", "cut_header"])
def test_an_entry_comes_from_the_next_mirror_after_any_fault(server, tmp_path, fault):
    body = glove_zip()
    bad = server.serve("/bad.zip", body, faults=["good"], default_fault=fault)
    downloaded = download_entry(vector_file(body, bad, server.serve("/good.zip", body)), tmp_path)
    assert gzip.decompress(downloaded.read_bytes()) == WANTED


def test_an_interrupted_download_of_an_entry_is_resumed(server, tmp_path, monkeypatch):
    body = glove_zip()
    url = server.serve("/g.zip", body)
    download_entry(vector_file(body, url), tmp_path / "other")
    directory = len(server.requests) - 1
    server.serve("/g.zip", body, faults=["good"] * directory, default_fault="cut")
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "ATTEMPTS", 1)
        with pytest.raises(DownloadError, match="closed the connection early"):
            download_entry(vector_file(body, url), tmp_path)
    resumed_at = (tmp_path / "glove.6B.50d.txt.gz.part").stat().st_size
    assert resumed_at > 0
    server.serve("/g.zip", body)
    server.requests.clear()
    downloaded = download_entry(vector_file(body, url), tmp_path)
    assert gzip.decompress(downloaded.read_bytes()) == WANTED
    first, last = map(int, server.requests[-1].range.removeprefix("bytes=").split("-"))
    assert last - first + 1 == downloaded.stat().st_size - 18 - resumed_at, (
        "the header and trailer of gzip have 18 bytes"
    )


def test_without_range_requests_the_whole_archive_is_downloaded(server, tmp_path):
    body = glove_zip()
    downloaded = download_entry(vector_file(body, server.serve("/g.zip", body, default_fault="no_ranges")), tmp_path)
    assert downloaded == tmp_path / "glove.6B.zip"
    assert downloaded.read_bytes() == body


def test_a_mirror_with_range_requests_is_preferred_to_one_without(server, tmp_path):
    body = glove_zip()
    plain, ranged = server.serve("/plain.zip", body, default_fault="no_ranges"), server.serve("/ranged.zip", body)
    assert download_entry(vector_file(body, plain, ranged), tmp_path).suffix == ".gz"


def test_for_an_uncompressed_entry_the_whole_archive_is_downloaded(server, tmp_path):
    body = glove_zip(zipfile.ZIP_STORED)
    assert download_entry(vector_file(body, server.serve("/g.zip", body)), tmp_path).name == "glove.6B.zip"


def encrypted(body: bytes) -> bytes:
    """Return the zip with each entry marked as encrypted."""
    changed = bytearray(body)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + flags] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)


@pytest.mark.parametrize(
    ("body", "changes", "reported"),
    [
        (encrypted(glove_zip()), {}, "encrypted"),
        (glove_zip(entry="other.txt"), {}, "has no glove.6B.50d.txt in glove.6B.zip"),
        (glove_zip(), {"sha256": "0" * 64}, "wrong SHA-256"),
        (glove_zip(), {"size": 5}, "instead of 5"),
        (glove_zip()[:-30], {}, "damaged glove.6B.zip"),
        (b"nothing like a zip" * 99, {}, "damaged glove.6B.zip"),
    ],
)
def test_a_wrong_or_damaged_archive_is_refused(server, tmp_path, body, changes, reported):
    with pytest.raises(DownloadError, match=reported):
        download_entry(vector_file(body, server.serve("/g.zip", body), **changes), tmp_path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("where", ["bytes", "checksum"])
def test_a_damaged_entry_is_refused(server, tmp_path, where):
    body = bytearray(glove_zip())
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        entry = archive.getinfo("glove.6B.50d.txt")
    checksum = body.rindex(struct.pack("<L", entry.CRC))  # the last occurrence is in the zip's directory
    body[checksum if where == "checksum" else entry.header_offset + 5_000] ^= 255
    broken = bytes(body)
    with pytest.raises(DownloadError, match=r"damaged data for glove\.6B\.50d\.txt"):
        download_entry(vector_file(broken, server.serve("/g.zip", broken), sha256=None), tmp_path)
    assert leftovers(tmp_path) == []


def test_an_archive_of_another_size_is_refused(server, tmp_path):
    body = glove_zip()
    with pytest.raises(DownloadError, match="instead of"):
        download_entry(vector_file(body + b"x", server.serve("/g.zip", body)), tmp_path)


def test_the_gzip_trailer_states_the_unpacked_size(server, tmp_path):
    body = glove_zip()
    gzipped = download_entry(vector_file(body, server.serve("/g.zip", body)), tmp_path).read_bytes()
    assert struct.unpack("<L", gzipped[-4:])[0] == len(WANTED)


# The published files, if they are on this machine


@pytest.mark.skipif(not REAL, reason="SENTIMENT140_DATA is not set")
def test_the_published_tweets_are_downloaded_and_resumed(server, tmp_path):
    body = (Path(str(REAL)) / "trainingandtestdata.zip").read_bytes()
    whole = server.serve("/whole.zip", body)
    assert download(remote(whole, body=body), tmp_path / "whole.zip").stat().st_size == len(body)
    server.requests.clear()
    cut = server.serve("/cut.zip", body, faults=["cut"])
    target = download(remote(cut, body=body), tmp_path / "cut.zip")
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(body).digest()
    assert [request.status for request in server.requests] == [200, 206]
    assert server.sent <= len(body) + (1 << 20)


@pytest.mark.skipif(not REAL, reason="SENTIMENT140_DATA is not set")
@pytest.mark.parametrize("name", ["glove.6B.50d", "glove.twitter.27B.100d"])
def test_the_published_vectors_are_downloaded_by_range_requests(server, tmp_path, name):
    published = VECTORS[name]
    local = Path(str(REAL)) / "glove" / published.archive.name
    if not local.exists():
        pytest.skip(f"no {local}")
    body = local.read_bytes()
    archive = RemoteFile(local.name, (server.serve("/g.zip", body),), len(body), None)
    downloaded = download_entry(replace(published, archive=archive, size=None, sha256=None), tmp_path)
    with zipfile.ZipFile(local) as here:
        assert gzip.decompress(downloaded.read_bytes()) == here.read(published.entry)
    assert server.sent < len(body)
