"""A map of the decoder's own error: the standard error of every pixel, predicted from the decoded latents alone.

    y_hat * q --1x1, act, shuffle--> + e(q) --DCB, DCB--> 1x1 --> + o(q)
        --> * s(q) + t(q), an eighth of what passes k(q) --> log2 of the standard error, 8x8 pixels a position

The standard error is the root mean square over RGB of the difference to the original, in 8-bit units. The loss is the
Gaussian likelihood of that difference, whose minimum is its mean square whatever its distribution. s, t and k,
which do nothing while the rest learns, are fitted to the validation pictures at the end. docs/uncertainty.md has what comes out.
"""
from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data import Pictures, list_pictures, load_picture
from ..export import calibration_pictures, halo, write_atomically, write_auxiliary
from ..graph import Builder, Op, table_rows
from ..integer import IntegerModel, IntegerNetworks
from ..integer_operations import rounded
from ..layers import DepthConvBlock, QualityTable, activation, conv1x1, shuffle
from ..model import Codec
from ..parity import SIZES, drawn_picture, sha256
from ..quantize import LATENT_BITS, quantize_network
from ..rounding import Sample
from ..train import TrainConfig
from ..transforms import RGB_TO_YCBCR
from .common import (
    add_base_arguments, add_checkpoint_arguments, add_run_arguments, continue_from, decoded_pixels, fit, load_base,
    release, rounded_latents)

CHANNELS = 64
BLOCKS = 2
OUTPUT_BITS = 8
CROP = 192
FRESH, BATCH, POOL = 1, 16, 512  # crops that a step adds, trains on, and can choose from
GREY_SHARE = 0.1
ROUNDING = 1 / 12  # mean square of rounding to whole numbers: no error can be known better than that
#: Table from log2 of the standard error, in steps of 2^-TABLE_BITS from TABLE_LOW on, to 8-bit values of 1/UNIT each.
TABLE_BITS, TABLE_LOW, TABLE_HIGH, UNIT = 6, -4, 6, 8
NO_KNEE = 8.0  # above every error
QUALITIES = (10.0, 35.0, 60.0, 85.0)
PARITY_QUALITIES = (0, 70)


def bend(log2: Tensor, knee: Tensor) -> Tensor:
    """What passes the knee counts an eighth."""
    return knee - activation(knee - log2)


class Uncertainty(nn.Module):
    """y_hat (B, M, h, w), in quantisation steps, to log2 of the standard error (B, 16h, 16w)."""

    def __init__(self, codec: Codec):
        super().__init__()
        config = codec.config
        self.gain = QualityTable(codec.synthesis.latent_gain.values.detach().exp(), log=True)
        self.up = conv1x1(config.latent_channels, 4 * CHANNELS)
        self.feature_offset = QualityTable(torch.zeros(config.quality_anchors, CHANNELS), log=False)
        self.blocks = nn.ModuleList(DepthConvBlock(CHANNELS) for _ in range(BLOCKS))
        self.out = conv1x1(CHANNELS, 64)
        nn.init.zeros_(self.out.weight)
        step = torch.tensor(config.step(np.linspace(0, 100, config.quality_anchors)), dtype=torch.float32)
        self.offset = QualityTable((step / 12 ** 0.5).log2().clamp(-1, 3)[:, None].repeat(1, 64), log=False)
        self.slope = QualityTable(torch.ones(config.quality_anchors, 1), log=True).requires_grad_(False)
        self.shift = QualityTable(torch.zeros(config.quality_anchors, 1), log=False).requires_grad_(False)
        self.knee = QualityTable(torch.full((config.quality_anchors, 1), NO_KNEE), log=False).requires_grad_(False)

    def reset_correction(self) -> None:
        self.slope.values.zero_()
        self.shift.values.zero_()
        self.knee.values.fill_(NO_KNEE)

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        x = shuffle(activation(self.up(latents * self.gain(quality)))) + self.feature_offset(quality)
        for block in self.blocks:
            x = block(x)
        log2 = (self.out(x) + self.offset(quality)) * self.slope(quality) + self.shift(quality)
        return F.pixel_shuffle(bend(log2, self.knee(quality)), 8)[:, 0]


def operations(network: Uncertainty) -> list[Op]:
    builder = Builder('uncertainty').plain('gain', ['input'], 'g', table_rows(network.gain))
    builder.conv(network.up, 'g', 'u', leaky=True).plain('shuffle', ['u'], 'x')
    builder.plain('offset', ['x'], 'x', table_rows(network.feature_offset))
    for block in network.blocks:
        builder.block(block, 'x')
    builder.conv(network.out, 'x', 'p').plain('offset', ['p'], 'p', table_rows(network.offset))
    builder.plain('gain', ['p'], 's', table_rows(network.slope).repeat(64, 1))
    knee, negative = table_rows(network.knee).repeat(64, 1), -np.eye(64)[:, None]
    builder.plain('offset', ['s'], 's', table_rows(network.shift).repeat(64, 1) - knee)
    builder.conv(None, 's', 'b', weight=negative, bias=np.zeros(64), leaky=True)
    builder.conv(None, 'b', 'e', weight=negative, bias=np.zeros(64))
    return builder.plain('offset', ['e'], 'output', knee).ops


