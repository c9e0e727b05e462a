"""The predictor as scikit-learn's classifier: what it takes as texts and labels, its parameters, copies and pickles."""

import copy
import pickle
import re
import shutil
import subprocess
import sys
import unittest
import warnings
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import validate_data

from sentiment140.errors import UserError
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.texts import checked_texts, sentiments_of

TEXTS = ["good day", "bad day", "so good", "awful", "love it", "hate it", "fine", "sad", "great", "sick"]
LABELS = np.array(["positive", "negative"] * 5)


@pytest.fixture
def mine(predictor):
    """A predictor whose parameters a test may change."""
    return clone(predictor)


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        tuple(TEXTS),
        (text for text in TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, object),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype="category"),
        pd.Index(TEXTS),
        dict(enumerate(TEXTS)).values(),
    ],
    ids=lambda texts: type(texts).__name__,
)
def test_every_ordinary_container_of_texts_is_scored(predictor, texts):
    assert (predictor.probability(texts) == predictor.probability(list(TEXTS))).all()


@pytest.mark.parametrize(
    ("texts", "remedy"),
    [
        ("one text", "pass [text]"),
        (b"bytes", "pass [text]"),
        ({"text": TEXTS}, "found a dict: pass list(texts.values())"),
        (set(TEXTS), "found a set, which has no order: pass sorted(texts)"),
        (frozenset(TEXTS), "found a frozenset, which has no order"),
        ({"a": 1}.keys(), "found a dict_keys, which has no order"),
        (pd.DataFrame({"text": TEXTS}), 'found a DataFrame: pass its column with the texts, such as texts["text"]'),
        (pa.table({"text": TEXTS}), "found a Table: pass its column"),
        (np.array(TEXTS)[:, None], "found an array with 2 dimensions: pass one dimension, such as texts.ravel()"),
        (np.array("one"), "found an array with 0 dimensions"),
        (3, "found 3 of type int"),
        (None, "found None of type NoneType"),
        (["good", 3], "expected texts, found 3 of type int"),
        ([b"bytes"], "expected texts, found b'bytes': decode them, such as text.decode('utf-8')"),
        ([["nested"]], "expected texts, found ['nested'] of type list"),
        ([float("inf")], "expected texts, found inf of type float"),
    ],
)
def test_anything_else_is_a_type_error_that_says_what_to_pass(predictor, texts, remedy):
    for method in ("probability", "predict", "predict_proba", "decision_function", "explain"):
        with pytest.raises(TypeError, match=re.escape(remedy)):
            getattr(predictor, method)(texts)


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT])
def test_a_missing_text_is_an_empty_text_as_in_a_file(predictor, missing):
    assert list(checked_texts(["good", missing])) == ["good", ""]
    assert (predictor.probability(["good", missing]) == predictor.probability(["good", ""])).all()
    array = np.array(["good", missing], object)
    assert (predictor.probability(array) == predictor.probability(["good", ""])).all()
    series = pd.Series(["good", None if missing is pd.NaT else missing], dtype="string")
    assert (predictor.probability(series) == predictor.probability(["good", ""])).all()
    assert predictor.explain([missing]) == predictor.explain([""])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.text(), st.none(), st.integers(), st.binary(), st.floats(), st.lists(st.text()))))
def test_texts_are_either_taken_as_they_are_or_refused(values):
    wrong = [value for value in values if not (value is None or isinstance(value, str) or value != value)]
    if wrong:
        with pytest.raises(TypeError, match="expected texts"):
            list(checked_texts(values))
    else:
        assert list(checked_texts(values)) == [value if isinstance(value, str) else "" for value in values]


