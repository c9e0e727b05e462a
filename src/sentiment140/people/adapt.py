"""Adapt a model to labeled tweets: fit a head on what it says about them, and measure what that brings."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.utils.class_weight import compute_sample_weight
from tqdm import tqdm

from sentiment140.data.folds import assign_folds
from sentiment140.data.labeled import LabeledTweets
from sentiment140.errors import UserError
from sentiment140.evaluation.classes import ClassScores, score_classes
from sentiment140.evidence.features import FEATURES
from sentiment140.evidence.fitted_tweets import were_fitted
from sentiment140.evidence.terms import Terms
from sentiment140.experiment import TextSettings
from sentiment140.labels import CLASSES, NEUTRAL
from sentiment140.models.linear import NgramCounter
from sentiment140.people.adapted_folder import HEAD, VOCABULARY, check_not_adapted
from sentiment140.people.regression import fit_offset_regression
from sentiment140.serving import manifest
from sentiment140.serving.head import DENSE, NGRAMS, Head, dense_features
from sentiment140.serving.models import Model
from sentiment140.text.vocabulary import Ids, Vocabulary

log = logging.getLogger(__name__)

FEWEST, MOST = 100, 100_000
"""The numbers of tweets that a model can be adapted to."""
AFTER = "after, cross-validated"
"""The name of the scoring with the head."""
_FEWEST_OF_CLASS = 5  # one per fold
_FOLDS = 5
_STRENGTHS = (0.003, 0.03, 0.3, 1.0)  # of the regression's C; the best one grows with the number of tweets
_HIDDEN_SCALE = 0.3  # of the standardized hidden units: they are many, so each may say less
_TEXT = TextSettings(stopwords="none", vocabulary_size=100_000, minimum_count=2)
_SEED = 0
# What a head starts from, by the number of classes: dense features, and what each adds to the logit of each class.
_STARTS: dict[int, dict[str, dict[str, Sequence[float]]]] = {
    2: {"before": {"default": (-0.5, 0.5)}, "before, --lexicon on": {"with lexicon": (-0.5, 0.5)}},
    3: {"before, --labels 3": dict(zip(CLASSES[3], np.eye(3).tolist(), strict=True))},
}
_STARTS_WITHOUT_WEIGHTS: dict[int, dict[str, dict[str, Sequence[float]]]] = {
    2: {"before, model alone": {"logit": (-0.5, 0.5)}},
    3: {"before, model alone": {"logit": (-0.5, 0, 0.5)}},
}
_KNOWN_SHARE = 0.01
_KNOWN = (
    "{:,} of these tweets are among those that the weights of emoticons and words were fitted on; "
    "so the adapted model does without these weights"
)


@dataclass(frozen=True)
class FittedHead:
    """What was fitted, and what it is worth.

    Attributes:
        head: the head, fitted on all tweets.
        vocabulary: the vocabulary of its n-grams.
        classes: the number of classes.
        scores: the scores of the labeled tweets, before and after; the first one is that from which the head starts,
            and the gain of the others is against it. No head was fitted on the tweets that it scores.
        strength: the regression's C, chosen by cross-validation.
    """

    head: Head
    vocabulary: Vocabulary
    classes: int
    scores: dict[str, ClassScores]
    strength: float

    def about(self, source: str) -> manifest.Adaptation:
        """Describe the adaptation for the manifest; `source` is the name of the file with the tweets."""
        after = self.scores[AFTER]
        return manifest.Adaptation(
            source, after.n, self.classes, HEAD, VOCABULARY, _TEXT, after.macro_recall, after.gain
        )

    @property
    def is_better(self) -> bool:
        """Whether the tweets show that the model is better than before: the interval of the gain is above 0."""
        gain = self.scores[AFTER].gain
        return gain is not None and gain.low is not None and gain.low > 0


def adapt(model: Model, tweets: LabeledTweets) -> FittedHead:
    """Fit a head on labeled tweets.

    It starts from the logits before and learns what to add to them: from the model's logit, lexicon, emoticons and
    emoji, from the hidden units of its networks, and from words and pairs of words. Of two classes, it starts from the
    scoring with the lexicon or from that without, whichever has the lower log loss. All classes count equally, whatever
    their shares. The scores and the regression's C are those of a cross-validation with five folds; copies of a text
    are in one fold, and the C of a fold is chosen by the others.

    If the weights of the package were fitted on some of the tweets, the head uses none of these weights. Else it would
    trust them too much, and the scores would be those of tweets that the weights have seen.

    Args:
        model: the model.
        tweets: the labeled tweets.

    Raises:
        UserError: there are too few or too many tweets, too few of a class, or the model was adapted already.
    """
    check_not_adapted(model)
    _check(tweets)
    count = 3 if (tweets.labels == NEUTRAL).any() else 2
    classes = np.where(tweets.labels == NEUTRAL, 1, (count - 1) * tweets.labels)
    tokens = model.tokens(tweets.texts)
    logits, hidden = model.logits_and_hidden(tokens)
    vocabulary = Vocabulary.build(tokens, _TEXT)
    dense, known = dense_features(logits, hidden, tokens, Terms()), int(were_fitted(tokens).sum())
    is_used, possible = np.ones(dense.shape[1], bool), _STARTS[count]
    if known > _KNOWN_SHARE * len(tweets):
        log.warning("%s", _KNOWN.format(known))
        is_used[: len(DENSE)] = np.isin(DENSE, FEATURES)
        possible = _STARTS_WITHOUT_WEIGHTS[count]
    rows = _Rows(dense, vocabulary.encode(tokens), classes, is_used)
    starts = {name: _start(of, hidden.shape[1], count) for name, of in possible.items()}
    losses = {name: float(rows.weights @ _losses(rows.dense @ of, classes)) for name, of in starts.items()}
    best = min(losses, key=lambda name: losses[name])
    folds = assign_folds(tweets.groups, classes, _FOLDS, _SEED)
    after, strength = _cross_validate(rows, starts[best], folds)
    names = [best, *(name for name in starts if name != best)]
    predicted = {name: (rows.dense @ starts[name]).argmax(axis=1) for name in names} | {AFTER: after.argmax(axis=1)}
    scores = score_classes(classes, predicted, tweets.groups, _SEED)
    head = _fit_path(rows, starts[best], (strength,))[strength]
    return FittedHead(head, vocabulary, count, scores, strength)


@dataclass(frozen=True)
class _Rows:
    """The features and classes of tweets; `is_used` says which of the dense features a head may use."""

    dense: np.ndarray
    ids: Ids
    classes: np.ndarray
    is_used: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """How much each tweet counts, so that all classes count equally."""
        return np.asarray(compute_sample_weight("balanced", self.classes))

    def take(self, rows: np.ndarray) -> "_Rows":
        return _Rows(self.dense[rows], self.ids.take(rows), self.classes[rows], self.is_used)


def _check(tweets: LabeledTweets) -> None:
    if not FEWEST <= len(tweets) <= MOST:
        many, remedy = ("many", "give a sample") if len(tweets) > MOST else ("few", "label more")
        where = f"from {FEWEST} to {MOST:,} can be used"
        raise UserError(f"{len(tweets):,} labeled tweets are too {many}", where, remedy)
    names = {0: "negative", NEUTRAL: "neutral", 1: "positive"}
    for label in np.unique(tweets.labels).tolist():
        count = len(np.unique(tweets.groups[tweets.labels == label]))
        if count < _FEWEST_OF_CLASS:
            what = f"only {count} different {'tweet is' if count == 1 else 'tweets are'} {names[label]}"
            raise UserError(what, f"at least {_FEWEST_OF_CLASS} are needed", "label more, or leave them out")
    for label in (0, 1):
        if label not in tweets.labels:
            raise UserError(f"no tweet is {names[label]}", "in the labeled tweets", "label some")


def _start(weights: dict[str, Sequence[float]], units: int, count: int) -> np.ndarray:
    """The coefficients of the dense features that give the logits before, [features, classes]."""
    start = np.zeros((len(DENSE) + units, count))
    for name, of_classes in weights.items():
        start[DENSE.index(name)] = of_classes
    return start


def _losses(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The log loss of each tweet."""
    largest = logits.max(axis=1)
    sums = np.log(np.exp(logits - largest[:, None]).sum(axis=1)) + largest
    return np.asarray(sums - logits[np.arange(len(logits)), classes])


