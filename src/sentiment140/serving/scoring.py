"""What is appended to each tweet that is scored, and what is said at the end."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from sentiment140.evidence.terms import Terms
from sentiment140.labels import CLASSES
from sentiment140.serving.formats import Columns
from sentiment140.serving.models import Model
from sentiment140.serving.predictor import Predictor

_WORDS_EXPLAINED = 5


@dataclass(frozen=True)
class Scoring:
    """The columns that are appended to each tweet.

    Attributes:
        abstain: label tweets "uncertain" whose probability differs from 0.5 by less than this; 0 to 0.5.
        explain: whether to add a column with the words that affect the logit most.
        details: whether to add columns with the number of words that the model knows, and whether the tweet was cut.
        terms: the terms that are added to the logit of the model.
        labels: the number of classes, 2 or 3.
        colors: whether the explanation is for a terminal: all words of the tweet, the positive ones green and the
            negative ones red.

    Examples:
        >>> Scoring(explain=True).names
        ['sentiment', 'probability', 'explanation']
        >>> Scoring(labels=3).names
        ['sentiment', 'negative', 'neutral', 'positive']
    """

    abstain: float = 0.0
    explain: bool = False
    details: bool = False
    terms: Terms = field(default_factory=Terms)
    labels: int = 2
    colors: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        details, explanation = ["known_words", "truncated"] * self.details, ["explanation"] * self.explain
        return ["sentiment", *self.probabilities, *details, *explanation]

    @property
    def probabilities(self) -> list[str]:
        """The names of the columns of probabilities: that of positive, or of all three labels."""
        return ["probability"] if self.labels == 2 else list(CLASSES[self.labels])

    def predictor(self, model: Model) -> Predictor:
        """Create the predictor for a model."""
        return Predictor(model, labels=self.labels, **asdict(self.terms))

    def columns(self, predictor: Predictor, texts: Sequence[str]) -> Columns:
        """Compute the columns.

        Args:
            predictor: the model.
            texts: the tweets.

        Returns:
            The columns by name, those of `details` whether they are appended or not: the sentiments and explanations as
            one text per tweet, the probabilities as float32 [tweets], `known_words` as int64 [tweets] and `truncated`
            as bool [tweets].
        """
        scores = predictor.scores(texts)
        columns: dict[str, np.ndarray | list[str]] = {
            "sentiment": scores.sentiments(self.abstain),
            **dict(zip(self.probabilities, scores.probabilities.T[-len(self.probabilities) :], strict=True)),
            "known_words": scores.known_words,
            "truncated": scores.truncated,
        }
        if self.explain:
            format_effects = _colored_text if self.colors else _explanation_text
            columns["explanation"] = [format_effects(effects) for effects in predictor.explain(texts)]
        return columns


class Tally:
    """Count the texts whose scores say little.

    Example:
        >>> tally = Tally()
        >>> tally.add({"known_words": np.array([3, 0, 0]), "truncated": np.array([True, False, False])})
        >>> tally.remarks()
        ['2 of 3 texts have no known word', '1 of 3 texts is too long: the model read its beginning']
    """

    def __init__(self) -> None:
        self.texts = self.unknown = self.truncated = 0

    def add(self, columns: Columns) -> None:
        """Count the texts of a chunk, from the columns that `Scoring.columns` returned."""
        known_words, truncated = np.asarray(columns["known_words"]), np.asarray(columns["truncated"])
        self.texts += len(known_words)
        self.unknown += int(np.count_nonzero(known_words == 0))
        self.truncated += int(np.count_nonzero(truncated))

    def remarks(self) -> list[str]:
        """Describe these texts, one line each."""
        found, of = [], f"of {self.texts:,} texts"
        if self.unknown:
            found.append(f"{self.unknown:,} {of} {'has' if self.unknown == 1 else 'have'} no known word")
        if self.truncated:
            are, its = ("is", "its") if self.truncated == 1 else ("are", "their")
            found.append(f"{self.truncated:,} {of} {are} too long: the model read {its} beginning")
        return found


def _explanation_text(effects: Sequence[tuple[str, float]]) -> str:
    """List the words with the largest effects on the logit, the largest first; effects below 0.05 are omitted.

    Examples:
        >>> _explanation_text([("not", -0.82), ("my", 0.01), ("love", 1.31), ("!", 0.12)])
        'love +1.31, not -0.82, "!" +0.12'
    """
    strongest = sorted(effects, key=lambda pair: -abs(pair[1]))[:_WORDS_EXPLAINED]
    return ", ".join(f"{_quote_sign(word)} {effect:+.2f}" for word, effect in strongest if abs(effect) >= 0.05)


def _quote_sign(word: str) -> str:
    """Quote a token of punctuation, which would otherwise look like punctuation of the list."""
    return word if any(character.isalnum() for character in word) else f'"{word}"'


def _colored_text(effects: Sequence[tuple[str, float]]) -> str:
    """Show all words in a terminal's colors, with their effects on the logit unless these are below 0.05."""
    # (lowest effect, ANSI color): bold green, green, none, red, bold red
    shades = ((0.5, "1;32"), (0.05, "32"), (-0.05, "0"), (-0.5, "31"), (-np.inf, "1;31"))
    words = []
    for word, effect in effects:
        shade = next(code for lowest, code in shades if effect >= lowest)
        words.append(word if shade == "0" else f"\x1b[{shade}m{word} {effect:+.2f}\x1b[0m")
    return " ".join(words)
