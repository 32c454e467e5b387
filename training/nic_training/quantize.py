"""From the float graph to integers: calibrated Q-formats, int16 weights, int32 biases, shifts, frozen tables.

Every register value v is held as the int16 round(v * 2^bits); `bits` is chosen so that the largest magnitude
seen on the calibration pictures, times a margin, still fits. Weights of an operation share one binary
exponent, the largest for which no input whatsoever can overflow the 32-bit accumulator:
sum|w| * 32768 + |bias| + 2^(shift-1) < 2^31 for every output channel.
"""
from __future__ import annotations

import math
from collections import defaultdict
from typing import Iterable

import numpy as np
import torch

from . import entropy
from .graph import Graph, Op, run_float
from .layers import STEP_ORDER
from .rounding import Sample, SideBySide, round_together

LATENT_BITS = 6
PIXEL_BITS = 6
MARGIN = 1.1
ACCUMULATOR = 2 ** 31 - 1


class Ranges:
    """Largest magnitude of every operation's result over the samples; 1 where there are none."""

    def __init__(self):
        self.largest: defaultdict[str, float] = defaultdict(lambda: 1.0)

    def watch(self, op: Op, value: torch.Tensor) -> None:
        self.largest[op.name] = max(self.largest.get(op.name, 0.0), float(value.abs().max()))


