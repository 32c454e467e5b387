"""How two pictures differ in texture: the energy of oriented bands in small windows, and the radial power spectrum.

Both look at how much there is of every band and not at where its maxima lie, so that grass that is another grass
than the original's is no error, and grass that is missing is one.
"""
from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .transforms import RGB_TO_YCBCR, dct_matrix

FILTER = 6
STRIDE = 2
WINDOW = 16
#: Energy of a band, on the 0-255 scale, under which differences are not seen.
FLOOR = 1.0
LOCKED_FLOOR = 0.05
SPECTRUM_BLOCK = 64


def luma(pixels: Tensor) -> Tensor:
    """(B, 3, H, W) to (B, 1, H, W)."""
    weights = torch.tensor(RGB_TO_YCBCR[0], dtype=pixels.dtype, device=pixels.device)
    return (pixels * weights[None, :, None, None]).sum(1, keepdim=True)


class BandEnergy(nn.Module):
    """Log energies of the 35 bands of an orthonormal 6x6 DCT at every other pixel, over windows of 16x16, of luma at full and at
    half size. The places of the DCT are not those of the 8x8 patches of the synthesis, so that no band hides their seams."""

    def __init__(self):
        super().__init__()
        d = dct_matrix(FILTER)
        filters = np.einsum('vy,ux->vuyx', d, d).reshape(FILTER * FILTER, 1, FILTER, FILTER)[1:]
        self.register_buffer('filters', torch.tensor(filters, dtype=torch.float32))

    def energies(self, gray: Tensor) -> Tensor:
        energy = F.conv2d(gray, self.filters.to(gray.dtype), stride=STRIDE).square()
        # Windows that overlap by half, out of quarters.
        return (F.avg_pool2d(F.avg_pool2d(energy, WINDOW // 2 // STRIDE), 2, 1) + FLOOR).log()

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(B, 3, H, W) on the 0-255 scale, sides of at least 48, to the log energies of both sizes."""
        gray = luma(pixels) - 128
        return [self.energies(gray), self.energies(F.avg_pool2d(gray, 2))]


def texture_distance(ours: list[Tensor], theirs: list[Tensor]) -> Tensor:
    """Mean absolute difference of log energies, in nepers of energy."""
    return sum((a - b).abs().mean() for a, b in zip(ours, theirs)) / len(ours)


def locked_energy(pixels: Tensor, period: int = 8, blocks: int = 4) -> Tensor:
    """Log energy of what repeats from block to block: the mean of the high-passed blocks of `period` pixels over windows of
    `blocks` x `blocks`. In a photograph hardly anything does; the patches of the synthesis are such blocks. (B, 1, …)."""
    gray = luma(pixels)
    fine = gray - F.avg_pool2d(F.pad(gray, (1, 1, 1, 1), mode='replicate'), 3, 1)
    mean = F.avg_pool2d(F.pixel_unshuffle(fine, period), blocks, 1)
    return (mean.square().mean(1) + LOCKED_FLOOR).log()


def radial_spectrum(gray: np.ndarray) -> np.ndarray:
    """(H, W) luma to the power, in dB, of the frequencies 1…32 of 64 cycles a block: blocks of 64x64 every 32 samples, less their
    mean, under a Hann window, their power spectra averaged over the picture and then over rings one frequency wide."""
    n = SPECTRUM_BLOCK
    blocks = np.lib.stride_tricks.sliding_window_view(gray.astype(np.float64), (n, n))[::n // 2, ::n // 2].reshape(-1, n, n)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
    blocks = (blocks - blocks.mean((1, 2), keepdims=True)) * hann[:, None] * hann[None, :]
    power = (np.abs(np.fft.fft2(blocks)) ** 2).mean(0) / (hann ** 2).sum() ** 2
    frequency = np.fft.fftfreq(n) * n
    radius = np.rint(np.hypot(frequency[:, None], frequency[None, :])).astype(int)
    rings = np.array([power[radius == r].mean() for r in range(1, n // 2 + 1)])
    return 10 * np.log10(rings + 1e-3)


def spectrum_distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Mean absolute difference in dB of the radial spectra of two (3, H, W) pictures' luma."""
    gray = [np.tensordot(RGB_TO_YCBCR[0], p.astype(np.float64), 1) for p in (ours, theirs)]
    return float(np.abs(radial_spectrum(gray[0]) - radial_spectrum(gray[1])).mean())
