"""The operations of a manifest, exactly as codec/models/README.md says, on (h, w, channels) registers.

Values are held as float64 integers, in which every accumulator (below 2^31) is exact.
"""
from __future__ import annotations

import torch

from .graph import convolve, depthwise, shuffle_hwc, unshuffle_hwc


def sat16(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(-32768, 32767)


def rounded(x: torch.Tensor, shift: int) -> torch.Tensor:
    return torch.floor((x + 2 ** (shift - 1)) / 2 ** shift) if shift else x


def table_row(table: torch.Tensor, q16: int) -> torch.Tensor:
    """The row of a table (101, channels) at a quality of 1/16."""
    i, f = q16 >> 4, q16 & 15
    return torch.floor((table[i] * (16 - f) + table[min(i + 1, 100)] * f + 8) / 16)


def run_integer_operation(op: dict, tensors: dict[str, torch.Tensor], registers: dict[str, torch.Tensor], q16: int) -> torch.Tensor:
    """The result of an operation of a manifest, whose `weight`, `bias` and `table` are in `tensors`, on (h, w, channels) float64
    integers."""
    if op['op'] == 'concat':
        return torch.cat([registers[name] for name in op['inputs']], 2)
    x = registers[op['input']]
    if op['op'] == 'conv':
        x = rounded(convolve(x, tensors['weight'], op['kernel'], op['stride']) + tensors['bias'], op['shift'])
        if op['activation'] == 'leaky':
            x = torch.maximum(x, torch.floor(x / 8))
        x = sat16(x)
        return sat16(x + registers[op['residual']]) if 'residual' in op else x
    if op['op'] == 'depthwise':
        return sat16(rounded(depthwise(x, tensors['weight']) + tensors['bias'], op['shift']))
    if op['op'] == 'gain':
        return sat16(rounded(x * table_row(tensors['table'], q16), op['shift']))
    if op['op'] == 'offset':
        return sat16(x + table_row(tensors['table'], q16))
    return shuffle_hwc(x) if op['op'] == 'shuffle' else unshuffle_hwc(x)
