"""The ensemble: the members' out-of-fold probabilities blended and calibrated, each fold by the other folds."""
