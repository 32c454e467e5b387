"""The links: which dependences between channels a fit finds, and the integers that a decoder adds them up in."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import make_photo

from nic_training import links as links_module
from nic_training.contexts import NODE_ROWS, fit, latent_contexts, latent_positions, position_biases
from nic_training.layers import STEP_ORDER
from nic_training.links import LINK_BITS, Part, channel_order, fit_links, make_parts
from nic_training.symbols import DecisionTables, Symbols, analyze, decision_bits

CHANNELS = 32
INDEX = 14


@pytest.fixture(scope='module')
def tables(tiny) -> DecisionTables:
    return DecisionTables(tiny.model.config.distribution)


def no_bias(symbols: Symbols) -> torch.Tensor:
    return torch.zeros(len(symbols), CHANNELS, NODE_ROWS)


def draw(tables: DecisionTables, count: int, pairs: dict[tuple[int, int], float], seed: int) -> Symbols:
    """Positions of all four parities with symbols 0, 1 and -1. What a channel says of one that is coded later, pairs gives in nats for
    each surprise of 1, [known, coded]; what is not in it says nothing."""
    rng = np.random.default_rng(seed)
    group = torch.from_numpy(rng.integers(0, 4, (count, 1)) ^ np.array(STEP_ORDER)[None, :])
    shape = (count, 4, CHANNELS // 32, 8)
    index, empty = torch.full(shape, INDEX, dtype=torch.uint8), torch.zeros(shape, dtype=torch.int16)
    symbols = Symbols(index, empty, empty, empty[:, :0], empty, empty[:, :0], group)
    place = channel_order(symbols).argsort(1)  # of each channel
    symbol, chance = torch.zeros(count, CHANNELS, dtype=torch.int16), torch.from_numpy(rng.random((count, CHANNELS)))
    sign = torch.from_numpy(rng.choice([-1, 1], (count, CHANNELS))).to(torch.int16)
    rows = torch.arange(count)
    for i in range(CHANNELS):
        channel = channel_order(symbols)[:, i]
        logit = tables.logit[0][INDEX].expand(count).clone()
        for (known, coded), weight in pairs.items():
            surprise = tables.surprise(symbol[:, known], index.flatten(1)[:, 0]) / 4096
            logit += weight * surprise * ((channel == coded) & (place[:, known] < i))
        symbol[rows, channel] = torch.where(chance[:, i] < logit.sigmoid(), sign[:, i], 0).to(torch.int16)
    symbols.symbol = symbol.gather(1, channel_order(symbols)).view(shape)
    return symbols


def add_up(links: np.ndarray, part: Part) -> torch.Tensor:
    """What a decoder adds to the logits of the symbols of a part, (N, M) in the order in which they are coded, 256 a nat, by the integers
    of codec/FORMAT.md, 3.6."""
    weight, surprise = torch.from_numpy(links).long(), part.surprise.long()
    sums, added = torch.zeros_like(surprise), torch.zeros_like(surprise)  # sums: by channel
    for i, channel in enumerate(part.channel):
        added[:, i] = sums[:, channel] >> 4
        sums = (sums + ((surprise[:, i:i + 1] * weight[channel] + 4096) >> 13)).clamp(-32768, 32767)
    return added


def bits(tables: DecisionTables, symbols: Symbols, links: np.ndarray) -> float:
    """Of the decisions, with no contexts but the links."""
    total = 0
    for group in symbols.group.unique(dim=0):
        chosen = symbols[(symbols.group == group).all(1)]
        added = add_up(links, *make_parts(tables, chosen, no_bias)).float() / 256
        logits = torch.stack([added, torch.zeros_like(added), added, added], -1)
        total += float(decision_bits(logits, tables, chosen.index.flatten(1), chosen.symbol.flatten(1)).double().sum())
    return total


def test_a_fit_finds_the_links_that_symbols_were_drawn_with(tables, monkeypatch):
    monkeypatch.setattr(links_module, 'RATE', 0.03)
    pairs = {(3, 20): 1.2, (20, 3): -0.8, (17, 18): 1.0, (30, 9): -1.5}
    links = fit_links(tables, draw(tables, 40000, pairs, 1), no_bias, epochs=8) / 2 ** LINK_BITS
    for pair, weight in pairs.items():
        assert links[pair] == pytest.approx(weight, abs=0.25)
        links[pair] = 0
    assert np.abs(links).max() < 0.25


def test_links_save_bits_of_other_symbols_than_those_of_the_fit(tables):
    pairs = {(c, (c + 7) % CHANNELS): 1.5 for c in range(CHANNELS)}
    links = fit_links(tables, draw(tables, 20000, pairs, 1), no_bias, epochs=10)
    others = draw(tables, 4000, pairs, 2)
    assert bits(tables, others, links) < 0.99 * bits(tables, others, np.zeros_like(links))


def test_a_channel_says_nothing_of_those_before_it(tables):
    links = fit_links(tables, draw(tables, 6000, {(5, 6): 2.0}, 1), no_bias)
    assert links.dtype == np.int16 and links.shape == (CHANNELS, CHANNELS)
    group = np.arange(CHANNELS) // 8
    never = (group[:, None] == group) & (np.arange(CHANNELS)[:, None] >= np.arange(CHANNELS))  # within a group they are coded in order
    assert not links[never].any()
    assert links[5, 6] > 0 and np.count_nonzero(links[~never]) > 100


def test_the_integers_of_a_decoder_are_near_the_logits_of_the_fit(tables):
    symbols = draw(tables, 400, {}, 1)
    links = (np.random.default_rng(1).standard_normal((CHANNELS, CHANNELS)) * 3000).astype(np.int16)
    weight, nats = torch.from_numpy(links) / 2 ** LINK_BITS, 0.0
    for part in make_parts(tables, symbols, no_bias):
        expected = part.surprise.float() / 4096 @ weight[part.channel][:, part.channel].triu(1)
        assert float((add_up(links, part) / 256 - expected).abs().max()) < CHANNELS / 2 / 4096 + 1 / 256
        nats += float(part.nats(weight))
    signs = int((symbols.symbol != 0).sum())
    assert nats / np.log(2) + signs == pytest.approx(bits(tables, symbols, links), rel=1e-3)


def test_what_a_decoder_adds_up_has_sixteen_bits(tables):
    symbols = draw(tables, 400, {}, 1)
    links = np.random.default_rng(1).choice(np.array([-32768, 32767], dtype=np.int16), (CHANNELS, CHANNELS))
    added = torch.cat([add_up(links, part) for part in make_parts(tables, symbols, no_bias)])
    assert (int(added.min()), int(added.max())) == (-2048, 2047)


def test_links_are_fitted_to_what_the_tables_leave(tiny, tables):
    """The logits of the fit are those of the frozen tables and the three fitted ones, of the symbols of a picture."""
    pixels = torch.from_numpy(make_photo(3, 256, 192)).permute(2, 0, 1)[None].float()
    quality = torch.tensor([60.0])
    symbols = latent_positions(tiny.model, tables, analyze(tiny.model, pixels, quality), quality, np.random.default_rng(1))
    found = fit(tables, latent_contexts(tables, symbols), CHANNELS)
    biases = position_biases(tables, symbols, found)
    parts = make_parts(tables, symbols, lambda part: position_biases(tables, part, found))
    biases[..., 1] = 0
    expected = decision_bits(biases, tables, symbols.index.flatten(1), symbols.symbol.flatten(1)).double().sum()
    nats = sum(float(part.nats(torch.zeros(CHANNELS, CHANNELS))) for part in parts)
    assert nats / np.log(2) + int((symbols.symbol != 0).sum()) == pytest.approx(float(expected), rel=1e-4)
    assert sum(len(part.surprise) for part in parts) == len(symbols)
