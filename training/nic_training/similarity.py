"""Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003) under autograd, by the conventions of src/metrics/ms-ssim.ts."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW, SIGMA = 11, 1.5
LUMINANCE, CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
FLOOR = 1e-4  # of the mean of a scale, where its power would have no gradient
MINIMUM_SIDE = (WINDOW - 1) * 2 ** (len(SCALE_WEIGHTS) - 1) + 1


def blur(x: Tensor) -> Tensor:
    """(B, C, H, W) under a Gaussian window, (B, C, H - 10, W - 10)."""
    offset = torch.arange(WINDOW, dtype=x.dtype, device=x.device) - WINDOW // 2
    window = torch.exp(-offset ** 2 / (2 * SIGMA ** 2))
    row = (window / window.sum()).expand(x.shape[1], 1, 1, WINDOW)
    return F.conv2d(F.conv2d(x, row, groups=x.shape[1]), row.transpose(2, 3), groups=x.shape[1])


def ms_ssim(a: Tensor, b: Tensor) -> Tensor:
    """Similarity (B,), 1 for equal pictures, of pictures (B, C, H, W) in 0-255, sides of at least MINIMUM_SIDE pixels; the mean over
    the channels."""
    product = torch.ones(a.shape[:2], dtype=a.dtype, device=a.device)
    for scale, weight in enumerate(SCALE_WEIGHTS):
        mean_a, mean_b, squares, products = blur(torch.cat([a, b, a * a + b * b, a * b], 1)).chunk(4, 1)
        mean_product, mean_squares = mean_a * mean_b, mean_a * mean_a + mean_b * mean_b
        similarity = (2 * (products - mean_product) + CONTRAST) / (squares - mean_squares + CONTRAST)
        if scale == len(SCALE_WEIGHTS) - 1:
            similarity = similarity * (2 * mean_product + LUMINANCE) / (mean_squares + LUMINANCE)
        else:
            a, b = (F.avg_pool2d(x, 2, padding=(x.shape[2] % 2, x.shape[3] % 2)) for x in (a, b))
        product = product * similarity.mean((2, 3)).clamp(min=FLOOR) ** weight
    return product.mean(1)