@pytest.mark.parametrize("negative_and_positive", [("negative", "positive"), (0, 1), (0, 4), (False, True), (0.0, 4.0)])
@pytest.mark.parametrize(
    "container", [list, tuple, np.array, pd.Series, lambda labels: pd.Series(labels, dtype="category")]
)
def test_labels_are_read_in_every_way_that_people_write_them(predictor, negative_and_positive, container):
    negative, positive = negative_and_positive
    labels = container([positive if label == "positive" else negative for label in LABELS])
    assert sentiments_of(labels).tolist() == LABELS.tolist()
    assert predictor.score(TEXTS, labels) == np.mean(predictor.predict(TEXTS) == LABELS)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([0, 2], "found 2"),
        ([1, 4], "these are mixed"),
        ([0, "positive"], "these are mixed"),
        (["0", "4"], "found '0'"),
        (["Positive", "negative"], "found 'Positive'"),
        ([1, None], "found None"),
        ([1, float("nan")], "found nan"),
        ([-1, 1], "found -1"),
    ],
)
def test_other_labels_are_a_value_error(predictor, labels, found):
    with pytest.raises(ValueError, match=f"labels must be 'negative' and 'positive', 0 and 1, or 0 and 4: {found}"):
        predictor.score(["good", "bad"], np.array(labels, object))


def test_score_compares_the_numbers_of_texts_labels_and_weights(predictor):
    with pytest.raises(ValueError, match="as many labels as texts are needed: 2 texts, 1 labels"):
        predictor.score(["good", "bad"], ["positive"])
    with pytest.raises(ValueError, match="one number for each of 2 texts"):
        predictor.score(["good", "bad"], [0, 1], sample_weight=[1.0])
    with pytest.raises(ValueError, match="no texts"):
        predictor.score([], [])
    right, wrong = (
        predictor.predict(["good"])[0],
        "negative" if predictor.predict(["good"])[0] == "positive" else "positive",
    )
    assert predictor.score(["good", "good"], [right, wrong], sample_weight=[3, 1]) == 0.75


def test_a_text_without_a_known_word_is_uncertain_if_predict_may_abstain(predictor):
    texts = ["", None, "qwzx vkjq", "@bob http://x.y 12 ...!?", "good", ":)"]
    assert set(predictor.predict(texts)) <= {"negative", "positive"}
    cautious = Predictor.load(predictor.folder, abstain=1e-9)
    assert (cautious.predict(texts) == "uncertain").tolist() == [True] * 4 + [False] * 2
    assert (cautious.scores(texts).known_words > 0).tolist() == [False] * 4 + [True] * 2


@given(st.lists(st.sampled_from(["good", "bad :(", "", "qwzx", "good day " * 200]), max_size=9))
def test_scores_are_those_of_each_text_alone(predictor, texts):
    scores, alone = predictor.scores(texts), [predictor.scores([text]) for text in texts]
    assert scores.probability.tolist() == predictor.probability(texts).tolist()
    assert scores.known_words.tolist() == [one.known_words[0] for one in alone]
    assert scores.truncated.tolist() == [len(text) > 100 for text in texts]


def test_abstain_labels_texts_near_one_half_uncertain(predictor, mine):
    probability = predictor.probability(TEXTS)
    margin = float(np.median(np.abs(probability - 0.5)))
    predicted = mine.set_params(abstain=margin).predict(TEXTS)
    assert ((predicted == "uncertain") == (np.abs(probability - 0.5) < margin)).all()
    assert 0 < np.mean(predicted == "uncertain") < 1
    assert (predicted[predicted != "uncertain"] == predictor.predict(TEXTS)[predicted != "uncertain"]).all()
    assert mine.score(TEXTS, predictor.predict(TEXTS)) == np.mean(predicted != "uncertain")  # they count as wrong
    assert "uncertain" not in predictor.predict(TEXTS)  # the original keeps its own parameter
    assert list(mine.classes_) == ["negative", "positive"]
    for wrong in (0.6, -0.1, float("nan"), "0.1", None, [0.1]):
        with pytest.raises(ValueError, match=r"abstain must be a number from 0 to 0\.5"):
            mine.set_params(abstain=wrong).predict(TEXTS)
    with pytest.raises(ValueError, match='unknown parameter "abstein": did you mean abstain'):
        mine.set_params(abstein=0.1)
    assert Predictor.load(predictor.folder, abstain=0.5).predict(["good"]) == ["uncertain"]


def test_the_decision_function_is_the_logit_of_the_probability(predictor):
    logits = predictor.decision_function(TEXTS)
    assert logits.shape == (len(TEXTS),)
    assert predictor.probability(TEXTS) == pytest.approx(1 / (1 + np.exp(-logits)))
    assert ((logits > 0) == (predictor.predict(TEXTS) == "positive")).all()


