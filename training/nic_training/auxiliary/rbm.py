"""The RBM prior: a restricted Boltzmann machine over which latents are not zero, which refines the probability of zero.

Visible units are the symbols of a position that are known, in coding order, and of the same channels at its neighbours; a unit
counts as its surprise, one or zero less the probability mu of one (centring, Montavon and Mueller 2012), and an unknown one is
absent (Salakhutdinov, Mnih and Hinton 2007). The visible biases are the logits of the frozen tables plus one a channel, so the
machine models what is left between units that the tables take as independent. The probability of a unit t given those before
it is a difference of free energies:

    logit_t + bias_t + sum_j softplus(a_j + (1 - mu_t) W_tj) - softplus(a_j - mu_t W_tj),   a = c + sum_i (v_i - mu_i) W_i
"""
from __future__ import annotations

from argparse import ArgumentParser, Namespace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ..export import write_auxiliary
from ..graph import array
from ..symbols import DecisionTables, Symbols, add_symbol_arguments, decision_bits, load_symbols, saving
from ..train import TrainConfig
from .common import add_base_arguments, add_run_arguments, fit, load_base

SURPRISE = 4096.0


class RbmPrior(nn.Module):
    def __init__(self, channels: int, hidden: int):
        super().__init__()
        self.channels = channels
        self.own = nn.Parameter(torch.randn(channels, hidden) * 0.05)
        self.beside = nn.Parameter(torch.randn(channels, hidden) * 0.02)
        self.visible_bias = nn.Parameter(torch.zeros(channels))
        self.hidden_bias = nn.Parameter(torch.zeros(4, hidden))

    def units(self, tables: DecisionTables, symbols: Symbols):
        """Of each step (N, M/4): channel, whether it is coded, value, mu, and the surprise beside it."""
        count, quarter = len(symbols), self.channels // 4
        index = symbols.index.long().view(count, 4, quarter)
        channel = symbols.group[:, :, None] * quarter + torch.arange(quarter)
        mu = (tables.significance[index] >> 4).float() / SURPRISE
        value = (symbols.symbol.view(count, 4, quarter) != 0).float()
        return channel, (index >= 1).float(), value, mu, symbols.beside.view(count, 4, quarter).float() / SURPRISE

    def context(self, units, s: int, history: Tensor | None) -> Tensor:
        """Hidden inputs (N, hidden) before the first unit of step s, from the earlier steps and the neighbours."""
        channel, _, _, _, beside = units
        start = self.hidden_bias[s] + torch.einsum('nk,nkh->nh', beside[:, s], self.beside[channel[:, s]])
        return start if history is None else start + history

    def forward(self, tables: DecisionTables, symbols: Symbols) -> Tensor:
        """(N, 4, M/4): what is added to the logit of node 0, each unit given those before it."""
        units = self.units(tables, symbols)
        channel, coded, value, mu, _ = units
        history, result = None, []
        for s in range(4):
            weight = self.own[channel[:, s]]  # (N, M/4, hidden)
            moves = ((value - mu) * coded)[:, s, :, None] * weight
            before = torch.cumsum(moves, 1) - moves + self.context(units, s, history)[:, None]
            m = mu[:, s, :, None]
            result.append((softplus(before + (1 - m) * weight) - softplus(before - m * weight)).sum(2) + self.visible_bias[channel[:, s]])
            total = moves.sum(1)
            history = total if history is None else history + total
        return torch.stack(result, 1)


