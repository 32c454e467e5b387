"""The perceptual synthesis: other synthesis weights for the same latents, trained to look like the original.

    y_hat * q_y --1x1,shuffle--> + 1x1(noise * q_n) --> DCBs --> * q --3x3--> pixels

It starts as the base synthesis. Encoder and entropy model stay frozen, so it decodes the same files. What the rate
could not hold is drawn in its place: the noise, a fixed function of the position (codec/models/README.md), becomes
texture whose energy in every band is to be that of the original, and a discriminator that is given the latents
judges patches of the result.
"""
from __future__ import annotations

import copy
import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data import Pictures, list_pictures, load_picture, pad_picture
from ..discriminator import Discriminator
from ..export import calibration_pictures, halo, write_atomically, write_auxiliary
from ..graph import Builder, Op, table_rows
from ..grow import place_channels
from ..integer import IntegerModel, IntegerNetworks
from ..integer_operations import rounded
from ..layers import QualityTable, channels_last, conv1x1, mixed_precision, shuffle
from ..model import PIXEL_SCALE, Codec, Synthesis
from ..parity import SIZES, drawn_picture, sha256
from ..quantize import LATENT_BITS, PIXEL_BITS, quantize_network
from ..texture import BandEnergy, locked_energy, spectrum_distance, texture_distance
from ..train import TrainConfig, save_atomically
from .common import (Base, add_base_arguments, add_checkpoint_arguments, add_run_arguments, decoded_pixels, fit, load_base,
                     rounded_latents)

NOISE_CHANNELS = 32
NOISE_BITS = 6
LATENT = 16  # pixels along a side of a latent position
#: Qualities and realism in 256ths of the hashes for test/conformance.
PARITY = ((0, 256), (27.5, 77), (100, 256))
#: Steps at which the discriminator begins to count, and at which it counts in full: until then it only learns.
ADVERSARIAL_FROM, ADVERSARIAL_FULL = 100, 400


