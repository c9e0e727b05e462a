import inspect
import warnings

import keras
import numpy as np
import onnxruntime
import pytest

from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.models.check import check_values
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.linear import SKLEARN
from sentiment140.models.neural import KERAS
from sentiment140.models.settings import resolve
from sentiment140.presets import load

WORDS, DIMENSION = 60, 12
WIDTHS = (8, 16, 24, 32)
# Values other than the defaults, for arguments whose default cannot simply be increased or halved.
OTHER = {"pooling": "max", "kernel_sizes": (2, 3), "dropout": 0.4, "word_dropout": 0.1}


def matrix_of(words=WORDS, dimension=DIMENSION):
    matrix = np.random.default_rng(1).normal(0, 0.5, (words, dimension)).astype(np.float32)
    matrix[0] = 0
    return matrix


def build(name, trainable=True):
    keras.utils.set_random_seed(3)
    return KERAS[name](embedding_layer(matrix_of(), trainable))


def widths_of(model):
    """Widths that the model accepts: any, or the one it was built for."""
    width = model.input_shape[1]
    return WIDTHS if width is None else (width,)


def tweets(n, width, seed=0):
    """int32 [n, width]: a tweet of one word, one without padding, and others of random length."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(1, WORDS, (n, width), dtype=np.int32)
    lengths = np.array([1, width, *rng.integers(1, width + 1, n)])[:n]
    return np.where(np.arange(width) < lengths[:, None], ids, 0).astype(np.int32)


@pytest.fixture(scope="module", params=KERAS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    """One untrained model, shared by the tests that do not change it."""
    return build(name)


def test_a_model_returns_one_probability_per_tweet_at_every_width(model):
    for width in widths_of(model):
        probability = model.predict_on_batch(tweets(5, width))
        assert probability.shape == (5, 1)
        assert probability.dtype == np.float32
        assert ((probability >= 0) & (probability <= 1)).all()
        assert len(np.unique(probability)) == 5  # the probability depends on the tweet


def test_a_model_takes_int32_ids_and_is_not_compiled(model, name):
    assert model.name == name
    assert not model.compiled
    (entry,) = model.inputs
    assert (entry.dtype, tuple(entry.shape)) == ("int32", (None, 120 if name == "dnn" else None))
    assert tuple(model.output.shape) == (None, 1)


def test_a_tweets_probability_does_not_depend_on_its_batch(model):
    for width in widths_of(model):
        batch = tweets(33, width)
        together = model.predict_on_batch(batch)
        alone = np.concatenate([model.predict_on_batch(batch[row : row + 1]) for row in (0, 1, 20)])
        assert np.abs(alone - together[[0, 1, 20]]).max() < 1e-6
        shuffled = np.random.default_rng(2).permutation(33)
        assert np.abs(model.predict_on_batch(batch[shuffled]) - together[shuffled]).max() < 1e-6


def dropped_vectors(**arguments):
    """What the convolution reads in training if every word's vector is (1, 1, ...): float32 [400, 8, dimension]."""
    keras.utils.set_random_seed(0)
    model = KERAS["conv_lstm"](embedding_layer(np.ones((2, DIMENSION), np.float32), True), **arguments)
    convolution = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv1D))
    return np.asarray(keras.Model(model.input, convolution.input)(np.ones((400, 8), np.int32), training=True))


def test_word_dropout_drops_whole_words_and_dropout_the_same_dimensions_of_all_words_of_a_tweet():
    is_dropped = dropped_vectors(dropout=0.0, word_dropout=0.25) == 0
    assert (is_dropped == is_dropped[:, :, :1]).all()
    assert is_dropped.mean() == pytest.approx(0.25, abs=0.05)
    assert (is_dropped != is_dropped[:, :1]).any()
    is_dropped = dropped_vectors(dropout=0.25, word_dropout=0.0) == 0
    assert (is_dropped == is_dropped[:, :1]).all()
    assert is_dropped.mean() == pytest.approx(0.25, abs=0.05)
    assert (is_dropped != is_dropped[:, :, :1]).any()


def test_prediction_uses_no_dropout(model):
    batch = tweets(8, widths_of(model)[-1])
    assert (model.predict_on_batch(batch) == model.predict_on_batch(batch)).all()