def _cross_validate(rows: _Rows, start: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, float]:
    """Score each tweet by a head of the other folds.

    Returns:
        (logits float64 [tweets, classes], where each fold has the C that is best for the others; the C that is best for
        all).
    """
    scored = np.empty((len(_STRENGTHS), len(folds), start.shape[1]))
    for fold in tqdm(np.unique(folds), desc="cross-validation", unit="fold", disable=None):
        inside = np.flatnonzero(folds == fold)
        heads = _fit_path(rows.take(np.flatnonzero(folds != fold)), start, _STRENGTHS)
        scored[:, inside] = [head.logits(rows.dense[inside], rows.ids.take(inside)) for head in heads.values()]
    losses = np.array([rows.weights * _losses(logits, rows.classes) for logits in scored])
    of_fold = {fold: _simplest(losses[:, folds != fold]) for fold in np.unique(folds).tolist()}
    chosen = np.array([of_fold[fold] for fold in folds.tolist()])
    return scored[chosen, np.arange(len(folds))], _STRENGTHS[_simplest(losses)]


def _simplest(losses: np.ndarray) -> int:
    """Choose the lowest C whose mean loss is at most one standard error above the best one.

    With few tweets, the best C is often too high by chance. Source: Breiman, Friedman, Olshen and Stone, Classification
    and Regression Trees, 1984.

    Args:
        losses: float [strengths, tweets], for ascending C.
    """
    above = losses - losses[losses.mean(axis=1).argmin()]
    errors = above.std(axis=1) / np.sqrt(losses.shape[1])
    return int((above.mean(axis=1) <= errors).argmax())


