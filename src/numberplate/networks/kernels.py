"""What TensorFlow has one kernel for on processors, where Keras makes it of many small steps.

Together they were two fifths of the time of a step of training. On other backends they are Keras's own.
"""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("numberplate")
class BatchNormalization(layers.BatchNormalization):
    """Keras's, of maps (batch, rows, columns, maps); in training TensorFlow goes over them once, not six
    times."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable and keras.backend.backend() == "tensorflow"):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )[:3]
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return outputs


def ctc_losses(texts: Any, logits: Any) -> Any:
    """Of each text the negative logarithm of its probability by CTC (Graves et al. 2006), (batch,).

    `texts`: int32 (batch, longest text), the classes of its characters and then what is below 0; may be
    empty. `logits`: (batch, steps, classes), of which the last class is the blank.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # XLA, which Keras has compile the steps for other devices, does not have it.
        if all(device.device_type == "CPU" for device in tf.config.list_physical_devices()):
            return _ctc_losses_of_tensorflow(texts, logits)
    blank = logits.shape[-1] - 1
    lengths = ops.sum(ops.cast(texts >= 0, "int32"), axis=-1)
    steps = ops.ones_like(lengths) * ops.shape(logits)[1]
    # Keras fixes CTC's blank at class 0 on no backend but takes it as `mask_index` on all.
    return ops.ctc_loss(ops.where(texts < 0, blank, texts), logits, lengths, steps, mask_index=blank)


def _ctc_losses_of_tensorflow(texts: Any, logits: Any) -> Any:
    import tensorflow as tf

    # It takes no empty text. All of one is blank.
    empty = tf.reduce_all(texts < 0, axis=-1)
    blanks = tf.reduce_sum(tf.reduce_logsumexp(logits, axis=-1) - logits[..., -1], axis=-1)
    texts = tf.concat([tf.where(empty, 0, texts[:, 0])[:, None], texts[:, 1:]], axis=1)
    places = tf.where(texts >= 0)
    sparse = tf.SparseTensor(places, tf.gather_nd(texts, places), tf.shape(texts, out_type=tf.int64))
    steps = tf.fill([tf.shape(logits)[0]], tf.shape(logits)[1])
    losses = tf.compat.v1.nn.ctc_loss(
        sparse, logits, steps, time_major=False, ignore_longer_outputs_than_inputs=True
    )
    return tf.where(empty, blanks, losses)
