"""The published files: each has two mirrors and a checksum, and vector files match their names."""

from operator import attrgetter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sentiment140.data.sources import COLUMNS, LABELS, TWEETS, VECTORS, vector_file
from sentiment140.errors import UserError
from sentiment140.labels import NEUTRAL


def test_unknown_vectors_are_refused_with_the_known_names():
    with pytest.raises(UserError, match=r'unknown vectors "glove.6b".*glove.twitter.27B.200d'):
        vector_file("glove.6b")


@pytest.mark.parametrize(
    "archive",
    sorted({TWEETS, *(vectors.archive for vectors in VECTORS.values())}, key=attrgetter("name")),
)
def test_every_remote_file_has_two_mirrors_and_a_checksum(archive):
    assert len({urlsplit(url).netloc for url in archive.urls}) >= 2
    assert all(url.startswith("https://") for url in archive.urls)
    assert all(Path(urlsplit(url).path).name == archive.name for url in archive.urls)
    assert archive.size is not None
    assert len(bytes.fromhex(archive.sha256)) == 32


@pytest.mark.parametrize("name", VECTORS)
def test_every_vector_file_matches_its_name(name):
    vectors = VECTORS[name]
    assert (vectors.name, vectors.entry) == (name, f"{name}.txt")
    assert name.endswith(f".{vectors.dimension}d")
    assert name.startswith(vectors.archive.name.removesuffix(".zip"))


def test_the_format_of_tweets_has_six_columns_and_both_labels():
    assert len(COLUMNS) == 6
    assert {0, 1} <= set(LABELS.values()) <= {NEUTRAL, 0, 1}
