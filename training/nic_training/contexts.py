"""Contexts: biases of the decisions by what is known around a symbol (codec/FORMAT.md, 3.6), fitted on photographs.

The frozen tables know the scale of a symbol and nothing else. Three tables a kind of latent, z or y, add to their logits: by scale
index and the excess around the symbol, by scale index and the surprise of its position so far, by channel and the signed excess
around it. That is a logistic regression on indicators, fitted by Newton steps, one table after the other (backfitting; Friedman,
Hastie and Tibshirani 2000).
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from . import entropy
from .data import list_pictures, load_picture
from .links import channel_order, fit_links
from .model import Codec
from .symbols import DecisionTables, Symbols, analyze, code_hyper, code_symbols, concatenate, decisions

NODE_ROWS = 4  # node 0, node 1, node 2, the nodes above
AROUND = (1, 3, 5, 9, 13, 18, 24, 32, 44, 64, 90, 128)
ACTIVITY = (-640, -320, -160, -80, -30, 0, 30, 80, 160, 320, 640)
BALANCE = (-48, -24, -10, -2, 3, 11, 25, 49)
SHRINK = 10.0  # what holds a bias at 0: Fisher information, a quarter for each decision at even odds
SWEEPS = 8
LOGIT_BITS = 8
LARGEST = 4.0  # nats
SIDE = 512
POSITIONS = 256  # of y, of a picture


@dataclass
class Coded:
    """Symbols that are coded, (N,) each: scale index, symbol, channel, the excess and the signed excess around, and the activity,
    the surprise of the symbols before it at its position, in sixteenths."""
    index: Tensor
    symbol: Tensor
    channel: Tensor
    around: Tensor
    balance: Tensor
    activity: Tensor


def activity(surprise: Tensor) -> Tensor:
    """Of the entries before each in its row, (N, M) to (N, M)."""
    return (torch.cumsum(surprise, 1) - surprise) >> 8


def compact(channel: Tensor, index: Tensor, *rest: Tensor) -> Coded:
    """Those with a scale index of at least 1, from tensors of one shape."""
    coded = index >= 1
    symbol, around, balance, active = (value[coded].to(torch.int16) for value in rest)
    return Coded(index[coded].to(torch.uint8), symbol, channel[coded].to(torch.int16), around, balance, active)


@torch.no_grad()
def hyper_contexts(codec: Codec, tables: DecisionTables, y: Tensor, quality: Tensor) -> Coded:
    """z of latents (1, M, h, w); around it are the positions to its left and above."""
    index, symbol, _ = code_hyper(codec, y, quality)
    excess = tables.excess(symbol, index)
    around, balance = (torch.nn.functional.pad(v, (1, 0, 1, 0)) for v in (excess, excess * symbol.sign().long()))
    around, balance = (v[..., 1:, :-1] + v[..., :-1, 1:] for v in (around, balance))
    rows = [v.permute(0, 2, 3, 1).flatten(0, 2) for v in (index, symbol, around, balance, tables.surprise(symbol, index))]
    index, symbol, around, balance, surprise = rows
    return compact(torch.arange(index.shape[1]).expand_as(index), index, symbol, around, balance, activity(surprise))


@torch.no_grad()
def latent_positions(codec: Codec, tables: DecisionTables, y: Tensor, quality: Tensor, rng: np.random.Generator) -> Symbols:
    """The symbols of latents (1, M, h, w), of at most POSITIONS positions, without features and what is beside them."""
    symbols = code_symbols(codec, tables, y, quality)
    symbols = symbols[torch.from_numpy(rng.permutation(len(symbols))[:POSITIONS])]
    nothing = symbols.symbol.new_empty(len(symbols), 0)
    return replace(symbols, beside=nothing, features=nothing)


def latent_contexts(tables: DecisionTables, symbols: Symbols) -> Coded:
    """Of the symbols of y that are coded, position by position."""
    index, symbol, around, balance = (v.flatten(1) for v in (symbols.index, symbols.symbol, symbols.around, symbols.balance))
    return compact(channel_order(symbols), index, symbol, around, balance, activity(tables.surprise(symbol, index)))


def draw_contexts(codec: Codec, folders: list[Path], count: int, seed: int = 1, notice: Callable[[str], None] = lambda _: None
                  ) -> tuple[DecisionTables, list[Symbols], Coded]:
    """Positions of y, picture by picture, and z, from the middle of `count` pictures, each at a random quality."""
    paths, rng = list_pictures(folders), np.random.default_rng(seed)
    chosen = np.unique(np.linspace(0, len(paths) - 1, count).astype(int))
    tables, latents, hypers = DecisionTables(codec.config.distribution), [], []
    for done, i in enumerate(chosen):
        if done % 100 == 0:
            notice(f'contexts: {done} of {len(chosen)} pictures')
        picture = load_picture(paths[i])
        height, width = (min(SIDE, side // 32 * 32) for side in picture.shape[1:])
        top, left = (picture.shape[1] - height) // 2, (picture.shape[2] - width) // 2
        quality = torch.tensor([rng.uniform(0, 100)], dtype=torch.float32)
        if min(height, width) > 0:
            y = analyze(codec, picture[None, :, top:top + height, left:left + width].float(), quality)
            latents.append(latent_positions(codec, tables, y, quality, rng))
            hypers.append(hyper_contexts(codec, tables, y, quality))
    return tables, latents, concatenate(hypers)


def classes(values: Tensor, bounds: tuple[int, ...]) -> Tensor:
    """How many of the bounds are at most each value."""
    return torch.bucketize(values, torch.tensor(bounds, dtype=values.dtype), right=True)


def table_rows(coded: Coded) -> dict[str, Tensor]:
    """Of every symbol: its row of NODE_ROWS biases in each context table."""
    index = coded.index.long()
    return {'around': index * (len(AROUND) + 1) + classes(coded.around, AROUND),
            'activity': (index >> 1) * (len(ACTIVITY) + 1) + classes(coded.activity, ACTIVITY),
            'balance': coded.channel.long() * (len(BALANCE) + 1) + classes(coded.balance, BALANCE)}


def table_entries(tables: DecisionTables, coded: Coded, channels: int) -> tuple[Tensor, Tensor, dict[str, Tensor], dict[str, tuple[int, ...]]]:
    """Of every decision: the logit of the frozen tables, the answer (0 or 1), and its entry in each context table, whose shapes come last."""
    index, places = coded.index.long(), table_rows(coded)
    shapes = {'around': (entropy.SCALES, len(AROUND) + 1, NODE_ROWS), 'activity': (entropy.SCALES // 2, len(ACTIVITY) + 1, NODE_ROWS),
              'balance': (channels, len(BALANCE) + 1, NODE_ROWS)}
    logits, answers, entries = [], [], {name: [] for name in places}
    for node, reached, answer in decisions(tables, coded.index, coded.symbol):
        logits.append(tables.logit[node][index[reached]])
        answers.append(answer[reached].float())
        for name, place in places.items():
            entries[name].append((place[reached] * NODE_ROWS + min(node, NODE_ROWS - 1)).int())
    return torch.cat(logits), torch.cat(answers), {name: torch.cat(parts) for name, parts in entries.items()}, shapes


def fit(tables: DecisionTables, coded: Coded, channels: int) -> dict[str, np.ndarray]:
    """The tables of one kind of latent, int16 logits with LOGIT_BITS fraction bits, as the manifest has them."""
    logit, answer, entries, shapes = table_entries(tables, coded, channels)
    bias = {name: torch.zeros(int(np.prod(shape))) for name, shape in shapes.items()}
    for _ in range(SWEEPS):
        for name, entry in entries.items():
            p = logit.sigmoid()
            size = len(bias[name])
            slope = torch.bincount(entry, answer - p, size).float() - SHRINK * bias[name]
            move = slope / (torch.bincount(entry, p * (1 - p), size).float() + SHRINK)
            move = (bias[name] + move).clamp(-LARGEST, LARGEST) - bias[name]
            bias[name] += move
            logit += move[entry]
    return {name: np.rint(bias[name].numpy() * 2 ** LOGIT_BITS).astype(np.int16).reshape(shape) for name, shape in shapes.items()}


def position_biases(tables: DecisionTables, symbols: Symbols, found: dict[str, np.ndarray]) -> Tensor:
    """Nats that the tables of a fit add to the logits of the symbols of y, (N, M, NODE_ROWS), in the order in which they are coded; 0 for
    those that are not."""
    coded = symbols.index.flatten(1) >= 1
    rows = table_rows(latent_contexts(tables, symbols)).items()
    biases = torch.zeros(*coded.shape, NODE_ROWS)
    biases[coded] = sum(torch.from_numpy(found[name]).view(-1, NODE_ROWS)[row] for name, row in rows) / 2 ** LOGIT_BITS
    return biases


def fit_contexts(codec: Codec, folders: list[Path], count: int, notice: Callable[[str], None] = lambda _: None
                 ) -> dict[str, dict[str, np.ndarray]]:
    """The contexts of y, with the links of its channels, and those of z, from `count` pictures; notice is told how far it is."""
    tables, latents, hypers = draw_contexts(codec, folders, count, notice=notice)
    notice('contexts: fitting')
    found = fit(tables, concatenate([latent_contexts(tables, part) for part in latents]), codec.config.latent_channels)
    hyper = fit(tables, hypers, codec.config.hyper_channels)
    notice('contexts: fitting the links')
    links = fit_links(tables, concatenate(latents), lambda part: position_biases(tables, part, found))
    return {'latents': {**found, 'links': links}, 'hyper': hyper}
