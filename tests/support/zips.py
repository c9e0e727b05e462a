"""Zips that tests write."""

import io
import zipfile


def zipped(*entries: str, content: bytes = b"content") -> bytes:
    """The bytes of a zip whose entries all have this content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            archive.writestr(entry, content)
    return file.getvalue()