def test_a_training_step_changes_every_trainable_weight_and_lowers_the_loss(name):
    model = build(name)
    # Eagerly, which is faster than tracing for so few steps.
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)
    batch = tweets(32, widths_of(model)[0])
    labels = (batch[:, :1] % 2).astype(np.float32)
    before = [weight.numpy() for weight in model.trainable_weights]
    first = model.train_on_batch(batch, labels)
    unchanged = [
        weight.path
        for weight, old in zip(model.trainable_weights, before, strict=True)
        if np.array_equal(weight.numpy(), old)
    ]
    assert unchanged == []
    assert len(before) == len(model.weights) - sum("seed" in weight.path for weight in model.weights)
    assert any(model.train_on_batch(batch, labels) < first for _ in range(15))


def test_frozen_vectors_do_not_change_and_all_other_weights_are_trainable(name):
    model, unfrozen = build(name, trainable=False), build(name)
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)
    model.train_on_batch(tweets(32, widths_of(model)[0]), np.ones((32, 1), np.float32))
    assert np.array_equal(model.get_weights()[0], matrix_of())
    assert len(model.trainable_weights) == len(unfrozen.trainable_weights) - 1


def test_the_embedding_is_the_first_weight(model):
    assert np.array_equal(model.get_weights()[0], matrix_of())


def test_a_model_with_copied_weights_predicts_the_same_probabilities(name, model):
    copy = KERAS[name](embedding_layer(np.zeros((WORDS, DIMENSION), np.float32), trainable=False))
    batch = tweets(9, widths_of(model)[-1])
    assert not np.allclose(copy.predict_on_batch(batch), model.predict_on_batch(batch), atol=1e-6)
    copy.set_weights(model.get_weights())
    assert np.array_equal(copy.predict_on_batch(batch), model.predict_on_batch(batch))


def test_the_same_seed_builds_the_same_model(name, model):
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), build(name).get_weights(), strict=True))