def patchify(pixels: torch.Tensor) -> torch.Tensor:
    """(3, H, W) to (H/8, W/8, 192), channels (dy, dx, channel)."""
    c, h, w = pixels.shape
    return pixels.view(c, h // 8, 8, w // 8, 8).permute(1, 3, 2, 4, 0).reshape(h // 8, w // 8, 192)


def group_mask(channels: int, height: int, width: int, step: int) -> torch.Tensor:
    """(height, width, channels) bool: what the step codes."""
    parity = (torch.arange(height)[:, None] & 1) * 2 + (torch.arange(width)[None, :] & 1)
    group = torch.arange(channels) // (channels // 4)
    return (group[None, None, :] ^ STEP_ORDER[step]) == parity[:, :, None]


def split_head(out: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(h, w, 2M) head rows to (scale, mean), each (h, w, M)."""
    h, w, rows = out.shape
    parts = out.view(h, w, 4, 2, rows // 8)
    return parts[:, :, :, 0].reshape(h, w, rows // 2), parts[:, :, :, 1].reshape(h, w, rows // 2)


@torch.no_grad()
def run_codec_float(graph: Graph, pixels: torch.Tensor, quality: float, watch=None) -> dict[str, torch.Tensor]:
    """The whole codec on one picture (3, H, W), 0-255, sides multiples of 16, in float64 without any Q-format: y, z_hat, y_hat,
    scale indices and pixels (3, H, W), the last neither rounded nor clamped. watch(network, registers) sees what each reads."""
    def run(network: str, **registers: torch.Tensor) -> torch.Tensor:
        if watch:
            watch(network, registers)
        return run_float(graph.networks[network], registers, quality)

    y = run('analysis', input=patchify(pixels.double() - 128))
    h, w, m = y.shape
    padded = torch.nn.functional.pad(y, (0, 0, 0, -w % 4, 0, -h % 4))
    z = run('hyperAnalysis', input=padded)
    mean = torch.from_numpy(graph.hyper_mean[round(quality)])
    z_hat = torch.floor(z - mean + 0.5) + mean
    prior = run('hyperSynthesis', input=z_hat)[:h, :w]
    y_hat, index = torch.zeros_like(y), torch.zeros_like(y)
    for s in range(4):
        features = run(f'context{s}', prior=prior, latents=y_hat)
        scale, mu = split_head(run(f'head{s}', input=features))
        mask = group_mask(m, h, w, s)
        index = torch.where(mask, scale, index)
        y_hat = torch.where(mask, torch.floor(y - mu + 0.5) + mu, y_hat)
    out = run('synthesis', input=y_hat)
    rows, columns = out.shape[:2]
    picture = out.view(rows, columns, 8, 8, 3).permute(4, 0, 2, 1, 3).reshape(3, rows * 8, columns * 8) + 128
    return {'y': y, 'z_hat': z_hat, 'y_hat': y_hat, 'index': index, 'pixels': picture}


def bits_for(largest: float) -> int:
    """Fraction bits at which `largest` times the margin fits an int16, at most 14."""
    return min(14, math.floor(math.log2(32767 / max(largest * MARGIN, 1e-6))))


def input_bits(network: str, results: dict[str, int]) -> dict[str, int]:
    """Q-formats of the registers that a network of the base model reads, given those of the outputs of the networks before it."""
    if network == 'analysis':
        return {'input': PIXEL_BITS}
    if network.startswith('context'):
        return {'latents': LATENT_BITS, 'prior': results['hyperSynthesis']}
    if network.startswith('head'):
        return {'input': results['context' + network[4:]]}
    return {'input': LATENT_BITS}


def output_bits(network: str) -> int | None:
    """Q-format of the output of a network of the base model; None where the range decides."""
    return None if network == 'hyperSynthesis' or network.startswith('context') else LATENT_BITS


def assign_bits(ops: list[Op], inputs: dict[str, int], ranges: Ranges, output: int | None) -> list[int]:
    """Q-format of every operation's result. Results that are added to one another, or only moved, share one."""
    registers, bits = dict(inputs), []
    for start, op in enumerate(ops):
        if op.kind in ('shuffle', 'unshuffle', 'offset', 'concat'):
            value = registers[op.inputs[0]]
        elif op.residual:
            value = registers[op.residual]
        else:  # the widest of the results that will be added onto this one, or moved from it
            value = stream_bits(ops, start, ranges, output)
        registers[op.output] = value
        bits.append(value)
    return bits


def stream_bits(ops: list[Op], start: int, ranges: Ranges, fixed_output: int | None) -> int:
    """Q-format that suits ops[start] and everything that inherits its format."""
    members, largest = {ops[start].output}, ranges.largest[ops[start].name]
    for op in ops[start + 1:]:
        inherits = op.residual in members if op.residual else \
            op.kind in ('shuffle', 'unshuffle', 'offset', 'concat') and op.inputs[0] in members
        if inherits:
            members.add(op.output)
            largest = max(largest, ranges.largest[op.name])
        else:
            members.discard(op.output)
    if fixed_output is not None and 'output' in members:
        return fixed_output
    return bits_for(largest)


def quantize_conv(op: Op, weight: np.ndarray, in_bits: int, out_bits: int, seen: SideBySide, shared: dict[bytes, np.ndarray]) -> dict:
    """weight (outputs, taps, inputs) or (taps, channels) for depthwise: integers, bias and shift with the accumulator proof. `seen` are
    samples that have come as far as this operation, `shared` what weights have been rounded to where they were met before."""
    axis = 0 if op.kind == 'depthwise' else tuple(range(1, weight.ndim))
    for exponent in range(24, -16, -1):
        shift = in_bits + exponent - out_bits
        scaled = weight * 2.0 ** exponent
        bias = op.bias * 2.0 ** (in_bits + exponent)
        if shift > 24 or np.abs(scaled).max() > 32767 or not fits_accumulator(np.rint(scaled), np.rint(bias), axis, shift):
            continue
        if shift < 0:
            break
        if op.kind == 'depthwise' or not seen.qualities:
            integer = np.rint(scaled)
        else:
            key = scaled.tobytes()
            if key not in shared:
                together = round_together(scaled.reshape(len(scaled), -1), seen.second_moments(op))
                shared[key] = together.clip(-32767, 32767).reshape(scaled.shape)
            integer = shared[key]
        bias = np.rint(seen.bias(op, integer, 2.0 ** (in_bits + exponent), 2.0 ** shift))
        if fits_accumulator(integer, bias, axis, shift):
            return {'weight': integer.astype(np.int16), 'bias': bias.astype(np.int32), 'shift': shift}
    raise ValueError(f'{op.name}: no exponent keeps the accumulator within 32 bits')


def fits_accumulator(weight: np.ndarray, bias: np.ndarray, axis, shift: int) -> bool:
    """Whether no input overflows; `axis` are those of the weights of an output."""
    bound = np.abs(weight).sum(axis) * 32768 + np.abs(bias) + (2 ** (shift - 1) if shift > 0 else 0)
    return bool(bound.max() < ACCUMULATOR)


def quantize_gain(op: Op, in_bits: int, out_bits: int) -> dict:
    exponent = math.floor(math.log2(32767 / np.abs(op.table).max()))
    exponent = min(exponent, out_bits - in_bits + 24)
    shift = in_bits + exponent - out_bits
    if shift < 0:
        raise ValueError(f'{op.name}: gain needs a negative shift')
    return {'table': np.rint(op.table * 2.0 ** exponent).astype(np.int16), 'shift': shift}


@torch.no_grad()
def quantize_network(ops: list[Op], inputs: dict[str, int], samples: Iterable[Sample], output: int | None,
                     shared: dict[bytes, np.ndarray] | None = None) -> tuple[list[dict], int]:
    """Operations as dictionaries of the manifest's fields, with numpy arrays in place of tensor names, and the Q-format of the
    register `output`. Q-formats are numbers of fraction bits: `inputs` those of the registers that the network reads, `output`
    that of its result, None to let the range decide. Ranges and roundings are chosen for the samples; without any, a range is 1
    and weights are rounded to nearest. Networks that are given the same `shared` round weights that they have in common only once, so
    that one tensor does for all of them."""
    shared = {} if shared is None else shared
    ranges, samples = Ranges(), list(samples)
    for sample, quality in samples:
        run_float(ops, sample, quality, ranges.watch)
    seen = SideBySide(samples, inputs)
    registers = dict(inputs)
    column_fix: dict[str, tuple[int, float]] = {}  # channels from which on the weights are to be scaled, and by how much
    quantized = []
    for op, out_bits in zip(ops, assign_bits(ops, inputs, ranges, output)):
        in_bits = registers[op.inputs[0]]
        entry = {'op': op.kind, 'input': op.inputs[0], 'output': op.output}
        if op.kind == 'conv':
            weight = op.weight
            if op.inputs[0] in column_fix:
                split, factor = column_fix[op.inputs[0]]
                weight = np.concatenate([weight[..., :split], weight[..., split:] * factor], axis=-1)
            entry |= {'kernel': op.kernel, 'stride': op.stride, 'inChannels': weight.shape[2], 'outChannels': weight.shape[0],
                      'activation': 'leaky' if op.leaky else 'none'}
            if op.residual:
                entry['residual'] = op.residual
            entry |= quantize_conv(op, weight, in_bits, out_bits, seen, shared)
        elif op.kind == 'depthwise':
            entry |= {'channels': op.weight.shape[1]} | quantize_conv(op, op.weight, in_bits, out_bits, seen, shared)
        elif op.kind == 'gain':
            entry |= quantize_gain(op, in_bits, out_bits)
        elif op.kind == 'offset':
            entry |= {'table': np.clip(np.rint(op.table * 2.0 ** in_bits), -32768, 32767).astype(np.int16)}
        elif op.kind == 'concat':
            # The second part keeps its integers although its Q-format differs: the next weights make up for it.
            entry = {'op': 'concat', 'inputs': op.inputs, 'output': op.output}
            column_fix[op.output] = op.split, 2.0 ** (in_bits - registers[op.inputs[1]])
        registers[op.output] = out_bits
        quantized.append(entry)
        seen.advance(op, entry)
    return quantized, registers['output']


def quantize(graph: Graph, samples: dict[str, list[Sample]], names: Iterable[str]) -> dict[str, list[dict]]:
    """Some networks of the base model and its encoder, see quantize_network; samples by network."""
    networks, bits, shared = {}, {}, {}
    for network in names:
        networks[network], bits[network] = quantize_network(
            graph.networks[network], input_bits(network, bits), samples[network], output_bits(network), shared)
    return networks


def cdf_tables(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(cdf uint32, offset, length, radius): per scale index the cumulative 16-bit frequencies of the symbols -R..R and of
    the escape, which holds what lies outside."""
    cdfs, offsets, lengths, radii, position = [], [], [], [], 0
    for i in range(entropy.SCALES):
        sigma = entropy.scale_of_index(i)
        edges = (torch.arange(0, 2048, dtype=torch.float64) + 0.5) / sigma
        tail = entropy.cdf(kind, -edges).numpy()  # P(k > n), n = 0, 1, ...
        radius = max(1, int(np.argmax(2 * tail < 2.0 ** -14)))
        one_side = tail[:radius] - tail[1:radius + 1]
        p = np.concatenate([one_side[::-1], [1 - 2 * tail[0]], one_side, [2 * tail[radius]]])
        frequency = 1 + np.floor(p * (65536 - len(p))).astype(np.int64)
        frequency[radius] += 65536 - frequency.sum()
        cdfs.append(np.concatenate([[0], np.cumsum(frequency)]))
        offsets.append(position)
        lengths.append(2 * radius + 3)
        radii.append(radius)
        position += lengths[-1]
    return (np.concatenate(cdfs).astype(np.uint32), np.array(offsets, dtype=np.uint32),
            np.array(lengths, dtype=np.uint16), np.array(radii, dtype=np.uint16))
