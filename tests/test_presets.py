import dataclasses

import pytest

from sentiment140 import presets
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.models.settings import resolve
from sentiment140.presets import load, members_of, names, to_toml


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_complete_and_its_members_match_their_architectures(name):
    experiment = resolve(load(name))
    assert experiment.preset == name
    assert experiment.reference in [member.name for member in experiment.members]
    settings = {(m.architecture, m.text.stopwords, m.vectors and m.vectors.trainable) for m in experiment.members}
    assert len(settings) >= min(3, len(experiment.members)), "members must differ in architecture, stopwords or vectors"


def test_an_experiment_is_read_back_from_its_toml(tmp_path):
    experiment = resolve(
        load("quick", members=["conv_lstm_finetuned", "conv_bilstm"], folds=4, limit=10, seed=3, blender="mean")
    )
    path = tmp_path / "quick.toml"
    path.write_text(to_toml(experiment))
    assert load(str(path)) == experiment


def test_a_file_overrides_single_settings_of_its_base(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('base = "standard"\nfolds = 7\n[members.conv_lstm_finetuned.fit]\nepochs = 9\n')
    own, standard = load(str(path)), load("standard")
    assert own.folds == 7
    assert own.member("conv_lstm_finetuned").fit == dataclasses.replace(
        standard.member("conv_lstm_finetuned").fit, epochs=9
    )
    assert own.member("conv_lstm_finetuned").text == standard.member("conv_lstm_finetuned").text


def own_preset(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(f'base = "standard"\n{text}\n')
    return str(path)


def test_a_member_like_another_takes_all_settings_that_it_does_not_set(tmp_path):
    text = '[members.b]\nlike = "a"\nfit = { epochs = 7 }\n[members.a]\nlike = "conv_bilstm"\narguments = { units = 5 }'
    own = load(own_preset(tmp_path, text))
    other, b = own.member("conv_bilstm"), own.member("b")
    assert b.arguments == {**other.arguments, "units": 5}
    assert b.fit == dataclasses.replace(other.fit, epochs=7)
    assert (b.architecture, b.text, b.vectors) == (other.architecture, other.text, other.vectors)


def test_a_member_like_another_of_another_architecture_does_not_take_its_arguments(tmp_path):
    own = load(own_preset(tmp_path, '[members.a]\nlike = "conv_bilstm"\narchitecture = "bigru"')).member("a")
    assert own.arguments == {}
    assert own.vectors == load("standard").member("conv_bilstm").vectors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[members.a]\nlike = "conv_bilsm"', "did you mean conv_bilstm?"),
        ('[members.a]\nlike = "a"', "members.a.like is circular"),
        ('[members.a]\nlike = "b"\n[members.b]\nlike = "a"', ".like is circular"),
    ],
)
def test_a_member_like_an_unknown_one_or_like_itself_is_refused(tmp_path, text, message):
    with pytest.raises(UserError) as caught:
        load(own_preset(tmp_path, text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('student = "fats"', 'unknown member in student "fats": did you mean fast?'),
        ('student = "nb_logistic"', "a student is one of Keras'"),
        ('student = "recipe"', "its vectors word2vec's or random"),
        ('ensemble = ["conv_bilstm", "fast"]', 'student "fast" learns from the members, so it cannot be one of them'),
    ],
)
def test_a_student_that_cannot_be_distilled_is_refused(tmp_path, text, message):
    with pytest.raises(UserError) as caught:
        resolve(load(own_preset(tmp_path, text)))
    assert message in str(caught.value)


def test_the_student_is_not_a_member_and_may_be_omitted(tmp_path):
    experiment = load("standard")
    assert experiment.student.name == "fast"
    assert "fast" not in [*experiment.ensemble, *(member.name for member in experiment.members)]
    assert "fast" not in members_of("standard")
    assert load(own_preset(tmp_path, 'student = ""')).student is None


@pytest.mark.parametrize("preset", names())
def test_tweets_are_held_out_if_and_only_if_there_is_a_student_to_score(preset):
    experiment = load(preset)
    assert (experiment.holdout > 0) == (experiment.student is not None)


def test_the_reference_is_trained_whichever_members_are_chosen():
    experiment = load("standard", members=["conv_bilstm"])
    assert experiment.ensemble == ("conv_bilstm",)
    assert [member.name for member in experiment.members] == ["conv_bilstm", "tfidf_logistic"]


