"""MS-SSIM is that of the report harness: the pictures and the references of test/unit/metrics.test.ts."""
import numpy as np
import pytest
import torch

from nic_training.similarity import ms_ssim


def noisy_pair(width: int, height: int, channels: int, strength: int) -> list[torch.Tensor]:
    """Two pictures (1, channels, height, width) fp64: waves and noise, and a noisier copy."""
    first, second = np.zeros((2, height, width, channels), np.int64)
    state = width * 31 + height
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (state * 1664525 + 1013904223) & 0xffffffff
                wave = (((x * x + y * (7 + 20 * c)) >> 5) + (state >> 28)) & 255
                first[y, x, c] = 255 - wave if wave > 180 else wave
                second[y, x, c] = min(255, max(0, first[y, x, c] + ((((state >> 16 & 255) - 128) * strength) >> 4)))
    return [torch.tensor(picture, dtype=torch.float64).permute(2, 0, 1)[None] for picture in (first, second)]


@pytest.mark.parametrize('width, height, channels, strength, expected', [
    (161, 161, 1, 4, 0.905024057), (177, 203, 3, 2, 0.97185282), (256, 192, 3, 9, 0.833522206)])
def test_it_agrees_with_the_report_harness(width, height, channels, strength, expected):
    assert float(ms_ssim(*noisy_pair(width, height, channels, strength))) == pytest.approx(expected, abs=1e-6)


def test_it_is_one_for_equal_pictures_and_its_gradient_leads_there():
    a, b = noisy_pair(176, 176, 1, 6)
    assert float(ms_ssim(a, a)) == pytest.approx(1)
    b.requires_grad_()
    loss = 1 - ms_ssim(a, b)[0]
    loss.backward()
    step = b.grad * float(loss.detach()) * 0.2 / float(b.grad.square().sum())
    assert float(1 - ms_ssim(a, b.detach() - step)) == pytest.approx(0.8 * float(loss.detach()), rel=0.1)
    # Nothing alike at all: no power of a negative number.
    noise = torch.rand(1, 1, 176, 176, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 255
    opposite = (255 - noise).requires_grad_()
    ms_ssim(noise, opposite).sum().backward()
    assert opposite.grad.isfinite().all()
