"""The model of the package: its integers against the float model of the committed checkpoint."""
from pathlib import Path

import pytest
from PIL import Image

from nic_training.evaluate import evaluate_float, evaluate_integer

from conftest import make_photo

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope='module')
def photo(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp('shipped') / 'photo.png'
    Image.fromarray(make_photo(31, 192, 128)).save(path)
    return path


@pytest.mark.parametrize('quality', [60, 90])
def test_integers_lose_next_to_nothing(photo, quality):
    """Columns of one weight matrix that differ thirtyfold once cost 0.5 dB at quality 90: docs/decisions/integer-formats.md."""
    real = evaluate_float(ROOT / 'training/checkpoint/base.pt', [photo], [quality])[0]
    integer = evaluate_integer(ROOT / 'codec/models/base.json', [photo], [quality], 0)[0]
    assert 0.95 * real['bpp'] < integer['bpp'] < 1.01 * real['bpp'], 'fewer where symbols of the smallest scales are skipped'
    assert integer['psnr'] == pytest.approx(real['psnr'], abs=0.1)
