"""Tuned weights in a Lightning module, and its losses by name, so that `jr.from_lightning` takes it too."""

import lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from two_losses import Network, losses_of, run

import jrtune as jr


class Joint(lightning.LightningModule):
    def __init__(self, network: Network, weights: jr.Weights | None = None, lr: float = 0.1) -> None:
        super().__init__()
        self.network, self.weights, self.lr = network, weights, lr

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> dict[str, Tensor]:
        losses = losses_of(self.network(batch["x"]), batch)
        self.log_dict(losses)
        # the Trainer divides it by accumulate_grad_batches; without weights, those that are searched
        loss = self.weights(losses) if self.weights else sum(losses.values())
        return {"loss": loss, **losses}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), self.lr)


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
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accumulate_grad_batches=accumulation,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
    )
    trainer.fit(Joint(network, weights, lr), loader)


if __name__ == "__main__":
    run(train)
