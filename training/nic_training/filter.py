"""The filter of a part of a tile (codec/FORMAT.md, 4.1): features of a pixel, and what a weighted sum of base filters makes of them.

One code for float pixels, on which bases are trained, and for the integers of the reference, which float64 holds exactly.
"""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

#: (dy, dx) of one neighbor of each pair; the other is opposite.
NEAR_PAIRS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (2, 1), (2, -1), (1, 2), (1, -2), (2, 2), (2, -2))
FAR_PAIRS = ((0, 3), (3, 0), (0, 4), (4, 0), (3, 3), (3, -3), (0, 6), (6, 0), (0, 8), (8, 0))
PAIRS = (*NEAR_PAIRS, *FAR_PAIRS)
LINEAR = 6  # pairs that are features without a limit too
REACH = 8   # pixels
LIMIT = 6   # levels, of a difference
WIDE_LIMIT = 20  # of those of far pairs, which are features with either limit
CONSTANT = 16
FEATURES = 3 * (LINEAR + len(PAIRS) + len(FAR_PAIRS)) + 4
BASE_BITS = 16
COEFFICIENT_BITS = 12


def features(samples: Tensor, unit: int = 1) -> Tensor:
    """(FEATURES, H, W) of samples (3, H, W), levels minus 128 in multiples of 1 / unit. Outside of the picture they go on as at its edge."""
    _, height, width = samples.shape
    padded = F.pad(samples[None], (REACH,) * 4, mode='replicate')[0]

    def differences(dy: int, dx: int) -> Tensor:
        return padded[:, REACH + dy:REACH + dy + height, REACH + dx:REACH + dx + width] - samples

    both = [(differences(dy, dx), differences(-dy, -dx)) for dy, dx in PAIRS]
    local = [a + b for a, b in both[:LINEAR]]
    for pairs, levels in ((both, LIMIT), (both[len(NEAR_PAIRS):], WIDE_LIMIT)):
        limit = levels * unit
        local += [a.clamp(-limit, limit) + b.clamp(-limit, limit) for a, b in pairs]
    constant = torch.full_like(samples[:1], CONSTANT * unit)
    return torch.cat([torch.stack(local, 1).flatten(0, 1), samples, constant])


def wrap32(x: Tensor) -> Tensor:
    """Integers modulo 2^32, as signed numbers of 32 bits."""
    return x - torch.floor((x + 2 ** 31) / 2 ** 32) * 2 ** 32


def coefficients(bases: Tensor, weights: Tensor) -> Tensor:
    """(3, FEATURES), COEFFICIENT_BITS fraction bits, of bases (B, 3, FEATURES) with BASE_BITS of them and weights (B,); float64 integers."""
    shift = 2 ** (BASE_BITS - COEFFICIENT_BITS)
    total = wrap32((weights[:, None, None] * bases).sum(0) + shift // 2)
    return torch.floor(total / shift).clamp(-32768, 32767)


def apply_filter(samples: Tensor, bases: Tensor, weights: Tensor, unit: int) -> Tensor:
    """Samples (3, H, W) of the synthesis, float64 integers in multiples of 1 / unit, as the filter corrects them, in int16."""
    samples = samples.clamp(-128 * unit, 127 * unit)
    total = torch.einsum('ci,ihw->chw', coefficients(bases, weights), features(samples, unit))
    correction = torch.floor(wrap32(total + 2 ** (COEFFICIENT_BITS - 1)) / 2 ** COEFFICIENT_BITS)
    return (samples + correction).clamp(-32768, 32767)
