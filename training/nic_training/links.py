"""Links: what the surprise of a symbol of y adds to the logits of the channels coded after it at its position (codec/FORMAT.md, 3.6).

One weight for each pair of channels, a logistic regression on top of the frozen tables and the other contexts. Which of two channels is
coded first depends on the parity of the position, so most weights serve some parities only.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from .symbols import DecisionTables, Symbols, decisions

LINK_BITS = 13
BATCH = 1536  # positions
EPOCHS = 8
RATE = 0.006  # falls to 0
SPARSITY = 20.0  # nats that a weight of 1 costs, against those of all positions


def channel_order(symbols: Symbols) -> Tensor:
    """The channels in the order in which they are coded at each position, (N, M)."""
    quarter = symbols.symbol[0, 0].numel()
    return (symbols.group[:, :, None] * quarter + torch.arange(quarter)).flatten(1)


@dataclass
class Part:
    """Positions that code their channels in one order: channel (M,), the surprise of their symbols in that order, (N, M) with 12 fraction
    bits, and all decisions but those of signs, (D,) each: the symbol, of N * M, the logit without links, and the answer."""
    channel: Tensor
    surprise: Tensor
    place: Tensor
    logit: Tensor
    answer: Tensor

    def nats(self, weight: Tensor) -> Tensor:
        """Of the decisions, with the links weight (M, M), [known][coded], in nats."""
        known = weight[self.channel][:, self.channel].triu(1)
        links = (self.surprise.float() / 4096 @ known).flatten()[self.place]
        return torch.nn.functional.binary_cross_entropy_with_logits(self.logit + links, self.answer.float(), reduction='sum')


def make_parts(tables: DecisionTables, symbols: Symbols, bias: Callable[[Symbols], Tensor]) -> list[Part]:
    """Of each order of channels among the positions; bias: of fit_links."""
    parts = []
    for group in symbols.group.unique(dim=0):
        chosen = symbols[(symbols.group == group).all(1)]
        index, symbol, biases = chosen.index.flatten(1), chosen.symbol.flatten(1), bias(chosen)
        places, logits, answers = [], [], []
        for node, reached, answer in decisions(tables, index, symbol):
            if node != 1:
                places.append(reached.flatten().nonzero()[:, 0])
                logits.append(tables.logit[node][index[reached].long()] + biases[..., min(node, 3)][reached])
                answers.append(answer[reached])
        surprise = tables.surprise(symbol, index).to(torch.int16)
        parts.append(Part(channel_order(chosen)[0], surprise, torch.cat(places).int(), torch.cat(logits), torch.cat(answers)))
    return parts


def fit_links(tables: DecisionTables, symbols: Symbols, bias: Callable[[Symbols], Tensor], epochs: int = EPOCHS, seed: int = 1) -> np.ndarray:
    """The links (M, M) of positions, [known][coded], int16 with LINK_BITS fraction bits. bias: nats that the other contexts add to the logits
    of positions, (N, M, NODE_ROWS), in the order in which their symbols are coded."""
    generator, count = torch.Generator().manual_seed(seed), len(symbols)
    batches = [make_parts(tables, symbols[chosen], bias) for chosen in torch.randperm(count, generator=generator).tensor_split(-(-count // BATCH))]
    channels = symbols.symbol[0].numel()
    weight = torch.zeros(channels, channels, requires_grad=True)
    optimizer = torch.optim.Adam([weight], lr=RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, epochs * len(batches))
    for _ in range(epochs):
        for i in torch.randperm(len(batches), generator=generator).tolist():
            nats = sum(part.nats(weight) for part in batches[i]) / sum(len(part.surprise) for part in batches[i])
            optimizer.zero_grad()
            (nats + SPARSITY / count * weight.abs().sum()).backward()
            optimizer.step()
            schedule.step()
    return np.rint(weight.detach().numpy() * 2 ** LINK_BITS).clip(-32768, 32767).astype(np.int16)