def test_tools_of_scikit_learn_take_the_predictor(predictor, mine):
    texts, folds = pd.Series(TEXTS), KFold(2)
    assert cross_val_predict(predictor, texts, LABELS, cv=folds).tolist() == predictor.predict(TEXTS).tolist()
    proba = cross_val_predict(predictor, texts, LABELS, cv=folds, method="predict_proba")
    assert proba == pytest.approx(predictor.predict_proba(TEXTS))
    for scoring in (None, "accuracy", "roc_auc", "neg_log_loss"):
        assert np.isfinite(cross_val_score(predictor, texts, LABELS, cv=folds, scoring=scoring)).all()
    assert cross_val_score(predictor, texts, np.where(LABELS == "positive", 4, 0), cv=folds) == pytest.approx(
        cross_val_score(predictor, texts, LABELS, cv=folds)
    )
    pipeline = make_pipeline(FunctionTransformer(partial(map_texts, str.lower)), predictor)
    search = GridSearchCV(pipeline, {"predictor__abstain": [0.0, 0.5]}, cv=folds).fit(texts, LABELS)
    assert search.best_params_ == {"predictor__abstain": 0.0}
    assert search.cv_results_["mean_test_score"][1] == 0  # all are uncertain
    assert pipeline.fit(texts, LABELS, predictor__sample_weight=np.ones(10)).score(
        texts, LABELS, sample_weight=np.arange(10)
    ) == pytest.approx(accuracy_score(LABELS, predictor.predict(TEXTS), sample_weight=np.arange(10)))
    vote = VotingClassifier([("one", predictor), ("two", mine)], voting="soft").fit(texts, LABELS)
    assert vote.predict_proba(texts) == pytest.approx(predictor.predict_proba(TEXTS))
    assert "Predictor run=" in repr(pipeline)


def map_texts(change, texts):
    return [change(text) for text in texts]


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_a_frozen_predictor_is_calibrated_on_new_labels(predictor, method):
    probability = predictor.probability(TEXTS * 10)
    labels = np.where(probability > np.median(probability), "positive", "negative")
    calibrated = CalibratedClassifierCV(FrozenEstimator(predictor), method=method)
    calibrated.fit(TEXTS * 10, labels)
    assert list(calibrated.classes_) == ["negative", "positive"]
    assert calibrated.score(TEXTS, labels[:10]) == 1
    assert make_scorer(accuracy_score)(calibrated, TEXTS, labels[:10]) == 1


def test_a_clone_shares_the_model_and_has_its_own_parameters(predictor):
    for copied in (clone(predictor), copy.copy(predictor), copy.deepcopy(predictor)):
        assert copied is not predictor
        assert copied.model is predictor.model
        copied.set_params(abstain=0.3)
    assert predictor.abstain == 0
    assert clone(Predictor(predictor.model, abstain=0.3)).abstain == 0.3


def test_a_pickle_works_on_another_machine_without_the_model_folder(predictor, tmp_path):
    folder = shutil.copytree(predictor.folder, tmp_path / "model")
    original = Predictor.load(folder, abstain=0.1)
    content = pickle.dumps(original)
    assert len(content) > sum(path.stat().st_size for path in folder.iterdir())
    joblib.dump(original, tmp_path / "predictor.joblib")
    shutil.rmtree(folder)
    (tmp_path / "predictor.pickle").write_bytes(content)
    code = (
        "import sys, pickle, joblib\n"
        "one = pickle.load(open('predictor.pickle', 'rb'))\n"
        "two = pickle.loads(pickle.dumps(joblib.load('predictor.joblib')))\n"  # pickled again, without a folder
        "assert one.folder is two.folder is None and one.abstain == 0.1\n"
        "assert 'sklearn' not in sys.modules\n"
        "print(*one.probability(['good day', 'bad']), *two.probability(['good day', 'bad']))"
    )
    path = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": ":".join(path)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert list(map(float, done.stdout.split())) == pytest.approx([*original.probability(["good day", "bad"])] * 2)
    with pytest.raises(UserError, match=r"manifest\.json is missing, in .*model"):  # the folder is gone by now
        pickle.dumps(original)


