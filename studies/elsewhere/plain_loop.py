"""Tuned weights in a plain PyTorch loop."""

import torch
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
    loader = DataLoader(samples, batch_size, shuffle=True)
    optimizer = torch.optim.SGD(network.parameters(), lr)
    for _ in range(epochs):
        for number, batch in enumerate(loader, start=1):
            loss = weights(losses_of(network(batch["x"]), batch))
            # the losses are means, so a step's gradient is the mean of its batches' gradients
            (loss / accumulation).backward()
            if number % accumulation == 0 or number == len(loader):  # an epoch leaves nothing to the next
                optimizer.step()
                optimizer.zero_grad()


if __name__ == "__main__":
    run(train)
