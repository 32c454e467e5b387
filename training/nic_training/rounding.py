"""Which way to round the weights of an operation: so that its results, not its weights, are nearest to those of the float graph.

The float and the integer networks are run side by side over samples. Each operation sees the integers that the operations before
it really give, its weights are rounded one input after the other, the rest making up for the error (Frantar et al. 2023, GPTQ, after
the optimal brain surgeon of Hassibi and Stork 1993), and its bias takes up what is still off in the mean, such as what the
floors of leaky activations leave.
"""
from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from .graph import Op, convolve, depthwise, run_operation
from .integer_operations import run_integer_operation

#: Registers that a network reads, (h, w, channels) float64 in the units of its graph, and the quality.
Sample = tuple[dict[str, torch.Tensor], float]

BLOCK = 128
DAMPING = 1e-4  # of the mean of the diagonal


class SideBySide:
    """Samples of a network on their way through its operations: `real` registers in the units of the graph, `whole` ones as
    the integers that they have become; both (h, w, channels) float64."""

    def __init__(self, samples: list[Sample], bits: dict[str, int]):
        self.qualities = [quality for _, quality in samples]
        self.real = [dict(registers) for registers, _ in samples]
        self.whole = [{name: torch.floor(value * 2.0 ** bits[name] + 0.5).clamp(-32768, 32767) for name, value in registers.items()}
                      for registers, _ in samples]

    def second_moments(self, op: Op) -> np.ndarray:
        """Mean outer product of what each position of a convolution sees, (taps * inputs, taps * inputs)."""
        total, count = 0.0, 0
        for registers in self.whole:
            seen = windows(registers[op.inputs[0]], op.kernel, op.stride)
            total, count = total + seen.T @ seen, count + len(seen)
        return (total / count).numpy()

    def bias(self, op: Op, weight: np.ndarray, scale: float, residual_scale: float) -> np.ndarray:
        """The bias, in units of the accumulator, with which the mean of every output over the samples is that of the float graph;
        `scale` units of the accumulator are 1, residuals are in units of `residual_scale`."""
        if not self.qualities:
            return op.bias * scale
        apply = depthwise if op.kind == 'depthwise' else lambda x, w: convolve(x, w, op.kernel, op.stride)
        own, rounded = torch.from_numpy(op.weight), torch.from_numpy(weight.astype(np.float64))
        off, count = 0.0, 0
        for real, whole in zip(self.real, self.whole):
            difference = apply(real[op.inputs[0]], own) * scale - apply(whole[op.inputs[0]], rounded)
            if op.residual:
                difference = difference + real[op.residual] * scale - whole[op.residual] * residual_scale
            off, count = off + difference.sum((0, 1)), count + difference.shape[0] * difference.shape[1]
        return op.bias * scale + (off / count).numpy()

    def advance(self, op: Op, entry: dict) -> None:
        """Take the samples through an operation of the graph, and its integers."""
        tensors = {name: torch.from_numpy(entry[name].astype(np.float64)) for name in ('weight', 'bias', 'table') if name in entry}
        for real, whole, quality in zip(self.real, self.whole, self.qualities):
            real[op.output] = run_operation(op, real, quality)
            whole[op.output] = run_integer_operation(entry, tensors, whole, round(16 * quality))


def windows(x: torch.Tensor, kernel: int, stride: int) -> torch.Tensor:
    """(positions, kernel^2 * channels) of (h, w, channels), zero padded, taps before channels, as `convolve` takes them."""
    if kernel == 1:
        return x.flatten(0, 1)
    h, w, c = x.shape
    columns = F.unfold(x.permute(2, 0, 1)[None], kernel, padding=1, stride=stride)[0]
    return columns.view(c, kernel ** 2, -1).permute(2, 1, 0).flatten(1)


def round_together(weight: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Integers near weight (outputs, inputs) with little error in weight @ x over inputs x of the given second moments
    (inputs, inputs); inputs of the largest second moments first."""
    order = np.argsort(-np.diag(moments), kind='stable')
    w, h = weight[:, order].copy(), moments[np.ix_(order, order)].copy()
    h[np.diag_indices(len(h))] += max(DAMPING * np.diag(h).mean(), 1e-9)
    upper = np.linalg.cholesky(np.linalg.inv(h)).T
    result = np.empty_like(w)
    for start in range(0, w.shape[1], BLOCK):
        end = min(start + BLOCK, w.shape[1])
        errors = np.empty((len(w), end - start))
        for i in range(start, end):
            result[:, i] = np.rint(w[:, i])
            error = errors[:, i - start] = (w[:, i] - result[:, i]) / upper[i, i]
            w[:, i:end] -= np.outer(error, upper[i, i:end])
        w[:, end:] -= errors @ upper[start:end, end:]
    return result[:, np.argsort(order, kind='stable')]
