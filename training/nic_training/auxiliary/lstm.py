"""The LSTM prior: at every position of the latents it reads the slices of channels in coding order and corrects the
probabilities of the next slice.

    features of the step --1x1--> +
    [h, indices of the slice, last slice, neighbours] --1x1--> + bias(group, slice) --> LSTM cell --> h --1x1--> logits

All positions run side by side; the state goes through the slices of a step and on to the next step, 4 x M/32 cells in all.
It is trained on the code length of the decisions (symbols.py) with the base model frozen.
"""
from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..export import write_auxiliary
from ..graph import Op, array, build_graph
from ..integer import IntegerModel
from ..model import Codec
from ..quantize import LATENT_BITS, quantize_network
from ..symbols import SLICE, DecisionTables, Symbols, add_symbol_arguments, decision_bits, load_symbols, saving
from ..train import TrainConfig
from .common import (
    add_base_arguments, add_checkpoint_arguments, add_run_arguments, continue_from, fit, load_base, release)

INPUTS = 4 * SLICE
LOGITS = 4  # a channel: node 0, node 1, node 2, the nodes above
UNIT = 256.0  # one in the integers of inputs, gates and logits


class LstmPrior(nn.Module):
    def __init__(self, slices: int, features: int, hidden: int):
        super().__init__()
        self.slices, self.hidden = slices, hidden
        self.from_features = nn.ModuleList(nn.Linear(features, 4 * hidden) for _ in range(4))
        self.from_state = nn.Linear(hidden + INPUTS, 4 * hidden, bias=False)
        self.gate_bias = nn.Parameter(torch.zeros(4, slices, 4 * hidden))
        self.to_logits = nn.Linear(hidden, LOGITS * SLICE, bias=False)
        self.logit_bias = nn.Parameter(torch.zeros(4, slices, LOGITS * SLICE))
        nn.init.zeros_(self.to_logits.weight)
        for linear in self.from_features:
            nn.init.zeros_(linear.bias)
            nn.init.normal_(linear.weight, std=0.02)
        with torch.no_grad():
            self.gate_bias[:, :, hidden:2 * hidden] = 1.0  # remember

    def forward(self, tables: DecisionTables, symbols: Symbols) -> Tensor:
        """(N, 4, slices, 8, 4): what is added to the logits of the tables."""
        count = len(symbols)
        index = symbols.index.long()
        excess = tables.excess(symbols.symbol, index).float() / UNIT
        signed = excess * symbols.symbol.sign()
        around, index = symbols.around.float() / UNIT, index.float() / 64
        state = cell = excess.new_zeros(count, self.hidden)
        last = excess.new_zeros(count, 2 * SLICE)
        logits = []
        for s in range(4):
            features = self.from_features[s](symbols.features[:, s].float())
            group = symbols.group[:, s]
            gate_bias, logit_bias = self.gate_bias[group], self.logit_bias[group]
            for j in range(self.slices):
                read = torch.cat([state, index[:, s, j], last, around[:, s, j]], 1)
                gates = features + self.from_state(read) + gate_bias[:, j]
                enter, keep, leave = gates[:, :3 * self.hidden].sigmoid().chunk(3, 1)
                cell = keep * cell + enter * gates[:, 3 * self.hidden:].tanh()
                state = leave * cell.tanh()
                logits.append((self.to_logits(state) + logit_bias[:, j]).view(count, SLICE, LOGITS))
                last = torch.cat([signed[:, s, j], excess[:, s, j]], 1)
        return torch.stack(logits, 1).view(count, 4, self.slices, SLICE, LOGITS)


def feature_bits(codec: Codec, manifest: Path) -> list[int]:
    """Fraction bits of what the head of each step reads: the exporter took them off the exponent of the head's weights."""
    integers, graph = IntegerModel(manifest), build_graph(codec)
    result = []
    for s, head in enumerate(integers.manifest['networks']['heads']):
        largest = float(integers.tensors[head['weight']].abs().max())
        exponent = round(math.log2(largest / np.abs(graph.networks[f'head{s}'][0].weight).max()))
        result.append(head['shift'] + LATENT_BITS - exponent)
    return result


def integer_linear(name: str, weight: Tensor, bias: Tensor | None, in_bits: int, residual: str | None = None) -> list[dict]:
    """A linear layer (outputs, inputs) as a network of one 1x1 convolution whose result has 8 fraction bits."""
    bias = torch.zeros(len(weight)) if bias is None else bias
    op = Op('conv', ['input'], 'output', weight=array(weight)[:, None, :], bias=array(bias), residual=residual, name=name)
    inputs = {'input': in_bits} | ({residual: 8} if residual else {})
    return quantize_network([op], inputs, [], 8)[0]


def add_arguments(parser: ArgumentParser) -> None:
    add_base_arguments(parser)
    add_run_arguments(parser, max_seconds=1500)
    add_checkpoint_arguments(parser)
    add_symbol_arguments(parser)
    parser.add_argument('--hidden', type=int, default=64, help='units of the cell')


def run(arguments: Namespace) -> None:
    base = load_base(arguments.checkpoint, arguments.manifest)
    tables, training, validation = load_symbols(base.codec, arguments)
    torch.manual_seed(arguments.seed)
    network = LstmPrior(base.codec.config.latent_channels // 4 // SLICE, base.codec.config.prior_channels, arguments.hidden)
    before = continue_from(network, arguments.initial, groups=1)

    def bits(symbols: Symbols) -> Tensor:
        return decision_bits(network(tables, symbols), tables, symbols.index, symbols.symbol).flatten(1).sum(1)

    def loss(rng: np.random.Generator, _progress: float) -> tuple[Tensor, dict[str, float]]:
        batch = training[torch.from_numpy(rng.integers(0, len(training), 640))]
        before, after = batch.base_bits(tables), bits(batch)
        return (after / (before + 20).sqrt()).mean(), {'saved': 1 - float(after.detach().sum() / before.sum())}

    log = fit(network, loss, arguments, TrainConfig(learning_rate=4e-3, warmup=0.05, decay_from=0.1), base)
    measured = saving(validation, tables, bits)
    log.line(measured=measured)
    work = before.after(log)
    networks = {f'features{s}': integer_linear(f'features{s}', layer.weight, layer.bias, fraction)
                for s, (layer, fraction) in enumerate(zip(network.from_features, feature_bits(base.codec, arguments.manifest)))}
    networks['gates'] = integer_linear('gates', network.from_state.weight, None, 8, 'features')
    networks['logits'] = integer_linear('logits', network.to_logits.weight, None, 8)
    write_auxiliary(
        arguments.out, 'lstm', networks, {'steps': work.step, 'seconds': round(work.seconds), 'validation': measured}, base=base,
        parameters={'hidden': arguments.hidden},
        tables={'gateBias': whole(network.gate_bias * UNIT), 'logitBias': whole(network.logit_bias * UNIT)})
    release(network, work, arguments.release)
    log.line(end='finished')


def whole(values: Tensor) -> np.ndarray:
    """int16, ValueError where a value does not fit."""
    rounded = np.rint(array(values))
    if np.abs(rounded).max() > 32767:
        raise ValueError('a table does not fit 16 bits')
    return rounded.astype(np.int16)
