import gzip
import hashlib
import io
import json
import os
import random
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import trustme

from sentiment140.data import transfer
from sentiment140.data.download import download, download_entry
from sentiment140.data.files import DataFile
from sentiment140.data.sources import VECTORS, RemoteFile, VectorFile
from sentiment140.data.transfer import DownloadError
from sentiment140.errors import UserError
from support.file_server import FileServer, free_port

BODY = random.Random(0).randbytes(300_000)
REAL = os.environ.get("SENTIMENT140_DATA")


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(transfer, "BACKOFF", 0.0)
    monkeypatch.setattr(transfer, "CHUNK", 4096)


@pytest.fixture
def server():
    with FileServer() as running:
        yield running


def remote(*urls, body=BODY, size=True, sha256=True):
    checksum = hashlib.sha256(body).hexdigest() if sha256 else None
    return RemoteFile("tweets.zip", urls, len(body) if size else None, checksum)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def broken_off(server: FileServer, target: Path, monkeypatch) -> str:
    """Gives the address of a download that was stopped at its half."""
    url = server.serve("/a.zip", BODY, ever="cut")
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "ATTEMPTS", 1)
        with pytest.raises(DownloadError, match="broke"):
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


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "fault", ["cut", "reset", "cut_unsized", "unsized", "no_ranges", "416", "503", "liar", "wrong_bytes"]
)
def test_one_fault_is_got_over(server, tmp_path, fault, known):
    if fault == "cut_unsized" and not known:
        pytest.skip("a cut is undetectable in a file of unknown size")
    url = server.serve("/a.zip", BODY, faults=[fault])
    target = download(remote(url, size=known), tmp_path / "tweets.zip")
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("fault", ["no_ranges", "416", "liar", "wrong_bytes", "reset", "cut", "503"])
def test_one_fault_while_continuing_is_got_over(server, tmp_path, monkeypatch, fault):
    target = tmp_path / "tweets.zip"
    url = broken_off(server, target, monkeypatch)
    server.serve("/a.zip", BODY, faults=[fault])
    assert download(remote(url), target).read_bytes() == BODY
    assert leftovers(tmp_path) == ["tweets.zip"]


def test_a_stall_is_cut_short_and_continued(server, tmp_path, monkeypatch):
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
        ("loop", "redirects without end"),
        ("404", "404"),
        ("503", "503.*attempts"),
        ("416", "attempts"),
        ("cut_unsized", "attempts"),
    ],
)
def test_a_bad_mirror_is_named_and_the_next_taken(server, tmp_path, fault, reported):
    bad = server.serve("/bad.zip", BODY, etag="", ever=fault)
    target = tmp_path / "tweets.zip"
    with pytest.raises(DownloadError, match=reported) as caught:
        download(remote(bad, bad), target)
    line = str(caught.value)
    assert line.count("127.0.0.1:") == 2, "the failure of each mirror is reported"
    assert "\n" not in line
    assert str(tmp_path) in line, "the remedy says where to put the file"
    assert not target.exists()
    assert download(remote(bad, server.serve("/good.zip", BODY)), target).read_bytes() == BODY


@pytest.mark.parametrize("fault", ["long", "short"])
def test_a_wrong_length_of_a_file_of_unknown_size(server, tmp_path, fault):
    bad = server.serve("/bad.zip", BODY, ever=fault)
    good = server.serve("/good.zip", BODY)
    assert download(remote(bad, good, size=False), tmp_path / "tweets.zip").read_bytes() == BODY


def test_more_bytes_than_expected_are_not_written_on_and_on(server, tmp_path):
    url = server.serve("/a.zip", BODY * 20, ever="unsized")
    with pytest.raises(DownloadError, match="more than the expected"):
        download(remote(url), tmp_path / "tweets.zip")
    assert server.requests[0].status == 200
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < len(BODY)


