"""The entropy priors: decisions that cost what the tables cost, conditionals of the machine, and small trainings from the command line."""
import json
from argparse import ArgumentParser

import numpy as np
import pytest
import torch

from nic_training import symbols
from nic_training.auxiliary import lstm, rbm
from nic_training.auxiliary.lstm import feature_bits
from nic_training.auxiliary.rbm import Chains, RbmPrior
from nic_training.graph import run_float
from nic_training.integer import IntegerNetworks
from nic_training.model import PIXEL_SCALE
from nic_training.quantize import run_codec_float
from nic_training.symbols import DecisionTables, Symbols, analyze, code_symbols, decision_bits

from conftest import make_photo, release_tiny


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(symbols, 'CROP', 64)


@pytest.fixture(scope='module')
def tables(tiny) -> DecisionTables:
    return DecisionTables(tiny.model.config.distribution)


@pytest.fixture(scope='module')
def coded(tiny, tables) -> Symbols:
    pixels = torch.stack([torch.from_numpy(make_photo(seed, 64, 64)).permute(2, 0, 1) for seed in range(3)]).float()
    quality = torch.tensor([5.0, 50.0, 100.0])
    return code_symbols(tiny.model, tables, analyze(tiny.model, pixels, quality), quality)


def test_the_decisions_of_a_symbol_cost_what_its_table_costs(tiny, tables):
    index = torch.arange(1, 64).repeat_interleave(41)
    symbol = torch.arange(-20, 21).repeat(63)
    inside = symbol.abs() <= torch.tensor([int(tiny.integer.tensors['cdfRadius'][i]) for i in index])
    index, symbol = index[inside], symbol[inside]
    bits = decision_bits(torch.zeros(len(index), 4), tables, index, symbol)
    cdf, offset, radius = (tiny.integer.tensors[name] for name in ('cdf', 'cdfOffset', 'cdfRadius'))

    def share(i: int, low: int, high: int) -> float:
        """Of the magnitudes from low to high, what the tables give the last decision's bucket to choose from."""
        slot = int(offset[i]) + int(radius[i])
        mass = lambda m: float(cdf[slot + m + 1] - cdf[slot + m]) * (1 if m == 0 else 2)
        return sum(mass(m) for m in range(low, min(high, int(radius[i])) + 1))

    for i, k, cost in list(zip(index.tolist(), symbol.tolist(), bits.tolist()))[::17]:
        m, last = abs(k), int(tables.last[i])
        node = next((n for n in range(2, last) if m <= symbols.BOUNDS[n]), last)
        low, high = (0, 0) if m == 0 else (symbols.BOUNDS[node - 1] + 1, symbols.BOUNDS[node] if node < last else int(radius[i]))
        bucket = share(i, low, high) + (float(cdf[int(offset[i]) + 2 * int(radius[i]) + 2] - cdf[int(offset[i]) + 2 * int(radius[i]) + 1])
                                        if m and node == last else 0)
        assert cost == pytest.approx(16 - np.log2(bucket) + (k != 0), abs=2e-3), (i, k)


def test_the_symbols_are_those_that_the_codec_rounds(tiny, tables, coded):
    pixels = torch.from_numpy(make_photo(1, 64, 64)).permute(2, 0, 1)
    latents = run_codec_float(tiny.graph, pixels, 50.0)
    bits = decision_bits(torch.zeros(*coded.symbol.shape, 4), tables, coded.index, coded.symbol).flatten(1).sum(1).view(3, 16).sum(1)
    with torch.no_grad():
        _, y_bits, _ = tiny.model.latents(tiny.model.analysis((pixels[None].float() - 128) * PIXEL_SCALE, torch.tensor([50.0])),
                                          torch.tensor([50.0]), False)
    assert bits[0] < bits[1] < bits[2]
    assert 0.8 * float(y_bits) < float(bits[1]) < 1.02 * float(y_bits), 'all but the choice within buckets'
    index = latents['index'].round().clamp(0, 63)
    assert sorted(coded.index[16:32].flatten().tolist()) == pytest.approx(sorted(index.flatten().tolist()), abs=1)


def test_what_is_around_is_known_from_earlier_steps_only(coded):
    assert not coded.around[:, 0].any() and not coded.beside[:, 0].any()
    assert coded.around[:, 3].any() and coded.beside[:, 3].any()


