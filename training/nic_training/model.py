"""The base model: analysis, hyperprior, four-step context model, synthesis; one network for all qualities.

    picture --dct8--> [DCB(N_a)*q_enc]--> DCBs --3x3/2--> y * q_y_enc --Q--> y_hat * q_y_dec
       --1x1,shuffle--> DCBs(N_s) * q_dec --3x3--> pixels
    y --> h_a --> z --Q--> h_s + e(q) --> P;  (P, y_hat so far) --> context step --> (scale index, mean)

Untrained it already is a codec: the analysis ends in the 16x16 YCbCr DCT of the picture, the synthesis
inverts it, and every residual branch starts at zero. Layer for layer it is what codec/models/README.md
describes; export.py turns it into integers.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import entropy
from .layers import (STEP_ORDER, DepthConvBlock, ExactConv2d, QualityTable, activation, channels_last, conv1x1, join_parity, join_steps,
                     shuffle, split_parity, split_steps, unshuffle)
from .transforms import block_analysis, block_synthesis, merge_blocks

SCALE_GAIN = 8.0  # network output 1 moves the scale index by this much
PIXEL_SCALE = 1 / 64


@dataclass
class ModelConfig:
    latent_channels: int = 448
    hyper_channels: int = 96
    prior_channels: int = 192
    analysis_channels: int = 192
    analysis_blocks: int = 8
    synthesis_channels: int = 128
    synthesis_blocks: int = 7
    lambda_min: float = 0.00011
    lambda_max: float = 0.35
    quality_anchors: int = 11
    distribution: str = 'gaussian'
    #: std of the 8x8 and 16x16 DCT coefficients over the training photos, filled in by the trainer
    dct8_std: list[float] = field(default_factory=list)
    dct16_std: list[float] = field(default_factory=list)

    def lmbda(self, quality):
        """Lagrangian weight of 255^2 * MSE at a quality of 0-100."""
        return self.lambda_min * (self.lambda_max / self.lambda_min) ** (quality / 100)

    def step(self, quality):
        """Uniform quantiser step of orthonormal YCbCr DCT coefficients at which dR/dD = -lambda, by high-rate theory:
        an error e in each of Y, Cb, Cr costs about 3 e^2 of RGB mean squared error, so D = 3 step^2/12, and
        dR/dstep = -1/(step ln 2) a coefficient, three coefficients a pixel."""
        return (6 / (np.log(2) * self.lmbda(quality))) ** 0.5


class Analysis(nn.Module):
    """(B, 3, H, W) pixels minus 128, times PIXEL_SCALE -> y (B, M, H/16, W/16); H, W multiples of 16."""

    def __init__(self, config: ModelConfig, feature_scale: np.ndarray, selected: np.ndarray):
        super().__init__()
        n = config.analysis_channels
        # Half-whitened 8x8 DCT: coefficient / (8 sqrt(std)), so that all channels are of comparable size.
        matrix = block_analysis(8) / feature_scale[:, None] / PIXEL_SCALE
        self.register_buffer('patchify', torch.tensor(matrix, dtype=torch.float32)[:, :, None, None])
        self.blocks = nn.ModuleList(DepthConvBlock(n) for _ in range(config.analysis_blocks))
        self.feature_gain = QualityTable(torch.ones(config.quality_anchors, n), log=True)
        self.down = ExactConv2d(n, config.latent_channels, 3, stride=2, padding=1)
        merge = merge_blocks(8)[selected].reshape(-1, 2, 2, 192) * feature_scale
        with torch.no_grad():
            self.down.weight.zero_()
            self.down.weight[:, :192, 1:, 1:] = torch.tensor(merge.transpose(0, 3, 1, 2), dtype=torch.float32) / 32
            self.down.bias.zero_()
        qualities = np.linspace(0, 100, config.quality_anchors)
        gain = torch.tensor(32 / config.step(qualities), dtype=torch.float32)
        self.latent_gain = QualityTable(gain[:, None].repeat(1, config.latent_channels), log=True)

    def features(self, pixels: Tensor) -> Tensor:
        b, c, h, w = pixels.shape
        patches = pixels.view(b, c, h // 8, 8, w // 8, 8).permute(0, 3, 5, 1, 2, 4).reshape(b, 192, h // 8, w // 8)
        return F.conv2d(channels_last(patches), self.patchify)

    def forward(self, pixels: Tensor, quality: Tensor) -> Tensor:
        with torch.autocast(pixels.device.type, enabled=False):
            x = self.features(pixels)
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i == 0:
                x = x * self.feature_gain(quality)
        with torch.autocast(pixels.device.type, enabled=False):
            return self.down(x.float()) * self.latent_gain(quality)


class Synthesis(nn.Module):
    """y_hat (B, M, h, w) -> (B, 3, 16h, 16w), pixels minus 128, times PIXEL_SCALE, not clamped."""

    def __init__(self, config: ModelConfig, feature_scale: np.ndarray, selected: np.ndarray):
        super().__init__()
        n = config.synthesis_channels
        qualities = np.linspace(0, 100, config.quality_anchors)
        gain = torch.tensor(config.step(qualities) / 32, dtype=torch.float32)
        self.latent_gain = QualityTable(gain[:, None].repeat(1, config.latent_channels), log=True)
        self.up = ExactConv2d(config.latent_channels, 4 * n, 1)
        self.blocks = nn.ModuleList(DepthConvBlock(n) for _ in range(config.synthesis_blocks))
        self.feature_gain = QualityTable(torch.ones(config.quality_anchors, n), log=True)
        self.out = ExactConv2d(n, 192, 3, padding=1)
        std = np.asarray(config.dct8_std)
        kept = np.sort(np.argsort(-std, kind='stable')[:n])
        split = merge_blocks(8).T.reshape(4, 192, 768)[:, kept][:, :, selected] / feature_scale[kept][None, :, None]
        pixels = block_synthesis(8)[:, kept] * feature_scale[kept] * PIXEL_SCALE
        with torch.no_grad():
            self.up.weight.zero_()
            self.up.bias.zero_()
            self.up.weight.view(4, n, -1)[:, :len(kept)] = torch.tensor(split, dtype=torch.float32) * 32
            self.out.weight.zero_()
            self.out.weight[:, :len(kept), 1, 1] = torch.tensor(pixels, dtype=torch.float32)
            self.out.bias.zero_()

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        with torch.autocast(latents.device.type, enabled=False):
            x = channels_last(shuffle(self.up(latents * self.latent_gain(quality))))
        for block in self.blocks:
            x = block(x)
        x = x * self.feature_gain(quality)
        with torch.autocast(latents.device.type, enabled=False):
            patches = self.out(x.float())
        b, _, h, w = patches.shape
        return patches.view(b, 8, 8, 3, h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, 3, 8 * h, 8 * w)


class Hyperprior(nn.Module):
    """h_a: y -> z at 1/4 of its size; h_s: z_hat -> P; the factorised model of z."""

    def __init__(self, config: ModelConfig, latent_scale: Tensor):
        super().__init__()
        self.register_buffer('latent_scale', latent_scale[:, None, None])
        m, h, p = config.latent_channels, config.hyper_channels, config.prior_channels
        self.analysis_in = conv1x1(m, h)
        self.analysis_blocks = nn.ModuleList(DepthConvBlock(h) for _ in range(3))
        self.analysis_down = nn.ModuleList(conv1x1(4 * h, h) for _ in range(2))
        self.synthesis_up = nn.ModuleList(conv1x1(h, 4 * h) for _ in range(2))
        self.synthesis_blocks = nn.ModuleList(DepthConvBlock(h) for _ in range(2))
        self.synthesis_out = conv1x1(h, p)
        self.offset = QualityTable(torch.zeros(config.quality_anchors, p), log=False)
        self.block = DepthConvBlock(p)
        start = 2.0 / entropy.SCALE_STEP / SCALE_GAIN  # std about 0.8
        self.hyper_index = QualityTable(torch.full((config.quality_anchors, h), start), log=False)
        self.hyper_mean = QualityTable(torch.zeros(config.quality_anchors, h), log=False)

    def scale_index(self, quality: Tensor) -> Tensor:
        """Continuous scale index of z, (B, hyper channels, 1, 1)."""
        return entropy.clamp_index(self.hyper_index(quality) * SCALE_GAIN)

    def analyze(self, y: Tensor) -> Tensor:
        h, w = y.shape[-2:]
        x = activation(self.analysis_in(F.pad(y / self.latent_scale, (0, -w % 4, 0, -h % 4))))
        x = self.analysis_blocks[0](x)
        x = activation(self.analysis_down[0](channels_last(unshuffle(x))))
        x = self.analysis_blocks[1](x)
        return self.analysis_blocks[2](self.analysis_down[1](channels_last(unshuffle(x))))

    def synthesize(self, z_hat: Tensor, quality: Tensor, size: tuple[int, int]) -> Tensor:
        x = z_hat
        for up, block in zip(self.synthesis_up, self.synthesis_blocks):
            x = block(channels_last(shuffle(up(x))))
        x = self.block(self.synthesis_out(x) + self.offset(quality))
        return x[:, :, :size[0], :size[1]]


class Context(nn.Module):
    """Four quadtree steps: in step s the channel group g is known at the positions of parity
    g ^ STEP_ORDER[s], given P and everything of the steps before."""

    def __init__(self, config: ModelConfig, latent_scale: Tensor):
        super().__init__()
        self.register_buffer('latent_scale', latent_scale[:, None, None])
        m, p = config.latent_channels, config.prior_channels
        self.channels = m
        self.adapters = nn.ModuleList(conv1x1(m + p, p) for _ in range(3))
        self.block = DepthConvBlock(p)
        self.first = DepthConvBlock(p)
        self.heads = nn.ModuleList(conv1x1(p, 2 * m) for _ in range(4))
        for adapter in self.adapters:
            with torch.no_grad():  # P passes through, what is known of y starts small
                adapter.weight[:, :m] *= 0.3
                adapter.weight[:, m:, 0, 0] = torch.eye(p)
        for head in self.heads:
            nn.init.normal_(head.weight, std=0.01)

    def groups(self, s: int, device) -> Tensor:
        """(4,) The channel group that a step codes at the positions of each parity."""
        return torch.arange(4, device=device) ^ STEP_ORDER[s]

    def features(self, s: int, prior: Tensor, known: Tensor | None) -> Tensor:
        """What the head of a step reads, (B, prior channels, h, w); known (s, 4, N, M/4), the latents of the steps before, as
        split_steps gives them."""
        if s == 0:
            return self.first(prior)
        b, p, h, w = prior.shape
        weight, own = self.adapters[s - 1].weight.split([self.channels, p], 1)
        x = F.conv2d(prior, own, self.adapters[s - 1].bias)
        weight = (weight[:, :, 0, 0].T / self.latent_scale[:, 0]).view(4, -1, p)  # of each group
        order = torch.cat([self.groups(t, prior.device) for t in range(s)])
        weight = weight.index_select(0, order).view(s, 4, -1, p).transpose(0, 1).reshape(4, -1, p)
        seen = torch.bmm(known.permute(1, 2, 0, 3).flatten(2), weight)
        return self.block(x + join_parity(seen, b, h, w))

    def head(self, s: int, features: Tensor) -> tuple[Tensor, Tensor]:
        """Scale index (not clamped) and mean of the latents of a step, (4, N, M/4) fp32."""
        head, groups, quarter = self.heads[s], self.groups(s, features.device), self.channels // 4
        weight = head.weight.view(4, 2 * quarter, -1).index_select(0, groups)
        bias = head.bias.view(4, 1, -1).index_select(0, groups)
        out = torch.bmm(split_parity(features), weight.transpose(1, 2)).float() + bias
        index, mean = out.split(quarter, 2)
        return index * SCALE_GAIN, mean * self.latent_scale.view(4, 1, -1)[groups]


class Codec(nn.Module):
    """The whole codec under autograd. forward gives the reconstruction and the bits of y and z."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        feature_scale = 8 * np.sqrt(np.asarray(config.dct8_std))
        selected = np.sort(np.argsort(-np.asarray(config.dct16_std), kind='stable')[:config.latent_channels])
        selected = interleave_groups(selected, np.asarray(config.dct16_std))
        self.analysis = Analysis(config, feature_scale, selected)
        self.synthesis = Synthesis(config, feature_scale, selected)
        # Std of each latent at the middle quality. The entropy networks see latents divided by it where it is above 1, so that
        # the few large ones do not drown the others; export.py folds it into their weights.
        std = np.asarray(config.dct16_std)[selected] / config.step(50.0)
        latent_scale = torch.tensor(np.maximum(std, 1), dtype=torch.float32)
        self.hyperprior = Hyperprior(config, latent_scale)
        self.context = Context(config, latent_scale)
        with torch.no_grad():
            index = np.log(np.maximum(std, 0.15) / entropy.SCALE_MIN) / entropy.SCALE_STEP / SCALE_GAIN
            for head in self.context.heads:
                head.bias.view(4, 2, -1)[:, 0] = torch.tensor(index, dtype=torch.float32).view(4, -1)

    def latents(self, y: Tensor, quality: Tensor, noise: bool) -> tuple[Tensor, Tensor, Tensor]:
        """y (B, M, h, w), h and w even -> (y_hat, bits of y, bits of z), bits a picture (B,). With noise the rate is that of y plus
        uniform noise (and rounding passes gradients straight through), without it that of the rounded symbols."""
        kind = self.config.distribution
        z = self.hyperprior.analyze(y).float()
        z_index = self.hyperprior.scale_index(quality).expand_as(z)
        z_mean = self.hyperprior.hyper_mean(quality)
        z_hat = entropy.round_ste(z - z_mean) + z_mean
        z_rate = z + torch.rand_like(z) - 0.5 if noise else z_hat
        z_bits = entropy.bits(kind, z_rate - z_mean, z_index).flatten(1).sum(1)
        b, _, h, w = y.shape
        prior = self.hyperprior.synthesize(z_hat, quality, (h, w))
        steps = split_steps(y)
        known, indexes, means = [], [], []
        for s in range(4):
            features = self.context.features(s, prior, torch.stack(known) if s else None)
            index, mean = self.context.head(s, features)
            known.append(entropy.round_ste(steps[s] - mean) + mean)
            indexes.append(index)
            means.append(mean)
        rounded = torch.stack(known)
        rate = steps + torch.rand_like(steps) - 0.5 if noise else rounded
        y_bits = entropy.bits(kind, rate - torch.stack(means), entropy.clamp_index(torch.stack(indexes)))
        return join_steps(rounded, b, h, w), y_bits.view(16, b, -1).sum((0, 2)), z_bits

    def forward(self, pixels: Tensor, quality: Tensor, noise: bool = True):
        """pixels (B, 3, H, W) in 0-255, H and W multiples of 32; quality (B,). Returns (reconstruction in 0-255, not clamped,
        bits of y, bits of z)."""
        y = self.analysis((pixels - 128) * PIXEL_SCALE, quality)
        y_hat, y_bits, z_bits = self.latents(y, quality, noise)
        return self.synthesis(y_hat, quality) / PIXEL_SCALE + 128, y_bits, z_bits