def luma(pixels: Tensor) -> Tensor:
    """(B, 3, H, W) to whole numbers in three equal channels."""
    weights = torch.tensor(RGB_TO_YCBCR[0], dtype=torch.float32)[:, None, None]
    return (pixels * weights).sum(1, keepdim=True).round().expand_as(pixels)


@torch.no_grad()
def measure(codec: Codec, pixels: Tensor, quality: Tensor, grey: Tensor) -> tuple[Tensor, Tensor]:
    """(y_hat, mean square error of each pixel (B, H, W)) of pictures coded by the frozen base; `grey` (B,) says which are luma."""
    original = torch.where(grey[:, None, None, None], luma(pixels), pixels)
    latents = rounded_latents(codec, original, quality)
    decoded = decoded_pixels(codec, latents, quality)
    decoded = torch.where(grey[:, None, None, None], luma(decoded), decoded)
    return latents, (decoded - original).pow(2).mean(1)


def likelihood(log2: Tensor, squares: Tensor) -> Tensor:
    """Mean negative log-likelihood of errors of these squares, in nats and less a constant."""
    variance = ROUNDING + torch.exp2(2 * log2)
    return 0.5 * (variance.log() + (squares + ROUNDING) / variance).mean()


class Pool:
    """Coded crops, the latest POOL of them: coding a crop costs more than a step of the network."""

    def __init__(self, codec: Codec, pictures: Pictures):
        self.codec, self.pictures, self.crops, self.next = codec, pictures, [], 0

    def draw(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """(y_hat, mean square errors, quality) of BATCH crops, FRESH of them new."""
        quality = torch.tensor(rng.uniform(0, 100, FRESH), dtype=torch.float32)
        grey = torch.tensor(rng.random(FRESH) < GREY_SHARE)
        fresh = list(zip(*measure(self.codec, self.pictures.crops(FRESH, CROP, rng), quality, grey), quality))
        chosen = fresh + [self.crops[i] for i in rng.integers(len(self.crops), size=BATCH - FRESH)] if self.crops else fresh
        for crop in fresh:
            if len(self.crops) < POOL:
                self.crops.append(crop)
            else:
                self.crops[self.next] = crop
                self.next = (self.next + 1) % POOL
        return tuple(torch.stack(values) for values in zip(*chosen))


def block_means(values: Tensor, size: int = 16) -> np.ndarray:
    """Means over the size x size blocks of (B, H, W)."""
    return F.avg_pool2d(values[:, None], size).flatten().numpy()


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's."""
    return float(np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1])


