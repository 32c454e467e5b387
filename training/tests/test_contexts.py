"""The contexts: what is around a symbol, and the biases that are fitted to it."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import make_photo

from nic_training import contexts
from nic_training.contexts import LOGIT_BITS, Coded, fit, hyper_contexts, latent_contexts, latent_positions, table_entries
from nic_training.symbols import DecisionTables, analyze, code_hyper

QUALITY = torch.tensor([60.0])


@pytest.fixture(scope='module')
def tables(tiny) -> DecisionTables:
    return DecisionTables(tiny.model.config.distribution)


@pytest.fixture(scope='module')
def latents(tiny) -> torch.Tensor:
    pixels = torch.from_numpy(make_photo(3, 256, 192)).permute(2, 0, 1)[None].float()
    return analyze(tiny.model, pixels, QUALITY)


def bits(tables: DecisionTables, coded: Coded, channels: int, biases: dict[str, np.ndarray] | None = None) -> float:
    """Of the decisions of the symbols, with the biases if there are any."""
    logit, answer, entries, _ = table_entries(tables, coded, channels)
    for name, values in (biases or {}).items():
        logit += torch.from_numpy(values.astype(np.float32)).flatten()[entries[name].long()] / 2 ** LOGIT_BITS
    return float(torch.nn.functional.softplus(torch.where(answer > 0, -logit, logit)).double().sum() / np.log(2))


def test_around_z_is_what_is_left_and_above(tiny, tables, latents):
    latents = latents * 40  # the z of the tiny model are all zero
    index, symbol, _ = (part[0] for part in code_hyper(tiny.model, latents, QUALITY))
    coded = hyper_contexts(tiny.model, tables, latents, QUALITY)
    channels, height, width = symbol.shape
    expected = []
    for y in range(height):
        for x in range(width):
            surprise = 0
            for c in range(channels):
                beside = [(v, u) for v, u in ((y, x - 1), (y - 1, x)) if v >= 0 and u >= 0]
                excess = [int(tables.excess(symbol[c, v, u], index[c, v, u])) for v, u in beside]
                signs = [int(symbol[c, v, u].sign()) for v, u in beside]
                if index[c, y, x] >= 1:
                    expected.append((c, int(symbol[c, y, x]), sum(excess), sum(e * s for e, s in zip(excess, signs)), surprise >> 8))
                surprise += int(tables.surprise(symbol[c, y, x], index[c, y, x]))
    found = zip(coded.channel.tolist(), coded.symbol.tolist(), coded.around.tolist(), coded.balance.tolist(), coded.activity.tolist())
    assert list(found) == expected
    assert coded.balance.any() and coded.activity.any()


def test_a_picture_gives_the_positions_that_are_asked_for(tiny, tables, latents, monkeypatch):
    whole = latent_positions(tiny.model, tables, latents, QUALITY, np.random.default_rng(1))
    monkeypatch.setattr(contexts, 'POSITIONS', 16)
    part = latent_positions(tiny.model, tables, latents, QUALITY, np.random.default_rng(1))
    assert len(part) == 16 and len(whole) == 12 * 16
    coded = latent_contexts(tables, part)
    assert 0 < len(coded.index) < len(latent_contexts(tables, whole).index) / 8
    assert int(coded.channel.max()) < tiny.model.config.latent_channels


def test_a_fit_finds_the_biases_that_symbols_were_drawn_with(tables):
    rng = np.random.default_rng(1)
    count, channels = 200000, 3
    index = torch.from_numpy(rng.integers(12, 20, count))
    around, balance, activity = (torch.from_numpy(rng.integers(low, high, count)) for low, high in ((0, 150), (-60, 60), (-700, 700)))
    channel = torch.from_numpy(rng.integers(0, channels, count))
    chance = (tables.logit[0][index] + 0.8 * (around >= 44) - 0.5 * (activity < -320)).sigmoid()
    negative = (1.5 * (balance >= 25) * (channel == 2)).sigmoid()
    draws = torch.from_numpy(rng.random((2, count)))
    symbol = (draws[0] < chance) * torch.where(draws[1] < negative, -1, 1)
    coded = Coded(index, symbol, channel, around, balance, activity)
    found = fit(tables, coded, channels)

    def between(name: str, rows: list[int], high: int, low: int, node: int) -> float:
        """Nats by which the bias of a class is above that of another."""
        return float((found[name][rows, high, node] - found[name][rows, low, node]).mean()) / 256

    assert between('around', list(range(12, 20)), 10, 5, 0) == pytest.approx(0.8, abs=0.1)
    assert between('activity', list(range(6, 10)), 1, 8, 0) == pytest.approx(-0.5, abs=0.1)
    assert between('balance', [2], 7, 4, 1) == pytest.approx(1.5, abs=0.15)
    assert between('balance', [0], 7, 4, 1) == pytest.approx(0, abs=0.15)
    assert bits(tables, coded, channels, found) < 0.99 * bits(tables, coded, channels)


def test_entries_lie_in_the_tables_of_an_export(tiny, tables, latents):
    channels = tiny.model.config.latent_channels
    coded = latent_contexts(tables, latent_positions(tiny.model, tables, latents, QUALITY, np.random.default_rng(1)))
    logit, answer, entries, shapes = table_entries(tables, coded, channels)
    for kind, count in (('latents', channels), ('hyper', tiny.model.config.hyper_channels)):
        names = tiny.manifest['entropy']['contexts'][kind]
        for name, entry in entries.items():
            shape = list(shapes[name][:1] if name != 'balance' else (count,)) + list(shapes[name][1:])
            tensor = tiny.manifest['tensors'][names[name]]
            assert (tensor['dtype'], tensor['shape']) == ('int16', shape)
            assert len(entry) == len(logit) == len(answer)
            assert 0 <= int(entry.min()) and int(entry.max()) < np.prod(shapes[name])
    tensor = tiny.manifest['tensors']['contexts.latents.links']
    assert (tensor['dtype'], tensor['shape']) == ('int16', [channels, channels])
    assert tiny.manifest['entropy']['contexts']['latents']['links'] == 'contexts.latents.links'
    assert 'links' not in tiny.manifest['entropy']['contexts']['hyper']
