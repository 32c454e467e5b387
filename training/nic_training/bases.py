"""Trains the base filters of a model (filter.py): bases whose weighted sums, chosen for each part of a tile, save the most bits.

What a filter with coefficients e (FEATURES, 3) changes about the squared error of a part is e'Ge - 2 t'e, with the Gram matrix G
of the features of its decoded pixels and t, their products with what is missing from the original. So crops are decoded once, and all
of the training sees only (G, t) of their smallest parts; those of a larger part are the sums of those in it. ERROR_WORTH lambdas are how many
bits a squared error is worth, the frozen tables say what weights cost.
"""
from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from . import entropy
from .data import Pictures
from .export import load_codec
from .filter import BASE_BITS, FEATURES, features
from .model import Codec
from .quantize import cdf_tables
from .train import save_atomically

CROP = 512       # pixels a side of a crop, which is coded as a tile of that size
SIDE = 4         # smallest parts along a side
HELD_OUT = 10    # every so many crops one
LEVELS = (1, 2, SIDE)  # parts along a side: the tile, its quarters, and the quarters of these, which are the smallest
NODES = sum(side * side for side in LEVELS)  # parts of all levels; the tile comes first
FIRST_BATCH = 64  # crops a step
BATCH = 16       # the same of the second half of the steps, with all of their parts
WEIGHT_COST = 0.6  # bits of the square of a weight, before there are tables; keeps weights at a few units
LARGEST = 127    # weight
LARGEST_BASE = 2 ** (BASE_BITS - 1) - 1
START_INDEX = 21  # of the weights that WEIGHT_COST is right for: a standard deviation of 1.1
REFIT = 250      # steps
TABLE_FITS = 3   # each to the weights that are best under the one before
QUALITY_WIDTH = 5.0  # of the kernel over qualities that the scales are fitted with
ERROR_WORTH = 1.5  # lambdas that a squared error is worth, as in codec/filter/fit-filters.ts: docs/decisions/picture-filter.md
FLAG = 1.0       # bits that say whether a part has weights, or, of one that is not among the smallest, whether it is split


