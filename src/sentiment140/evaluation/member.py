"""What distinguishes a member of a run, as it is written to `scores.json`."""

from dataclasses import dataclass

from sentiment140.experiment import Member


@dataclass(frozen=True)
class MemberSummary:
    """How a member reads tweets, and the vectors that it starts from.

    Attributes:
        architecture: the name of its architecture.
        stopwords: the list of stopwords that it removes, a key of `text.stopwords.STOPWORDS`.
        punctuation: whether it keeps single punctuation marks.
        vectors: the source of its vectors, such as "glove.6B.100d"; None for scikit-learn.
        trainable: whether its vectors are fine-tuned.
    """

    architecture: str
    stopwords: str
    punctuation: bool
    vectors: str | None
    trainable: bool

    @classmethod
    def of(cls, member: Member) -> "MemberSummary":
        """Summarize the settings of a member."""
        vectors, text = member.vectors, member.text
        source = None if vectors is None else vectors.source
        trainable = vectors is not None and vectors.trainable
        return cls(member.architecture, text.stopwords, text.punctuation, source, trainable)
