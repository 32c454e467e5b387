"""XOR: the smallest network that the engine can run, trained and exported as the large ones are.

Two inputs, eight hidden units with the engine's leaky ReLU, one output: docs/xor.md walks through it. It has no
base model. Tensors of the engine have channels in multiples of 8, so the other six inputs and seven outputs are zero.
"""
from __future__ import annotations

from argparse import ArgumentParser, Namespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..export import write_auxiliary
from ..graph import Builder, Op
from ..layers import activation
from ..quantize import quantize_network
from ..train import TrainConfig
from .common import add_run_arguments, fit

CHANNELS = 8
BITS = 8  # Q-format of input and output: 256 is 1
INPUTS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float32)
TARGETS = torch.tensor([0, 1, 1, 0], dtype=torch.float32)


class Xor(nn.Module):
    """(B, 2) to (B,)."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(2, CHANNELS), nn.Linear(CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(activation(self.hidden(x)))[:, 0]


def padded(linear: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias of a 1x1 convolution from 8 to 8 channels."""
    weight, bias = linear.weight.detach(), linear.bias.detach()
    rows, columns = CHANNELS - weight.shape[0], CHANNELS - weight.shape[1]
    return F.pad(weight, (0, columns, 0, rows)).double().numpy()[:, None], F.pad(bias, (0, rows)).double().numpy()


def operations(network: Xor) -> list[Op]:
    builder = Builder('xor')
    for linear, source, output in ((network.hidden, 'input', 'hidden'), (network.out, 'hidden', 'output')):
        weight, bias = padded(linear)
        builder.conv(None, source, output, weight=weight, bias=bias, leaky=output == 'hidden')
    return builder.ops


def registers() -> dict[str, Tensor]:
    """The four inputs as one row of positions, (1, 4, 8)."""
    return {'input': F.pad(INPUTS.double(), (0, CHANNELS - 2))[None]}


def add_arguments(parser: ArgumentParser) -> None:
    add_run_arguments(parser, max_seconds=None)
    parser.set_defaults(log_every=200, threads=1)


def run(arguments: Namespace) -> None:
    if arguments.max_seconds is None and arguments.max_steps is None:
        arguments.max_steps = 1000
    torch.manual_seed(arguments.seed)
    network = Xor()

    def loss(_rng, _progress) -> tuple[Tensor, dict[str, float]]:
        output = network(INPUTS)
        right = ((output > 0.5) == (TARGETS > 0.5)).sum()
        return (output - TARGETS).pow(2).mean(), {'right': float(right)}

    log = fit(network, loss, arguments, TrainConfig(learning_rate=0.02))
    ops, _ = quantize_network(operations(network), {'input': BITS}, [(registers(), 0.0)], BITS)
    write_auxiliary(arguments.out, 'xor', {'xor': ops}, {'steps': log.step, 'seed': arguments.seed},
                    parameters={'inputBits': BITS, 'outputBits': BITS})
    log.line(end='finished')
