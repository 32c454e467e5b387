"""The exported model: accumulators that cannot overflow, integers near the float model, frozen tables that can be coded with."""
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import nic_training.export
from nic_training.entropy import SCALES, scale_of_index
from nic_training.evaluate import bd_rate
from nic_training.export import Packed, calibration_pictures, export, write_files
from nic_training.graph import Builder, run_float
from nic_training.integer import IntegerModel, IntegerNetworks
from nic_training.integer_operations import run_integer_operation
from nic_training.layers import QualityTable
from nic_training.model import history_of
from nic_training.parity import drawn_picture, sha256, write_parity
from nic_training.quantize import LATENT_BITS, cdf_tables, patchify, quantize_network, run_codec_float
from nic_training.rounding import round_together

from conftest import make_photo, release_tiny

LOW, HIGH = -32768, 32767


def operations(model: IntegerModel) -> list[tuple[IntegerNetworks, dict]]:
    """Those of the base model and of its encoder, with whose tensors they are."""
    nets, encoder = model.manifest['networks'], model.encoder
    lists = [nets['hyperSynthesis'], *nets['context'], nets['heads'], nets['synthesis']]
    return [(model, op) for ops in lists for op in ops] + [(encoder, op) for ops in encoder.manifest['networks'].values() for op in ops]


def extremes(model: IntegerNetworks, op: dict) -> list[np.ndarray]:
    """The largest and smallest accumulators of every output, as int64: each input at the limit of int16 that the sign of
    its weight makes worst, with bias and rounding term."""
    if op['op'] == 'gain':
        weight, bias = model.tensors[op['table']].numpy().astype(np.int64).reshape(-1, 1), 0
    elif op['op'] in ('conv', 'depthwise'):
        weight, bias = model.tensors[op['weight']].numpy().astype(np.int64), model.tensors[op['bias']].numpy().astype(np.int64)
        weight = weight.T if op['op'] == 'depthwise' else weight.reshape(len(weight), -1)
    else:
        return []
    rounding = (1 << op['shift']) >> 1
    return [np.where((weight > 0) == up, weight * HIGH, weight * LOW).sum(1) + bias + rounding for up in (True, False)]


def test_no_input_overflows_an_accumulator(tiny):
    checked = 0
    for networks, op in operations(tiny.integer):
        for values in extremes(networks, op):
            assert np.array_equal(values, values.astype(np.int32)), op
            checked += values.size
    assert checked > 10_000


def test_weights_use_all_bits_that_the_proof_allows(tiny):
    """With one bit more, a weight or the bound of an accumulator would be too large, unless the shift is at its limit."""
    for networks, op in operations(tiny.integer):
        if op['op'] == 'conv':
            weight, bias = (networks.tensors[op[key]].abs() for key in ('weight', 'bias'))
            bound = float((weight.flatten(1).sum(1) * 32768 + bias).max()) + 2 ** op['shift'] / 2
            assert weight.max() > 2 ** 14 or bound > 0.99 * 2 ** 30 or op['shift'] >= 20, op


