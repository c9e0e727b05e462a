import inspect
import warnings

import keras
import numpy as np
import onnxruntime
import pytest

from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.models import ARCHITECTURES, resolve
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.neural import KERAS
from sentiment140.presets import load

WORDS, DIMENSION = 60, 12
WIDTHS = (8, 16, 24, 32)
OTHER = {
    "pooling": "max",
    "kernel_sizes": (2, 3),
    "dropout": 0.4,
    "word_dropout": 0.1,
}  # values that no arithmetic makes of the defaults


def matrix_of(words=WORDS, dimension=DIMENSION):
    matrix = np.random.default_rng(1).normal(0, 0.5, (words, dimension)).astype(np.float32)
    matrix[0] = 0
    return matrix


def built(name, trainable=True):
    keras.utils.set_random_seed(3)
    return KERAS[name](embedding_layer(matrix_of(), trainable))


def widths_of(model):
    """Widths of tweets that the model takes: any, or the one it was built for."""
    width = model.input_shape[1]
    return WIDTHS if width is None else (width,)


def tweets(n, width, seed=0):
    """Ids int32 [n, width]: an empty-looking tweet, a full one, and others of random length padded on the right."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(1, WORDS, (n, width), dtype=np.int32)
    lengths = np.array([1, width, *rng.integers(1, width + 1, n)])[:n]
    return np.where(np.arange(width) < lengths[:, None], ids, 0).astype(np.int32)


@pytest.fixture(scope="module", params=KERAS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    """One untrained model for all tests that change nothing."""
    return built(name)


def test_ids_of_any_width_become_one_probability_per_tweet(model):
    for width in widths_of(model):
        probability = model.predict_on_batch(tweets(5, width))
        assert probability.shape == (5, 1)
        assert probability.dtype == np.float32
        assert ((probability >= 0) & (probability <= 1)).all()
        assert len(np.unique(probability)) == 5  # it looks at the tweet


def test_the_model_takes_int32_ids_and_is_not_compiled(model, name):
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


def test_prediction_drops_nothing_out(model):
    batch = tweets(8, widths_of(model)[-1])
    assert (model.predict_on_batch(batch) == model.predict_on_batch(batch)).all()


def test_a_training_step_changes_every_trainable_weight_and_lowers_the_loss(name):
    model = built(name)
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)  # few steps: no time to trace
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


def test_frozen_vectors_stay_and_all_else_is_trained(name):
    model, free = built(name, trainable=False), built(name)
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)
    model.train_on_batch(tweets(32, widths_of(model)[0]), np.ones((32, 1), np.float32))
    assert np.array_equal(model.get_weights()[0], matrix_of())
    assert len(model.trainable_weights) == len(free.trainable_weights) - 1


def test_the_first_array_of_the_weights_is_the_embedding(model):
    assert np.array_equal(model.get_weights()[0], matrix_of())


def test_a_model_with_the_weights_of_another_gives_its_probabilities(name, model):
    copy = KERAS[name](embedding_layer(np.zeros((WORDS, DIMENSION), np.float32), trainable=False))
    batch = tweets(9, widths_of(model)[-1])
    assert not np.allclose(copy.predict_on_batch(batch), model.predict_on_batch(batch), atol=1e-6)
    copy.set_weights(model.get_weights())
    assert np.array_equal(copy.predict_on_batch(batch), model.predict_on_batch(batch))


def test_the_same_seed_builds_the_same_model(name, model):
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), built(name).get_weights(), strict=True))


def test_the_onnx_export_gives_the_same_probabilities_at_every_width(model, tmp_path):
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


def test_every_argument_of_an_architecture_has_a_default_and_changes_it(name):
    parameters = inspect.signature(KERAS[name]).parameters
    own = {key: p.default for key, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert list(parameters) == ["embedding", *own]
    plain = KERAS[name](embedding_layer(matrix_of(), True)).get_config()
    for key, default in own.items():
        other = {key: OTHER.get(key) or (default + 1 if isinstance(default, int) else default / 2)}
        assert str(KERAS[name](embedding_layer(matrix_of(), True), **other).get_config()) != str(plain), key


def test_conv_lstm_is_the_courses_model_of_65_153_weights():
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
def test_the_courses_models_have_the_courses_parameters(name, parameters):
    member = resolve(load("course", members=[name])).member(name)
    embedding = embedding_layer(matrix_of(member.text.vocabulary_size + 2, member.vectors.dimension), True)
    assert KERAS[member.architecture](embedding, **member.arguments).count_params() == parameters


def test_every_model_of_the_course_can_be_run_alone():
    course = load("course")
    for name in course.ensemble:
        alone = load("course", members=[name])
        assert alone.ensemble == (name,)
        assert alone.member(name) == course.member(name)


def test_a_cnn_has_a_convolution_for_each_width():
    several = KERAS["cnn"](embedding_layer(matrix_of(50, 16), False), filters=8, kernel_sizes=(2, 3, 4), hidden=6)
    convolutions = 16 * 8 * (2 + 3 + 4) + 3 * 8
    assert several.count_params() == 50 * 16 + convolutions + (24 * 6 + 6) + (6 + 1)


@pytest.mark.parametrize(("kernel_size", "pool_size"), [(5, 4), (3, 2), (2, 1)])
def test_conv_lstm_still_sees_the_tweet_at_its_narrowest_width(kernel_size, pool_size):
    model = KERAS["conv_lstm"](embedding_layer(matrix_of(), True), kernel_size=kernel_size, pool_size=pool_size)
    assert len(np.unique(model.predict_on_batch(tweets(4, max(2, pool_size))))) == 4


@pytest.mark.parametrize("trainable", [True, False])
def test_the_embedding_holds_its_matrix_without_writing_it_into_the_models_json(trainable):
    layer = embedding_layer(matrix_of(), trainable)
    assert layer.trainable is trainable
    assert np.array_equal(layer(np.array([[0, 5]])), matrix_of()[[[0, 5]]])
    assert len(str(layer.get_config())) < 1000


def experiment_of(*members):
    return Experiment("synthetic", 0, 2, 0, "mean", members[0].name, tuple(m.name for m in members), tuple(members))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_resolving_fills_in_every_default_of_the_signature(architecture):
    parameters = inspect.signature(ARCHITECTURES[architecture]).parameters
    text = TextSettings(max_length=120, bucket=120)  # all architectures take it
    (member,) = resolve(experiment_of(Member("one", architecture, text=text))).members
    assert member.arguments == {key: p.default for key, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    is_keras = architecture in KERAS
    assert member.vectors == (VectorSettings() if is_keras else None)
    assert member.fit == (FitSettings() if is_keras else None)
    assert member.text == text


def test_resolving_keeps_what_was_said_and_is_done_once():
    said = Member(
        "one",
        "conv_lstm",
        {"units": 3},
        TextSettings(max_length=16),
        VectorSettings("random.5d"),
        FitSettings(epochs=9),
    )
    resolved = resolve(experiment_of(said))
    (member,) = resolved.members
    assert member.arguments["units"] == 3
    assert member.arguments["filters"] == 64
    assert (member.text, member.vectors, member.fit) == (said.text, said.vectors, said.fit)
    assert resolve(resolved) == resolved


def test_all_that_is_wrong_with_the_members_is_reported_at_once():
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
        "members.c: argument units must be like 64, is 'many'",
        "members.d: tfidf_logistic takes no vectors",
        "members.d: tfidf_logistic takes no fit",
        "members.e: argument C must be like 2.0, is True",
        "in preset synthetic",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "member",
    [
        Member("a", "conv_lstm", {"units": 1.5}),
        Member("a", "conv_lstm", {"units": (64,)}),
        Member("a", "conv_lstm", {"dropout": 2.0}),
        Member("a", "tfidf_logistic", {"ngrams": 4}),  # three ids fit a code, four do not
        Member("a", "cnn", {"pooling": "median"}),
        Member("a", "cnn", {"kernel_sizes": ()}),
        Member("a", "cnn", {"kernel_sizes": 3}),
        Member("a", "cnn", {"kernel_sizes": ("3",)}),
        Member("a", "cnn", {"kernel_sizes": (2, 9)}),  # wider than the narrowest tweet
        Member("a", "dnn", text=TextSettings(max_length=240, bucket=120)),  # 240 tokens are more than it was built for
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
def test_a_value_no_model_can_be_built_or_scored_with_is_the_users_mistake(member):
    with pytest.raises(UserError):
        resolve(experiment_of(member))
