"""The filter of a tile: its features and integers against the spec, the training of bases, and their way through checkpoint and export."""
from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from nic_training import __main__
from nic_training.bases import (Filter, Statistics, choose_filters, descend, fit_filter, fit_scales, measure, prices, project, round_bases,
                                split, train_filter, weight_bits)
from nic_training.entropy import scale_of_index
from nic_training.filter import FEATURES, apply_filter, features
from nic_training.integer import IntegerModel
from nic_training.parity import drawn_picture, write_parity
from nic_training.release import release
from nic_training.train import Trainer

from conftest import CPU, make_photo, release_tiny

PAIRS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (2, 1), (2, -1), (1, 2), (1, -2), (2, 2), (2, -2),
         (0, 3), (3, 0), (0, 4), (4, 0), (3, 3), (3, -3), (0, 6), (6, 0), (0, 8), (8, 0))  # as FORMAT.md has them


def int32(x: int) -> int:
    return (x + 2 ** 31) % 2 ** 32 - 2 ** 31


def clamp(x: int, low: int, high: int) -> int:
    return max(low, min(high, x))


def plain_filter(value: np.ndarray, bases: np.ndarray, weights: list[int], s: int) -> tuple[list[list[int]], np.ndarray]:
    """FORMAT.md, 4.1, word for word: features of each pixel in rows and the filtered samples (3, H, W)."""
    _, height, width = value.shape
    p = [[[clamp(int(v), -128 << s, 127 << s) for v in row] for row in channel] for channel in value]
    at = lambda c, y, x: p[c][clamp(y, 0, height - 1)][clamp(x, 0, width - 1)]
    e = [[clamp(int32(sum(k * int(base[c][i]) for k, base in zip(weights, bases)) + 8) >> 4, -32768, 32767) for i in range(118)]
         for c in range(3)]
    rows, out = [], np.zeros_like(value)
    for y in range(height):
        for x in range(width):
            feature = []
            for c in range(3):
                a = [at(c, y + dy, x + dx) - at(c, y, x) for dy, dx in PAIRS]
                b = [at(c, y - dy, x - dx) - at(c, y, x) for dy, dx in PAIRS]
                feature += [a[t] + b[t] for t in range(6)]
                feature += [clamp(a[t], -6 << s, 6 << s) + clamp(b[t], -6 << s, 6 << s) for t in range(22)]
                feature += [clamp(a[t], -20 << s, 20 << s) + clamp(b[t], -20 << s, 20 << s) for t in range(12, 22)]
            feature += [at(0, y, x), at(1, y, x), at(2, y, x), 16 << s]
            rows.append(feature)
            for c in range(3):
                total = int32(sum(e[c][i] * feature[i] for i in range(118)) + 2048)
                out[c, y, x] = clamp(at(c, y, x) + (total >> 12), -32768, 32767)
    return rows, out


def some_samples(seed: int) -> np.ndarray:
    """(3, 7, 9) with 6 fraction bits: both small differences and large ones, and beyond what is clamped."""
    rng = np.random.default_rng(seed)
    center = rng.permutation([-120, 0, 120])[:, None, None] * 64
    return np.rint(center + rng.standard_normal((3, 7, 9)) * rng.choice([100, 4000], (3, 7, 9))).astype(np.int64)


@pytest.mark.parametrize('seed', [1, 2, 3])
def test_features_are_those_of_the_format(seed):
    value = some_samples(seed)
    rows, _ = plain_filter(value, np.zeros((0, 3, 118)), [], 6)
    found = features(torch.from_numpy(value).double().clamp(-128 * 64, 127 * 64), 64)
    assert np.array_equal(found.numpy(), np.array(rows).T.reshape(118, 7, 9))


