#!/usr/bin/env python3
"""Write the golden of AdamW in Tests/KernelsTests/Goldens/adamw.txt, with an interpreter that has PyTorch.

    python scripts/make-optimiser-goldens.py

A line has a name and numbers, in hexadecimal as C has them: the weights at first, then of four steps the gradients and the
weights after them, at last the two moments.
"""

import pathlib

import torch

WEIGHTS = [1.0, -0.5, 0.001, 3.0, 0.0, -2.0]
GRADIENTS = [
    [0.1, -2.0, 1e-4, 0.0, 1e-9, 30.0],
    [0.2, 1.5, -1e-4, 0.0, -1e-9, -10.0],
    [-0.3, 0.25, 1e-5, 0.0, 5e-9, 1.0],
    [0.05, -0.125, 2e-3, 1.0, 0.0, -0.5],
]


def line(name: str, numbers: torch.Tensor) -> str:
    return " ".join([name] + [float.hex(number) for number in numbers.tolist()])


def main() -> None:
    weights = torch.tensor(WEIGHTS, dtype=torch.float32, requires_grad=True)
    adamw = torch.optim.AdamW(
        [weights], lr=3e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1, foreach=False
    )
    lines = [line("weights", weights.detach())]
    for numbers in GRADIENTS:
        weights.grad = torch.tensor(numbers, dtype=torch.float32)
        lines.append(line("gradients", weights.grad))
        adamw.step()
        lines.append(line("weights", weights.detach()))
    lines.append(line("m", adamw.state[weights]["exp_avg"]))
    lines.append(line("v", adamw.state[weights]["exp_avg_sq"]))
    goldens = pathlib.Path(__file__).parent.parent / "Tests/KernelsTests/Goldens/adamw.txt"
    goldens.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
