"""The symbols of the latents as a training set for entropy priors: what base codes, position by position.

A symbol of scale index i is a path of binary decisions (FORMAT.md, "Decisions"): node 0 says whether it is not zero, node 1
whether it is negative, node n >= 2 whether its magnitude is above BOUNDS[n]. The frozen tables of the model give each decision
a probability; an entropy prior is a better one.
"""
from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import Any, Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from .data import Pictures
from .layers import join_steps, split_parity, split_steps
from .model import PIXEL_SCALE, Codec
from .quantize import cdf_tables
from . import entropy

CROP = 256
SLICE = 8  # channels of a group that are coded together
BOUNDS = (0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
NODES = len(BOUNDS)


class DecisionTables:
    """What the frozen tables say of each decision: logit (NODES, 64) of the answer yes, and last (64,), the nodes that a scale
    index has; weight (64,) turns magnitudes into multiples of what the table expects, in sixteenths; significance (64,) is
    65536 times the probability of not being zero."""

    def __init__(self, distribution: str):
        cdf, offset, _, radius = cdf_tables(distribution)
        self.logit = torch.zeros(NODES, entropy.SCALES)
        self.last = torch.zeros(entropy.SCALES, dtype=torch.long)
        self.weight = torch.zeros(entropy.SCALES, dtype=torch.long)
        self.significance = torch.zeros(entropy.SCALES, dtype=torch.long)
        for i in range(entropy.SCALES):
            r, slots = int(radius[i]), np.diff(cdf[offset[i]:offset[i] + 2 * int(radius[i]) + 3].astype(np.int64))
            both = np.concatenate([[slots[r]], slots[r + 1:2 * r + 1] + slots[:r][::-1], slots[-1:]])  # |k| = 0...R, beyond
            self.weight[i] = (1 << 24) // (int((both[1:-1] * np.arange(1, r + 1)).sum()) + int(both[-1]) * r + 16384)
            above = np.cumsum(both[::-1])[::-1]  # above[m] = mass of magnitudes of at least m
            self.significance[i] = int(min(max(above[1], 1), 65535))
            self.logit[0, i] = float(np.log(above[1] / both[0]))
            node = 2
            while node < NODES and BOUNDS[node] < r:
                high, low = above[BOUNDS[node] + 1], above[BOUNDS[node - 1] + 1]
                self.logit[node, i] = float(np.log(high / (low - high)))
                node += 1
            self.last[i] = node

    def surprise(self, symbols: Tensor, index: Tensor) -> Tensor:
        """Whether a symbol is not zero less the probability of that, with 12 fraction bits; 0 where no symbol is coded."""
        index = index.long()
        return (((symbols != 0).long() << 12) - (self.significance[index] >> 4)) * (index >= 1)

    def excess(self, symbols: Tensor, index: Tensor) -> Tensor:
        """Magnitudes over what is expected, in sixteenths, at most 127."""
        return ((symbols.abs().long() * self.weight[index.long()]) >> 4).clamp(max=127)


@dataclass
class Symbols:
    """Positions of latents, each with 4 steps of M/4 channels in slices of 8: index (N, 4, slices, 8) uint8, symbol int16 and
    around, beside and balance, the excess, the surprise and the signed excess of the same channel at the four neighbours that are
    known by then, int16, of the same shape;
    features (N, 4, prior channels) fp16, what the context network gives to its head; group (N, 4), the channel group."""
    index: Tensor
    symbol: Tensor
    around: Tensor
    beside: Tensor
    balance: Tensor
    features: Tensor
    group: Tensor

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, chosen) -> 'Symbols':
        return Symbols(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def base_bits(self, tables: DecisionTables) -> Tensor:
        """Bits (N,) of the frozen tables."""
        with torch.no_grad():
            return decision_bits(torch.zeros(*self.symbol.shape, 4), tables, self.index, self.symbol).flatten(1).sum(1)


@torch.no_grad()
def analyze(codec: Codec, pixels: Tensor, quality: Tensor) -> Tensor:
    """y (B, M, H/16, W/16) of pictures (B, 3, H, W), 0-255."""
    return codec.analysis((pixels - 128) * PIXEL_SCALE, quality)


@torch.no_grad()
def code_hyper(codec: Codec, y: Tensor, quality: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scale index, symbol and value of z, each (B, hyper channels, h, w)."""
    hyper = codec.hyperprior
    mean = hyper.hyper_mean(quality)
    symbol = torch.floor(hyper.analyze(y).float() - mean + 0.5)
    return torch.floor(hyper.scale_index(quality) + 0.5).expand_as(symbol), symbol, symbol + mean


@torch.no_grad()
def code_symbols(codec: Codec, tables: DecisionTables, y: Tensor, quality: Tensor) -> Symbols:
    """The symbols of latents (B, M, h, w), h and w even, as Codec.latents rounds them; the positions of a picture follow each other,
    by parity."""
    hyper, context = codec.hyperprior, codec.context
    z_hat = code_hyper(codec, y, quality)[2]
    prior = hyper.synthesize(z_hat, quality, y.shape[-2:])
    b, _, h, w = y.shape

    def by_position(values: Tensor) -> Tensor:
        """(4, N, C) of each parity to (B h w, C)."""
        return values.view(4, b, h * w // 4, -1).transpose(0, 1).flatten(0, 2)

    values, known, steps = split_steps(y), [], []
    seen = torch.zeros(3, *values.shape, dtype=torch.long)  # excess, surprise and signed excess of what is known
    for s in range(4):
        features = context.features(s, prior, torch.stack(known) if s else None)
        index, mean = context.head(s, features)
        index = torch.floor(index + 0.5).clamp(0, entropy.SCALES - 1)
        symbol = torch.where(index < 1, 0.0, torch.floor(values[s] - mean + 0.5))
        padded = torch.nn.functional.pad(torch.stack([join_steps(part, b, h, w) for part in seen]), (1, 1, 1, 1))
        around = padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:] + padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1]
        parts = [by_position(v).unflatten(1, (-1, SLICE)) for v in (index, symbol, *(split_steps(v)[s] for v in around))]
        groups = context.groups(s, y.device)[:, None, None].expand(4, values.shape[2], 1)
        steps.append((*parts, by_position(split_parity(features.float())), by_position(groups.contiguous())[:, 0]))
        known.append(symbol + mean)
        excess = tables.excess(symbol, index)
        seen[:, s] = torch.stack([excess, tables.surprise(symbol, index), excess * symbol.sign().long()])
    index, symbol, *beside, features, group = (torch.stack(parts, 1) for parts in zip(*steps))
    return Symbols(index.to(torch.uint8), symbol.to(torch.int16), *(part.to(torch.int16) for part in beside), features.half(), group)


def concatenate(parts: list) -> Any:
    """One dataclass of tensors from several of a kind."""
    kind = type(parts[0])
    return kind(*(torch.cat([getattr(part, name) for part in parts]) for name in kind.__dataclass_fields__))


def draw_symbols(codec: Codec, tables: DecisionTables, pictures: Pictures, crops: int, rng: np.random.Generator) -> Symbols:
    """Symbols of random crops at random qualities."""
    parts = []
    for start in range(0, crops, 4):
        count = min(4, crops - start)
        quality = torch.tensor(rng.uniform(0, 100, count), dtype=torch.float32)
        with torch.autocast('cpu', enabled=False):
            y = analyze(codec, pictures.crops(count, CROP, rng), quality)
            parts.append(code_symbols(codec, tables, y, quality))
    return concatenate(parts)


def decisions(tables: DecisionTables, index: Tensor, symbol: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Node by node: the node, whether the path of a symbol comes there, and whether the answer is yes. No symbol is coded at index 0."""
    index, symbol = index.long(), symbol.long()
    magnitude, last = symbol.abs(), tables.last[index]
    coded, some = index >= 1, magnitude > 0
    yield 0, coded, some
    yield 1, coded & some, symbol < 0
    for node in range(2, NODES):
        reached = coded & (magnitude > BOUNDS[node - 1]) & (node < last)
        if node > 3 and not bool(reached.any()):
            break
        yield node, reached & some, magnitude > BOUNDS[node]


def decision_bits(logits: Tensor, tables: DecisionTables, index: Tensor, symbol: Tensor) -> Tensor:
    """Bits of the decisions of coded symbols, summed over the nodes. logits (..., 4): what is added to the logit of the tables
    for node 0, node 1, node 2 and the nodes above; index and symbol (...). 0 where no symbol is coded."""
    nats = 0
    for node, reached, answer in decisions(tables, index, symbol):
        logit = tables.logit[node][index.long()] + logits[..., min(node, 3)]
        nats = nats + torch.nn.functional.softplus(torch.where(answer, -logit, logit)) * reached
    return nats / np.log(2)


def add_symbol_arguments(parser: ArgumentParser) -> None:
    parser.add_argument('--crops', type=int, default=1400, help='training crops of 256x256, each at a random quality')


def load_symbols(codec: Codec, arguments: Namespace) -> tuple[DecisionTables, Symbols, Symbols]:
    """Tables, training and validation symbols, the last of 160 crops of all validation pictures."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device, tables = torch.device('cpu'), DecisionTables(codec.config.distribution)
    rng = np.random.default_rng(arguments.seed)
    training = draw_symbols(codec, tables, Pictures(arguments.data, device, CROP), arguments.crops, rng)
    validation = draw_symbols(codec, tables, Pictures([arguments.validation], device, CROP), 160, rng)
    return tables, training, validation


@torch.no_grad()
def saving(symbols: Symbols, tables: DecisionTables, bits: Callable[[Symbols], Tensor]) -> dict[str, float]:
    """Share of the bits of the frozen tables that a prior saves, as a mean over crops: over all, and over the third of them
    with the fewest bits and the third with the most."""
    positions = (CROP // 16) ** 2
    before, after = (torch.cat([count(symbols[start:start + 1024]) for start in range(0, len(symbols), 1024)]).view(-1, positions).sum(1)
                     for count in (lambda part: part.base_bits(tables), bits))
    saved = (1 - after / before)[before.argsort()]
    third = len(saved) // 3
    return {'saved': round(float(saved.mean()), 4), 'low': round(float(saved[:third].mean()), 4), 'high': round(float(saved[-third:].mean()), 4)}
