"""Pictures as they are read from files."""
import numpy as np
import pytest
from PIL import Image

from nic_training.data import load_picture

from conftest import make_photo


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_a_truncated_picture_is_named(tmp_path, suffix):
    path = tmp_path / f'short{suffix}'
    Image.fromarray(make_photo(1)).save(path)
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    with pytest.raises(OSError, match=f'{path} cannot be read'):
        load_picture(path)


@pytest.mark.parametrize('name', ['gray.png', 'gray.tif', 'big.tif'])
def test_gray_of_16_bits_keeps_its_upper_8(tmp_path, name):
    values = np.linspace(0, 65535, 48 * 40).astype('>u2' if name == 'big.tif' else '<u2').reshape(48, 40)
    Image.fromarray(values).save(tmp_path / name)
    picture = load_picture(tmp_path / name)
    assert picture.shape == (3, 48, 40) and np.array_equal(picture[1].numpy(), values >> 8)
