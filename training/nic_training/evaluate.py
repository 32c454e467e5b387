"""Rate-distortion figures: of the float model, of the exported integer model, and BD-rate between curves."""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from .data import load_picture
from .export import load_codec
from .integer import IntegerModel
from .train import validate


def pchip(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Monotone piecewise cubic interpolation (Fritsch and Butland 1984 slopes); x increasing."""
    h, delta = np.diff(x), np.diff(y) / np.diff(x)
    slope = np.zeros_like(y)
    for k in range(1, len(x) - 1):
        if delta[k - 1] * delta[k] > 0:
            a, b = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
            slope[k] = (a + b) / (a / delta[k - 1] + b / delta[k])
    slope[0], slope[-1] = delta[0], delta[-1]
    i = np.clip(np.searchsorted(x, at, side='right') - 1, 0, len(x) - 2)
    t = (at - x[i]) / h[i]
    return (y[i] * (1 + 2 * t) * (1 - t) ** 2 + h[i] * slope[i] * t * (1 - t) ** 2
            + y[i + 1] * t ** 2 * (3 - 2 * t) + h[i] * slope[i + 1] * t ** 2 * (t - 1))


def bd_rate(anchor: list[tuple[float, float]], test: list[tuple[float, float]]) -> float:
    """Bjontegaard rate difference in percent of curves of (bpp, dB): PCHIP on log rate over the common dB range."""
    (ra, da), (rt, dt) = (np.array(sorted(c)).T for c in (anchor, test))
    low, high = max(da.min(), dt.min()), min(da.max(), dt.max())
    at = np.linspace(low, high, 1000)
    gap = pchip(dt, np.log(rt), at) - pchip(da, np.log(ra), at)
    return (math.exp(np.trapezoid(gap, at) / (high - low)) - 1) * 100


def curve_difference(anchor: list[dict], rows: list[dict]) -> float:
    """BD-rate in percent, to two places, of rows with bpp and psnr."""
    return round(bd_rate(*([(row['bpp'], row['psnr']) for row in curve] for curve in (anchor, rows))), 2)


def evaluate_integer(manifest: Path, pictures: list[Path], qualities: list[float], overhead_bytes: int) -> list[dict]:
    """Mean bpp (ideal code length plus a fixed overhead a file) and mean PSNR of an exported model, one row a quality."""
    model, rows = IntegerModel(manifest), []
    for quality in qualities:
        results = []
        for path in pictures:
            picture = load_picture(path)
            bits, decoded, _ = model.code_picture(picture, round(quality * 16))
            mse = float((decoded - picture).pow(2).mean())
            pixels = picture.shape[1] * picture.shape[2]
            results.append(((bits + 8 * overhead_bytes) / pixels, 10 * math.log10(255 ** 2 / max(mse, 1e-4))))
        bpp, psnr = np.mean(results, axis=0)
        rows.append({'quality': quality, 'bpp': round(float(bpp), 5), 'psnr': round(float(psnr), 4)})
    return rows


def evaluate_float(checkpoint: Path, pictures: list[Path], qualities: list[float]) -> list[dict]:
    """The same for the float model of a checkpoint: code lengths under the continuous distributions, without container."""
    return validate(load_codec(checkpoint)[0], pictures, qualities, torch.device('cpu'))