@torch.no_grad()
def fit_hyper_tables(model: Codec, pixels: Tensor) -> None:
    """Set mean and scale of z at each quality anchor to those over a batch of crops, pixels (B, 3, H, W) in 0-255: gradients
    alone move them slowly, and a channel that has fallen silent would go on costing bits."""
    hyper = model.hyperprior
    for anchor, quality in enumerate(torch.linspace(0, 100, model.config.quality_anchors)):
        at = quality.repeat(len(pixels)).to(pixels.device)
        z = hyper.analyze(model.analysis((pixels - 128) * PIXEL_SCALE, at)).float()
        deviation, mean = torch.std_mean(z, (0, 2, 3))
        index = (deviation.clamp(min=entropy.SCALE_MIN) / entropy.SCALE_MIN).log() / entropy.SCALE_STEP
        hyper.hyper_index.values[anchor] = index / SCALE_GAIN
        hyper.hyper_mean.values[anchor] = mean


def interleave_groups(selected: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Order the kept coefficients so that each of the four context groups has the same share of every energy class:
    the ranks 0, 4, 8, … form the first group, and so on."""
    ranked = selected[np.argsort(-std[selected], kind='stable')]
    return np.concatenate([ranked[g::4] for g in range(4)])


def remap_quality(state: dict[str, Tensor], old: ModelConfig, new: ModelConfig) -> dict[str, Tensor]:
    """Weights of a model of the lambda range of `old` as a start for that of `new`: every quality table is read at the qualities
    that had the new anchors' lambda, beyond its ends by its last slope."""
    if (old.lambda_min, old.lambda_max, old.quality_anchors) == (new.lambda_min, new.lambda_max, new.quality_anchors):
        return state
    anchors, rows = old.quality_anchors, new.quality_anchors
    lmbda = new.lmbda(np.linspace(0, 100, rows))
    position = np.log(lmbda / old.lambda_min) / np.log(old.lambda_max / old.lambda_min) * (anchors - 1)
    low = torch.tensor(np.clip(np.floor(position), 0, anchors - 2), dtype=torch.long)
    fraction = torch.tensor(position, dtype=torch.float32) - low
    tables = {name for name in state if name.endswith('.values')}
    return {name: value[low] + (value[low + 1] - value[low]) * fraction[:, None].to(value) if name in tables else value
            for name, value in state.items()}


def history_of(state: dict) -> list[dict]:
    """The runs that led to a checkpoint, its own the last: config, steps and seconds of each."""
    return state['history'] + [{'config': state['train_config'], 'steps': state['step'], 'seconds': round(state['seconds'])}]