@pytest.mark.parametrize('low, high, reach', [(-300, 300, 3), (-32767, 32767, 3), (-32767, 32767, 30000), (30000, 32767, 3)])
def test_filtered_samples_are_those_of_the_format(low, high, reach):
    """Up to bases and weights whose sums, and coefficients whose corrections, exceed 32 bits."""
    value, rng = some_samples(4), np.random.default_rng(high + reach)
    bases = rng.integers(low, high + 1, (9, 3, 118))
    weights = rng.integers(-reach, reach + 1, 9)
    _, expected = plain_filter(value, bases, weights.tolist(), 6)
    found = apply_filter(*(torch.from_numpy(v).double() for v in (value, bases, weights)), 64)
    assert np.array_equal(found.numpy(), expected)
    assert not np.array_equal(expected, value)


def plain_weights(count: int, seed: int) -> list[int]:
    """As test/conformance/parity.test.ts draws them."""
    state, result = (seed * 0x9e3779b1 + 1) % 2 ** 32, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2 ** 32
        result.append((state >> 24) % 7 - 3)
    return result


def distorted(seed: int, strength: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture (3, 48, 48) and one that is smoother and darker."""
    original = torch.from_numpy(make_photo(seed, 48, 48)).permute(2, 0, 1).float()
    flat = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(original[None], (1,) * 4, mode='replicate'), 3, 1)[0]
    noise = torch.randn(original.shape, generator=torch.Generator().manual_seed(seed))
    return original, original + strength * (flat - original) - 3 * strength + noise


def distorted_statistics(count: int) -> Statistics:
    parts = []
    for seed in range(count):
        strength = seed % 5 / 4
        parts.append((*measure(*distorted(seed, strength)), torch.tensor(100.0 * seed / count), torch.tensor(4000.0), torch.tensor(0.05)))
    return Statistics(*(torch.stack(values) for values in zip(*parts)))


def test_bases_that_were_trained_save_bits_of_pictures_that_were_not_seen():
    known, held = split(distorted_statistics(60))
    assert (len(known), len(held)) == (54, 6)
    bits = weight_bits('logistic')
    trained, untrained = (fit_filter(known, bits, 4, steps, 1) for steps in (120, 0))
    after, before = (one.savings(held, bits).mean() for one in (trained, untrained))
    best = [(target * torch.linalg.solve(gram + 1e-3 * torch.eye(FEATURES), target)).sum()
            for gram, target in zip(held.gram.sum(1), held.target.sum(1))]
    most = (torch.stack(best) * held.worth / held.bits).mean()  # what a filter with real coefficients that cost nothing would save
    assert after > 0.6 * most > before + 0.1 * most


def test_what_a_filter_saves_is_what_its_pixels_lose_in_error():
    original, decoded = distorted(3, 1.0)
    gram, target = (values.sum(0)[None] for values in measure(original, decoded))
    bases = round_bases(torch.randn(6, 3, FEATURES, generator=torch.Generator().manual_seed(2)) * 0.004)
    price = weight_bits('logistic')[20].expand(1, 6, -1)
    weights, saved = descend(*project(bases.float() / 2 ** 16, gram, target, torch.tensor([0.05])), price)
    assert weights.any()
    samples = torch.round((decoded.double() - 128) * 2 ** 16)  # finer than any model's, so that rounding does not count
    filtered = samples + torch.einsum('ci,ihw->chw', (weights[0, :, None, None] * bases).sum(0).double() / 2 ** 16, features(samples, 2 ** 16))
    before, after = ((original - 128 - levels).square().sum() for levels in (decoded - 128, filtered / 2 ** 16))
    paid = price[0, 0][weights[0].abs().long()].sum()
    assert float(saved) == pytest.approx(float((before - after) * 0.05 - paid), rel=1e-3)


def test_parts_lie_row_by_row():
    original, decoded = distorted(3, 1.0)
    gram, target = measure(original, decoded)
    values = features(decoded - 128)
    for row, column in ((0, 0), (0, 1), (2, 3)):
        inside = (slice(None), slice(12 * row, 12 * row + 12), slice(12 * column, 12 * column + 12))
        part = values[inside].flatten(1)
        assert torch.allclose(gram[4 * row + column], part @ part.T, rtol=1e-4, atol=1)
        assert torch.allclose(target[4 * row + column], part @ (original - decoded)[inside].flatten(1).T, rtol=1e-4, atol=1)


def test_parts_are_split_where_that_saves_more():
    """Quarters that are distorted differently, against plain recursion over the parts."""
    originals, decodings = zip(*(distorted(seed, 0.6 * seed) for seed in range(4)))
    whole = [torch.cat([torch.cat(quarters[:2], 2), torch.cat(quarters[2:], 2)], 1) for quarters in (originals, decodings)]
    bases, bits = torch.randn(5, 3, FEATURES, generator=torch.Generator().manual_seed(2)) * 0.003, weight_bits('logistic')
    scale_index = torch.full((101, 5), 20, dtype=torch.uint8)
    gram, target = measure(*whole)
    seen = set()
    for worth in (0.0001, 0.001, 0.003, 0.01, 0.1):
        crop = Statistics(*(v[None] for v in (gram, target, torch.tensor(50.0), torch.tensor(4000.0), torch.tensor(worth))))
        weights, saved = choose_filters(bases, crop, scale_index, bits)

        def best(row: int, column: int, side: int) -> tuple[float, list[tuple[int, int, int]]]:
            inside = [4 * y + x for y in range(row, row + side) for x in range(column, column + side)]
            forms = project(bases, gram[inside].sum(0)[None], target[inside].sum(0)[None], crop.worth)
            own = float(descend(*forms, prices(scale_index, crop.quality, bits))[1])
            if side == 1:
                return own - 1, [(row, column, 1)]
            half = side // 2
            parts = [best(y, x, half) for y in (row, row + half) for x in (column, column + half)]
            apart = sum(s for s, _ in parts) - 1
            return (apart, sum((where for _, where in parts), [])) if apart > own - 2 else (own - 2, [(row, column, side)])

        expected, where = best(0, 0, 4)
        assert float(saved) == pytest.approx(expected, rel=1e-3, abs=0.1)
        nodes = {(0, 0, 4): 0, **{(2 * y, 2 * x, 2): 1 + 2 * y + x for y in range(2) for x in range(2)},
                 **{(y, x, 1): 5 + 4 * y + x for y in range(4) for x in range(4)}}
        filtered = set(weights[0].any(1).nonzero()[:, 0].tolist())
        assert filtered <= {nodes[part] for part in where}
        seen |= {side for _, _, side in where}
    assert seen == {1, 2, 4}


def test_no_single_change_of_the_weights_saves_more():
    crops = distorted_statistics(10)
    bases = torch.randn(5, 3, FEATURES, generator=torch.Generator().manual_seed(2)) * 0.003
    price = weight_bits('logistic')[20].expand(10, 5, -1)
    quadratic, linear = project(bases, crops.gram.sum(1), crops.target.sum(1), crops.worth)
    weights, saved = descend(quadratic, linear, price)

    def bits(w: torch.Tensor) -> torch.Tensor:
        return 2 * (w * linear).sum(1) - torch.einsum('ni,nij,nj->n', w, quadratic, w) - price[:, 0].gather(1, w.abs().long()).sum(1)

    used = weights.any(1)
    assert used.any() and torch.allclose(saved[used], bits(weights)[used], rtol=1e-3, atol=0.05)
    for base in range(5):
        for step in (-1, 1):
            other = weights.clone()
            other[:, base] += step
            assert (bits(other)[used] < saved[used] + 0.1).all()


def test_weights_that_save_nothing_are_none():
    crops = distorted_statistics(4)
    crops.target.zero_()
    forms = project(torch.randn(5, 3, FEATURES), crops.gram.sum(1), crops.target.sum(1), crops.worth)
    weights, saved = descend(*forms, weight_bits('logistic')[30].expand(4, 5, -1))
    assert not weights.any() and not saved.any()


def test_weights_cost_what_the_tables_of_the_model_say(tiny):
    bits = weight_bits('logistic')
    assert tiny.manifest['entropy']['distribution'] == 'logistic'
    for index in (0, 1, 20, 35, 63):
        weights = torch.arange(128.0).double()
        expected = [tiny.integer.code_length(k[None], torch.full((1,), index, dtype=torch.float64)) for k in weights]
        assert np.allclose(bits[index].numpy(), expected, atol=1e-4)


def test_scales_follow_the_weights_over_the_qualities():
    generator = torch.Generator().manual_seed(1)
    quality = torch.linspace(0, 100, 4000)
    spread = torch.stack([torch.full_like(quality, 0.01), torch.full_like(quality, 3), 1 + quality / 10], 1)
    weights = (torch.randn(4000, 3, generator=generator) * spread).round()
    weights[torch.arange(4000) % 4 > 0] = 0  # tiles without weights do not pay for them
    table = fit_scales(weights, quality, weight_bits('logistic'))
    assert table.shape == (101, 3) and table.dtype == torch.uint8
    assert (table[:, 0] == 0).all()
    for row in (10, 50, 90):
        for base, expected in ((1, 3.0), (2, 1 + row / 10)):
            assert scale_of_index(int(table[row, base])) == pytest.approx(expected, rel=0.25)


def test_large_bases_are_scaled_down():
    bases = round_bases(torch.tensor([0.25, 0.75, -2.0])[:, None, None] * torch.tensor([1.0, -0.5]))
    assert bases.dtype == torch.int16
    assert bases[:, 0].tolist() == [[16384, -8192], [32767, -16384], [-32767, 16384]]


@pytest.fixture(scope='module')
def checkpoint(tiny, photos, tmp_path_factory) -> Path:
    """A small checkpoint of the tiny run with a filter of four bases."""
    folder = tmp_path_factory.mktemp('filter')
    release_tiny(tiny, folder)
    result = train_filter(folder / 'tiny.pt', [photos], 4, 40, 20, 1, size=64)
    assert set(result) == {'heldOut', 'after'} and result['heldOut'] == 4
    return folder / 'tiny.pt'


def run_command(words: str) -> None:
    """python -m nic_training WORDS, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', ['nic_training', *words.split()])
        __main__.main()


@pytest.fixture(scope='module')
def filtering(checkpoint, photos) -> IntegerModel:
    """The export of the checkpoint."""
    out = checkpoint.parent / 'out'
    run_command(f'export --checkpoint {checkpoint} --data {photos} --out {out} --name filtering --id 7 --calibration 2 --contexts 2')
    return IntegerModel(out / 'filtering.json')


def test_a_filter_is_added_to_its_checkpoint_and_changes_nothing_else(tiny, checkpoint, tmp_path):
    release(tiny.run, tmp_path / 'before.pt')
    before, after = (torch.load(path, weights_only=True) for path in (tmp_path / 'before.pt', checkpoint))
    assert set(after) == {*before, 'filter'} and {name: after[name] for name in before if name != 'ema'} == {
        name: value for name, value in before.items() if name != 'ema'}
    assert all(torch.equal(after['ema'][name], value) for name, value in before['ema'].items())
    trained = Filter(**after['filter'])
    assert (trained.bases.shape, trained.bases.dtype) == ((4, 3, FEATURES), torch.int16) and trained.bases.any()
    assert (trained.scale_index.shape, trained.scale_index.dtype) == ((101, 4), torch.uint8) and trained.scale_index.max() < 64


def test_the_command_trains_a_filter_anew_and_shows_what_both_save(checkpoint, photos, tmp_path, monkeypatch, capsys):
    (tmp_path / 'tiny.pt').write_bytes(checkpoint.read_bytes())
    monkeypatch.setattr('nic_training.bases.draw_statistics', lambda *_: distorted_statistics(40))
    monkeypatch.setattr('nic_training.bases.Pictures', lambda *_, **__: None)
    run_command(f'filter --checkpoint {tmp_path / "tiny.pt"} --data {photos} --bases 3 --crops 40 --steps 60 --seed 2')
    result = json.loads(capsys.readouterr().out)
    assert result['heldOut'] == 4
    assert sum(v for v in result['after'] if v is not None) > sum(v for v in result['before'] if v is not None) + 5
    assert torch.load(tmp_path / 'tiny.pt', weights_only=True)['filter']['bases'].shape == (3, 3, FEATURES)


def test_the_manifest_has_the_filter_of_the_checkpoint(tiny, checkpoint, filtering):
    trained = torch.load(checkpoint, weights_only=True)['filter']
    manifest = filtering.manifest
    assert manifest['filter'] == {'bases': 'filter.bases', 'scaleIndex': 'filter.scaleIndex'}
    for name, key, dtype in (('bases', 'bases', 'int16'), ('scaleIndex', 'scale_index', 'uint8')):
        tensor = manifest['filter'][name]
        assert manifest['tensors'][tensor]['dtype'] == dtype
        assert torch.equal(filtering.tensors[tensor], trained[key].double())
    assert 'filter' not in tiny.manifest and not any(name.startswith('filter') for name in tiny.manifest['tensors'])


def test_the_integer_model_filters_what_it_synthesizes(filtering):
    picture = torch.from_numpy(make_photo(5, 32, 16)).permute(2, 0, 1)
    _, decoded, coded = filtering.code_picture(picture, 800)
    weights = torch.tensor([2, 0, -40, 3])
    assert torch.equal(filtering.synthesize(coded['y_hat'], 800), decoded)
    assert torch.equal(filtering.synthesize(coded['y_hat'], 800, torch.zeros(4)), decoded)
    out = filtering.run(filtering.manifest['networks']['synthesis'], {'input': coded['y_hat']}, 800)
    value = np.array([[[out[y // 8, x // 8, (y % 8 * 8 + x % 8) * 3 + c] for x in range(32)] for y in range(16)] for c in range(3)], dtype=np.int64)
    bases = filtering.tensors['filter.bases'].numpy().astype(np.int64)
    expected = np.clip(((plain_filter(value, bases, weights.tolist(), 6)[1] + 32) >> 6) + 128, 0, 255)
    found = filtering.synthesize(coded['y_hat'], 800, weights).numpy()
    assert np.array_equal(found, expected) and not np.array_equal(found, decoded.numpy())


def test_parity_has_filtered_samples_where_the_model_has_a_filter(tiny, filtering, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr('nic_training.parity.SIZES', ((7, 5),))
    with_filter = json.loads(write_parity(checkpoint.parent / 'out' / 'filtering.json', tmp_path).read_text())['pictures'][0]['results']
    without = json.loads(write_parity(tiny.run.parent / 'tiny.json', tmp_path).read_text())['pictures'][0]['results']
    picture = torch.from_numpy(drawn_picture(7, 5)).permute(2, 0, 1)
    for one, other in zip(with_filter, without):
        assert set(other) == {'quality', 'latents', 'samples'} and set(one) == {*other, 'filtered'}
        q16 = round(one['quality'] * 16)
        _, decoded, coded = filtering.code_picture(picture, q16)
        weights = torch.tensor(plain_weights(4, 7005 + q16))
        filtered = filtering.synthesize(coded['y_hat'], q16, weights)[:, :5, :7]
        assert not torch.equal(filtered, decoded)
        assert one['samples'] == hashlib.sha256(decoded.permute(1, 2, 0).numpy().astype(np.uint8).tobytes()).hexdigest()
        assert one['filtered'] == hashlib.sha256(filtered.permute(1, 2, 0).numpy().astype(np.uint8).tobytes()).hexdigest()
    assert set(plain_weights(48, 1)) == set(range(-3, 4))


def test_weights_that_were_trained_on_have_no_filter(tiny, checkpoint, pictures, tmp_path):
    """It belongs to the weights that decoded what it was trained on."""
    assert 'filter' in torch.load(checkpoint, weights_only=True)
    trainer = Trainer(tiny.trainer.config, pictures, tmp_path / 'run', CPU, checkpoint)
    assert trainer.train(1e9, [], max_steps=1)
    release(tmp_path / 'run', tmp_path / 'next.pt')
    for path in (tmp_path / 'run' / 'checkpoint.pt', tmp_path / 'next.pt'):
        assert 'filter' not in torch.load(path, weights_only=True)
