"""Tuned weights in a loop by Accelerate."""

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, Dataset
from two_losses import Network, losses_of, run

import jrtune as jr


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
    accelerator = Accelerator(gradient_accumulation_steps=accumulation)
    model, optimizer, loader = accelerator.prepare(
        network,
        torch.optim.SGD(network.parameters(), lr),
        DataLoader(samples, batch_size, shuffle=True),
    )
    for _ in range(epochs):
        for batch in loader:
            with accelerator.accumulate(model):
                loss = weights(losses_of(model(batch["x"]), batch))
                accelerator.backward(loss)  # it divides by the number of batches in a step
                optimizer.step()
                optimizer.zero_grad()


if __name__ == "__main__":
    run(train)
