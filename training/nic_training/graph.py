"""The model as the lists of operations that codec/models/README.md defines, with float weights.

build_graph folds everything that is not an operation of its own (half-whitening, latent scales, the gain of
the scale head, the pixel scale) into weights, so that a float run of the graph gives the numbers of model.py
up to rounding, in the units of the integer engine: pixels, quantisation steps, scale indices.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

from .layers import LEAK, QualityTable
from .model import PIXEL_SCALE, SCALE_GAIN, Codec
from .transforms import block_analysis


@dataclass
class Op:
    """One operation. weight: (out, ky*kx, in) for conv, (9, channels) for depthwise; table: (101, channels); split: channels of
    the first input of concat."""
    kind: str
    inputs: list[str]
    output: str
    kernel: int = 1
    stride: int = 1
    leaky: bool = False
    residual: str | None = None
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None
    table: np.ndarray | None = None
    split: int = 0
    name: str = ''


@dataclass
class Graph:
    """Operations of every network, and the tables of the hyperprior's entropy model."""
    networks: dict[str, list[Op]] = field(default_factory=dict)
    latent_channels: int = 0
    hyper_channels: int = 0
    prior_channels: int = 0
    hyper_index: np.ndarray | None = None  # (101, hyper_channels), continuous scale index
    hyper_mean: np.ndarray | None = None   # (101, hyper_channels)


def array(tensor) -> np.ndarray:
    return tensor.detach().double().cpu().numpy()


def table_rows(table: QualityTable) -> np.ndarray:
    """(101, channels): the table at every whole quality."""
    with torch.no_grad():
        return array(table(torch.arange(101, dtype=torch.float32, device=table.values.device))[:, :, 0, 0])


def conv_weight(conv: torch.nn.Conv2d) -> np.ndarray:
    """(out, ky*kx, in)."""
    return array(conv.weight.permute(0, 2, 3, 1).flatten(1, 2))


class Builder:
    def __init__(self, network: str):
        self.network, self.ops = network, []

    def conv(self, conv, source: str, output: str, *, leaky=False, residual=None, row_scale=None, column_scale=None,
             weight=None, bias=None) -> 'Builder':
        weight = conv_weight(conv) if weight is None else weight
        bias = array(conv.bias) if bias is None else bias
        if column_scale is not None:
            weight = weight * column_scale
        if row_scale is not None:
            weight, bias = weight * row_scale[:, None, None], bias * row_scale
        kernel, stride = (3 if weight.shape[1] == 9 else 1), (conv.stride[0] if conv is not None else 1)
        self.ops.append(Op('conv', [source], output, kernel, stride, leaky, residual, weight, bias,
                           name=f'{self.network}.{len(self.ops)}'))
        return self

    def block(self, block, register: str) -> 'Builder':
        """A DepthConvBlock in place."""
        self.conv(block.expand, register, 't', leaky=True)
        self.ops.append(Op('depthwise', ['t'], 'd', weight=array(block.depthwise.weight.reshape(-1, 9).T),
                           bias=array(block.depthwise.bias), name=f'{self.network}.{len(self.ops)}'))
        self.conv(block.project, 'd', register, residual=register)
        self.conv(block.ffn_in, register, 'f', leaky=True)
        return self.conv(block.ffn_out, 'f', register, residual=register)

    def latents_up(self, gain: QualityTable, conv, output: str) -> 'Builder':
        """The gain and the 1x1 that a synthesis starts with. The columns of its weights differ by the inverse of the
        half-whitening, and 30-fold in a model that has grown; a gain of powers of two evens them out, so that one exponent suits all.
        It has a table of its own: both gains together span 370:1 (c0b90436), and the smallest of 16 bits would be 0.6 % off."""
        columns = np.abs(conv_weight(conv)).max((0, 1))
        scale = 2.0 ** np.floor(np.log2(columns / columns[columns > 0].min()).clip(0, 6))
        self.plain('gain', ['input'], 'g', table_rows(gain))
        self.plain('gain', ['g'], 'g', np.repeat(scale[None], 101, axis=0))
        return self.conv(conv, 'g', output, column_scale=1 / scale)

    def plain(self, kind: str, inputs, output: str, table=None, split=0) -> 'Builder':
        self.ops.append(Op(kind, inputs, output, table=table, split=split, name=f'{self.network}.{len(self.ops)}'))
        return self


