"""Hashes of what the integer reference makes of drawn pictures, for the test that the engine makes the same.

The pictures are those of test/helpers/drawn-picture.ts, whose samples come from integers only.
"""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from .integer import IntegerModel

SIZES = ((1, 1), (7, 5), (16, 16), (33, 70), (200, 120), (300, 260))
QUALITIES = (0, 33.3125, 70, 100)
LARGE = 50_000  # pixels from which two of the qualities are enough


def drawn_picture(width: int, height: int, seed: int = 1) -> np.ndarray:
    """(height, width, 3) uint8: slopes, rings, edges and noise. The divisions truncate towards zero, as a shift of a
    fraction does in TypeScript."""
    state = (seed * 0x9e3779b1 ^ (width * 31 + height)) & 0xffffffff
    noise = np.empty(width * height, dtype=np.int64)
    for i in range(width * height):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        noise[i] = state >> 28
    y, x = np.mgrid[0:height, 0:width]
    edge = np.where(((x >> 4) + (y >> 5) + seed) % 3 == 0, 60, 0)
    doubled = (2 * x - width) * (x - 20) + 2 * y * y
    halved = np.where(doubled < 0, -(-doubled // 2), doubled // 2)
    channels = []
    for channel in range(3):
        slope = (x * (2 + channel) + y * (3 - channel)) >> 2
        wave = (np.where(slope & 256, ~slope, slope) & 255) >> 1
        ring = halved >> (6 + channel)
        channels.append(np.minimum(255, wave + (ring & 63) + edge + noise.reshape(height, width)))
    return np.stack(channels, axis=2).astype(np.uint8)


def sha256(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def sample_hash(pixels: torch.Tensor) -> str:
    """Of (3, height, width), integers 0-255."""
    return sha256(pixels.permute(1, 2, 0).numpy().astype(np.uint8))


def drawn_weights(count: int, seed: int) -> torch.Tensor:
    """Weights of the filter, -3 to 3."""
    state, weights = (seed * 0x9e3779b1 + 1) & 0xffffffff, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        weights.append((state >> 24) % 7 - 3)
    return torch.tensor(weights)


def parity(manifest: Path) -> dict:
    """Per picture the hash of its samples, and per quality those of y_hat (int16, little-endian, (h, w, M)), of the
    decoded samples (height, width, 3), and of the samples that a filter with drawn weights gives, if the model has one."""
    model, pictures = IntegerModel(manifest), []
    for width, height in SIZES:
        picture = drawn_picture(width, height)
        results = []
        for quality in QUALITIES if width * height < LARGE else QUALITIES[1:3]:
            q16 = round(quality * 16)
            _, decoded, coded = model.code_picture(torch.from_numpy(picture).permute(2, 0, 1), q16)
            result = {
                'quality': quality,
                'latents': sha256(coded['y_hat'].numpy().astype('<i2')),
                'samples': sample_hash(decoded),
            }
            if 'filter' in model.manifest:
                weights = drawn_weights(len(model.tensors[model.manifest['filter']['bases']]), width * 1000 + height + q16)
                result['filtered'] = sample_hash(model.synthesize(coded['y_hat'], q16, weights)[:, :height, :width])
            results.append(result)
        pictures.append({'width': width, 'height': height, 'picture': sha256(picture), 'results': results})
    return {'model': model.manifest['name'], 'sha256': model.manifest['sha256'],
            'encoderSha256': model.encoder.manifest['sha256'], 'pictures': pictures}


def write_parity(manifest: Path, out: Path) -> Path:
    """OUT/NAME.json, named after the model."""
    values = parity(manifest)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f'{values["model"]}.json'
    path.write_text(json.dumps(values, indent=2) + '\n')
    return path