def test_an_export_writes_nothing_before_all_is_computed(tiny, photos, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(nic_training.export, 'quantize_encoder', stop)
    with pytest.raises(KeyboardInterrupt):
        export(tiny.model, calibration_pictures([photos], 1, 32), {}, tmp_path, 'tiny', 7, {}, [])
    assert not list(tmp_path.iterdir())


def test_manifests_are_written_last(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(nic_training.export, 'write_atomically', lambda path, _: written.append(path.name))
    write_files(tmp_path, Packed('a.encoder', {}, b''), Packed('a', {}, b''))
    assert written == ['a.encoder.bin', 'a.bin', 'a.encoder.json', 'a.json']


def test_pictures_too_small_to_calibrate_on_are_left_out(photos, tmp_path):
    Image.fromarray(make_photo(5, 31, 40)).save(tmp_path / 'narrow.png')
    with pytest.raises(ValueError, match='at least 32x32'):
        calibration_pictures([tmp_path], 2)
    expected = calibration_pictures([photos], 3)
    chosen = calibration_pictures([photos, tmp_path], 3)
    assert len(chosen) == len(expected) and all(torch.equal(a, b) for a, b in zip(chosen, expected))


@pytest.mark.parametrize('value', [LOW, HIGH])
def test_networks_stay_in_int16_at_the_limits(tiny, value):
    encoder, m = tiny.integer.encoder, tiny.manifest['latentChannels']
    for networks, network, channels in ((encoder, 'analysis', 192), (encoder, 'hyperAnalysis', m), (tiny.integer, 'hyperSynthesis', 16),
                                        (tiny.integer, 'synthesis', m)):
        limits = torch.full((4, 4, channels), float(value), dtype=torch.float64)
        out = networks.run(networks.manifest['networks'][network], {'input': limits}, 1600)
        assert float(out.min()) >= LOW and float(out.max()) <= HIGH
        assert torch.equal(out, out.round())


@pytest.mark.parametrize('quality', [0, 50, 100])
@torch.no_grad()
def test_integers_stay_near_the_float_model(tiny, quality):
    picture = torch.from_numpy(make_photo(21, 64, 48)).permute(2, 0, 1)
    real = run_codec_float(tiny.graph, picture, float(quality))
    bits, decoded, coded = tiny.integer.code_picture(picture, quality * 16)
    scale = 2 ** tiny.manifest['latentBits']
    y = tiny.integer.analyze(picture, quality * 16) / scale
    error = (y - real['y']).pow(2).mean().sqrt()
    assert float(error) < max(0.05, 0.005 * float(real['y'].pow(2).mean().sqrt()))
    differing = (coded['y_hat'] / scale - real['y_hat']).abs() > 0.5
    assert float(differing.double().mean()) < 0.05
    mse = [float((p - picture).pow(2).mean()) for p in (decoded, real['pixels'].round().clamp(0, 255))]
    assert mse[0] == pytest.approx(mse[1], rel=0.03, abs=0.05)
    assert bits > 0


@pytest.mark.parametrize('name', ['tiny', 'tiny.encoder'])
def test_the_manifest_names_its_data(tiny, name, tmp_path):
    folder = tiny.run.parent
    data = (folder / f'{name}.bin').read_bytes()
    manifest = json.loads((folder / f'{name}.json').read_text())
    assert manifest['sha256'] == hashlib.sha256(data).hexdigest()
    assert manifest['provenance'] == {'made': 'for tests', 'training': []}
    sizes = {'int16': 2, 'int32': 4, 'uint8': 1, 'uint16': 2, 'uint32': 4}
    end = 0
    for info in manifest['tensors'].values():
        assert info['offset'] % 16 == 0 and info['offset'] >= end
        end = info['offset'] + sizes[info['dtype']] * int(np.prod(info['shape']))
    assert end <= len(data)
    (tmp_path / f'{name}.json').write_text(json.dumps(manifest))
    (tmp_path / f'{name}.bin').write_bytes(data[:-1] + b'\x01')
    with pytest.raises(ValueError, match='not the one'):
        IntegerNetworks(tmp_path / f'{name}.json')


def test_an_encoder_of_another_model_is_refused(tiny, tmp_path):
    release_tiny(tiny, tmp_path)
    IntegerModel(tmp_path / 'tiny.json')
    other = json.loads((tmp_path / 'tiny.encoder.json').read_text()) | {'base': '0' * 64}
    (tmp_path / 'tiny.encoder.json').write_text(json.dumps(other))
    with pytest.raises(ValueError, match='belongs to another model'):
        IntegerModel(tmp_path / 'tiny.json')


def test_an_encoder_is_exported_alone_for_a_model_that_has_its_decoder(tiny, photos, tmp_path):
    manifest = release_tiny(tiny, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    state = torch.load(tmp_path / 'tiny.pt', weights_only=True)
    state['history'] = history_of(state)
    state['train_config'] = {**state['train_config'], 'train': 'encoder'}
    for name in state['ema']:
        if name.startswith('analysis.blocks'):
            state['ema'][name] += 0.01
    torch.save(state, tmp_path / 'encoder.pt')
    words = f'--data {photos} --out {tmp_path} --name tiny --encoder --calibration 2'

    def run(checkpoint: str) -> subprocess.CompletedProcess:
        command = [sys.executable, '-m', 'nic_training', 'export', '--checkpoint', str(tmp_path / checkpoint), *words.split()]
        environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parent.parent), 'OMP_NUM_THREADS': '1'}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    result = run('encoder.pt')
    assert result.returncode == 0, result.stderr
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name for name in before if after[name] != before[name]} == {'tiny.encoder.json', 'tiny.encoder.bin'}
    encoder = IntegerModel(tmp_path / 'tiny.json').encoder.manifest
    assert encoder['base'] == manifest['sha256'] and len(encoder['provenance']['training']) == 2

    state['train_config'] = {**state['train_config'], 'train': 'all'}
    torch.save(state, tmp_path / 'other.pt')
    result = run('other.pt')
    assert result.returncode != 0 and 'was not exported from' in result.stderr


