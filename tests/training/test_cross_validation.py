from sentiment140.experiment import Experiment, FitSettings, Member
from sentiment140.models.settings import resolve
from sentiment140.presets import load
from sentiment140.training.cross_validation import fold_fits


def test_scikit_learn_members_are_fitted_first_and_keras_members_in_the_order_of_the_preset():
    members = (
        Member("second", "lstm", fit=FitSettings(epochs=1)),
        Member("first", "tfidf_logistic"),
        Member("third", "conv_bilstm", fit=FitSettings(epochs=9)),
        Member("also_first", "nb_logistic"),
    )
    experiment = resolve(Experiment("synthetic", 3, 2, 0, "mean", "first", tuple(m.name for m in members), members))
    fits = fold_fits(experiment)
    assert [fit.name for fit in fits] == [
        *("first-fold0", "first-fold1", "also_first-fold0", "also_first-fold1"),
        *("second-fold0", "second-fold1", "third-fold0", "third-fold1"),
    ]
    assert {fit.seed for fit in fits} == {3}


def test_the_slowest_keras_member_of_the_standard_preset_is_fitted_first():
    fits = fold_fits(resolve(load("standard")))
    keras = [fit.member.architecture for fit in fits if fit.member.fit is not None]
    assert list(dict.fromkeys(keras)) == ["conv_bilstm", "conv_lstm"]
