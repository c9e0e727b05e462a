"""The published files: names, addresses, sizes and checksums of the tweets and of the GloVe vectors.

Sizes and checksums are checked only after a download. A file that the user provides may differ: it may be shortened,
for example, to try things out.
"""

from dataclasses import dataclass

from sentiment140.errors import UserError, unknown_name
from sentiment140.labels import NEUTRAL


@dataclass(frozen=True)
class RemoteFile:
    """A file on the network.

    Attributes:
        name: the file name.
        urls: the addresses of its mirrors, in the order in which they are tried; all have the same bytes.
        size: number of bytes, None if unknown.
        sha256: the SHA-256 checksum in hexadecimal, None if unknown.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class VectorFile:
    """A text file of word vectors, one word per line, which is published as an entry of a zip.

    Attributes:
        name: the name by which presets refer to it, such as "glove.6B.100d".
        archive: the zip.
        entry: the name of the text file in the zip.
        dimension: length of each vector.
        size: number of bytes of the text file, None if unknown.
        sha256: the SHA-256 checksum of the text file, None if unknown.
    """

    name: str
    archive: RemoteFile
    entry: str
    dimension: int
    size: int | None = None
    sha256: str | None = None


TWEETS = RemoteFile(
    "trainingandtestdata.zip",
    (
        "https://cs.stanford.edu/people/alecmgo/trainingandtestdata.zip",
        "https://zenodo.org/records/11116734/files/trainingandtestdata.zip?download=1",
    ),
    size=81_363_704,
    sha256="004a3772c8a7ff9bbfeb875880f47f0679d93fc63e5cf9cff72d54a8a6162e57",
)
TRAIN_FILE = "training.1600000.processed.noemoticon.csv"
TEST_FILE = "testdata.manual.2009.06.14.csv"
SEMEVAL_FILE = "semeval.csv"
"""SemEval's tweets, labeled by people. It is not downloaded: its tweets belong to their authors."""
COLUMNS = ("target", "id", "date", "flag", "user", "text")
LABELS = {"0": 0, "2": NEUTRAL, "4": 1}  # by `target`; "2" occurs only in the hand-labeled test file
BINARY_LABELS = {"0": 0, "1": 1}  # of copies in which positive is 1
ENCODING = "latin-1"

_GLOVE_HOSTS = ("https://nlp.stanford.edu/data/", "https://huggingface.co/stanfordnlp/glove/resolve/main/")


def _glove(name: str, size: int, sha256: str) -> RemoteFile:
    return RemoteFile(name, tuple(host + name for host in _GLOVE_HOSTS), size, sha256)


_GLOVE_6B = _glove("glove.6B.zip", 862_182_613, "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb")
_GLOVE_TWITTER = _glove(
    "glove.twitter.27B.zip", 1_520_408_563, "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c"
)
_GLOVE_6B_50D_SHA256 = "d8f717f8dd4b545cb7f418ef9f3d0c3e6e68a6f48b97d32f8b7aae40cb31f96f"
_GLOVE_6B_100D_SHA256 = "95dde4dfd627ab26608d33e76d1195ec059734bd29089ea52cadb08d07c64544"

VECTORS: dict[str, VectorFile] = {
    vectors.name: vectors
    for vectors in (
        VectorFile("glove.6B.50d", _GLOVE_6B, "glove.6B.50d.txt", 50, 171_350_079, _GLOVE_6B_50D_SHA256),
        VectorFile("glove.6B.100d", _GLOVE_6B, "glove.6B.100d.txt", 100, 347_116_733, _GLOVE_6B_100D_SHA256),
        VectorFile("glove.6B.200d", _GLOVE_6B, "glove.6B.200d.txt", 200),
        VectorFile("glove.6B.300d", _GLOVE_6B, "glove.6B.300d.txt", 300),
        VectorFile("glove.twitter.27B.25d", _GLOVE_TWITTER, "glove.twitter.27B.25d.txt", 25),
        VectorFile("glove.twitter.27B.50d", _GLOVE_TWITTER, "glove.twitter.27B.50d.txt", 50),
        VectorFile("glove.twitter.27B.100d", _GLOVE_TWITTER, "glove.twitter.27B.100d.txt", 100),
        VectorFile("glove.twitter.27B.200d", _GLOVE_TWITTER, "glove.twitter.27B.200d.txt", 200),
    )
}


def vector_file(name: str) -> VectorFile:
    """Look up a vector file by its name.

    Args:
        name: a key of `VECTORS`.

    Returns:
        The vector file.

    Raises:
        UserError: the name is unknown; the message lists the known names.

    Examples:
        >>> vector_file("glove.6B.50d").archive.name
        'glove.6B.zip'
    """
    if name not in VECTORS:
        raise UserError(unknown_name("vectors", name, VECTORS))
    return VECTORS[name]
