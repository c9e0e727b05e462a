from sentiment140.experiment import load
from sentiment140.models import resolve
from sentiment140.training.cross_validation import units


def test_scikit_learns_models_are_begun_first_and_of_keras_the_longest():
    names = [unit.name for unit in units(resolve(load("standard", folds=2)))]
    assert names == [
        *("nb_logistic-fold0", "nb_logistic-fold1", "nb_logistic_smooth-fold0", "nb_logistic_smooth-fold1"),
        *("tfidf_logistic-fold0", "tfidf_logistic-fold1", "conv_bilstm-fold0", "conv_bilstm-fold1"),
        *("conv_lstm_trained-fold0", "conv_lstm_trained-fold1"),
    ]