def test_a_pickle_of_a_changed_or_damaged_model_is_refused(predictor, tmp_path):
    folder = shutil.copytree(predictor.folder, tmp_path / "model")
    original = Predictor.load(folder)
    files = original.model.files()
    with (folder / "fast.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(UserError, match=r"fast\.onnx was changed after training, in .*model"):
        pickle.dumps(original)
    for damaged, message in (
        (files | {"fast.onnx": b""}, r"fast\.onnx was changed after training, in the pickled predictor"),
        ({name: files[name] for name in files if name != "fast.onnx"}, r"fast\.onnx is missing"),
        (files | {"manifest.json": b'{"format": 6}'}, "has format 6, but this program reads format"),
    ):
        with pytest.raises(UserError, match=message):
            type(original.model).from_files(damaged)


def test_the_repr_names_run_data_quality_and_score(demo_run, predictor):
    assert re.fullmatch(
        r"<Predictor run='demo-tiny', quality='fast', data='demo': accuracy [\d.]+ % \[[\d.]+, [\d.]+\] on [\d,]+ "
        r"synthetic tweets>",
        repr(predictor),
    )
    best = Predictor.load(demo_run[1], "best", abstain=0.2)
    assert "quality='best', data='demo', abstain=0.2: accuracy" in repr(best)
    assert "lexicon=True: accuracy without the lexicon" in repr(Predictor(predictor.model, lexicon=True))


class OfRows(Predictor):
    """The predictor for rows of numbers, which scikit-learn's checks pass: a row becomes a text of its numbers.

    It validates the rows as a classifier of rows does, scores their texts, and calls the classes 0 and 1: most checks
    compare predictions as numbers.
    """

    classes_ = np.array([0, 1])

    def fit(self, X, y=None, sample_weight=None):
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        validate_data(self, X, y, multi_output=False)
        return super().fit(["checked"], y, sample_weight)

    def _texts(self, X):
        rows = validate_data(self, X, reset=False)
        return [" ".join("good" if number > 0 else "bad" for number in row) for row in rows]

    def decision_function(self, texts):
        return super().decision_function(self._texts(texts))

    def scores(self, texts):
        return super().scores(self._texts(texts))

    def predict(self, X):
        return (super().predict(X) == "positive").astype(int)

    def score(self, X, y, sample_weight=None):
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array, tags.input_tags.string = True, False, False
        tags.target_tags.required = True
        return tags


# The checks that fail because the model is trained already: fit learns nothing from labels and weights.
_LEARNING = {
    "check_all_zero_sample_weights_error": "fit does not use the weights",
    "check_sample_weights_shape": "fit does not use the weights",
    "check_classifiers_classes": "the classes are fixed",
    "check_classifiers_train": "fit does not learn",
    "check_classifiers_regression_target": "fit does not use the labels",
    "check_classifier_not_supporting_multiclass": "fit does not use the labels",
}


def test_the_checks_of_scikit_learn_pass_but_those_of_learning(predictor):
    passed, failed = [], {}
    with warnings.catch_warnings():  # that it is no BaseEstimator
        warnings.simplefilter("ignore")
        checks = list(estimator_checks_generator(OfRows(predictor.model)))
    for estimator, check in checks:
        name = getattr(check, "func", check).__name__
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                check(estimator)
            passed.append(name)
        except unittest.SkipTest:  # of the array API
            pass
        except Exception as error:  # noqa: BLE001 - whatever a check raises is a failure of it
            failed[name] = error
    assert set(failed) == set(_LEARNING), failed
    assert len(passed) > 40
    assert {"check_fit_score_takes_y", "check_estimators_pickle", "check_methods_subset_invariance"} <= {*passed}


def test_the_arguments_for_labels_have_the_name_that_scikit_learn_gives_them(predictor):
    assert predictor.fit(TEXTS, y=LABELS) is predictor
    assert predictor.score(TEXTS, y=LABELS) == predictor.score(TEXTS, LABELS)
    assert get_tags(predictor).input_tags.string
    with pytest.raises(TypeError, match="pass its column with the texts"):
        predictor.fit(pd.DataFrame({"text": TEXTS}), LABELS)