def test_the_onnx_export_predicts_the_same_probabilities_at_every_width(model, tmp_path):
    path = tmp_path / "model.onnx"
    model(np.zeros((1, widths_of(model)[0]), np.int32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.export(path, format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for width in widths_of(model):
        for n in (1, 7):
            batch = tweets(n, width, seed=n)
            (found,) = session.run(None, {session.get_inputs()[0].name: batch})
            assert np.abs(found - model.predict_on_batch(batch)).max() < 1e-5


def test_every_argument_has_a_default_and_changes_the_model(name):
    parameters = inspect.signature(KERAS[name]).parameters
    own = {key: p.default for key, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert list(parameters) == ["embedding", *own]
    plain = KERAS[name](embedding_layer(matrix_of(), True)).get_config()
    for key, default in own.items():
        other = {key: OTHER.get(key) or (default + 1 if isinstance(default, int) else default / 2)}
        assert str(KERAS[name](embedding_layer(matrix_of(), True), **other).get_config()) != str(plain), key


def test_conv_lstm_has_the_65153_weights_of_the_courses_model():
    model = KERAS["conv_lstm"](embedding_layer(matrix_of(50, 100), trainable=False))
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 65_153
    assert model.count_params() == 65_153 + 50 * 100


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("course_dnn", 171_533),
        ("course_bilstm", 172_941),
        ("course_sarcasm_bilstm", 30_129),
        ("course_bigru", 169_997),
        ("course_conv", 171_149),
        ("course_sarcasm_conv", 29_489),
        ("course_lstm1", 64 * 10_000 + 74_369),
        ("course_lstm2", 64 * 10_000 + 111_489),
    ],
)
def test_the_members_of_the_course_preset_have_the_parameter_counts_of_the_course(name, parameters):
    member = resolve(load("course", members=[name])).member(name)
    embedding = embedding_layer(matrix_of(member.text.vocabulary_size + 2, member.vectors.dimension), True)
    assert KERAS[member.architecture](embedding, **member.arguments).count_params() == parameters


def test_every_member_of_the_course_preset_can_be_run_alone():
    course = load("course")
    for name in course.ensemble:
        alone = load("course", members=[name])
        assert alone.ensemble == (name,)
        assert alone.member(name) == course.member(name)


def test_a_cnn_has_one_convolution_for_each_kernel_size():
    several = KERAS["cnn"](embedding_layer(matrix_of(50, 16), False), filters=8, kernel_sizes=(2, 3, 4), hidden=6)
    convolutions = 16 * 8 * (2 + 3 + 4) + 3 * 8
    assert several.count_params() == 50 * 16 + convolutions + (24 * 6 + 6) + (6 + 1)


@pytest.mark.parametrize(("kernel_size", "pool_size"), [(5, 4), (3, 2), (2, 1)])
def test_conv_lstm_still_reads_the_tweet_at_the_smallest_width(kernel_size, pool_size):
    model = KERAS["conv_lstm"](embedding_layer(matrix_of(), True), kernel_size=kernel_size, pool_size=pool_size)
    assert len(np.unique(model.predict_on_batch(tweets(4, max(2, pool_size))))) == 4


@pytest.mark.parametrize("trainable", [True, False])
def test_the_embedding_has_its_matrix_but_does_not_write_it_into_the_models_json(trainable):
    layer = embedding_layer(matrix_of(), trainable)
    assert layer.trainable is trainable
    assert np.array_equal(layer(np.array([[0, 5]])), matrix_of()[[[0, 5]]])
    assert len(str(layer.get_config())) < 1000


def experiment_of(*members):
    return Experiment("synthetic", 0, 2, 0, "mean", members[0].name, tuple(m.name for m in members), tuple(members))


@pytest.mark.parametrize("architecture", [*KERAS, *SKLEARN])
def test_resolve_fills_in_every_default_of_the_signature(architecture):
    parameters = inspect.signature({**KERAS, **SKLEARN}[architecture]).parameters
    text = TextSettings(max_length=120, bucket=120)  # all architectures accept this width
    (member,) = resolve(experiment_of(Member("one", architecture, text=text))).members
    assert member.arguments == {key: p.default for key, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    is_keras = architecture in KERAS
    assert member.vectors == (VectorSettings() if is_keras else None)
    assert member.fit == (FitSettings() if is_keras else None)
    assert member.text == text


def test_resolve_keeps_given_settings_and_is_idempotent():
    given = Member(
        "one",
        "conv_lstm",
        {"units": 3},
        TextSettings(max_length=16),
        VectorSettings("random.5d"),
        FitSettings(epochs=9),
    )
    resolved = resolve(experiment_of(given))
    (member,) = resolved.members
    assert member.arguments["units"] == 3
    assert member.arguments["filters"] == 64
    assert (member.text, member.vectors, member.fit) == (given.text, given.vectors, given.fit)
    assert resolve(resolved) == resolved


def test_all_problems_of_the_members_are_reported_at_once():
    wrong = experiment_of(
        Member("a", "conv_lsmt"),
        Member("b", "conv_lstm", {"filtres": 3}),
        Member("c", "conv_bilstm", {"units": "many"}),
        Member("d", "tfidf_logistic", {}, vectors=VectorSettings(), fit=FitSettings()),
        Member("e", "tfidf_logistic", {"C": True}),
    )
    with pytest.raises(UserError) as caught:
        resolve(wrong)
    for part in (
        'members.a: unknown architecture "conv_lsmt": did you mean conv_lstm?',
        'members.b: unknown argument "filtres": did you mean filters?',
        'members.c: argument units must be a number such as 64, not the string "many"',
        "members.d: tfidf_logistic takes no vectors, remove members.d.vectors",
        "members.d: tfidf_logistic takes no fit, remove members.d.fit",
        "members.e: argument C must be a number such as 2.0, not the boolean true",
        "in preset synthetic",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "member",
    [
        Member("a", "conv_lstm", {"units": 1.5}),
        Member("a", "conv_lstm", {"units": (64,)}),
        Member("a", "conv_lstm", {"dropout": 2.0}),
        Member("a", "tfidf_logistic", {"ngrams": 4}),  # three ids fit into a code, four do not
        Member("a", "cnn", {"pooling": "median"}),
        Member("a", "cnn", {"kernel_sizes": ()}),
        Member("a", "cnn", {"kernel_sizes": 3}),
        Member("a", "cnn", {"kernel_sizes": ("3",)}),
        Member("a", "cnn", {"kernel_sizes": (2, 9)}),  # wider than the smallest padded width
        Member("a", "dnn", text=TextSettings(max_length=240, bucket=120)),  # the model was built for 120 tokens
        Member("a", "conv_lstm", text=TextSettings(bucket=2)),  # narrower than pool_size
    ],
    ids=[
        "fraction",
        "list",
        "dropout above 1",
        "four words",
        "unknown pooling",
        "no width",
        "one number for several",
        "text for a number",
        "wider than a tweet",
        "wider than a fixed width",
        "bucket below the pooling",
    ],
)
def test_settings_that_no_model_can_be_built_with_or_predict_with_are_a_user_error(member):
    with pytest.raises(UserError):
        check_values(resolve(experiment_of(member)))
