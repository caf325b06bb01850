"""Tuned weights as Keras' loss_weights, with the torch backend."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # before Keras is imported

import keras
from torch import Tensor
from torch.utils.data import Dataset
from two_losses import Network, run

import jrtune as jr


class Joint(keras.Model):
    """The network as a Keras model; its outputs have the names of their losses."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = keras.layers.TorchModuleWrapper(network)

    def call(self, x: Tensor) -> dict[str, Tensor]:
        return self.network(x)


def train(
    weights: jr.Weights,
    network: Network,
    samples: Dataset,
    *,
    batch_size: int = 32,
    accumulation: int = 1,
    epochs: int = 2,
    lr: float = 0.1,
) -> None:
    model = Joint(network)
    model.compile(
        # averages the gradients of the batches of a step
        optimizer=keras.optimizers.SGD(
            lr, gradient_accumulation_steps=accumulation if accumulation > 1 else None
        ),
        loss={
            "kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "amount": keras.losses.MeanSquaredError(),
        },
        # the factor is 1, but where the weights were rescaled
        loss_weights={term: weights.factor * weight for term, weight in weights.items()},
    )
    targets = {"kind": samples.labels.numpy(), "amount": samples.amount.numpy()}
    model.fit(samples.x.numpy(), targets, batch_size=batch_size, epochs=epochs, verbose=0)


if __name__ == "__main__":
    run(train)
