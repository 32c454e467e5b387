import numpy as np
import pytest

from nic_training.transforms import block_analysis, block_synthesis, dct_matrix, merge_blocks


@pytest.mark.parametrize('n', [8, 16])
def test_synthesis_inverts_analysis(n):
    analysis, synthesis = block_analysis(n), block_synthesis(n)
    np.testing.assert_allclose(synthesis @ analysis, np.eye(3 * n * n), atol=1e-12)
    np.testing.assert_allclose(analysis @ synthesis, np.eye(3 * n * n), atol=1e-12)


def test_dct_rows_are_orthonormal():
    np.testing.assert_allclose(dct_matrix(8) @ dct_matrix(8).T, np.eye(8), atol=1e-12)


def test_a_grey_block_has_one_coefficient():
    coefficients = block_analysis(8) @ np.full(192, 100.0)
    assert coefficients[0] == pytest.approx(800)
    assert np.abs(coefficients[1:]).max() < 1e-10


def test_merging_four_blocks_gives_the_transform_of_the_block_they_form():
    pixels = np.random.default_rng(1).uniform(0, 255, (16, 16, 3))
    parts = [block_analysis(8) @ pixels[dy:dy + 8, dx:dx + 8].ravel() for dy in (0, 8) for dx in (0, 8)]
    np.testing.assert_allclose(merge_blocks(8) @ np.concatenate(parts), block_analysis(16) @ pixels.ravel(), atol=1e-9)


def test_merging_keeps_the_energy():
    np.testing.assert_allclose(merge_blocks(8) @ merge_blocks(8).T, np.eye(768), atol=1e-12)