class Chains:
    """Contrastive divergence with a persistent chain for every position and step (Tieleman 2008; for machines with inputs, Mnih,
    Larochelle and Hinton 2011): the units of a step follow each other in coding order, and those after a random place are absent."""

    def __init__(self, network: RbmPrior, tables: DecisionTables, symbols: Symbols, persistent: bool):
        self.network, self.tables, self.symbols, self.persistent = network, tables, symbols, persistent
        quarter = network.channels // 4
        self.state = (symbols.symbol.view(-1, 4, quarter) != 0) if persistent else None

    def loss(self, chosen: Tensor) -> Tensor:
        """Whose gradient is that of the log likelihood, with the chain in place of the model's expectation."""
        network, batch = self.network, self.symbols[chosen]
        units = network.units(self.tables, batch)
        channel, coded, value, mu, _ = units
        count, quarter = len(batch), network.channels // 4
        logit = self.tables.logit[0][batch.index.long()].view(count, 4, quarter)
        history, total = None, 0.0
        for s in range(4):
            weight = network.own[channel[:, s]]
            bias = network.visible_bias[channel[:, s]]
            context = network.context(units, s, history)
            present = coded[:, s] * (torch.arange(quarter) < torch.randint(1, quarter + 1, (count, 1)))

            def hidden(units: Tensor) -> Tensor:
                return context + torch.einsum('nk,nkh->nh', (units - mu[:, s]) * present, weight)

            def free_energy(units: Tensor) -> Tensor:
                return -((logit[:, s] + bias) * units * present).sum(1) - softplus(hidden(units)).sum(1)

            with torch.no_grad():
                chain = self.state[chosen, s].float() if self.persistent else value[:, s]
                sampled = torch.bernoulli(hidden(chain).sigmoid())
                chain = torch.bernoulli((logit[:, s] + bias + torch.einsum('nh,nkh->nk', sampled, weight)).sigmoid())
                if self.persistent:
                    self.state[chosen, s] = chain.bool()
            total = total + free_energy(value[:, s]) - free_energy(chain)
            moved = torch.einsum('nk,nkh->nh', (value - mu)[:, s] * coded[:, s], weight).detach()
            history = moved if history is None else history + moved
        return total.mean() / quarter


def add_arguments(parser: ArgumentParser) -> None:
    add_base_arguments(parser)
    add_run_arguments(parser, max_seconds=900)
    add_symbol_arguments(parser)
    parser.add_argument('--hidden', type=int, default=64, help='hidden units')
    parser.add_argument('--objective', choices=('pcd', 'cd', 'code-length'), default='code-length',
                        help='persistent contrastive divergence, the plain one, or the former and then the code length of the units')
    parser.add_argument('--pretrain', type=float, default=0.2, help='share of the time for contrastive divergence before the code length')


def run(arguments: Namespace) -> None:
    base = load_base(arguments.checkpoint, arguments.manifest)
    tables, training, validation = load_symbols(base.codec, arguments)
    torch.manual_seed(arguments.seed)
    network = RbmPrior(base.codec.config.latent_channels, arguments.hidden)
    chains = Chains(network, tables, training, arguments.objective != 'cd')

    def bits(symbols: Symbols) -> Tensor:
        logits = torch.zeros(*symbols.symbol.shape, 4)
        correction = network(tables, symbols).view(symbols.symbol.shape)
        return decision_bits(torch.cat([correction[..., None], logits[..., 1:]], -1), tables, symbols.index, symbols.symbol).flatten(1).sum(1)

    def loss(rng: np.random.Generator, progress: float) -> tuple[Tensor, dict[str, float]]:
        chosen = torch.from_numpy(rng.integers(0, len(training), 384))
        if arguments.objective != 'code-length' or progress < arguments.pretrain:
            return chains.loss(chosen), {}
        batch = training[chosen]
        before, after = batch.base_bits(tables), bits(batch)
        return (after / (before + 20).sqrt()).mean(), {'saved': 1 - float(after.detach().sum() / before.sum())}

    log = fit(network, loss, arguments, TrainConfig(learning_rate=3e-3, warmup=0.05, decay_from=0.3), base)
    measured = saving(validation, tables, bits)
    log.line(measured=measured)
    write_auxiliary(
        arguments.out, 'rbm', {},
        {'objective': arguments.objective, 'steps': log.step, 'seconds': round(log.seconds), 'validation': measured}, base=base,
        parameters={'hidden': arguments.hidden},
        tables={'own': fixed(network.own, 12, np.int16), 'beside': fixed(network.beside, 12, np.int16),
                'visibleBias': fixed(network.visible_bias, 8, np.int16), 'hiddenBias': fixed(network.hidden_bias, 16, np.int32)})
    log.line(end='finished')


def fixed(values: Tensor, bits: int, dtype: type) -> np.ndarray:
    """Integers with `bits` fraction bits, clamped to their type."""
    limits = np.iinfo(dtype)
    return np.clip(np.rint(array(values) * 2.0 ** bits), limits.min, limits.max).astype(dtype)