@torch.no_grad()
def test_a_conditional_of_the_machine_is_a_ratio_of_its_joint_probabilities(tables, coded):
    torch.manual_seed(1)
    network = RbmPrior(32, 5)
    torch.nn.init.normal_(network.own, std=0.8)
    torch.nn.init.normal_(network.visible_bias)
    one = coded[20:21]
    correction = network(tables, one)[0, 2]
    channel, present, value, mu, _ = (part[0] for part in network.units(tables, one))
    logit = tables.logit[0][one.index[0].long().view(4, -1)]

    def joint(values: torch.Tensor, count: int) -> torch.Tensor:
        """Not normalised, of the first `count` units of step 2, the rest absent and all before known; values (cases, count)."""
        a = network.context(network.units(tables, one), 2, None)
        for s in (0, 1):
            a = a + (((value - mu) * present)[s] @ network.own[channel[s]])[None]
        seen = present[2, :count]
        a = a + ((values - mu[2, :count]) * seen) @ network.own[channel[2, :count]]
        bias = (logit[2, :count] + network.visible_bias[channel[2, :count]]) * seen
        return (values @ bias + torch.nn.functional.softplus(a).sum(1)).exp()

    for t in range(8):
        if not present[2, t]:
            continue
        known = value[2, :t]
        yes, no = (joint(torch.cat([known, torch.tensor([bit])])[None], t + 1) for bit in (1.0, 0.0))
        assert float((logit[2, t] + correction[t]).sigmoid()) == pytest.approx(float(yes / (yes + no)), rel=1e-4)


@pytest.mark.parametrize('persistent', [True, False])
def test_contrastive_divergence_lowers_the_code_length(tables, coded, persistent):
    torch.manual_seed(1)
    network = RbmPrior(32, 8)
    chains = Chains(network, tables, coded, persistent)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)

    @torch.no_grad()
    def bits() -> float:
        logits = torch.zeros(*coded.symbol.shape, 4)
        logits[..., 0] = network(tables, coded).view(coded.symbol.shape)
        return float(decision_bits(logits, tables, coded.index, coded.symbol).sum())

    before = bits()
    for _ in range(60):
        optimizer.zero_grad()
        chains.loss(torch.randint(len(coded), (32,))).backward()
        optimizer.step()
    assert bits() < before


@pytest.fixture
def base(tiny, tmp_path):
    """Words that name a released tiny base and its export."""
    release_tiny(tiny, tmp_path)
    return tmp_path


@pytest.mark.parametrize('kind', [lstm, rbm])
def test_a_small_training_saves_bits_and_writes_an_auxiliary(base, photos, small, kind):
    name = kind.__name__.split('.')[-1]
    parser = ArgumentParser()
    kind.add_arguments(parser)
    words = f'--data {photos} --validation {photos} --checkpoint {base}/tiny.pt --manifest {base}/tiny.json --out {base}'
    kind.run(parser.parse_args(f'{words} --run {base}/run --max-steps 60 --log-every 20 --crops 24 --hidden 16'.split()))
    lines = [json.loads(line) for line in (base / 'run' / 'log.jsonl').read_text().splitlines()]
    assert lines[-1]['end'] == 'finished'
    assert lines[-2]['measured']['saved'] > 0.005, 'the tiny base leaves much to save'
    model = IntegerNetworks(base / f'tiny.{name}.json')
    assert model.manifest['kind'] == name and model.manifest['parameters'] == {'hidden': 16}
    if kind is lstm:
        assert model.manifest['networks'].keys() == {'features0', 'features1', 'features2', 'features3', 'gates', 'logits'}


def test_an_lstm_goes_on_from_what_another_run_has_learned(base, photos, small):
    parser = ArgumentParser()
    lstm.add_arguments(parser)
    words = f'--data {photos} --validation {photos} --checkpoint {base}/tiny.pt --manifest {base}/tiny.json --crops 24 --hidden 16'
    lstm.run(parser.parse_args(f'{words} --out {base} --max-steps 40 --release {base}/first.pt'.split()))
    lstm.run(parser.parse_args(f'{words} --out {base}/second --max-steps 1 --initial {base}/first.pt'.split()))
    first, second = (json.loads((folder / 'tiny.lstm.json').read_text())['provenance'] for folder in (base, base / 'second'))
    assert (first['steps'], second['steps']) == (40, 41)
    assert second['validation']['saved'] == pytest.approx(first['validation']['saved'], abs=0.01)


@torch.no_grad()
def test_the_fraction_bits_of_the_features_follow_from_the_heads(tiny):
    bits = feature_bits(tiny.model, tiny.run.parent / 'tiny.json')
    networks = tiny.integer.manifest['networks']
    z_hat = torch.randint(-100, 100, (3, 3, tiny.graph.hyper_channels), generator=torch.Generator().manual_seed(3)).double()
    whole = tiny.integer.run(networks['context'][0], {'prior': tiny.integer.run(networks['hyperSynthesis'], {'input': z_hat}, 800)}, 800)
    prior = run_float(tiny.graph.networks['hyperSynthesis'], {'input': z_hat / 64}, 50.0)
    features = run_float(tiny.graph.networks['context0'], {'prior': prior}, 50.0)
    ratio = (whole.abs().mean() / features.abs().mean()).log2()
    assert float(ratio) == pytest.approx(bits[0], abs=0.1)
    assert len(bits) == 4
