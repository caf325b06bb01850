"""Fine-tuning in phases: a part of the model stands still at first, and has a rate of its own after.

Only the rest being trained is linear probing, then all of it fine-tuning (Kumar et al. 2022); rates that
differ between parts are discriminative fine-tuning (Howard & Ruder 2018, section 3.2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.spec import Training


def frozen_names(model: nn.Module, training: Training) -> set[str]:
    """Names of the parameters that form the frozen part; none where it goes like the rest.

    Raises:
        StudyError: where ``training.frozen`` names what the model does not have.
    """
    chosen: set[int] = set()
    for part in training.frozen.split():
        found = {
            id(parameter)
            for name, parameter in model.named_parameters(remove_duplicate=False)
            if f"{name}.".startswith(f"{part}.")
        }
        if not found:
            known = ", ".join(dict.fromkeys(name.split(".")[0] for name, _ in model.named_parameters()))
            raise StudyError(
                f"frozen names {part!r}, but the model has no parameter of that name or below it; it has "
                f"{known}: name parts of the model, separated by spaces"
            )
        chosen |= found
    if training.frozen_for == 0 and training.frozen_rate == 1:
        return set()
    return {name for name, parameter in model.named_parameters() if id(parameter) in chosen}


def slowing(training: Training, step: int, steps: int) -> float:
    """Factor of the frozen part's learning rate at a step, beside the schedule.

    >>> [slowing(Training(frozen_for=0.5, frozen_rate=0.1), step, 4) for step in range(4)]
    [0.0, 0.0, 0.1, 0.1]
    """
    return 0.0 if step < int(training.frozen_for * steps) else training.frozen_rate


def frozen_numbers(shapes: Mapping[str, torch.Size], names: Collection[str]) -> Tensor:
    """Mask of the numbers that belong to parameters of these names, among all N of these shapes: N, bool."""
    sizes = torch.tensor([shape.numel() for shape in shapes.values()])
    return torch.tensor([name in names for name in shapes]).repeat_interleave(sizes)
