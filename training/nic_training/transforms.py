"""Fixed linear transforms: the colour matrix and the orthonormal block DCTs that the networks start from.

All matrices are float64 numpy arrays. Pixel vectors of an n x n RGB block are ordered (dy, dx, channel),
coefficient vectors (channel, v, u) with Y, Cb, Cr and v, u the vertical and horizontal frequency.
"""
from __future__ import annotations

import numpy as np

# ITU-T T.871 (JFIF) full-range RGB -> YCbCr, without the offset of 128.
RGB_TO_YCBCR = np.array([
    [0.299, 0.587, 0.114],
    [-0.168735891647856, -0.331264108352144, 0.5],
    [0.5, -0.418687589158345, -0.081312410841655],
])
YCBCR_TO_RGB = np.linalg.inv(RGB_TO_YCBCR)


def dct_matrix(n: int) -> np.ndarray:
    """Orthonormal DCT-II, n x n: coefficients = D @ samples."""
    k = np.arange(n)
    d = np.sqrt(2 / n) * np.cos(np.pi * (2 * k[None, :] + 1) * k[:, None] / (2 * n))
    d[0] /= np.sqrt(2)
    return d


def block_analysis(n: int) -> np.ndarray:
    """(3*n*n, 3*n*n): RGB block, ordered (dy, dx, channel), to YCbCr DCT coefficients (channel, v, u)."""
    d = dct_matrix(n)
    full = np.einsum('cr,vy,ux->cvuyxr', RGB_TO_YCBCR, d, d)
    return full.reshape(3 * n * n, 3 * n * n)


def block_synthesis(n: int) -> np.ndarray:
    """The inverse of block_analysis."""
    d = dct_matrix(n)
    full = np.einsum('rc,vy,ux->yxrcvu', YCBCR_TO_RGB, d, d)
    return full.reshape(3 * n * n, 3 * n * n)


def merge_blocks(n: int) -> np.ndarray:
    """(3*4*n*n, 4*3*n*n): DCT coefficients of the four n x n blocks, ordered ((dy, dx), channel, v, u), to the
    DCT coefficients (channel, v, u) of the 2n x 2n block that they form. Orthonormal."""
    small, large = dct_matrix(n), dct_matrix(2 * n)
    one = np.concatenate([large[:, :n] @ small.T, large[:, n:] @ small.T], axis=1).reshape(2 * n, 2, n)
    full = np.einsum('Vav,Ubu,cd->cVUabdvu', one, one, np.eye(3))
    return full.reshape(12 * n * n, 12 * n * n)