def noise_field(top: int, left: int, height: int, width: int) -> np.ndarray:
    """(height, width, NOISE_CHANNELS) int16 in -128…127 of the positions at 1/8 from (top, left): four channels are the bytes of a
    hash of row, column and the number of the four, lowest first."""
    def multiply(a, b: int):
        return a * np.uint64(b) & np.uint64(0xffffffff)

    y, x, k = (np.arange(start, start + count, dtype=np.uint64) for start, count in
               ((top, height), (left, width), (0, NOISE_CHANNELS // 4)))
    h = multiply(y, 0x9e3779b1)[:, None, None] ^ multiply(x, 0x85ebca6b)[None, :, None] ^ multiply(k, 0xc2b2ae35)[None, None, :]
    for shift, factor in ((16, 0x7feb352d), (15, 0x846ca68b)):
        h = multiply(h ^ h >> np.uint64(shift), factor)
    h = h ^ h >> np.uint64(16)
    values = np.stack([h >> np.uint64(8 * i) & np.uint64(255) for i in range(4)], axis=3)
    return values.astype(np.int16).reshape(height, width, NOISE_CHANNELS) - 128


def noise_tensor(top: int, left: int, height: int, width: int) -> Tensor:
    """noise_field as the network reads it, (1, NOISE_CHANNELS, height, width)."""
    return torch.from_numpy(noise_field(top, left, height, width)).permute(2, 0, 1)[None].float() / 2 ** NOISE_BITS


class PerceptualSynthesis(nn.Module):
    """y_hat (B, M, h, w) and noise (B, NOISE_CHANNELS, 2h, 2w) -> (B, 3, 16h, 16w), pixels minus 128, times PIXEL_SCALE."""

    def __init__(self, base: Synthesis):
        super().__init__()
        self.synthesis = copy.deepcopy(base).requires_grad_(True)
        self.noise_gain = QualityTable(torch.ones(base.latent_gain.values.shape[0], NOISE_CHANNELS), log=True)
        self.noise = conv1x1(NOISE_CHANNELS, base.up.out_channels // 4)
        nn.init.normal_(self.noise.weight, std=0.01)

    def forward(self, latents: Tensor, noise: Tensor, quality: Tensor) -> Tensor:
        s, kind = self.synthesis, latents.device.type
        with torch.autocast(kind, enabled=False):
            x = channels_last(shuffle(s.up(latents * s.latent_gain(quality))))
            x = x + self.noise(noise * self.noise_gain(quality))
        for block in s.blocks:
            x = block(x)
        x = x * s.feature_gain(quality)
        with torch.autocast(kind, enabled=False):
            patches = s.out(x.float())
        b, _, h, w = patches.shape
        return patches.view(b, 8, 8, 3, h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, 3, 8 * h, 8 * w)


class Players(nn.Module):
    """All that a checkpoint holds: the generator, its running mean, the synthesis that it started from, and the discriminator."""

    def __init__(self, codec: Codec):
        super().__init__()
        self.start = copy.deepcopy(codec.synthesis).requires_grad_(False)
        self.generator = PerceptualSynthesis(codec.synthesis)
        self.discriminator = Discriminator(codec.config.latent_channels)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)

    @torch.no_grad()
    def continue_from(self, path: Path) -> None:
        """Take over what a run with another base model has learned: its discriminator, and by how much its running mean differs
        from the synthesis that it started from. Blocks and latent channels that the other model had not start as ours."""
        weights = torch.load(path, map_location='cpu', weights_only=True)['model']
        ours = self.state_dict()
        for name, value in ours.items():
            player, _, rest = name.partition('.')
            if player == 'start':
                continue
            source = name.replace('generator.', 'averaged.', 1)
            if source not in weights:
                continue
            learned = weights[source].float()
            synthesis = rest.removeprefix('synthesis.')
            if synthesis == rest:
                value.copy_(place_channels(value, learned))
            else:
                change = place_channels(torch.zeros_like(value), learned - weights[f'start.{synthesis}'].float())
                value.copy_(ours[f'start.{synthesis}'] + change)

    def release(self, path: Path) -> None:
        """Write what continue_from reads as a small checkpoint, in fp16."""
        weights = {name: value.half() for name, value in self.state_dict().items() if not name.startswith('generator.')}
        save_atomically({'model': weights}, path)

    @torch.no_grad()
    def average(self, decay: float) -> None:
        ours, theirs = list(self.averaged.parameters()), list(self.generator.parameters())
        torch._foreach_lerp_(ours, theirs, 1 - decay)


class FrozenCrops:
    """Crops with the latents that the frozen encoder makes of them, and the squared error of the base decoder."""

    def __init__(self, codec: Codec, pictures: Pictures, count: int, size: int, rng: np.random.Generator, batch: int = 8):
        self.size, self.pixels, self.latents, self.quality, self.error = size, [], [], [], []
        for _ in range(0, count, batch):
            pixels = pictures.crops(batch, size, rng)
            quality = torch.from_numpy(draw_quality(batch, rng))
            with torch.no_grad(), mixed_precision('cpu'):
                latents = rounded_latents(codec, pixels, quality)
                decoded = decoded_pixels(codec, latents, quality)
            self.pixels.append(pixels.to(torch.uint8))
            self.latents.append(latents.half())
            self.quality.append(quality)
            self.error.append((decoded - pixels).square().flatten(1).mean(1))
        for name in ('pixels', 'latents', 'quality', 'error'):
            setattr(self, name, torch.cat(getattr(self, name)))

    def draw(self, batch: int, crop: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Windows of `crop` pixels: pixels, latents, qualities and the error of the base decoder."""
        chosen = rng.integers(len(self.quality), size=batch)
        places = rng.integers((self.size - crop) // LATENT + 1, size=(batch, 2))
        side = crop // LATENT
        pixels = torch.stack([self.pixels[i, :, LATENT * y:LATENT * y + crop, LATENT * x:LATENT * x + crop]
                              for i, (y, x) in zip(chosen, places)])
        latents = torch.stack([self.latents[i, :, y:y + side, x:x + side] for i, (y, x) in zip(chosen, places)])
        return pixels.float(), latents.float(), self.quality[chosen], self.error[chosen]


def draw_quality(count: int, rng: np.random.Generator) -> np.ndarray:
    """Mostly low rates: seven in ten around 30, two from 5 to 55, one from all, so that none breaks."""
    kinds = rng.random(count)
    values = np.where(kinds < 0.7, rng.normal(30, 9, count), np.where(kinds < 0.9, rng.uniform(5, 55, count), rng.uniform(0, 100, count)))
    return np.clip(values, 0, 100).astype(np.float32)


class Game:
    """The losses of both players. A call trains the discriminator by one step and gives the generator's loss, whose gradient with
    respect to the pixels is that of distortion and texture plus the discriminator's. The latter is scaled by one factor, which in
    the steps before it counts would have made it `adversarial` times as large as the former."""

    def __init__(self, players: Players, codec: Codec, crops: FrozenCrops, arguments: Namespace):
        self.players, self.codec, self.crops, self.arguments = players, codec, crops, arguments
        self.bands = BandEnergy()
        self.optimizer = torch.optim.Adam(players.discriminator.parameters(), lr=arguments.discriminator_rate, betas=(0.5, 0.99))
        self.steps, self.ratios = 0, []

    def state_dict(self) -> dict:
        return {'optimizer': self.optimizer.state_dict(), 'steps': self.steps, 'ratios': self.ratios}

    def load_state_dict(self, state: dict) -> None:
        self.optimizer.load_state_dict(state['optimizer'])
        self.steps, self.ratios = state['steps'], list(state['ratios'])
        for group in self.optimizer.param_groups:
            group['lr'] = self.arguments.discriminator_rate

    def __call__(self, rng: np.random.Generator, _progress: float) -> tuple[Tensor, dict[str, float]]:
        arguments, players = self.arguments, self.players
        self.steps += 1
        players.average(min(0.998, self.steps / (10 + self.steps)))
        pixels, latents, quality, error = self.crops.draw(arguments.batch, arguments.crop, rng)
        side = 2 * latents.shape[-1]
        noise = torch.randint(-128, 128, (arguments.batch, NOISE_CHANNELS, side, side)) / 2 ** NOISE_BITS
        scaled = latents * self.codec.synthesis.latent_gain(quality).detach() * PIXEL_SCALE
        with mixed_precision('cpu'):
            fake = players.generator(latents, noise, quality)
            real = (pixels - 128) * PIXEL_SCALE
            numbers = self.train_discriminator(real, fake.detach(), scaled) if arguments.adversarial else {}
        image = fake.detach().requires_grad_(True)
        loss, own = self.fidelity(image, pixels, error)
        gradient, = torch.autograd.grad(loss, image)
        if arguments.adversarial:
            with mixed_precision('cpu'):
                players.discriminator.requires_grad_(False)
                judged = F.softplus(self.real_scores - players.discriminator(image, scaled)).mean()
                pull, = torch.autograd.grad(judged, image)
                players.discriminator.requires_grad_(True)
            if ADVERSARIAL_FROM - 30 <= self.steps < ADVERSARIAL_FROM:
                self.ratios.append(float(gradient.norm() / pull.norm().clamp(min=1e-12)))
            weight = arguments.adversarial * float(np.median(self.ratios or [0]))
            share = np.clip((self.steps - ADVERSARIAL_FROM) / (ADVERSARIAL_FULL - ADVERSARIAL_FROM), 0, 1)
            numbers['pull'] = float(share * weight * pull.norm() / gradient.norm())
            gradient = gradient + float(share) * weight * pull
        players.discriminator.zero_grad(set_to_none=True)
        return (fake * gradient).sum(), {**own, **numbers}

    def fidelity(self, image: Tensor, pixels: Tensor, error: Tensor) -> tuple[Tensor, dict[str, float]]:
        arguments = self.arguments
        decoded = image / PIXEL_SCALE + 128
        difference, weight = decoded - pixels, 1 / (error + 4)
        fine = (difference.square().flatten(1).mean(1) * weight).mean()
        coarse = (F.avg_pool2d(difference, 4).square().flatten(1).mean(1) * weight).mean()
        with torch.no_grad():
            original, seams = self.bands(pixels), locked_energy(pixels)
        texture = texture_distance(self.bands(decoded), original)
        grid = F.relu(locked_energy(decoded) - seams).mean()
        loss = arguments.distortion * (fine + 2 * coarse) + texture + arguments.grid * grid
        return loss, {'distortion': float(fine.detach()), 'coarse': float(coarse.detach()), 'texture': float(texture.detach()),
                      'grid': float(grid.detach())}

    def train_discriminator(self, real: Tensor, fake: Tensor, scaled: Tensor) -> dict[str, float]:
        """Relativistic: a fake is compared with the photograph of the same latents."""
        both = self.players.discriminator(torch.cat([real, fake]), scaled.repeat(2, 1, 1, 1))
        real_scores, fake_scores = both.float().chunk(2)
        loss = F.softplus(fake_scores - real_scores).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.real_scores = real_scores.detach()
        return {'discriminator': float(loss.detach())}


def build_ops(model: PerceptualSynthesis) -> list[Op]:
    """The network as operations; it reads `input`, y_hat, and `noise`."""
    synthesis, b = model.synthesis, Builder('synthesis')
    b.latents_up(synthesis.latent_gain, synthesis.up, 'u')
    b.plain('shuffle', ['u'], 'x').plain('gain', ['noise'], 'n', table_rows(model.noise_gain))
    b.conv(model.noise, 'n', 'x', residual='x')
    for block in synthesis.blocks:
        b.block(block, 'x')
    b.plain('gain', ['x'], 'x', table_rows(synthesis.feature_gain))
    return b.conv(synthesis.out, 'x', 'output', row_scale=np.full(192, 1 / PIXEL_SCALE)).ops


def calibration(codec: Codec, pictures: list[Tensor]):
    """Samples of what the network reads, two qualities a picture, the low ones more often."""
    qualities = (0.0, 100.0, 30.0, 50.0, 20.0, 75.0)
    for i, picture in enumerate(pictures):
        for quality in (qualities[i % 6], qualities[(i + 1) % 6]):
            latents = rounded_latents(codec, picture[None].float(), torch.tensor([quality]))[0].permute(1, 2, 0).double()
            noise = noise_tensor(0, 0, 2 * latents.shape[0], 2 * latents.shape[1])[0].permute(1, 2, 0).double()
            yield {'input': latents, 'noise': noise}, quality


@torch.no_grad()
def measure(codec: Codec, model: PerceptualSynthesis, paths: list[Path], quality: float, keep: Path | None = None) -> dict:
    """Mean PSNR, texture distance and spectrum distance of both decoders (float) at a quality; `keep` is a folder for pictures."""
    bands, at, rows = BandEnergy(), torch.tensor([quality]), []
    for path in paths:
        picture = load_picture(path)[None].float()
        padded = pad_picture(picture, 64)
        latents = rounded_latents(codec, padded, at)
        noise = noise_tensor(0, 0, padded.shape[2] // 8, padded.shape[3] // 8)
        drawn = (model(latents, noise, at) / PIXEL_SCALE + 128).round().clamp(0, 255)
        for name, decoded in (('base', decoded_pixels(codec, latents, at)), ('perceptual', drawn)):
            decoded = decoded[..., :picture.shape[2], :picture.shape[3]]
            mse = float((decoded - picture).square().mean())
            rows.append((name, 10 * np.log10(65025 / mse), float(texture_distance(bands(decoded), bands(picture))),
                         spectrum_distance(decoded[0].numpy(), picture[0].numpy())))
            if keep:
                from PIL import Image
                keep.mkdir(parents=True, exist_ok=True)
                image = decoded[0].permute(1, 2, 0).to(torch.uint8).numpy()
                Image.fromarray(image).save(keep / f'{path.stem}-{quality:g}-{name}.png')
    means = {name: np.mean([row[1:] for row in rows if row[0] == name], axis=0) for name in ('base', 'perceptual')}
    return {name: dict(zip(('psnr', 'texture', 'spectrum'), (round(float(v), 3) for v in values))) for name, values in means.items()}


def integer_samples(base: IntegerModel, own: IntegerNetworks, latents: Tensor, q16: int, share: int) -> Tensor:
    """y_hat (h, w, M), integers, to the samples (3, 16h, 16w) of a picture that starts there; share is realism in 256ths."""
    h, w, _ = latents.shape
    noise = torch.from_numpy(noise_field(0, 0, 2 * h, 2 * w)).double()
    faithful = base.run(base.manifest['networks']['synthesis'], {'input': latents}, q16)
    drawn = own.run(own.manifest['networks']['synthesis'], {'input': latents, 'noise': noise}, q16)
    mixed = rounded(faithful * (256 - share) + drawn * share, 8)
    value = rounded(mixed, base.manifest['outputShift']) + 128
    return value.clamp(0, 255).view(2 * h, 2 * w, 8, 8, 3).permute(4, 0, 2, 1, 3).reshape(3, 16 * h, 16 * w)


def write_parity(base_path: Path, out: Path, folder: Path) -> Path:
    """FOLDER/BASE.perceptual.json: hashes of the samples of the drawn pictures, for test/conformance."""
    path = out / f'{base_path.stem}.perceptual.json'
    base, own, pictures = IntegerModel(base_path), IntegerNetworks(path), []
    for width, height in SIZES:
        pixels = torch.from_numpy(drawn_picture(width, height)).permute(2, 0, 1)
        for quality, share in PARITY:
            latents = base.code_picture(pixels, round(quality * 16))[2]['y_hat']
            samples = integer_samples(base, own, latents, round(quality * 16), share)[:, :height, :width]
            samples = samples.permute(1, 2, 0).numpy().astype(np.uint8)
            pictures.append({'width': width, 'height': height, 'quality': quality, 'realism': share / 256, 'samples': sha256(samples)})
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / path.name
    write_atomically(result, (json.dumps({'sha256': own.manifest['sha256'], 'pictures': pictures}, indent=2) + '\n').encode())
    return result


def add_arguments(parser: ArgumentParser) -> None:
    add_base_arguments(parser)
    add_run_arguments(parser, 1800)
    add_checkpoint_arguments(parser)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--crop', type=int, default=128, help='pixels, a multiple of 16')
    parser.add_argument('--crops', type=int, default=400, help='crops of 256 pixels that are held with their latents')
    parser.add_argument('--learning-rate', type=float, default=3e-4)
    parser.add_argument('--discriminator-rate', type=float, default=4e-4)
    parser.add_argument('--adversarial', type=float, default=0.2, help="size of the discriminator's gradient, relative to the rest")
    parser.add_argument('--distortion', type=float, default=0.3, help='weight of the squared error over that of the base decoder')
    parser.add_argument('--grid', type=float, default=1.0, help='weight of what repeats from patch to patch')
    parser.add_argument('--parity', type=Path, help='folder for hashes of what the integers make of drawn pictures')
    parser.add_argument('--keep', type=Path, help='folder for the decoded validation pictures')


def run(arguments: Namespace) -> None:
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    base = load_base(arguments.checkpoint, arguments.manifest)
    codec = base.codec.to(memory_format=torch.channels_last)
    torch.manual_seed(arguments.seed)
    players = Players(codec)
    if arguments.initial:
        players.continue_from(arguments.initial)
    pictures = Pictures(arguments.data, torch.device('cpu'), 256)
    crops = FrozenCrops(codec, pictures, arguments.crops, 256, np.random.default_rng(arguments.seed))
    config = TrainConfig(learning_rate=arguments.learning_rate, warmup=0.02, decay_from=0.5, gradient_clip=1e9)
    game = Game(players, codec, crops, arguments)
    log = fit(players, game, arguments, config, base, game)
    model = players.averaged.eval()
    validation = list_pictures([arguments.validation])[::4]
    measured = {f'{quality:g}': measure(codec, model, validation, quality, arguments.keep) for quality in (20.0, 35.0)}
    log.line(measured=measured)
    manifest = write(base, model, arguments, {
        'steps': log.step, 'seconds': round(log.seconds), 'arguments': {name: getattr(arguments, name) for name in (
            'batch', 'crop', 'crops', 'learning_rate', 'discriminator_rate', 'adversarial', 'distortion', 'grid', 'seed')},
        'pictures': len(pictures.pictures), 'validation': measured})
    if arguments.release:
        players.release(arguments.release)
    if arguments.parity:
        write_parity(arguments.manifest, arguments.out, arguments.parity)
    log.line(name=manifest['name'], sha256=manifest['sha256'])


def write(base: Base, model: PerceptualSynthesis, arguments: Namespace, provenance: dict) -> dict:
    ops = build_ops(model)
    samples = calibration(base.codec, calibration_pictures(arguments.data, 16))
    quantized, _ = quantize_network(ops, {'input': LATENT_BITS, 'noise': NOISE_BITS}, samples, PIXEL_BITS)
    parameters = {'halo': halo(quantized)}
    return write_auxiliary(arguments.out, 'perceptual', {'synthesis': quantized}, provenance, base=base, parameters=parameters)