def middle(path: Path) -> Tensor:
    """The middle of a picture, (1, 3, CROP, CROP)."""
    picture = load_picture(path)[None].float()
    top, left = (max(0, (side - CROP) // 2) for side in picture.shape[2:])
    return picture[:, :, top:top + CROP, left:left + CROP]


def fit_correction(network: Uncertainty, codec: Codec, paths: list[Path]) -> None:
    """Set slope, shift and knee at every other anchor of the quality to those of the best likelihood on the pictures, and
    between them to what lies between. They keep the order of the errors."""
    anchors = codec.config.quality_anchors
    network.reset_correction()
    for k in range(0, anchors, 2):
        quality = torch.tensor([100 * k / (anchors - 1)])
        pairs = []
        for path in paths:
            with torch.no_grad():
                latents, squares = measure(codec, middle(path), quality, torch.tensor([False]))
                pairs.append((network(latents, quality).flatten()[::7], squares.flatten()[::7]))
        log2, squares = (torch.cat(values).double() for values in zip(*pairs))
        # Log of the slope, shift, and knee.
        values = torch.tensor([0, 0, float(log2.quantile(0.9))], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([values], max_iter=50, line_search_fn='strong_wolfe')

        def loss() -> Tensor:
            optimizer.zero_grad()
            result = likelihood(bend(log2 * values[0].exp() + values[1], values[2]), squares)
            result.backward()
            return result

        optimizer.step(loss)
        network.slope.values[k], network.shift.values[k], network.knee.values[k] = values.detach().float()
    for table in (network.slope.values, network.shift.values, network.knee.values):
        table[1::2] = (table[:-1:2] + table[2::2]) / 2


@torch.no_grad()
def gain(network: Uncertainty, codec: Codec, paths: list[Path]) -> dict[str, float]:
    """On the middles of pictures, at several qualities: likelihood against that of one error a quality, and the rank correlation
    of predicted and real error over 16x16 blocks."""
    predicted, real, nats, plain = [], [], [], []
    for quality in QUALITIES:
        results = []
        for path in paths:
            at = torch.tensor([quality])
            latents, squares = measure(codec, middle(path), at, torch.tensor([False]))
            results.append((network(latents, at), squares))
        log2, squares = (torch.cat(values) for values in zip(*results))
        nats.append(float(likelihood(log2, squares)))
        plain.append(float(likelihood(0.5 * squares.mean().log2(), squares)))
        predicted.append(block_means(torch.exp2(2 * log2)))
        real.append(block_means(squares))
    return {'nats': round(float(np.mean(nats)), 4), 'nats_constant': round(float(np.mean(plain)), 4),
            'rank_correlation': round(float(np.mean([rank_correlation(p, r) for p, r in zip(predicted, real)])), 4)}


def calibration(codec: Codec, pictures: list[Tensor]) -> Iterator[Sample]:
    """Latents of pictures, each at two qualities."""
    for i, picture in enumerate(pictures):
        for quality in (QUALITIES[i % len(QUALITIES)], (0.0, 100.0)[i % 2]):
            latents = rounded_latents(codec, picture[None].float(), torch.tensor([quality]))
            yield {'input': latents[0].permute(1, 2, 0).double()}, quality


def byte_table() -> np.ndarray:
    """uint8 value of each step of log2 of the standard error."""
    steps = np.arange((TABLE_HIGH - TABLE_LOW) << TABLE_BITS)
    return np.minimum(255, np.rint(UNIT * 2.0 ** (TABLE_LOW + steps / 2 ** TABLE_BITS))).astype(np.uint8)


def integer_map(networks: IntegerNetworks, latents: Tensor, q16: int) -> np.ndarray:
    """y_hat (h, w, M), integers, to the samples (16h, 16w) uint8, exactly as the decoder makes them."""
    manifest = networks.manifest
    out = networks.run(manifest['networks']['uncertainty'], {'input': latents}, q16)
    bits, low = manifest['parameters']['tableBits'], manifest['parameters']['tableLow']
    table = networks.tensors[manifest['tables']['bytes']]
    step = rounded(out, manifest['parameters']['outputBits'] - bits) - low * 2 ** bits
    height, width, _ = out.shape
    samples = table[step.clamp(0, len(table) - 1).long()]
    return samples.view(height, width, 8, 8).permute(0, 2, 1, 3).reshape(8 * height, 8 * width).numpy().astype(np.uint8)


def write_parity(base_path: Path, out: Path, folder: Path) -> Path:
    """FOLDER/BASE.uncertainty.json: hashes of the maps of the drawn pictures, for test/conformance."""
    path = out / f'{base_path.stem}.uncertainty.json'
    base, networks, pictures = IntegerModel(base_path), IntegerNetworks(path), []
    for width, height in SIZES:
        pixels = torch.from_numpy(drawn_picture(width, height)).permute(2, 0, 1)
        for quality in PARITY_QUALITIES:
            latents = base.code_picture(pixels, quality * 16)[2]['y_hat']
            samples = integer_map(networks, latents, quality * 16)[:height, :width]
            pictures.append({'width': width, 'height': height, 'quality': quality, 'map': sha256(samples)})
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / path.name
    write_atomically(result, (json.dumps({'sha256': networks.manifest['sha256'], 'pictures': pictures}, indent=2) + '\n').encode())
    return result


def add_arguments(parser: ArgumentParser) -> None:
    add_base_arguments(parser)
    add_run_arguments(parser, max_seconds=150)
    add_checkpoint_arguments(parser)
    parser.add_argument('--pictures', type=int, default=256, help='photographs to train on, evenly chosen')
    parser.add_argument('--parity', type=Path, help='folder for hashes of the maps that the integers give of drawn pictures')


def run(arguments: Namespace) -> None:
    base = load_base(arguments.checkpoint, arguments.manifest)
    torch.manual_seed(arguments.seed)
    network = Uncertainty(base.codec)
    before = continue_from(network, arguments.initial)
    network.reset_correction()
    pool = Pool(base.codec, Pictures(arguments.data, torch.device('cpu'), CROP, arguments.pictures))

    def loss(rng: np.random.Generator, _progress: float) -> tuple[Tensor, dict[str, float]]:
        latents, squares, quality = pool.draw(rng)
        log2 = network(latents, quality)
        return likelihood(log2, squares), {'rms': float(squares.mean().sqrt()), 'predicted': float(torch.exp2(2 * log2.detach()).mean().sqrt())}

    log = fit(network, loss, arguments, TrainConfig(learning_rate=2e-3, warmup=0.05, decay_from=0.3), base)
    network.eval()
    validation = list_pictures([arguments.validation])
    fit_correction(network, base.codec, validation)
    measured = gain(network, base.codec, validation[::4])
    log.line(measured=measured)
    work = before.after(log)
    pictures = calibration_pictures(arguments.data, 16)
    ops, _ = quantize_network(operations(network), {'input': LATENT_BITS}, calibration(base.codec, pictures), OUTPUT_BITS)
    write_auxiliary(
        arguments.out, 'uncertainty', {'uncertainty': ops},
        {'steps': work.step, 'seconds': round(work.seconds), 'validation': measured}, base=base,
        parameters={'halo': halo(ops), 'outputBits': OUTPUT_BITS, 'tableBits': TABLE_BITS, 'tableLow': TABLE_LOW, 'unit': UNIT},
        tables={'bytes': byte_table()})
    release(network, work, arguments.release)
    if arguments.parity:
        write_parity(arguments.manifest, arguments.out, arguments.parity)
    log.line(end='finished')
