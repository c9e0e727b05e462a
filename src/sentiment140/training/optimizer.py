"""Adam whose cost a step does not grow with the vocabulary."""

import keras


class LazyAdam(keras.optimizers.Adam):
    """Adam that leaves alone the vectors of words a batch does not hold, their moments included.

    A batch of 1,024 tweets holds some 3,000 words; Keras' Adam decays the moments of all 50,000 and moves all their
    vectors, which takes longer than the rest of the step. Dense gradients are Adam's as ever: those of all other
    weights, and all of Keras on JAX or PyTorch, which know no sparse ones. Source: LazyAdam of TensorFlow Addons.
    """

    def update_step(self, gradient, variable, learning_rate):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Applies one gradient to one weight; called by Keras."""
        if keras.backend.backend() != "tensorflow":
            return super().update_step(gradient, variable, learning_rate)
        import tensorflow as tf

        if not isinstance(gradient, tf.IndexedSlices):
            return super().update_step(gradient, variable, learning_rate)
        rows, segment = tf.unique(gradient.indices)  # a word stands in a batch more than once
        gradient = tf.math.unsorted_segment_sum(gradient.values, segment, tf.size(rows))
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
