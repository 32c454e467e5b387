"""Probability models of quantised latents, and the scale table that training and bitstream share."""
from __future__ import annotations

import math

import torch
from torch import Tensor

SCALES = 64
SCALE_MIN = 0.11
SCALE_MAX = 100.0
SCALE_STEP = math.log(SCALE_MAX / SCALE_MIN) / (SCALES - 1)
LIKELIHOOD_MIN = 1e-9


def scale_of_index(index):
    """Standard deviation in quantisation steps of a (continuous) scale index in [0, 63]: log-spaced."""
    exp = torch.exp if isinstance(index, Tensor) else math.exp
    return SCALE_MIN * exp(index * SCALE_STEP)


class LowerBound(torch.autograd.Function):
    """max(x, bound) whose gradient still passes where it would move x up, as in Balle et al. 2018."""

    @staticmethod
    def forward(ctx, x, bound):
        ctx.save_for_backward(x)
        ctx.bound = bound
        return x.clamp(min=bound)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ((x >= ctx.bound) | (grad < 0)), None


def clamp_index(index: Tensor) -> Tensor:
    """Scale index clamped to the table; the gradient passes where it leads back into it."""
    index = LowerBound.apply(index, 0.0)
    return -LowerBound.apply(-index, -(SCALES - 1.0))


def cdf(kind: str, x: Tensor) -> Tensor:
    """Cumulative distribution with mean 0 and standard deviation 1, accurate for x <= 0."""
    if kind == 'gaussian':
        return 0.5 * torch.erfc(-x * (2 ** -0.5))
    if kind == 'logistic':
        return torch.sigmoid(x * (math.pi / math.sqrt(3)))
    if kind == 'laplace':
        return 0.5 * torch.exp(-math.sqrt(2) * x.abs()) * torch.where(x < 0, 1.0, -1.0) + (x >= 0).to(x.dtype)
    raise ValueError(f'unknown distribution {kind}')


def bits(kind: str, residual: Tensor, index: Tensor) -> Tensor:
    """Bits of each residual (value minus mean, in quantisation steps) under the distribution of its
    continuous scale index, integrated over one step. Same shape as the arguments, fp32."""
    residual, index = residual.float().abs(), index.float()
    inverse = 1.0 / scale_of_index(index)
    likelihood = cdf(kind, (0.5 - residual) * inverse) - cdf(kind, (-0.5 - residual) * inverse)
    return -torch.log2(LowerBound.apply(likelihood, LIKELIHOOD_MIN))


def round_ste(x: Tensor) -> Tensor:
    """floor(x + 0.5) with the gradient of the identity."""
    return x + (torch.floor(x + 0.5) - x).detach()
