"""Score texts with an exported model. Imports neither TensorFlow, pandas nor scikit-learn, so it starts at once."""

from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np

from sentiment140.data.separated import LONGEST_TEXT
from sentiment140.evaluation.run_scores import JUDGES
from sentiment140.evidence.terms import Terms, with_terms
from sentiment140.evidence.three_labels import three_logits
from sentiment140.runs import places
from sentiment140.serving.choose import find_model
from sentiment140.serving.estimator import TextClassifier
from sentiment140.serving.explain import explain
from sentiment140.serving.hub import download_model, write_model
from sentiment140.serving.manifest import Manifest
from sentiment140.serving.models import Model
from sentiment140.serving.scores import Scores, logit_of_positive, probabilities
from sentiment140.serving.texts import Texts, checked_texts
from sentiment140.text.tokenize import Tokens

_CHUNK_SIZE = 16_384  # texts scored at a time, so that memory does not grow with their number


class Predictor(TextClassifier):
    """A trained model that scores texts. Thread-safe, and a fitted classifier for scikit-learn.

    Texts are given as a list, tuple, generator, 1-d array or Series. A missing text (None, NaN) counts as an empty one,
    as it does in a file: it gets the probability of a tweet without known words.

    A pickle contains the model, so that another machine needs this package only. Unpickle only what you trust: any
    pickle can run arbitrary code.

    Example, with the name of a run:

        predictor = Predictor.load("standard")
        predictor.predict(["I love it", "not my day :("])      # array(['positive', 'negative'], dtype='<U9')
        predictor.probability(["I love it", "not my day :("])  # float32 [2], the probabilities of positive

    Args:
        model: the loaded models. `Predictor.load` and `Predictor.from_pretrained` load them.
        abstain: `predict` labels texts "uncertain" whose probability differs from 0.5 by less than this, and if it is
            not 0, those without a known word; 0 to 0.5.
        emoji: whether emoji count; the model alone does not know them.
        emoticons: whether emoticons count; the model alone does not know them.
        lexicon: whether the polarity of words counts as people judge it. The probability is then that a reader calls
            the text positive; without the lexicon, that its author feels positive. With three labels, and in a model
            that was adapted, it always counts.
        labels: 2 for negative and positive; 3 for negative, neutral and positive, with probabilities that a reader
            calls the text so, if all three are equally frequent; None for 2, or for those of a model that was adapted.

    Attributes:
        classes_: the names of the classes, in the order of the columns of `predict_proba`.
    """

    model: Model

    @classmethod
    def load(cls, model: str | Path | None = None, quality: str | None = None, **parameters: Any) -> Self:
        """Load the model of a run.

        Args:
            model: the name of a run in `submissions/`, such as "standard"; or the folder of a run, its folder `model/`,
                or a (copied) folder with a manifest such as `model/fast/`. None for the run in `submissions/` that was
                finished last. `submissions/` is that of the checkout, or else of the current folder.
            quality: "fast" for the student, "best" for the whole ensemble; None for the student if the run has one,
                else the ensemble.
            parameters: as in the constructor, such as `lexicon` and `labels`.

        Raises:
            UserError: there is no such run or folder, it has no such model, or the model is damaged.
        """
        return cls(Model.read(find_model(model, places.SUBMISSIONS, quality)), **parameters)

    @classmethod
    def from_pretrained(cls, model: str | Path, *, revision: str | None = None, **parameters: Any) -> Self:
        """Load a model that `save_pretrained` wrote, from a folder or from the Hugging Face Hub.

        Only the files of a model are downloaded, and none of them is code or a pickle. Load models of people you trust.

        Args:
            model: a folder; or, if there is no such folder, a name on the Hub such as "me/sentiment140".
            revision: branch, tag or commit on the Hub; None for the newest.
            parameters: as in the constructor, such as `lexicon` and `labels`.

        Raises:
            ImportError: the model is on the Hub, and huggingface_hub is not installed.
            UserError: the model cannot be downloaded, or is damaged.
        """
        folder = Path(model) if Path(model).is_dir() else download_model(str(model), revision)
        return cls(Model.read(find_model(folder.absolute(), places.SUBMISSIONS, None)), **parameters)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the model and a model card, `README.md`, into a folder that can be uploaded to the Hugging Face Hub.

        Args:
            folder: created if missing; files of the same names are replaced.

        Raises:
            UserError: the folder cannot be written, or the files of the model were changed since it was loaded.
        """
        write_model(self.model, Path(folder))

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model: run, data, scores, settings."""
        return self.model.manifest

    @property
    def folder(self) -> Path | None:
        """The model folder; None for a predictor from a pickle."""
        return self.model.folder

    def decision_function(self, texts: Texts) -> np.ndarray:
        """Compute the calibrated logits of positive, ln(p / (1 - p)); of three labels, the logarithms of softmax.

        They keep the order of texts whose probabilities round to 0 or 1.

        Args:
            texts: the texts, as in `probability`.

        Returns:
            float64 [texts], above 0 for positive; with three labels [texts, 3].

        Raises:
            TypeError: as in `probability`.
        """
        return np.concatenate([self._no_logits, *map(self.logits, map(self.model.tokens, _chunks(texts)))])

    def probability(self, texts: Texts) -> np.ndarray:
        """Compute the calibrated probability that each text is positive.

        The probability of a text does not depend on the other texts.

        Args:
            texts: a list, tuple, generator, 1-d array or Series of texts; None and NaN count as empty texts.

        Returns:
            float32 [texts].

        Raises:
            TypeError: `texts` is a single string, dict, set or DataFrame, or contains something else than texts.
        """
        return probabilities(self.decision_function(texts))[:, -1]

    def scores(self, texts: Texts) -> Scores:
        """Compute the probability that each text is positive, and what the model could read of it.

        Args:
            texts: the texts, as in `probability`.

        Raises:
            TypeError: as in `probability`.
        """
        empty = Scores(probabilities(self._no_logits), np.empty(0, np.int64), np.empty(0, bool))
        found = [empty, *map(self._scores, _chunks(texts))]
        return Scores(*(np.concatenate([getattr(part, field.name) for part in found]) for field in fields(Scores)))

    def logits(self, tokens: Tokens) -> np.ndarray:
        """Compute the logits of tokenized texts, with the terms of this predictor.

        Returns:
            As `decision_function`.
        """
        count = self._count_labels()
        if self.manifest.adaptation:
            logits = self.model.adapted_logits(tokens, self.terms)
            return logits if count > 2 else logit_of_positive(logits)
        if count > 2:
            return three_logits(self.model.logits(tokens), tokens, self.terms)
        return with_terms(self.model.logits(tokens), tokens, self.terms)

    def scores_of(self, tokens: Tokens, logits: np.ndarray) -> Scores:
        """Return the scores of tokenized texts whose logits are known."""
        return Scores(probabilities(logits), self.model.known_words(tokens), self.model.truncated(tokens))

    @property
    def _no_logits(self) -> np.ndarray:
        count = self._count_labels()
        return np.empty((0, count)) if count > 2 else np.empty(0)

    def _scores(self, texts: list[str]) -> Scores:
        tokens = self.model.tokens(texts)
        scores = self.scores_of(tokens, self.logits(tokens))
        is_cut = np.array([len(text) > LONGEST_TEXT for text in texts], bool)
        return replace(scores, truncated=scores.truncated | is_cut)

    def explain(self, texts: Texts) -> list[list[tuple[str, float]]]:
        """Compute the effect of each token: what it adds to the logit of positive (its Shapley value).

        With three labels, that is the logarithm of the probability of positive divided by that of negative. An effect
        of +0.69 doubles p / (1 - p). Each text is scored in up to 256 copies, and only its first 128 tokens are
        explained; see `sentiment140.serving.explain`.

        Args:
            texts: the texts, as in `probability`.

        Returns:
            For each text a list of pairs (token, effect), in the order of the tokens. A positive effect means that the
            token makes the text more positive.

        Raises:
            TypeError: as in `probability`.
        """

        def logits(tokens: Tokens) -> np.ndarray:
            return logit_of_positive(self.logits(tokens))

        explained = (explain(tokens, logits) for tokens in map(self.model.tokens, _chunks(texts)))
        return [effects for chunk in explained for effects in chunk]

    def __repr__(self) -> str:
        manifest = self.manifest
        score = "no scores"
        if manifest.adaptation:
            score = manifest.adaptation.describe()
        elif scored := next((part for part in JUDGES if part in manifest.scores), None):
            scores = manifest.scores[scored]
            without = " without the lexicon" * self.lexicon  # the scores of a run are those of the model alone
            score = f"accuracy{without} {scores.percent()} on {scores.n:,} {manifest.judge(scored)}"
        defaults = {"abstain": 0.0, "labels": None, **asdict(Terms())}
        changed = {name: value for name, value in self.get_params().items() if defaults.get(name, value) != value}
        parameters = "".join(f", {name}={value!r}" for name, value in changed.items())
        model = f"run={manifest.run!r}, quality={manifest.quality!r}, data={manifest.data!r}"
        return f"<Predictor {model}{parameters}: {score}>"


def _chunks(texts: Texts) -> Iterator[list[str]]:
    checked = checked_texts(texts)
    return iter(lambda: list(islice(checked, _CHUNK_SIZE)), [])