def test_the_halos_cover_every_3x3(tiny):
    assert (tiny.integer.encoder.manifest['parameters']['halo'], tiny.manifest['synthesisHalo']) == (2, 2)


@pytest.mark.parametrize('kind', ['gaussian', 'logistic', 'laplace'])
def test_frequencies_are_complete_and_follow_the_distribution(kind):
    cdf, offset, length, radius = cdf_tables(kind)
    assert len(offset) == SCALES
    for i in range(SCALES):
        table = cdf[offset[i]:offset[i] + length[i]].astype(np.int64)
        frequency = np.diff(table)
        assert length[i] == 2 * radius[i] + 3 == len(table)
        assert table[0] == 0 and table[-1] == 65536
        assert frequency.min() >= 1
        symbols = frequency[:-1]
        assert np.array_equal(symbols, symbols[::-1])
        assert (np.diff(symbols[:radius[i] + 1]) >= 0).all()
    # where the table is fine against its scale, its variance is the square of the scale, plus that of rounding
    i = 40
    symbols = np.arange(-int(radius[i]), int(radius[i]) + 1)
    p = np.diff(cdf[offset[i]:offset[i] + length[i]].astype(float))[:-1]
    assert (p / p.sum() * symbols ** 2).sum() == pytest.approx(scale_of_index(i) ** 2 + 1 / 12, rel=0.03)


def test_code_length_is_the_entropy_of_the_tables(tiny):
    tables = {name: tiny.integer.tensors[tiny.manifest['entropy'][name]] for name in ('cdf', 'cdfOffset', 'cdfRadius')}
    i = 30
    start, radius = int(tables['cdfOffset'][i]), int(tables['cdfRadius'][i])
    index = torch.full((3,), float(i), dtype=torch.float64)
    symbols = torch.tensor([0.0, -1.0, radius + 3.0], dtype=torch.float64)
    slots = [radius, radius - 1, 2 * radius + 1]
    frequency = [float(tables['cdf'][start + s + 1] - tables['cdf'][start + s]) for s in slots]
    expected = sum(16 - np.log2(f) for f in frequency) + 2 + 2  # Exp-Golomb of an excess of 3
    assert tiny.integer.code_length(symbols, index) == pytest.approx(expected)
    assert tiny.integer.code_length(symbols, index, skip_below=31) == 0


def test_patches_are_in_the_order_of_the_manifest():
    pixels = torch.arange(3 * 8 * 16).view(3, 8, 16)
    assert patchify(pixels).shape == (1, 2, 192)
    assert patchify(pixels)[0, 1, (2 * 8 + 5) * 3 + 1] == pixels[1, 2, 8 + 5]


def test_bd_rate_of_half_the_rate_is_minus_fifty():
    curve = [(0.1, 26.0), (0.2, 28.5), (0.4, 31.0), (0.9, 34.5), (1.5, 37.0)]
    assert bd_rate(curve, [(r / 2, d) for r, d in curve]) == pytest.approx(-50)


