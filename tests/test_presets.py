import dataclasses

import pytest

from sentiment140 import presets
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.models import resolve
from sentiment140.presets import load, members_of, to_toml


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_complete_and_its_members_fit_their_architectures(name):
    experiment = resolve(load(name))
    assert experiment.preset == name
    assert experiment.reference in [member.name for member in experiment.members]
    kinds = {(m.architecture, m.text.stopwords, m.vectors and m.vectors.trainable) for m in experiment.members}
    assert len(kinds) >= min(3, len(experiment.members)), "members that differ in nothing are no ensemble"


def test_the_toml_of_an_experiment_is_that_experiment(tmp_path):
    experiment = resolve(
        load("quick", members=["conv_lstm_trained", "conv_bilstm"], folds=4, limit=10, seed=3, blender="mean")
    )
    path = tmp_path / "quick.toml"
    path.write_text(to_toml(experiment))
    assert load(str(path)) == experiment


def test_a_base_is_overridden_key_by_key(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('base = "standard"\nfolds = 7\n[members.conv_lstm_trained.fit]\nepochs = 9\n')
    own, standard = load(str(path)), load("standard")
    assert own.folds == 7
    assert own.member("conv_lstm_trained").fit == dataclasses.replace(
        standard.member("conv_lstm_trained").fit, epochs=9
    )
    assert own.member("conv_lstm_trained").text == standard.member("conv_lstm_trained").text


def own_preset(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(f'base = "standard"\n{text}\n')
    return str(path)


def test_a_member_like_another_has_its_settings_but_those_it_names(tmp_path):
    text = '[members.b]\nlike = "a"\nfit = { epochs = 7 }\n[members.a]\nlike = "conv_bilstm"\narguments = { units = 5 }'
    own = load(own_preset(tmp_path, text))
    model, b = own.member("conv_bilstm"), own.member("b")
    assert b.arguments == {**model.arguments, "units": 5}
    assert b.fit == dataclasses.replace(model.fit, epochs=7)
    assert (b.architecture, b.text, b.vectors) == (model.architecture, model.text, model.vectors)


def test_another_architecture_takes_none_of_the_arguments(tmp_path):
    own = load(own_preset(tmp_path, '[members.a]\nlike = "conv_bilstm"\narchitecture = "bigru"')).member("a")
    assert own.arguments == {}
    assert own.vectors == load("standard").member("conv_bilstm").vectors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[members.a]\nlike = "conv_bilsm"', "did you mean conv_bilstm?"),
        ('[members.a]\nlike = "a"', "members.a.like goes round in a circle"),
        ('[members.a]\nlike = "b"\n[members.b]\nlike = "a"', "goes round in a circle"),
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
        ('student = "conv_lstm_trained"', "its vectors word2vec's or random"),
        ('ensemble = ["conv_bilstm", "fast"]', '"fast" learns from the members, it cannot be one'),
    ],
)
def test_a_student_that_cannot_be_distilled_is_refused(tmp_path, text, message):
    with pytest.raises(UserError) as caught:
        resolve(load(own_preset(tmp_path, text)))
    assert message in str(caught.value)


def test_the_student_is_no_member_and_may_be_left_out(tmp_path):
    experiment = load("standard")
    assert experiment.student.name == "fast"
    assert "fast" not in [*experiment.ensemble, *(member.name for member in experiment.members)]
    assert "fast" not in members_of("standard")
    assert load(own_preset(tmp_path, 'student = ""')).student is None


def test_choosing_members_keeps_the_reference_beside_them():
    experiment = load("standard", members=["conv_bilstm"])
    assert experiment.ensemble == ("conv_bilstm",)
    assert [member.name for member in experiment.members] == ["conv_bilstm", "tfidf_logistic"]


def test_all_problems_are_reported_at_once(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(
        'base = "standard"\nfolds = 1\nblender = "men"\n'
        '[members.conv_lstm_trained]\ntext = { stopwords = "nonne", max_length = 30 }\nfit = { epochs = 0 }\n'
        '[members.conv_bilstm]\nvectors = { source = "glove" }\n'
    )
    with pytest.raises(UserError) as caught:
        load(str(path))
    for part in ("folds must be at least 2", "did you mean mean?", "did you mean none?", "epochs must be", "dimension"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fold = 3", "did you mean folds?"),
        ("holdout = 0.6", "holdout must be between 0 and 0.5"),
        ("holdout = -0.1", "holdout must be between 0 and 0.5"),
        ("holdout = nan", "holdout must be between 0 and 0.5"),
        ("[members.conv_lstm_trained.fit]\nlerning_rate = 1.0", "did you mean learning_rate?"),
        ('folds = "5"', "folds must be of type int"),
        ("folds = true", "folds must be of type int"),
        ("[members.conv_lstm_trained.vectors]\ntrainable = 1", "trainable must be of type bool"),
        ("[members.new]\ntext = {}", "architecture"),
        ("[members.conv_lstm_trained]\narguments = 3", "members.conv_lstm_trained.arguments must be a table, is 3"),
        ("[members.conv_lstm_trained]\nfit = [1]", "members.conv_lstm_trained.fit must be a table, is [1]"),
        ("[members]\nconv_lstm_trained = 3", "members must be tables"),
        ("members = 3", "members must be tables"),
        ("folds = ", "not a TOML file"),
        ('reference = "nobody"', "nobody"),
        ("ensemble = []", "at least one member"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(tmp_path, text, message):
    path = tmp_path / "broken.toml"
    path.write_text(f'base = "standard"\n{text}\n')
    with pytest.raises(UserError, match=r"in preset|TOML") as caught:
        load(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", [Experiment, Member, TextSettings, VectorSettings, FitSettings])
def test_every_setting_is_documented(kind):
    for entry in dataclasses.fields(kind):
        assert f"    {entry.name}: " in kind.__doc__, entry.name


def test_an_integer_is_accepted_for_a_float(tmp_path):
    path = tmp_path / "whole.toml"
    path.write_text('base = "standard"\n[members.conv_lstm_trained.fit]\nlearning_rate = 1\n')
    assert load(str(path)).member("conv_lstm_trained").fit.learning_rate == 1
