"""Tuned weights in a Hugging Face Trainer: compute_loss is overridden, and right under accumulation."""

import tempfile
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments
from two_losses import Network, losses_of, run

import jrtune as jr


class JointTrainer(Trainer):
    def __init__(self, *args: Any, weights: jr.Weights, **named: Any) -> None:
        super().__init__(*args, **named)
        self.weights = weights
        # Where a model takes further keywords and a batch has "labels", the Trainer believes that the loss is
        # a sum over the batch divided by num_items_in_batch, which counts all batches of a step, and does not
        # divide it by their number: the gradient of a mean, as here, is then too great by that number.
        self.model_accepts_loss_kwargs = False

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        outputs = model(inputs["x"])
        # means over the batch; the Trainer divides by the number of batches in a step
        loss = self.weights(losses_of(outputs, inputs))
        return (loss, outputs) if return_outputs else loss


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
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            per_device_train_batch_size=batch_size,
            gradient_accumulation_steps=accumulation,
            num_train_epochs=epochs,
            optim="sgd",
            learning_rate=lr,
            lr_scheduler_type="constant",
            max_grad_norm=0.0,  # it would clip at 1, and then the scale of the weights matters
            remove_unused_columns=False,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        JointTrainer(network, arguments, train_dataset=samples, weights=weights).train()


if __name__ == "__main__":
    run(train)