def test_all_problems_are_reported_at_once(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(
        'base = "standard"\nfolds = 1\nblender = "men"\n'
        '[members.conv_lstm_finetuned]\ntext = { stopwords = "nonne", max_length = 30 }\nfit = { epochs = 0 }\n'
        '[members.conv_bilstm]\nvectors = { source = "glove" }\n'
        '[members.recipe]\nvectors = { source = "word2vec.8d+word2vec.8d" }\n'
    )
    with pytest.raises(UserError) as caught:
        load(str(path))
    problems = ("folds must be at least 2", "did you mean mean?", "did you mean none?", "epochs must be", "dimension")
    for part in (*problems, 'source "word2vec.8d+word2vec.8d" must name different vectors'):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("members.conv_bilstm.fit.epochs=3", lambda experiment: experiment.member("conv_bilstm").fit.epochs == 3),
        ("members.conv_bilstm.arguments.units = 8", lambda one: one.member("conv_bilstm").arguments["units"] == 8),
        ("folds=10", lambda experiment: experiment.folds == 10),
        ("reference=nb_logistic", lambda experiment: experiment.reference == "nb_logistic"),
        ('blender="mean"', lambda experiment: experiment.blender == "mean"),
        ("members.conv_bilstm.text={stopwords = 'standard'}", lambda one: one.member("conv_bilstm").text.bucket == 4),
        ("student=", lambda experiment: experiment.student is None),
        ("members.mine.like=conv_bilstm", lambda experiment: experiment.member("mine").architecture == "conv_bilstm"),
    ],
)
def test_any_setting_can_be_overridden(override, expected):
    assert expected(load("standard", overrides=[override]))


def test_the_last_override_holds_and_a_flag_overrides_it():
    assert load("standard", overrides=["folds=7", "folds=8"]).folds == 8
    assert load("standard", overrides=["folds=7"], folds=3).folds == 3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("fold=3", "did you mean folds?"),
        ("folds=many", "folds must be of type int, is 'many'"),
        ("members.conv_bilstm.fit.epoch=3", "did you mean epochs?"),
        ("members.conv_bilstn.fit.epochs=3", "needs an architecture, or it is an unknown member"),
        ("members.conv_bilstn.fit.epochs=3", "did you mean conv_bilstm?"),
        ("members.conv_bilstm=3", "members must be tables"),
        ("folds", '"folds" is not of the form key=value'),
        ("=3", '"=3" is not of the form key=value'),
        ("members..fit=3", "is not of the form key=value"),
    ],
)
def test_an_override_that_is_invalid_is_refused_as_in_a_file(override, message):
    with pytest.raises(UserError) as caught:
        load("standard", overrides=[override])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fold = 3", "did you mean folds?"),
        ("holdout = 0.6", "holdout must be between 0 and 0.5"),
        ("holdout = -0.1", "holdout must be between 0 and 0.5"),
        ("holdout = nan", "holdout must be between 0 and 0.5"),
        ("[members.conv_lstm_finetuned.fit]\nlerning_rate = 1.0", "did you mean learning_rate?"),
        ('folds = "5"', "folds must be of type int"),
        ("folds = true", "folds must be of type int"),
        ("[members.conv_lstm_finetuned.vectors]\ntrainable = 1", "trainable must be of type bool"),
        ("[members.new]\ntext = {}", "architecture"),
        ("[members.conv_lstm_finetuned]\narguments = 3", "members.conv_lstm_finetuned.arguments must be a table, is 3"),
        ("[members.conv_lstm_finetuned]\nfit = [1]", "members.conv_lstm_finetuned.fit must be a table, is [1]"),
        ("[members]\nconv_lstm_finetuned = 3", "members must be tables"),
        ("members = 3", "members must be tables"),
        ("folds = ", "not a TOML file"),
        ('reference = "nobody"', "nobody"),
        ("ensemble = []", "at least one member"),
    ],
)
def test_an_invalid_setting_is_refused_with_a_message_that_names_it(tmp_path, text, message):
    path = tmp_path / "broken.toml"
    path.write_text(f'base = "standard"\n{text}\n')
    with pytest.raises(UserError, match=r"in preset|TOML") as caught:
        load(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize("settings_type", [Experiment, Member, TextSettings, VectorSettings, FitSettings])
def test_every_setting_is_documented(settings_type):
    for entry in dataclasses.fields(settings_type):
        assert f"    {entry.name}: " in settings_type.__doc__, entry.name


def test_an_integer_is_accepted_for_a_float(tmp_path):
    path = tmp_path / "whole.toml"
    path.write_text('base = "standard"\n[members.conv_lstm_finetuned.fit]\nlearning_rate = 1\n')
    assert load(str(path)).member("conv_lstm_finetuned").fit.learning_rate == 1
