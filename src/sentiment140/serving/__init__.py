"""The model folder and what scores tweets with it. Only `export` imports TensorFlow."""