def test_parity_holds_hashes_of_each_picture(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr('nic_training.parity.SIZES', ((1, 1), (7, 5)))
    path = write_parity(tiny.run.parent / 'tiny.json', tmp_path)
    values = json.loads(path.read_text())
    assert path.name == 'tiny.json' and values['sha256'] == tiny.manifest['sha256']
    assert values['encoderSha256'] == tiny.integer.encoder.manifest['sha256']
    assert [(p['width'], p['height'], len(p['results'])) for p in values['pictures']] == [(1, 1, 4), (7, 5, 4)]
    hashes = [r['latents'] for p in values['pictures'] for r in p['results']]
    assert len(set(hashes)) > 4


def test_the_drawn_picture_is_that_of_the_other_tests():
    """Its hash as test/helpers/drawn-picture.ts gives it; both sides compare it again for each picture of the fixtures."""
    assert sha256(drawn_picture(7, 5)) == '270d1249b49473a89c97835be26382dbd28d1ca04b873ffb5204bb29f86325e4'


def run_integers(operations: list[dict], registers: dict[str, torch.Tensor], q16: int) -> torch.Tensor:
    """Operations with arrays in place of the names of tensors."""
    registers = dict(registers)
    for op in operations:
        tensors = {key: torch.from_numpy(op[key].astype(np.float64)) for key in ('weight', 'bias', 'table') if key in op}
        registers[op['output']] = run_integer_operation(op, tensors, registers, q16)
    return registers['output']


def test_weak_latents_keep_their_precision():
    """The weights of the first 1x1 may differ by orders of magnitude from latent to latent, the latents the other way."""
    rng = np.random.default_rng(1)
    size = 2.0 ** rng.uniform(-5, 1, 256)  # of the weights of a latent
    conv = torch.nn.Conv2d(256, 32, 1, bias=False)
    conv.weight.data[:, :, 0, 0] = torch.from_numpy(rng.standard_normal((32, 256)) * size)
    conv.bias = torch.nn.Parameter(torch.zeros(32))
    ops = Builder('test').latents_up(QualityTable(torch.ones(11, 256), log=True), conv, 'output').ops
    latents = torch.from_numpy(np.round(rng.standard_normal((8, 8, 256)) / size * 64) / 64)
    expected = run_float(ops, {'input': latents}, 50.0)
    quantized, bits = quantize_network(ops, {'input': LATENT_BITS}, [({'input': latents}, 50.0)], None)
    found = run_integers(quantized, {'input': latents * 2 ** LATENT_BITS}, 800) / 2 ** bits
    assert (found - expected).std() < 0.003 * expected.std()


def correlated(rng: np.random.Generator, count: int, channels: int) -> np.ndarray:
    """(count, channels): what few sources mix into many channels, as the features of neighboring pixels are."""
    return rng.standard_normal((count, 24)) @ rng.standard_normal((24, channels)) + 0.1 * rng.standard_normal((count, channels))


def test_inputs_that_are_correlated_make_up_for_rounding():
    rng = np.random.default_rng(7)
    weight = rng.standard_normal((16, 300)) * 4
    known, others = np.split(correlated(rng, 6144, 300), [4096])
    together = round_together(weight, known.T @ known / len(known))
    assert np.array_equal(together, np.rint(together)) and np.abs(together - weight).max() < 16
    errors = [np.square(others @ (integers - weight).T).mean() for integers in (together, np.rint(weight))]
    assert errors[0] < 0.3 * errors[1]


def test_inputs_that_have_nothing_to_do_with_one_another_are_rounded_to_nearest():
    weight = np.random.default_rng(9).standard_normal((16, 300)) * 4
    assert np.array_equal(round_together(weight, np.eye(300)), np.rint(weight))


def test_the_steps_of_the_context_model_share_the_weights_of_their_block(tiny):
    blocks = [[op['weight'] for op in tiny.manifest['networks']['context'][s] if 'weight' in op][-5:] for s in (1, 2, 3)]
    assert blocks[0] == blocks[1] == blocks[2]


def test_biases_leave_no_error_in_the_mean():
    """Floors of leaky activations lower every result below 0 by half a unit, which adds up over a hundred inputs."""
    rng = np.random.default_rng(5)
    linear = [torch.nn.Conv2d(96, 96, 1) for _ in range(2)]
    linear[1].weight.data.abs_()
    ops = Builder('test').conv(linear[0], 'input', 'a', leaky=True).conv(linear[1], 'a', 'output').ops
    inputs = [torch.from_numpy(np.rint(rng.standard_normal((16, 16, 96)) * 8) / 64) for _ in range(6)]
    quantized, bits = quantize_network(ops, {'input': LATENT_BITS}, [({'input': x}, 50.0) for x in inputs[:5]], None)
    off = run_integers(quantized, {'input': inputs[5] * 2 ** LATENT_BITS}, 800) - run_float(ops, {'input': inputs[5]}, 50.0) * 2 ** bits
    assert off.mean((0, 1)).abs().max() < 0.2
