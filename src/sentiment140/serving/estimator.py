"""The methods by which scikit-learn knows a classifier. Imports scikit-learn only where scikit-learn itself calls."""

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, Self

import numpy as np

from sentiment140.errors import unknown_name
from sentiment140.evidence.terms import Terms
from sentiment140.labels import NEGATIVE, POSITIVE
from sentiment140.serving.scores import Scores
from sentiment140.serving.texts import Texts, checked_texts, sentiments_of


class TextClassifier(ABC):
    """A fitted classifier of texts for scikit-learn's pipelines, metrics, searches and calibration.

    scikit-learn's own base classes would do the same, but importing them takes longer than scoring a tweet.

    Args:
        model: the model. It never changes.
        abstain: `predict` labels texts "uncertain" whose probability differs from 0.5 by less than this, and if it is
            not 0, those without a known word; 0 to 0.5.
        emoji: whether emoji count.
        emoticons: whether emoticons count.
        lexicon: whether the polarity of words counts as people judge it.

    Attributes:
        classes_: "negative" and "positive", in the order of the columns of `predict_proba`.
    """

    classes_ = np.array([NEGATIVE, POSITIVE])

    def __init__(
        self, model: Any, abstain: float = 0.0, *, emoji: bool = True, emoticons: bool = True, lexicon: bool = False
    ) -> None:
        self.model = model
        self.abstain = abstain
        self.emoji = emoji
        self.emoticons = emoticons
        self.lexicon = lexicon

    @property
    def terms(self) -> Terms:
        """The terms that are added to the logit of the model."""
        return Terms(self.emoji, self.emoticons, self.lexicon)

    @abstractmethod
    def probability(self, texts: Texts) -> np.ndarray:
        """Compute the calibrated probability that each text is positive, float32 [texts]."""

    @abstractmethod
    def scores(self, texts: Texts) -> Scores:
        """Compute the probability that each text is positive, and what the model could read of it."""

    def predict_proba(self, texts: Texts) -> np.ndarray:
        """Compute the probabilities of both classes.

        Args:
            texts: the texts, as in `probability`.

        Returns:
            float32 [texts, 2], in the order of `classes_`.

        Raises:
            TypeError: as in `probability`.
        """
        positive = self.probability(texts)
        return np.column_stack([1 - positive, positive])

    def predict(self, texts: Texts) -> np.ndarray:
        """Classify texts: positive from probability 0.5, which is included; "uncertain" where `abstain` says so.

        Args:
            texts: the texts, as in `probability`.

        Returns:
            str [texts], "negative", "positive" or, if `abstain` is not 0, "uncertain".

        Raises:
            TypeError: as in `probability`.
            ValueError: `abstain` is no number from 0 to 0.5.
        """
        if not isinstance(self.abstain, int | float | np.number) or not 0 <= self.abstain <= 0.5:
            raise ValueError(f"abstain must be a number from 0 to 0.5, is {self.abstain!r}")
        return np.array(self.scores(texts).sentiments(self.abstain), "<U9")

    def fit(self, texts: Texts, y: Any = None, sample_weight: Any = None) -> Self:
        """Change nothing: the model is trained already. Pipelines and cross-validation call this.

        Args:
            texts: the texts, as in `probability`; they are not used.
            y: not used.
            sample_weight: not used.

        Raises:
            TypeError: `texts` is not a list or Series of texts.
        """
        checked_texts(texts)
        return self

    def score(self, texts: Texts, y: Any, sample_weight: Any = None) -> float:
        """Compute the accuracy. A text that is labeled "uncertain" counts as wrong.

        Args:
            texts: the texts, as in `probability`.
            y: the true labels: "negative" and "positive", 0 and 1, or 0 and 4.
            sample_weight: float [texts], the weight of each text; None for equal weights.

        Returns:
            The share of correctly classified texts.

        Raises:
            TypeError: as in `probability`.
            ValueError: there are no texts, the numbers of texts, labels and weights differ, or a label is another one.
        """
        expected, predicted = sentiments_of(y), self.predict(texts)
        if len(expected) != len(predicted):
            raise ValueError(f"as many labels as texts are needed: {len(predicted):,} texts, {len(expected):,} labels")
        if not len(predicted):
            raise ValueError("no texts to score")
        weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        if weights is not None and weights.shape != predicted.shape:
            raise ValueError(f"sample_weight must have one number for each of {len(predicted):,} texts")
        return float(np.average(predicted == expected, weights=weights))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, which are the arguments of the constructor."""
        return {"model": self.model, "abstain": self.abstain, **asdict(self.terms)}

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters: those of the constructor; `model` to one of another predictor.

        Raises:
            ValueError: there is no such parameter.
        """
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise ValueError(unknown_name("parameter", name, known))
            setattr(self, name, value)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags  # only scikit-learn calls this

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
            requires_fit=False,
        )