def build_graph(model: Codec) -> Graph:
    config = model.config
    scale = array(model.context.latent_scale.flatten())
    graph = Graph(latent_channels=config.latent_channels, hyper_channels=config.hyper_channels,
                  prior_channels=config.prior_channels)

    analysis, b = model.analysis, Builder('analysis')
    # The half-whitening is a gain of its own: in one matrix with the DCT, the small rows would be too coarse.
    transform = block_analysis(8)
    whitening = array(analysis.patchify[:, 0, 0, 0]) * PIXEL_SCALE / transform[:, 0]
    b.conv(None, 'input', 'c', weight=transform[:, None, :], bias=np.zeros(len(transform)))
    b.plain('gain', ['c'], 'x', np.repeat(whitening[None], 101, axis=0))
    for i, block in enumerate(analysis.blocks):
        b.block(block, 'x')
        if i == 0:
            b.plain('gain', ['x'], 'x', table_rows(analysis.feature_gain))
    b.conv(analysis.down, 'x', 'y').plain('gain', ['y'], 'output', table_rows(analysis.latent_gain))
    graph.networks['analysis'] = b.ops

    hyper, b = model.hyperprior, Builder('hyperAnalysis')
    b.conv(hyper.analysis_in, 'input', 'a', leaky=True, column_scale=1 / scale).block(hyper.analysis_blocks[0], 'a')
    b.plain('unshuffle', ['a'], 'u').conv(hyper.analysis_down[0], 'u', 'b', leaky=True).block(hyper.analysis_blocks[1], 'b')
    b.plain('unshuffle', ['b'], 'v').conv(hyper.analysis_down[1], 'v', 'output').block(hyper.analysis_blocks[2], 'output')
    graph.networks['hyperAnalysis'] = b.ops

    b = Builder('hyperSynthesis')
    b.conv(hyper.synthesis_up[0], 'input', 'u').plain('shuffle', ['u'], 'a').block(hyper.synthesis_blocks[0], 'a')
    b.conv(hyper.synthesis_up[1], 'a', 'v').plain('shuffle', ['v'], 'b').block(hyper.synthesis_blocks[1], 'b')
    b.conv(hyper.synthesis_out, 'b', 'p').plain('offset', ['p'], 'output', table_rows(hyper.offset))
    b.block(hyper.block, 'output')
    graph.networks['hyperSynthesis'] = b.ops

    context = model.context
    # step 0 starts from a copy of the prior, as a block works in place
    b = Builder('context0').plain('offset', ['prior'], 'output', np.zeros((101, config.prior_channels)))
    graph.networks['context0'] = b.block(context.first, 'output').ops
    columns = np.concatenate([1 / scale, np.ones(config.prior_channels)])
    for s, adapter in enumerate(context.adapters, 1):
        b = Builder(f'context{s}').plain('concat', ['latents', 'prior'], 'c', split=config.latent_channels)
        b.conv(adapter, 'c', 'output', column_scale=columns).block(context.block, 'output')
        graph.networks[f'context{s}'] = b.ops
    quarter = config.latent_channels // 4
    rows = np.stack([np.full((4, quarter), SCALE_GAIN), scale.reshape(4, quarter)], axis=1).ravel()
    for s, head in enumerate(context.heads):
        graph.networks[f'head{s}'] = Builder(f'head{s}').conv(head, 'input', 'output', row_scale=rows).ops

    synthesis, b = model.synthesis, Builder('synthesis')
    b.latents_up(synthesis.latent_gain, synthesis.up, 'u')
    b.plain('shuffle', ['u'], 'x')
    for block in synthesis.blocks:
        b.block(block, 'x')
    b.plain('gain', ['x'], 'x', table_rows(synthesis.feature_gain))
    b.conv(synthesis.out, 'x', 'output', row_scale=np.full(192, 1 / PIXEL_SCALE))
    graph.networks['synthesis'] = b.ops

    graph.hyper_index, graph.hyper_mean = table_rows(hyper.hyper_index) * SCALE_GAIN, table_rows(hyper.hyper_mean)
    return graph


def unshuffle_hwc(x: torch.Tensor) -> torch.Tensor:
    h, w, c = x.shape
    return x.view(h // 2, 2, w // 2, 2, c).permute(0, 2, 1, 3, 4).reshape(h // 2, w // 2, 4 * c)


def shuffle_hwc(x: torch.Tensor) -> torch.Tensor:
    h, w, c = x.shape
    return x.view(h, w, 2, 2, c // 4).permute(0, 2, 1, 3, 4).reshape(2 * h, 2 * w, c // 4)


def convolve(x: torch.Tensor, weight: torch.Tensor, kernel: int, stride: int) -> torch.Tensor:
    """(h, w, in) with (out, kernel^2, in) -> (h/stride, w/stride, out), zero padded, centred on the stride grid."""
    if kernel == 1:
        return x @ weight[:, 0].T
    h, w, _ = x.shape
    padded = F.pad(x, (0, 0, 1, 1, 1, 1))
    result = None
    for tap in range(9):
        dy, dx = divmod(tap, 3)
        part = padded[dy:dy + h:stride, dx:dx + w:stride] @ weight[:, tap].T
        result = part if result is None else result + part
    return result


def depthwise(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(h, w, channels) with (9, channels)."""
    h, w, _ = x.shape
    padded = F.pad(x, (0, 0, 1, 1, 1, 1))
    return sum(padded[t // 3:t // 3 + h, t % 3:t % 3 + w] * weight[t] for t in range(9))


def run_operation(op: Op, registers: dict[str, torch.Tensor], quality: float) -> torch.Tensor:
    """The result of an operation, in float64, on (h, w, channels) registers."""
    source = registers[op.inputs[0]]
    if op.kind == 'conv':
        value = convolve(source, torch.from_numpy(op.weight), op.kernel, op.stride) + torch.from_numpy(op.bias)
        value = F.leaky_relu(value, LEAK) if op.leaky else value
        return value + registers[op.residual] if op.residual else value
    if op.kind == 'depthwise':
        return depthwise(source, torch.from_numpy(op.weight)) + torch.from_numpy(op.bias)
    if op.kind in ('gain', 'offset'):
        low = min(int(quality), 99)
        row = torch.from_numpy(op.table[low] * (low + 1 - quality) + op.table[low + 1] * (quality - low))
        return source * row if op.kind == 'gain' else source + row
    if op.kind == 'concat':
        return torch.cat([source, registers[op.inputs[1]]], 2)
    return shuffle_hwc(source) if op.kind == 'shuffle' else unshuffle_hwc(source)


def run_float(ops: list[Op], registers: dict[str, torch.Tensor], quality: float, watch=None) -> torch.Tensor:
    """Run a network in float64 on (h, w, channels) tensors; watch(op, value) sees every result."""
    registers = dict(registers)
    for op in ops:
        value = registers[op.output] = run_operation(op, registers, quality)
        if watch:
            watch(op, value)
    return registers['output']