def _fit_path(rows: _Rows, start: np.ndarray, strengths: tuple[float, ...]) -> dict[float, Head]:
    """Fit heads of several C, each from the one before.

    Returns:
        The heads by C.
    """
    terms, idf, ngrams = _fit_tfidf(rows.ids)
    mean, scale = np.zeros(rows.dense.shape[1]), np.ones(rows.dense.shape[1])
    hidden = rows.dense[:, len(DENSE) :]
    mean[len(DENSE) :] = hidden.mean(axis=0)
    scale[len(DENSE) :] = _HIDDEN_SCALE / np.maximum(hidden.std(axis=0), 1e-6)
    scale *= rows.is_used
    scaled, offset, heads, fitted = (rows.dense - mean) * scale, rows.dense @ start, {}, None
    for strength in strengths:
        fitted = fit_offset_regression(scaled, ngrams, offset, rows.classes, rows.weights, strength, fitted)
        dense = scale[:, None] * fitted[: len(scale)]
        of_ngrams, intercept = fitted[len(scale) : -1], fitted[-1] - mean @ dense
        heads[strength] = Head(start + dense, terms, idf, of_ngrams.astype(np.float32), intercept)
    return heads


def _fit_tfidf(ids: Ids) -> tuple[np.ndarray, np.ndarray, csr_matrix]:
    """Find the n-grams of at least two tweets, their inverse document frequencies, and the values of the tweets."""
    counter = NgramCounter(NGRAMS, _TEXT.minimum_count)
    try:
        counts = counter.fit_transform(ids)
    except ValueError:  # no n-gram occurs twice
        return np.empty(0, np.int64), np.empty(0, np.float32), csr_matrix((len(ids), 0))
    tfidf = TfidfTransformer(sublinear_tf=True)
    values = tfidf.fit_transform(counts)
    return counter.terms_, tfidf.idf_.astype(np.float32), values
