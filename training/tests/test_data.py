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