@dataclass
class Statistics:
    """Of N crops of P = SIDE * SIDE parts, row by row: gram (N, P, FEATURES, FEATURES), target (N, P, FEATURES, 3), quality (N,), bits (N,)
    of their latents, worth (N,), bits a squared error."""
    gram: Tensor
    target: Tensor
    quality: Tensor
    bits: Tensor
    worth: Tensor

    def __len__(self) -> int:
        return len(self.quality)

    def __getitem__(self, chosen) -> 'Statistics':
        return Statistics(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def measure(pixels: Tensor, decoded: Tensor) -> tuple[Tensor, Tensor]:
    """gram (P, FEATURES, FEATURES) and target (P, FEATURES, 3) of a picture (3, H, W) in 0-255, H and W multiples of SIDE, and of what is
    decoded of it."""
    def parts(planes: Tensor) -> Tensor:
        count, height, width = planes.shape
        cut = planes.view(count, SIDE, height // SIDE, SIDE, width // SIDE)
        return cut.permute(1, 3, 0, 2, 4).reshape(SIDE * SIDE, count, -1)

    values = parts(features(decoded - 128))
    return values @ values.mT, values @ parts(pixels - decoded).mT


@torch.no_grad()
def crop_statistics(codec: Codec, pixels: Tensor, quality: float) -> Statistics:
    """Of one crop (3, S, S) in 0-255."""
    decoded, y_bits, z_bits = codec(pixels[None], torch.tensor([quality], dtype=torch.float32), noise=False)
    worth = ERROR_WORTH * codec.config.lmbda(quality) / 3  # lambda is of the mean over three channels
    return Statistics(*measure(pixels, decoded[0].clamp(0, 255)), torch.tensor(quality), (y_bits + z_bits)[0], torch.tensor(worth))


def draw_statistics(codec: Codec, pictures: Pictures, crops: int, rng: np.random.Generator, notice: Callable[[str], None] = lambda _: None,
                    size: int = CROP) -> Statistics:
    """Of random crops at random qualities."""
    shapes = Statistics((SIDE * SIDE, FEATURES, FEATURES), (SIDE * SIDE, FEATURES, 3), (), (), ())
    # All are made first: small results between large temporary ones would leave holes in the memory, gigabytes of them.
    result = Statistics(*(torch.empty(crops, *getattr(shapes, name)) for name in Statistics.__dataclass_fields__))
    for i in range(crops):
        if i % 100 == 0:
            notice(f'filter: {i} of {crops} crops')
        crop = crop_statistics(codec, pictures.crop(size, rng).contiguous(), rng.uniform(0, 100))
        for name in Statistics.__dataclass_fields__:
            getattr(result, name)[i] = getattr(crop, name)
    return result


def weight_bits(distribution: str) -> Tensor:
    """(64, LARGEST + 1): bits of a weight of each magnitude by scale index, under the frozen tables."""
    cdf, offset, _, radius = cdf_tables(distribution)
    rows = []
    for i in range(entropy.SCALES):
        r = int(radius[i])
        slots = 16 - np.log2(np.diff(cdf[offset[i]:offset[i] + 2 * r + 3].astype(np.float64)))
        beyond = np.arange(max(0, LARGEST - r)) + 1
        escaped = slots[-1] + 2 + 2 * np.floor(np.log2(beyond))
        rows.append(np.concatenate([slots[r:2 * r + 1], escaped])[:LARGEST + 1])
    return torch.tensor(np.array(rows), dtype=torch.float32)


def project(bases: Tensor, gram: Tensor, target: Tensor, worth: Tensor) -> tuple[Tensor, Tensor]:
    """(M, B, B) and (M, B): bits that weights w of bases (B, 3, FEATURES) cost in error are w'Qw - 2 l'w, for gram (M, FEATURES, FEATURES),
    target (M, FEATURES, 3) and worth (M,)."""
    seen = torch.einsum('nij,bcj->nbci', gram, bases)
    quadratic = torch.einsum('nbci,dci->nbd', seen, bases)
    return quadratic * worth[:, None, None], torch.einsum('bci,nic->nb', bases, target) * worth[:, None]


def merged(parts: Tensor, times: int) -> Tensor:
    """(N, Q, ...): the sums of times x times values (N, Q * times * times, ...) of square parts, row by row."""
    side = math.isqrt(parts.shape[1]) // times
    return parts.unflatten(1, (side, times, side, times)).sum((2, 4)).flatten(1, 2)


def spread(parts: Tensor, times: int) -> Tensor:
    """(N, Q * times * times, ...): values (N, Q, ...) of square parts, row by row, for each of the times x times parts in them."""
    side = math.isqrt(parts.shape[1])
    return parts.unflatten(1, (side, side)).repeat_interleave(times, 1).repeat_interleave(times, 2).flatten(1, 2)


def by_level(nodes: Tensor) -> tuple[Tensor, ...]:
    """(N, side * side, ...) of each level, of values (N, NODES, ...)."""
    return nodes.split([side * side for side in LEVELS], 1)


def ridge(quadratic: Tensor, linear: Tensor) -> Tensor:
    """The best real weights (N, B) where the square of a weight costs WEIGHT_COST bits."""
    return torch.linalg.solve(quadratic + WEIGHT_COST * torch.eye(quadratic.shape[1]), linear)


@torch.no_grad()
def descend(quadratic: Tensor, linear: Tensor, price: Tensor) -> tuple[Tensor, Tensor]:
    """Integer weights (N, B) and the bits (N,) that they save, of project(...) and the price (N, B, LARGEST + 1) of each magnitude. From
    none and from rounded real weights, the one change that saves most, again and again; the better end of both, or none where that saves
    nothing."""
    rounded = ridge(quadratic, linear).round().clamp(-LARGEST, LARGEST)
    weights = torch.cat([torch.zeros_like(rounded), rounded])
    quadratic, linear, price = (v.repeat(2, *[1] * (v.dim() - 1)) for v in (quadratic, linear, price))
    diagonal = quadratic.diagonal(dim1=1, dim2=2)[..., None] + 1e-9
    rows = torch.arange(len(weights))

    def costs(candidates: Tensor) -> Tensor:
        return price.gather(2, candidates.abs().long())

    slope = torch.einsum('nij,nj->ni', quadratic, weights) - linear
    for _ in range(20 * weights.shape[1]):
        now = weights[..., None]
        low = torch.floor(now - slope[..., None] / diagonal)
        candidates = torch.cat([low, low + 1, torch.zeros_like(low)], 2).clamp(-LARGEST, LARGEST)
        change = candidates - now
        cost = (diagonal * change + 2 * slope[..., None]) * change + costs(candidates) - costs(now)
        best, place = cost.flatten(1).min(1)
        moving = best < -1e-3
        if not bool(moving.any()):
            break
        step = change.flatten(1)[rows, place] * moving
        base = place // 3
        weights[rows, base] += step
        slope = slope + quadratic[rows, base] * step[:, None]
    saved = (weights * (linear - slope)).sum(1) - costs(weights[..., None])[..., 0].sum(1)
    first, second = saved.chunk(2)
    weights = torch.where((second > first)[:, None], *reversed(weights.chunk(2)))
    saved = torch.maximum(first, second)
    return weights * (saved > 0)[:, None], saved.clamp(min=0)


def fit_scales(weights: Tensor, quality: Tensor, bits: Tensor) -> Tensor:
    """(101, B) uint8: by quality and base the scale index under which the weights (N, B) of crops of about that quality cost least;
    bits: of weight_bits."""
    used = weights.any(1)  # a tile without weights does not pay for them
    weights, quality = weights[used], quality[used]
    distance = (torch.arange(101.0)[:, None] - quality) / QUALITY_WIDTH
    kernel = torch.softmax(-0.5 * distance.square(), 1)
    paid = bits[:, weights.abs().long()]  # (64, N, B)
    return torch.einsum('qn,inb->qbi', kernel, paid).argmin(2).to(torch.uint8)


def prices(scale_index: Tensor, quality: Tensor, bits: Tensor) -> Tensor:
    """(N, B, LARGEST + 1): bits of the weights of crops."""
    return bits[scale_index[quality.round().long()].long()]


@torch.no_grad()
def choose_filters(bases: Tensor, crops: Statistics, scale_index: Tensor, bits: Tensor) -> tuple[Tensor, Tensor]:
    """Integer weights (N, NODES, B) of the parts that have a filter, zeros for all others, and the bits (N,) that they save, less what they
    cost: as codec/filter/fit-filters.ts does it, a part is split where that saves more."""
    count, smallest = crops.gram.shape[:2]
    worth = crops.worth.repeat_interleave(smallest)
    forms = project(bases, crops.gram.flatten(0, 1), crops.target.flatten(0, 1), worth)
    quadratic, linear = (torch.cat([merged(form.unflatten(0, (count, smallest)), SIDE // side) for side in LEVELS], 1).flatten(0, 1)
                         for form in forms)
    weights, saved = descend(quadratic, linear, prices(scale_index, crops.quality, bits).repeat_interleave(NODES, 0))
    *larger, own = by_level(saved.unflatten(0, (count, NODES)))
    best, divided = own - FLAG, []
    for own in reversed(larger):
        whole, apart = own - 2 * FLAG, merged(best, 2) - FLAG
        best = torch.maximum(whole, apart)
        divided.append(apart > whole)
    reached, used = torch.ones_like(best), []
    for level in reversed(divided):
        used.append(reached * ~level)
        reached = spread(reached * level, 2)
    return weights.unflatten(0, (count, NODES)) * torch.cat([*used, reached], 1)[..., None], best[:, 0]


def choose_in_turn(bases: Tensor, crops: Statistics, scale_index: Tensor, bits: Tensor) -> tuple[Tensor, Tensor]:
    """The same for any number of crops."""
    batches = (choose_filters(bases, crops[rows], scale_index, bits) for rows in torch.arange(len(crops)).split(BATCH))
    weights, saved = zip(*batches)
    return torch.cat(weights), torch.cat(saved)


def fit_table(bases: Tensor, crops: Statistics, bits: Tensor, scale_index: Tensor) -> Tensor:
    """The scale index table (101, B) of the weights that are best under another one."""
    weights, _ = choose_in_turn(bases, crops, scale_index, bits)
    return fit_scales(weights.flatten(0, 1), crops.quality.repeat_interleave(NODES), bits)


def train_bases(crops: Statistics, bits: Tensor, count: int, steps: int, seed: int, notice: Callable[[str], None] = lambda _: None) -> Tensor:
    """Bases (B, 3, FEATURES): the first half of the steps with real weights of whole crops, the second with the integers that tables price,
    of the parts that are worth a filter."""
    generator = torch.Generator().manual_seed(seed)
    size = crops.gram.diagonal(dim1=2, dim2=3).mean((0, 1)).sqrt()
    scaled = Statistics(crops.gram / size[:, None] / size, crops.target / size[:, None], crops.quality, crops.bits, crops.worth)
    whole_gram, whole_target = scaled.gram.sum(1), scaled.target.sum(1)
    bases = (torch.randn(count, 3, FEATURES, generator=generator) * 1.2 / FEATURES ** 0.5).requires_grad_()
    optimizer = torch.optim.Adam([bases], 0.02)
    scale_index = torch.full((101, count), START_INDEX, dtype=torch.uint8)
    first, sums = steps // 2, 0.0
    for step in range(steps):
        progress = step / first if step < first else (step - first) / (steps - first)
        optimizer.param_groups[0]['lr'] = (0.02 if step < first else 0.01) * min(1, 2 * (1 - progress))
        if step >= first and (step - first) % REFIT == 0:
            scale_index = fit_table(bases.detach(), scaled, bits, scale_index)
        rows = torch.randint(len(crops), (FIRST_BATCH if step < first else BATCH,), generator=generator)
        if step < first:
            quadratic, linear = project(bases, whole_gram[rows], whole_target[rows], scaled.worth[rows])
            error = net = (ridge(quadratic, linear) * linear).sum(1)
        else:  # at the best weights the gradient is that of the error alone
            part = scaled[rows]
            weights, net = choose_filters(bases.detach(), part, scale_index, bits)
            covering = sum(spread(level, SIDE // side) for side, level in zip(LEVELS, by_level(weights)))
            total = torch.einsum('npb,bci->npci', covering, bases)
            change = torch.einsum('npci,npij,npcj->n', total, part.gram, total) - 2 * torch.einsum('npci,npic->n', total, part.target)
            error = -change * part.worth
        loss = -(error / scaled.bits[rows]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums += float((net.detach() / scaled.bits[rows]).mean())
        if (step + 1) % 100 == 0:
            notice(f'filter: step {step + 1} of {steps}, {sums:.2f} % saved')  # the mean of 100 steps, in percent
            sums = 0.0
    return bases.detach() / size


def round_bases(bases: Tensor) -> Tensor:
    """int16 with BASE_BITS fraction bits; a base that is too large is scaled down, so that its weights are larger."""
    bases = bases * 2 ** BASE_BITS
    largest = bases.abs().flatten(1).amax(1).clamp(min=LARGEST_BASE)
    return (bases * (LARGEST_BASE / largest)[:, None, None]).round().to(torch.int16)


@dataclass
class Filter:
    """What a checkpoint has under 'filter': bases int16 (B, 3, FEATURES) with BASE_BITS fraction bits, scale_index uint8 (101, B)."""
    bases: Tensor
    scale_index: Tensor

    def savings(self, crops: Statistics, bits: Tensor) -> Tensor:
        """Share (N,) of the bits of a crop that its filters save, less what they cost."""
        return choose_in_turn(self.bases.float() / 2 ** BASE_BITS, crops, self.scale_index, bits)[1] / crops.bits


def fit_filter(crops: Statistics, bits: Tensor, count: int, steps: int, seed: int, notice: Callable[[str], None] = lambda _: None) -> Filter:
    """Bases and the table for them."""
    bases = round_bases(train_bases(crops, bits, count, steps, seed, notice))
    scale_index = torch.full((101, count), START_INDEX, dtype=torch.uint8)
    for _ in range(TABLE_FITS):
        scale_index = fit_table(bases.float() / 2 ** BASE_BITS, crops, bits, scale_index)
    return Filter(bases, scale_index)


def split(crops: Statistics) -> tuple[Statistics, Statistics]:
    """Those to train on, and one in HELD_OUT to measure on."""
    held = torch.arange(len(crops)) % HELD_OUT == HELD_OUT - 1
    return crops[~held], crops[held]


def saved_percent(saved: Tensor, quality: Tensor) -> list[float | None]:
    """The mean of shares (N,) from crops of each fifth of the qualities; None where there are no crops."""
    bands = (quality / 20).long().clamp(max=4)
    return [round(100 * float(saved[bands == band].mean()), 2) if bool((bands == band).any()) else None for band in range(5)]


def train_filter(checkpoint: Path, folders: list[Path], count: int, crops: int, steps: int, seed: int,
                 notice: Callable[[str], None] = lambda _: None, size: int = CROP) -> dict:
    """Put a filter into a checkpoint, which stays as it is otherwise; returns what the filter in there before, if any, and this one save on
    crops held out, in percent of the bits, by fifths of the quality."""
    codec, state = load_codec(checkpoint)
    pictures = Pictures(folders, torch.device('cpu'), size, limit=crops)
    statistics = draw_statistics(codec, pictures, crops, np.random.default_rng(seed), notice, size)
    known, held = split(statistics)
    bits = weight_bits(codec.config.distribution)
    trained = fit_filter(known, bits, count, steps, seed, notice)
    save_atomically({**state, 'filter': asdict(trained)}, checkpoint)
    before = {'before': saved_percent(Filter(**state['filter']).savings(held, bits), held.quality)} if 'filter' in state else {}
    return {'heldOut': len(held), **before, 'after': saved_percent(trained.savings(held, bits), held.quality)}
