"""An Adam optimizer whose steps do not become slower as the vocabulary grows."""

import keras


class LazyAdam(keras.optimizers.Adam):
    """Adam that updates only the word vectors, and only their moments, of the words in the batch.

    A batch of 1,024 tweets contains about 3,000 words. Keras' Adam decays the moments of all 50,000 words and updates
    all their vectors, which takes longer than the rest of the step. Weights with dense gradients are updated as by
    Adam: all weights except the embedding, and with the JAX and PyTorch backends, which have no sparse gradients, also
    the embedding. Source: LazyAdam of TensorFlow Addons.

    Args: those of `keras.optimizers.Adam`.

    Example:
        >>> model = keras.Sequential([keras.layers.Embedding(50, 8), keras.layers.GlobalAveragePooling1D()])
        >>> model.compile(LazyAdam(learning_rate=0.001), "mse")
    """

    def update_step(self, gradient, variable, learning_rate):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Update one weight by its gradient. Keras calls this method."""
        if keras.backend.backend() != "tensorflow":
            return super().update_step(gradient, variable, learning_rate)
        import tensorflow as tf

        if not isinstance(gradient, tf.IndexedSlices):
            return super().update_step(gradient, variable, learning_rate)
        rows, segments = tf.unique(gradient.indices)  # a word may occur in a batch more than once
        gradient = tf.math.unsorted_segment_sum(gradient.values, segments, tf.size(rows))
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index].value, self._velocities[index].value
        row_momentum = self.beta_1 * tf.gather(momentum, rows) + (1 - self.beta_1) * gradient
        row_velocity = self.beta_2 * tf.gather(velocity, rows) + (1 - self.beta_2) * tf.square(gradient)
        momentum.scatter_update(tf.IndexedSlices(row_momentum, rows))
        velocity.scatter_update(tf.IndexedSlices(row_velocity, rows))
        step = tf.cast(self.iterations + 1, tf.float32)
        rate = tf.cast(learning_rate, tf.float32)
        rate *= tf.sqrt(1 - tf.pow(self.beta_2, step)) / (1 - tf.pow(self.beta_1, step))
        change = rate * row_momentum / (tf.sqrt(row_velocity) + self.epsilon)
        return variable.scatter_sub(tf.IndexedSlices(change, rows))
