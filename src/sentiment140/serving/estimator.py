"""The methods by which scikit-learn knows a classifier. Imports scikit-learn only where scikit-learn itself calls."""

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, Self

import numpy as np

from sentiment140.errors import unknown_name
from sentiment140.evidence.terms import Terms
from sentiment140.labels import CLASSES
from sentiment140.serving.scores import Scores
from sentiment140.serving.texts import Texts, checked_texts, sentiments_of

ABSTAIN = "abstain needs two labels: of three, neutral texts are those that are neither"


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
        labels: 2 or 3; None for those of the model.

    Attributes:
        classes_: the names of the classes, in the order of the columns of `predict_proba`.
    """

    def __init__(
        self,
        model: Any,
        abstain: float = 0.0,
        *,
        emoji: bool = True,
        emoticons: bool = True,
        lexicon: bool = False,
        labels: int | None = None,
    ) -> None:
        self.model = model
        self.abstain = abstain
        self.emoji = emoji
        self.emoticons = emoticons
        self.lexicon = lexicon
        self.labels = labels

    @property
    def classes_(self) -> np.ndarray:
        """The names of the classes, in the order of the columns of `predict_proba`."""
        return np.array(CLASSES[self._count_labels()])

    def _count_labels(self) -> int:
        if self.labels not in (None, *CLASSES):
            raise ValueError(f"labels must be 2 or 3, is {self.labels!r}")
        return int(self.model.manifest.labels_for(self.labels))

    @property
    def terms(self) -> Terms:
        """The terms that are added to the logit of the model."""
        return Terms(self.emoji, self.emoticons, self.lexicon)

    @abstractmethod
    def probability(self, texts: Texts) -> np.ndarray:
        """Compute the calibrated probability that each text is positive, float32 [texts]."""

    @abstractmethod
    def scores(self, texts: Texts) -> Scores:
        """Compute the probabilities of each text's classes, and what the model could read of it."""

    def predict_proba(self, texts: Texts) -> np.ndarray:
        """Compute the probabilities of all classes.

        Args:
            texts: the texts, as in `probability`.

        Returns:
            float32 [texts, labels], in the order of `classes_`.

        Raises:
            TypeError: as in `probability`.
        """
        return self.scores(texts).probabilities

    def predict(self, texts: Texts) -> np.ndarray:
        """Classify texts: positive from probability 0.5, which is included; "uncertain" where `abstain` says so.

        With three labels, the class is the most probable one.

        Args:
            texts: the texts, as in `probability`.

        Returns:
            str [texts], one of `classes_` or, if `abstain` is not 0, "uncertain".

        Raises:
            TypeError: as in `probability`.
            ValueError: `abstain` is no number from 0 to 0.5, or not 0 with three labels.
        """
        if not isinstance(self.abstain, int | float | np.number) or not 0 <= self.abstain <= 0.5:
            raise ValueError(f"abstain must be a number from 0 to 0.5, is {self.abstain!r}")
        if self.abstain and self._count_labels() > 2:
            raise ValueError(ABSTAIN)
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
            y: the true labels: "negative", "neutral" and "positive", 0 and 1, or 0, 2 and 4.
            sample_weight: float [texts], the weight of each text; None for equal weights.

        Returns:
            The share of correctly classified texts.

        Raises:
            TypeError: as in `probability`.
            ValueError: there are no texts, the numbers of texts, labels and weights differ, or a label is another one.
        """
        expected, predicted = sentiments_of(y, self.classes_), self.predict(texts)
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
        return {"model": self.model, "abstain": self.abstain, "labels": self.labels, **asdict(self.terms)}

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
            classifier_tags=ClassifierTags(multi_class=self._count_labels() > 2),
            input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
            requires_fit=False,
        )
