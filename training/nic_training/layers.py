"""Layers of the networks, and how their tensors are laid out."""
from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAK = 0.125
STEP_ORDER = (0, 3, 1, 2)


def activation(x: Tensor) -> Tensor:
    return F.leaky_relu(x, LEAK)


class DepthConvBlock(nn.Module):
    """x + 1x1(dw3x3(act(1x1 x))), then x + 1x1(act(1x1 x)); both residual branches start at zero."""

    def __init__(self, channels: int):
        super().__init__()
        self.expand = nn.Conv2d(channels, channels, 1)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.project = nn.Conv2d(channels, channels, 1)
        self.ffn_in = nn.Conv2d(channels, 2 * channels, 1)
        self.ffn_out = nn.Conv2d(2 * channels, channels, 1)
        for conv in (self.project, self.ffn_out):
            nn.init.zeros_(conv.weight)
        for conv in (self.expand, self.depthwise, self.project, self.ffn_in, self.ffn_out):
            nn.init.zeros_(conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.project(self.depthwise(activation(self.expand(x))))
        return x + self.ffn_out(activation(self.ffn_in(x)))


class QualityTable(nn.Module):
    """A vector per quality, interpolated between anchors; `log` makes it a positive gain, interpolated
    geometrically. values: (anchors, channels)."""

    def __init__(self, values: Tensor, log: bool):
        super().__init__()
        self.log = log
        self.values = nn.Parameter(values.log() if log else values)

    def forward(self, quality: Tensor) -> Tensor:
        """quality (B,) in 0-100 to (B, channels, 1, 1)."""
        anchors = self.values.shape[0]
        position = quality.clamp(0, 100) / 100 * (anchors - 1)
        low = position.floor().clamp(max=anchors - 2).long()
        fraction = (position - low)[:, None]
        row = self.values[low] * (1 - fraction) + self.values[low + 1] * fraction
        return (row.exp() if self.log else row)[:, :, None, None]


class ExactConvolution(torch.autograd.Function):
    """A convolution in fp32 whose gradients are computed as those of the layers around it: see mixed_precision."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        kind = torch.bfloat16 if has_bf16(gradient.device.type) else torch.float32
        x, weight = ctx.saved_tensors
        grads = torch.ops.aten.convolution_backward(
            gradient.to(kind), x.to(kind), weight.to(kind), [len(weight)], [ctx.stride] * 2, [ctx.padding] * 2, [1, 1],
            False, [0, 0], 1, [ctx.needs_input_grad[0], ctx.needs_input_grad[1], ctx.needs_input_grad[2]])
        return *(g if g is None else g.float() for g in grads), None, None


class ExactConv2d(nn.Conv2d):
    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return ExactConvolution.apply(x, weight, bias, self.stride[0], self.padding[0])


def conv1x1(inputs: int, outputs: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, 1)
    nn.init.zeros_(conv.bias)
    return conv


def unshuffle(x: Tensor) -> Tensor:
    """Half the size, four times the channels, ordered ((dy, dx), channel)."""
    b, c, h, w = x.shape
    return x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 3, 5, 1, 2, 4).reshape(b, 4 * c, h // 2, w // 2)


def shuffle(x: Tensor) -> Tensor:
    """The inverse of unshuffle."""
    b, c, h, w = x.shape
    return x.view(b, 2, 2, c // 4, h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, c // 4, 2 * h, 2 * w)


def channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def split_parity(x: Tensor) -> Tensor:
    """(B, C, h, w), h and w even, to (4, N, C): by parity of the position, 2 (row & 1) + (column & 1); N = B h/2 w/2 positions
    of a parity, in the order (picture, row, column)."""
    b, c, h, w = x.shape
    return x.view(b, c, h // 2, 2, w // 2, 2).permute(3, 5, 0, 2, 4, 1).reshape(4, -1, c)


def join_parity(parts: Tensor, batch: int, height: int, width: int) -> Tensor:
    """The inverse of split_parity."""
    x = parts.view(2, 2, batch, height // 2, width // 2, -1).permute(2, 3, 0, 4, 1, 5)
    return x.reshape(batch, height, width, -1).permute(0, 3, 1, 2)


@cache
def has_bf16(device_type: str) -> bool:
    """Whether a device computes in bf16: a CPU without instructions for it is several times slower at it than at fp32."""
    if device_type != 'cpu':
        return True
    can = torch.cpu.get_capabilities()
    return any(can.get(name, False) for name in ('avx512_bf16', 'amx_bf16', 'bf16'))


def mixed_precision(device_type: str) -> torch.autocast:
    """Context in which the layers compute in bf16 where the device can, and in fp32 elsewhere."""
    return torch.autocast(device_type, torch.bfloat16, enabled=has_bf16(device_type))


@cache
def step_parts(device: torch.device) -> Tensor:
    """(16,) Of step and parity, 4 group + parity."""
    return torch.tensor([4 * (parity ^ order) + parity for order in STEP_ORDER for parity in range(4)], device=device)


def split_steps(x: Tensor) -> Tensor:
    """(B, M, h, w), h and w even, to (4, 4, N, M/4): by context step and parity, the channel group that the step codes at the
    positions of split_parity."""
    groups = split_parity(x).unflatten(2, (4, -1)).permute(2, 0, 1, 3)
    return groups.flatten(0, 1).index_select(0, step_parts(x.device)).unflatten(0, (4, 4))


def join_steps(steps: Tensor, batch: int, height: int, width: int) -> Tensor:
    """The inverse of split_steps."""
    groups = steps.flatten(0, 1).index_select(0, step_parts(steps.device).argsort()).unflatten(0, (4, 4))
    return join_parity(groups.permute(1, 2, 0, 3).flatten(2), batch, height, width)
