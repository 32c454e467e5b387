"""The model of the package: its integers against the float model of the committed checkpoint."""
from pathlib import Path

import pytest
import torch
from PIL import Image

from nic_training.bases import ERROR_WORTH, descend, measure, prices, project, weight_bits
from nic_training.evaluate import evaluate_float, evaluate_integer
from nic_training.integer import IntegerModel

from conftest import make_photo

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope='module')
def photos(tmp_path_factory) -> list[Path]:
    """Of a single one of this size the PSNR is up to 0.14 dB off, either way, by where a few symbols happen to fall."""
    folder = tmp_path_factory.mktemp('shipped')
    paths = [folder / f'{seed}.png' for seed in range(31, 35)]
    for seed, path in enumerate(paths, 31):
        Image.fromarray(make_photo(seed, 192, 128)).save(path)
    return paths


@pytest.mark.parametrize('quality', [60, 90])
def test_integers_lose_next_to_nothing(photos, quality):
    """Columns of one weight matrix that differ thirtyfold once cost 0.5 dB at quality 90: docs/decisions/integer-formats.md."""
    real = evaluate_float(ROOT / 'training/checkpoint/base.pt', photos, [quality])[0]
    integer = evaluate_integer(ROOT / 'codec/models/base.json', photos, [quality], 0)[0]
    assert 0.95 * real['bpp'] < integer['bpp'] < 1.01 * real['bpp'], 'fewer where symbols of the smallest scales are skipped'
    assert integer['psnr'] == pytest.approx(real['psnr'], abs=0.1)


def test_the_filter_is_that_of_the_checkpoint():
    trained, model = torch.load(ROOT / 'training/checkpoint/base.pt', weights_only=True)['filter'], IntegerModel(ROOT / 'codec/models/base.json')
    for name, key in (('bases', 'bases'), ('scaleIndex', 'scale_index')):
        assert torch.equal(model.tensors[model.manifest['filter'][name]], trained[key].double())


@pytest.mark.parametrize('quality', [90, 100])
def test_the_filter_saves_more_than_its_weights_cost(quality):
    """With the weights that the trainer thinks are best, in pixels of the integer model: enough of them for what rounding adds to the
    error to be small beside what is saved."""
    model = IntegerModel(ROOT / 'codec/models/base.json')
    picture = torch.from_numpy(make_photo(31, 384, 256)).permute(2, 0, 1)
    bits, decoded, coded = model.code_picture(picture, quality * 16)
    out = model.run(model.manifest['networks']['synthesis'], {'input': coded['y_hat']}, quality * 16)
    samples = (out.view(32, 48, 8, 8, 3).permute(4, 0, 2, 1, 3).reshape(3, 256, 384).float() / 64 + 128).clamp(0, 255)
    low, high = model.manifest['lambda']
    worth = ERROR_WORTH * low * (high / low) ** (quality / 100) / 3
    bases, scale_index = (model.tensors[model.manifest['filter'][name]].float() for name in ('bases', 'scaleIndex'))
    gram, target = (values.sum(0)[None] for values in measure(picture.float(), samples))
    price = prices(scale_index.to(torch.uint8), torch.tensor([float(quality)]), weight_bits('logistic'))
    weights, expected = descend(*project(bases / 2 ** 16, gram, target, torch.tensor([worth])), price)
    filtered = model.synthesize(coded['y_hat'], quality * 16, weights[0])
    before, after = ((pixels - picture).square().sum() for pixels in (decoded, filtered))
    paid = model.code_length(weights[0].double(), scale_index[quality].double())
    assert float((before - after) * worth - paid) == pytest.approx(float(expected), rel=0.2)
    assert float(expected) > 0.01 * bits
