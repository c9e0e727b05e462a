"""The Keras and scikit-learn architectures, and the checks of each member against the one that it names."""
