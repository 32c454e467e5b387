"""Photographs as uint8 in memory, and random training crops from them.

All pictures live on the training device as uint8; a batch is cut, flipped and scaled down there, so no
loader process is needed.
"""
from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

SUFFIXES = {'.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.bmp'}


def list_pictures(folders: list[Path]) -> list[Path]:
    """Every picture under the folders, sorted; FileNotFoundError where a folder has none."""
    found = []
    for folder in folders:
        inside = sorted(p for p in folder.rglob('*') if p.suffix.lower() in SUFFIXES)
        if not inside:
            raise FileNotFoundError(f'no pictures under {folder}')
        found += inside
    return found


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture of a file; OSError with its path where it cannot be opened or, inside the block, be decoded."""
    try:
        with Image.open(path) as image:
            yield image
    except (OSError, SyntaxError) as error:  # Pillow calls a broken PNG the latter
        raise OSError(f'{path} cannot be read: {error}') from error


def shorter_side(path: Path) -> int:
    """Pixels, as the file's header has them."""
    with opened(path) as image:
        return min(image.size)


def load_picture(path: Path) -> Tensor:
    """(3, H, W) uint8; of 16 bits the upper 8."""
    with opened(path) as image:
        if image.mode.startswith('I'):  # gray of 16 bits, which Pillow would clip
            image = Image.fromarray((np.array(image).clip(0, 65535) >> 8).astype(np.uint8))
        return torch.from_numpy(np.array(image.convert('RGB'))).permute(2, 0, 1).contiguous()


class Pictures:
    """Training photographs on a device, all or `limit` of them evenly chosen; crops(...) draws a batch."""

    def __init__(self, folders: list[Path], device: torch.device, minimum: int, limit: int | None = None):
        paths = list_pictures(folders)
        if limit is not None and limit < len(paths):
            paths = [paths[i * len(paths) // limit] for i in range(limit)]
        pictures = (load_picture(p) for p in paths)
        self.pictures = [p.to(device) for p in pictures if min(p.shape[1:]) >= minimum]
        if not self.pictures:
            raise ValueError(f'no picture of at least {minimum}x{minimum} pixels')
        areas = np.array([p.shape[1] * p.shape[2] for p in self.pictures], dtype=np.float64)
        self.weights = areas / areas.sum()
        self.device = device

    def crop(self, size: int, rng: np.random.Generator) -> Tensor:
        """(3, size, size) fp32 in 0-255: a photo drawn by area, scaled by 0.5-1.0 half of the time, mirrored at random."""
        picture = self.pictures[rng.choice(len(self.pictures), p=self.weights)]
        _, height, width = picture.shape
        scale = max(rng.uniform(0.5, 1.0), size / min(height, width)) if rng.random() < 0.5 else 1.0
        side = min(round(size / scale), height, width)
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        patch = picture[:, top:top + side, left:left + side].float()
        if side != size:
            patch = F.interpolate(patch[None], (size, size), mode='bicubic', antialias=True, align_corners=False)[0]
            patch = patch.round().clamp(0, 255)
        if rng.random() < 0.5:
            patch = patch.flip(2)
        return patch.transpose(1, 2) if rng.random() < 0.25 else patch

    def crops(self, batch: int, size: int, rng: np.random.Generator) -> Tensor:
        """(batch, 3, size, size) fp32 in 0-255."""
        return torch.stack([self.crop(size, rng) for _ in range(batch)])


def pad_picture(pixels: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column of (B, C, H, W) up to a multiple."""
    height, width = pixels.shape[-2:]
    return F.pad(pixels, (0, -width % multiple, 0, -height % multiple), mode='replicate')


def dct_std(pictures: Pictures, size: int, count: int, seed: int = 1) -> tuple[list[float], list[float]]:
    """Root mean square of the 8x8 and of the 16x16 YCbCr DCT coefficients (192 and 768 values) over random crops."""
    from .transforms import block_analysis
    rng = np.random.default_rng(seed)
    pixels = pictures.crops(count, size, rng).cpu().double() - 128
    result = []
    for n in (8, 16):
        patches = pixels.view(count, 3, size // n, n, size // n, n).permute(0, 2, 4, 3, 5, 1).reshape(-1, 3 * n * n)
        energy = (patches @ torch.from_numpy(block_analysis(n)).T).pow(2).mean(0).sqrt()
        result.append([round(float(v), 4) for v in energy])
    return result[0], result[1]
