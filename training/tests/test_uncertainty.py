"""The uncertainty map: a loss with the right minimum, a graph that is the network, integers near it, and a whole small training."""
import json
from argparse import ArgumentParser

import numpy as np
import pytest
import torch

from nic_training.auxiliary import uncertainty
from nic_training.auxiliary.common import rounded_latents
from nic_training.auxiliary.uncertainty import Pool, Uncertainty, byte_table, fit_correction, gain, integer_map, likelihood, measure, operations
from nic_training.graph import run_float, table_rows
from nic_training.integer import IntegerNetworks

from conftest import make_photo, release_tiny


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(uncertainty, 'CROP', 64)
    monkeypatch.setattr(uncertainty, 'QUALITIES', (20.0, 80.0))
    monkeypatch.setattr(uncertainty, 'SIZES', ((7, 5), (33, 70)))


@pytest.fixture(scope='module')
def network(tiny) -> Uncertainty:
    """Untrained, but with an output layer, whose weights would be zero."""
    torch.manual_seed(3)
    network = Uncertainty(tiny.model)
    torch.nn.init.normal_(network.out.weight, std=0.05)
    return network


def test_the_likelihood_is_best_at_the_mean_square_whatever_the_distribution():
    generator = torch.Generator().manual_seed(1)
    squares = torch.rand(1000, generator=generator) ** 8 * 400
    best = 0.5 * squares.mean().log2()
    values = [float(likelihood(best + delta, squares)) for delta in (-0.2, -0.02, 0, 0.02, 0.2)]
    assert values[2] == min(values) and values[0] > values[1] and values[4] > values[3]


def test_the_correction_takes_a_wrong_size_back_and_keeps_the_order(tiny, small, photos):
    torch.manual_seed(3)
    network = Uncertainty(tiny.model)
    torch.nn.init.normal_(network.out.weight, std=0.02)
    with torch.no_grad():
        network.offset.values += 1.5
    paths = sorted(photos.iterdir())
    before = gain(network, tiny.model, paths)
    fit_correction(network, tiny.model, paths)
    after = gain(network, tiny.model, paths)
    assert before['nats'] > before['nats_constant'] + 0.3
    assert after['nats'] < after['nats_constant'] + 0.02
    assert (table_rows(network.slope) > 0).all()
    fit_correction(network, tiny.model, paths)
    assert gain(network, tiny.model, paths) == after, 'fitting again starts from nothing'


@torch.no_grad()
def test_the_graph_is_the_network(tiny, network):
    network.slope.values[3], network.shift.values[3], network.knee.values[2:5] = -0.3, 0.5, 1.5
    pixels = torch.from_numpy(make_photo(5, 64, 64)).permute(2, 0, 1)[None].float()
    for quality in (0.0, 37.0, 100.0):
        latents = rounded_latents(tiny.model, pixels, torch.tensor([quality]))
        expected = network(latents, torch.tensor([quality]))[0]
        out = run_float(operations(network), {'input': latents[0].permute(1, 2, 0).double()}, quality)
        rows, columns, _ = out.shape
        actual = out.view(rows, columns, 8, 8).permute(0, 2, 1, 3).reshape(8 * rows, 8 * columns)
        assert torch.allclose(actual.float(), expected, atol=1e-3)


def test_the_error_of_a_grey_picture_is_that_of_its_luma(tiny):
    pixels = torch.from_numpy(make_photo(6, 64, 64)).permute(2, 0, 1)[None].float()
    quality, flags = torch.tensor([20.0]), torch.tensor([True])
    latents, squares = measure(tiny.model, pixels, quality, flags)
    grey = uncertainty.luma(pixels)
    again, same = measure(tiny.model, grey, quality, flags)
    assert torch.equal(latents, again) and torch.equal(squares, same)
    assert float(squares.mean()) > 0 and torch.equal(squares, squares.round())


def test_the_pool_adds_crops_and_keeps_its_size(tiny, small, monkeypatch):
    monkeypatch.setattr(uncertainty, 'POOL', 5)
    pool, rng = Pool(tiny.model, tiny.trainer.pictures), np.random.default_rng(1)
    sizes = [len(pool.draw(rng)[0]) for _ in range(8)]
    assert sizes == [uncertainty.FRESH] + [uncertainty.BATCH] * 7
    assert len(pool.crops) == 5


def test_the_table_has_eighths_of_a_level_up_to_255():
    table = byte_table()
    at = lambda error: table[round((np.log2(error) - uncertainty.TABLE_LOW) * 2 ** uncertainty.TABLE_BITS)]
    assert [at(error) for error in (0.25, 1, 3, 31)] == [2, 8, 24, pytest.approx(248, abs=1)]
    assert table[-1] == 255 and (np.diff(table.astype(int)) >= 0).all()


@pytest.fixture
def trained(tiny, photos, small, tmp_path):
    """The small training of a kind from its command line: lines, folder, base name."""
    release_tiny(tiny, tmp_path)
    parser = ArgumentParser()
    uncertainty.add_arguments(parser)
    words = f'--data {photos} --validation {photos} --checkpoint {tmp_path}/tiny.pt --manifest {tmp_path}/tiny.json'
    options = f'--out {tmp_path} --run {tmp_path}/run --max-steps 60 --log-every 30 --parity {tmp_path}/parity'
    uncertainty.run(parser.parse_args(f'{words} {options} --release {tmp_path}/first.pt'.split()))
    uncertainty.run(parser.parse_args(f'{words} --out {tmp_path}/second --max-steps 2 --initial {tmp_path}/first.pt'.split()))
    return tmp_path


@torch.no_grad()
def test_a_small_training_learns_and_its_integers_are_near_the_network(tiny, trained, photos):
    lines = [json.loads(line) for line in (trained / 'run' / 'log.jsonl').read_text().splitlines()]
    measured = lines[-2]['measured']
    assert set(measured) == {'nats', 'nats_constant', 'rank_correlation'}
    assert measured['nats'] < measured['nats_constant'] + 0.02
    networks = IntegerNetworks(trained / 'tiny.uncertainty.json')
    assert networks.manifest['base'] == tiny.manifest['sha256']
    assert networks.manifest['parameters'] == {'halo': 2, 'outputBits': 8, 'tableBits': 6, 'tableLow': -4, 'unit': 8}
    provenance = [json.loads((folder / 'tiny.uncertainty.json').read_text())['provenance'] for folder in (trained, trained / 'second')]
    assert [p['steps'] for p in provenance] == [60, 62]
    assert provenance[1]['validation']['nats'] < provenance[0]['validation']['nats'] + 0.05
    network = Uncertainty(tiny.model)
    network.load_state_dict(torch.load(trained / 'run' / 'checkpoint.pt', weights_only=True)['model'])
    fit_correction(network, tiny.model, sorted(photos.iterdir()))
    pixels = torch.from_numpy(make_photo(7, 64, 48)).permute(2, 0, 1)
    latents = tiny.integer.code_picture(pixels, 800)[2]['y_hat']
    samples = integer_map(networks, latents, 800)
    expected = torch.exp2(network(latents.permute(2, 0, 1)[None].float() / 64, torch.tensor([50.0])))[0] * 8
    assert samples.shape == (48, 64)
    assert np.abs(samples - expected.numpy()).mean() < 0.05 * expected.mean() + 0.3
    parity = json.loads((trained / 'parity' / 'tiny.uncertainty.json').read_text())
    assert parity['sha256'] == networks.manifest['sha256']
    assert [(p['width'], p['height'], p['quality']) for p in parity['pictures']] == [(7, 5, 0), (7, 5, 70), (33, 70, 0), (33, 70, 70)]