def test_a_redirect_is_followed(server, tmp_path):
    away = server.serve("/a.zip", b"", ever="away", elsewhere="/b.zip")
    server.serve("/b.zip", BODY)
    assert download(remote(away), tmp_path / "tweets.zip").read_bytes() == BODY


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    other = server.serve("/other.zip", BODY[::-1])
    with pytest.raises(DownloadError, match="wrong SHA-256"):
        download(remote(other), tmp_path / "tweets.zip")
    assert leftovers(tmp_path) == []
    assert len(server.requests) == 1, "a second attempt would bring the same"
    good = server.serve("/good.zip", BODY)
    assert download(remote(other, good), tmp_path / "tweets.zip").read_bytes() == BODY


def test_a_broken_download_is_continued(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = broken_off(server, target, monkeypatch)
    have = (tmp_path / "tweets.zip.part").stat().st_size
    server.serve("/a.zip", BODY)
    assert download(remote(url), target).read_bytes() == BODY
    assert [(request.range, request.status) for request in server.requests] == [(f"bytes={have}-{len(BODY) - 1}", 206)]


def test_the_mirror_of_an_unfinished_download_goes_first(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    unfinished = broken_off(server, target, monkeypatch)
    server.serve("/a.zip", BODY)
    first = server.serve("/first.zip", BODY)
    assert download(remote(first, unfinished), target).read_bytes() == BODY
    assert [request.path for request in server.requests] == ["/a.zip"]


def test_another_mirror_does_not_continue_it(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    broken_off(server, target, monkeypatch)
    assert download(remote(server.serve("/other.zip", BODY)), target).read_bytes() == BODY
    assert [request.range for request in server.requests] == [""]


def test_a_file_that_changed_meanwhile_is_restarted(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = broken_off(server, target, monkeypatch)
    changed = BODY[::-1]
    server.serve("/a.zip", changed, etag='"2"')
    assert download(remote(url, body=changed), target).read_bytes() == changed
    assert [request.status for request in server.requests] == [200]


@pytest.mark.parametrize(("fault", "etag"), [("shifted", '"1"'), ("liar", '"1"'), ("no_if_range", '"2"')])
def test_a_wrong_range_is_noticed_without_a_checksum(server, tmp_path, monkeypatch, fault, etag):
    target = tmp_path / "tweets.zip"
    url = broken_off(server, target, monkeypatch)
    body = BODY if etag == '"1"' else BODY[::-1]
    server.serve("/a.zip", body, etag=etag, faults=[fault])
    assert download(remote(url, sha256=False), target).read_bytes() == body
    assert [request.status for request in server.requests] == [206, 200]


def test_without_a_validator_nothing_is_continued(server, tmp_path):
    url = server.serve("/a.zip", BODY, etag="", faults=["cut"])
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert [request.range for request in server.requests] == ["", ""]


def test_a_part_damaged_on_the_disk_is_restarted(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = broken_off(server, target, monkeypatch)
    part = tmp_path / "tweets.zip.part"
    part.write_bytes(bytes(part.stat().st_size))
    server.serve("/a.zip", BODY)
    assert download(remote(url), target).read_bytes() == BODY
    assert [request.status for request in server.requests] == [206, 200]


def test_a_damaged_note_only_costs_a_restart(server, tmp_path, monkeypatch):
    target = tmp_path / "tweets.zip"
    url = broken_off(server, target, monkeypatch)
    (tmp_path / "tweets.zip.part.json").write_text('{"url": ')
    server.serve("/a.zip", BODY)
    assert download(remote(url), target).read_bytes() == BODY


def test_a_complete_part_needs_no_bytes(server, tmp_path):
    url = server.serve("/a.zip", BODY)
    (tmp_path / "tweets.zip.part").write_bytes(BODY)
    note = {"url": url, "size": len(BODY), "start": None, "validator": '"1"'}
    (tmp_path / "tweets.zip.part.json").write_text(json.dumps(note))
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY
    assert server.requests == []


def test_many_cuts_are_got_over_as_long_as_each_attempt_brings_something(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS", 1)
    url = server.serve("/a.zip", BODY, faults=["cut"] * (transfer.ATTEMPTS + 1))
    assert download(remote(url), tmp_path / "tweets.zip").read_bytes() == BODY


def test_restarting_each_time_is_no_progress(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS", 100)
    url = server.serve("/a.zip", BODY, etag="", faults=["cut_early", "cut"] * transfer.ATTEMPTS)
    with pytest.raises(DownloadError, match="attempts"):
        download(remote(url), tmp_path / "tweets.zip")
    assert len(server.requests) == 2 + transfer.ATTEMPTS


def test_no_network_fails_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer.time, "sleep", lambda _: pytest.fail("must not wait to try again"))
    refused = f"http://127.0.0.1:{free_port()}/a.zip"
    with pytest.raises(DownloadError, match=r"connection refused.*name cannot be resolved"):
        download(remote(refused, "http://no-such-host.invalid/a.zip"), tmp_path / "tweets.zip")
    with pytest.raises(DownloadError, match="connection refused"):
        download_entry(replace(VECTORS["glove.6B.50d"], archive=remote(refused)), tmp_path)


def test_a_disk_that_cannot_be_written_is_the_users_to_mend(server, tmp_path, monkeypatch):
    url = server.serve("/a.zip", BODY)
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot write") as caught:
        download(remote(url), tmp_path / "data" / "tweets.zip")
    assert not isinstance(caught.value, DownloadError)
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(UserError, match="no room on the disk"):
        download(remote(url), tmp_path / "tweets.zip")


def test_the_session_given_is_the_one_used(server, tmp_path):
    session = requests.Session()
    session.headers["User-Agent"] = "ours"
    session.max_redirects = 0
    away = server.serve("/a.zip", b"", ever="away", elsewhere="/b.zip")
    with pytest.raises(DownloadError, match="redirects"):
        download(remote(away), tmp_path / "tweets.zip", session=session)


@pytest.mark.parametrize(
    ("names", "trusted", "good"),
    [(["127.0.0.1"], True, True), (["127.0.0.1"], False, False), (["elsewhere.example"], True, False)],
)
def test_an_untrusted_certificate_or_that_of_another_server_is_refused(tmp_path, monkeypatch, names, trusted, good):
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
    known = {"size": len(WANTED), "sha256": hashlib.sha256(WANTED).hexdigest()} | changes
    return VectorFile("glove.6B.50d", archive, "glove.6B.50d.txt", 50, **known)


@pytest.mark.parametrize("zip64", [False, True])
def test_only_the_entry_is_downloaded(server, tmp_path, zip64):
    body = glove_zip(zip64=zip64)
    got = download_entry(vector_file(body, server.serve("/g.zip", body)), tmp_path / "data")
    assert got == tmp_path / "data" / "glove.6B.50d.txt.gz"
    assert gzip.decompress(got.read_bytes()) == WANTED
    assert leftovers(got.parent) == [got.name]
    assert server.sent < len(body) / 2
    with DataFile(got).open() as file:
        assert file.read() == WANTED


@pytest.mark.parametrize("fault", ["cut", "reset", "503", "wrong_bytes", "liar"])
@pytest.mark.parametrize("at", range(6))
def test_an_entry_survives_a_fault_at_any_request(server, tmp_path, fault, at):
    body = glove_zip()
    bad = server.serve("/g.zip", body, faults=["good"] * at + [fault])
    good = server.serve("/good.zip", body)
    got = download_entry(vector_file(body, bad, good), tmp_path)
    with DataFile(got, None if got.suffix == ".gz" else "glove.6B.50d.txt").open() as file:
        assert file.read() == WANTED


def test_the_download_of_an_entry_is_continued(server, tmp_path, monkeypatch):
    body = glove_zip()
    url = server.serve("/g.zip", body)
    download_entry(vector_file(body, url), tmp_path / "other")
    directory = len(server.requests) - 1
    server.serve("/g.zip", body, faults=["good"] * directory, ever="cut")
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "ATTEMPTS", 1)
        with pytest.raises(DownloadError, match="broke"):
            download_entry(vector_file(body, url), tmp_path)
    have = (tmp_path / "glove.6B.50d.txt.gz.part").stat().st_size
    assert have > 0
    server.serve("/g.zip", body)
    server.requests.clear()
    got = download_entry(vector_file(body, url), tmp_path)
    assert gzip.decompress(got.read_bytes()) == WANTED
    first, last = map(int, server.requests[-1].range.removeprefix("bytes=").split("-"))
    assert last - first + 1 == got.stat().st_size - 18 - have, "gzip adds 18 bytes to what was fetched"


def test_where_no_ranges_are_served_the_whole_archive_comes(server, tmp_path):
    body = glove_zip()
    got = download_entry(vector_file(body, server.serve("/g.zip", body, ever="no_ranges")), tmp_path)
    assert got == tmp_path / "glove.6B.zip"
    assert got.read_bytes() == body


def test_a_mirror_with_ranges_is_preferred_to_the_whole_archive(server, tmp_path):
    body = glove_zip()
    plain, ranged = server.serve("/plain.zip", body, ever="no_ranges"), server.serve("/ranged.zip", body)
    assert download_entry(vector_file(body, plain, ranged), tmp_path).suffix == ".gz"


def test_a_stored_entry_comes_with_the_whole_archive(server, tmp_path):
    body = glove_zip(zipfile.ZIP_STORED)
    assert download_entry(vector_file(body, server.serve("/g.zip", body)), tmp_path).name == "glove.6B.zip"


def encrypted(body: bytes) -> bytes:
    """Gives the zip with each entry marked as encrypted."""
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
        (glove_zip(entry="other.txt"), {}, "zip without glove.6B.50d.txt"),
        (glove_zip(), {"sha256": "0" * 64}, "wrong SHA-256"),
        (glove_zip(), {"size": 5}, "instead of 5"),
        (glove_zip()[:-30], {}, "damaged zip"),
        (b"nothing like a zip" * 99, {}, "damaged zip"),
    ],
)
def test_an_entry_that_is_not_what_it_should_be_is_refused(server, tmp_path, body, changes, reported):
    with pytest.raises(DownloadError, match=reported):
        download_entry(vector_file(body, server.serve("/g.zip", body), **changes), tmp_path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("where", ["bytes", "checksum"])
def test_a_damaged_entry_is_noticed(server, tmp_path, where):
    body = bytearray(glove_zip())
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        entry = archive.getinfo("glove.6B.50d.txt")
    checksum = body.rindex(struct.pack("<L", entry.CRC))  # the last one is the directory's
    body[checksum if where == "checksum" else entry.header_offset + 5_000] ^= 255
    broken = bytes(body)
    with pytest.raises(DownloadError, match="damaged bytes"):
        download_entry(vector_file(broken, server.serve("/g.zip", broken), sha256=None), tmp_path)
    assert leftovers(tmp_path) == []


def test_an_archive_of_another_size_is_refused(server, tmp_path):
    body = glove_zip()
    with pytest.raises(DownloadError, match="instead of"):
        download_entry(vector_file(body + b"x", server.serve("/g.zip", body)), tmp_path)


def test_the_gzip_frame_is_the_standard_one(server, tmp_path):
    body = glove_zip()
    got = download_entry(vector_file(body, server.serve("/g.zip", body)), tmp_path).read_bytes()
    assert struct.unpack("<L", got[-4:])[0] == len(WANTED)


# The real files, where there are some


@pytest.mark.skipif(not REAL, reason="SENTIMENT140_DATA is not set")
def test_the_real_archive_whole_and_cut_in_the_middle(server, tmp_path):
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
def test_a_real_entry_by_ranges(server, tmp_path, name):
    published = VECTORS[name]
    local = Path(str(REAL)) / "glove" / published.archive.name
    if not local.exists():
        pytest.skip(f"no {local}")
    body = local.read_bytes()
    archive = RemoteFile(local.name, (server.serve("/g.zip", body),), len(body), None)
    got = download_entry(replace(published, archive=archive, size=None, sha256=None), tmp_path)
    with zipfile.ZipFile(local) as here:
        assert gzip.decompress(got.read_bytes()) == here.read(published.entry)
    assert server.sent < len(body)
