"""The discriminator of the perceptual synthesis: judges patches of a picture, given the latents that it was decoded from."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import channels_last


class Discriminator(nn.Module):
    """(B, 3, H, W) pixels minus 128 over 64, and y_hat (B, M, H/16, W/16) in the units of the synthesis, to scores
    (B, 1, H/8, W/8), higher for what looks like a photograph."""

    def __init__(self, latent_channels: int, width: int = 64, condition: int = 32):
        super().__init__()
        self.condition = nn.Conv2d(latent_channels, condition, 1)
        self.first = nn.Conv2d(48 + condition, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.down = nn.Conv2d(width, 2 * width, 3, 2, padding=1)
        self.third = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.score = nn.Conv2d(2 * width, 1, 1)

    def forward(self, pixels: Tensor, latents: Tensor) -> Tensor:
        given = F.interpolate(self.condition(latents), scale_factor=4, mode='nearest')
        x = channels_last(torch.cat([F.pixel_unshuffle(pixels, 4), given], 1))
        for layer in (self.first, self.second, self.down, self.third):
            x = F.leaky_relu(layer(x), 0.2)
        return self.score(x)
