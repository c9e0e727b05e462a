"""Tweet to tokens to ids, and words to vectors. Knows no label, no fold and no TensorFlow."""
