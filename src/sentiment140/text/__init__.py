"""From tweets to tokens to ids, and from words to vectors. Knows no labels, no folds and no TensorFlow."""
