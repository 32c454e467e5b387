"""The trainer: resumable, bounded by time, one JSONL line a log step.

The learning rate follows the fraction of the time budget that is used up: a short warm-up, a plateau, then a
linear decay to zero, so that a run of any length ends annealed. Checkpoints are written atomically and hold
the weights, their exponential moving average, the optimiser and the step count. Trainer.interrupt, a signal
handler, ends the run after the step that is under way, with a checkpoint.
"""
from __future__ import annotations

import json
import math
import os
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import torch

from . import distributed
from .data import Pictures, dct_std, load_picture, pad_picture
from .grow import fit_latents, grow_latents
from .layers import mixed_precision
from .model import PIXEL_SCALE, Codec, ModelConfig, fit_hyper_tables, history_of, remap_quality
from .optimizer import build_optimizer
from .similarity import MINIMUM_SIDE, ms_ssim

#: What `train` in a config names, by how the names of its parameters start; the rest stays as it is. `encoder` changes nothing that
#: a decoder has.
PARTS = {'all': ('',), 'entropy': ('hyperprior.', 'context.'), 'encoder': ('analysis.', 'hyperprior.analysis_')}

#: What the values of a config are, for messages.
KINDS = {int: 'a whole number', float: 'a number', str: 'a text', list: 'a list', dict: 'an object'}


def check_kinds(values: dict, defaults, path: Path) -> None:
    """ValueError where values, read from a path, are not named or not of the kind of those of a dataclass."""
    kinds = {f.name: type(getattr(defaults, f.name)) for f in fields(defaults)}
    unknown = set(values) - set(kinds)
    if unknown:
        raise ValueError(f'unknown keys in {path}: {", ".join(sorted(unknown))}')
    for name, value in values.items():
        fits = type(value) in (int, float) if kinds[name] is float else type(value) is kinds[name]
        if not fits:
            raise ValueError(f'{name} in {path} must be {KINDS[kinds[name]]}, not {json.dumps(value)}')


@dataclass
class TrainConfig:
    model: dict = field(default_factory=dict)
    batch: int = 8                # crops a step, over all processes
    crop: int = 256
    learning_rate: float = 1e-3
    optimizer: str = 'adamw'
    warmup: float = 0.02          # fraction of the budget
    decay_from: float = 0.3       # fraction of the budget at which the linear decay starts
    gradient_clip: float = 1.0
    ema: float = 0.999
    ms_ssim: float = 0.0          # squared levels that MS-SSIM 0 instead of 1 weighs as much as, beside the mean squared error
    rate_exponent: float = 0.5    # loss weight (lambda / lambda_geomean)^-exponent, so that low rates count too
    train: str = 'all'            # what of the model: see PARTS
    seed: int = 1

    @staticmethod
    def load(path: Path) -> 'TrainConfig':
        """ValueError, with the field, where it is not what its default is in kind or cannot be trained with."""
        values = json.loads(path.read_text())
        check_kinds(values, TrainConfig(), path)
        config = TrainConfig(**values)
        check_kinds(config.model, ModelConfig(), path)
        if config.crop <= 0 or config.crop % 32:
            raise ValueError(f'crop in {path} must be a multiple of 32, not {config.crop}')
        if config.batch <= 0:
            raise ValueError(f'batch in {path} must be at least 1, not {config.batch}')
        if config.train not in PARTS:
            raise ValueError(f'train in {path} must be one of {", ".join(PARTS)}, not {config.train}')
        return config


def schedule(progress: float, config: TrainConfig) -> float:
    """Learning-rate factor at a fraction 0-1 of the budget."""
    if progress < config.warmup:
        return max(progress / config.warmup, 0.01)
    if progress < config.decay_from:
        return 1.0
    return max((1 - progress) / (1 - config.decay_from), 0.005)


def save_atomically(value, path: Path) -> None:
    temporary = path.with_suffix('.tmp')
    torch.save(value, temporary)
    os.replace(temporary, path)


def rate_distortion(model: Codec, pixels, quality):
    """The reconstruction, and per picture: bpp with noise for quantisation, mean squared error on the 0-255 scale (fp32, (B,))."""
    reconstruction, y_bits, z_bits = model(pixels, quality)
    reconstruction = reconstruction.float()
    mse = torch.stack([torch.nn.functional.mse_loss(a, b) for a, b in zip(reconstruction, pixels)])
    return reconstruction, (y_bits + z_bits) / (pixels.shape[-1] * pixels.shape[-2]), mse


@torch.no_grad()
def validate(model: Codec, paths: list[Path], qualities: list[float], device) -> list[dict]:
    """Mean bpp (of the ideal code lengths), mean PSNR and mean MS-SSIM (of pictures that are large enough) of the float model, one
    row a quality."""
    rows = []
    for quality in qualities:
        results, similarities = [], []
        for path in paths:
            picture = load_picture(path).to(device)[None].float()
            padded = pad_picture(picture, 64)
            with torch.autocast(device.type, enabled=False):
                reconstruction, y_bits, z_bits = model(padded, torch.tensor([quality], device=device), noise=False)
            crop = reconstruction[..., :picture.shape[2], :picture.shape[3]].round().clamp(0, 255)
            mse = float((crop - picture).pow(2).mean())
            bpp = float(y_bits + z_bits) / (picture.shape[2] * picture.shape[3])
            results.append((bpp, 10 * math.log10(255 ** 2 / max(mse, 1e-4)), float(z_bits / (y_bits + z_bits))))
            if min(picture.shape[2:]) >= MINIMUM_SIDE:
                similarities.append(float(ms_ssim(crop.double(), picture.double())))
        bpp, psnr, share = np.mean(results, axis=0)
        row = {'quality': quality, 'bpp': round(bpp, 4), 'psnr': round(psnr, 3), 'z_share': round(share, 3)}
        rows.append(row | ({'ms_ssim': round(float(np.mean(similarities)), 6)} if similarities else {}))
    return rows


class Interrupted(Exception):
    """A signal arrived during a validation."""


class Trainer:
    def __init__(self, config: TrainConfig, pictures: Pictures, run: Path, device: torch.device, initial: Path | None):
        if config.ms_ssim and config.crop < MINIMUM_SIDE:
            raise ValueError(f'ms_ssim needs crops of at least {MINIMUM_SIDE} pixels, not {config.crop}')
        self.config, self.pictures, self.run, self.device = config, pictures, run, device
        self.path = run / 'checkpoint.pt'
        own = self.path.exists()
        start = self.path if own else initial
        if start and not start.exists():
            raise FileNotFoundError(f'no checkpoint to start from at {start}')
        state = torch.load(start, map_location=device, weights_only=True) if start else None
        if state:
            before = ModelConfig(**state['model_config'])
            model_config = replace(before, **config.model)
            changed = [f.name for f in fields(before) if getattr(before, f.name) != getattr(model_config, f.name)
                       and f.name != 'analysis_blocks']  # a decoder has none of those
            if config.train == 'encoder' and changed:
                raise ValueError(f'training the encoder alone cannot change the model of {start}: {", ".join(changed)}')
        else:
            dct8, dct16 = dct_std(pictures, config.crop // 16 * 16, 256)
            model_config = ModelConfig(**config.model, dct8_std=dct8, dct16_std=dct16)
        run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        self.model = Codec(model_config).to(device).to(memory_format=torch.channels_last)
        self.step, self.seconds, self.history = 0, 0.0, []
        if state:
            # A deeper model than the checkpoint's keeps its new blocks at zero: it starts as the same function.
            weights = {name: value.float() for name, value in state['model' if own else 'ema'].items()}
            weights = grow_latents(remap_quality(weights, before, model_config), before, self.model)
            unknown = self.model.load_state_dict(weights, strict=False).unexpected_keys
            if unknown:
                raise ValueError(f'the checkpoint is deeper than the config: {unknown[0]}')
            self.history = state['history'] if own else history_of(state)
            if before.latent_channels != model_config.latent_channels:
                fit_latents(self.model, before.latent_channels, pictures.crops(48, config.crop, np.random.default_rng(config.seed)))
            if not own and config.train != 'encoder':
                fit_hyper_tables(self.model, pictures.crops(32, config.crop, np.random.default_rng(config.seed)))
        distributed.share(self.model)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(name.startswith(PARTS[config.train]))
        self.optimizer = build_optimizer(config.optimizer, self.model, config.learning_rate)
        self.ema = {k: v.detach().clone().float() for k, v in self.model.state_dict().items()}
        if own:
            self.optimizer.load_state_dict(state['optimizer'])
            for group in self.optimizer.param_groups:
                group['base_lr'] = config.learning_rate
            self.ema = {k: v.float() for k, v in state['ema'].items()}
            self.step, self.seconds = state['step'], state['seconds']
        self.saved_step = self.step if own else None
        if config.batch % distributed.size():
            raise ValueError(f'a batch of {config.batch} cannot be divided over {distributed.size()} processes')
        self.batch = config.batch // distributed.size()
        # Steps before this one, of all runs: each run draws crops, qualities and noise that no run before it has drawn.
        seed = config.seed + self.step + sum(run['steps'] for run in self.history)
        self.rng = np.random.default_rng([seed, distributed.rank()])
        torch.manual_seed(seed + 1_000_003 * distributed.rank())
        self.interrupted, self.validating = 0.0, False  # when a signal arrived

    def save(self) -> None:
        """Write the checkpoint, without a filter, which would be that of other weights; not where it is of this step already."""
        if distributed.rank() > 0 or self.step == self.saved_step:
            return
        self.saved_step = self.step
        save_atomically({
            'model_config': asdict(self.model.config), 'train_config': asdict(self.config),
            'model': self.model.state_dict(), 'ema': self.ema, 'optimizer': self.optimizer.state_dict(),
            'step': self.step, 'seconds': self.seconds, 'history': self.history,
        }, self.path)

    def has_finished(self) -> bool:
        """Whether the log ends with the end of the run."""
        return (self.run / 'log.jsonl').read_text().endswith('"end": "finished"}\n')

    def ema_model(self) -> Codec:
        model = Codec(self.model.config).to(self.device)
        model.load_state_dict(self.ema)
        return model.eval()

    def train_step(self, factor: float) -> dict:
        config, model = self.config, self.model
        for group in self.optimizer.param_groups:
            group['lr'] = group['base_lr'] * factor
        pixels = self.pictures.crops(self.batch, config.crop, self.rng)
        quality = torch.tensor(self.rng.uniform(0, 100, self.batch), dtype=torch.float32, device=self.device)
        lmbda = model.config.lmbda(quality)
        weight = (lmbda / (model.config.lambda_min * model.config.lambda_max) ** 0.5) ** -config.rate_exponent
        with mixed_precision(self.device.type):
            if config.train == 'entropy':  # only the rate can change
                with torch.no_grad():
                    y = model.analysis((pixels - 128) * PIXEL_SCALE, quality)
                _, y_bits, z_bits = model.latents(y, quality, True)
                bpp, mse = (y_bits + z_bits) / config.crop ** 2, torch.zeros_like(quality)
            else:
                reconstruction, bpp, mse = rate_distortion(model, pixels, quality)
        distortion = mse
        if config.ms_ssim and config.train != 'entropy':
            distortion = mse + config.ms_ssim * (1 - ms_ssim(reconstruction, pixels))
        loss = (weight * (bpp + lmbda * distortion)).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        distributed.average_gradients(model)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), config.gradient_clip)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        decay = min(config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            state = model.state_dict()
            torch._foreach_lerp_(list(self.ema.values()), [state[k].float() for k in self.ema], 1 - decay)
        result = {'loss': float(loss.detach()), 'bpp': float(bpp.detach().mean()), 'gradient': float(norm)}
        if config.train != 'entropy':
            result['psnr'] = float((10 * torch.log10(65025 / mse.detach().clamp(min=1e-3))).mean())
        return result

    def interrupt(self, *_) -> None:
        """Signal handler: end after this step. A second signal ends the process at once, except right after the first: a
        terminal and torchrun both pass on the same Ctrl-C."""
        first, self.interrupted = not self.interrupted, self.interrupted or time.monotonic()
        if first and self.validating:
            raise Interrupted
        if not first and time.monotonic() - self.interrupted > 2:
            os._exit(130)

    def validate(self, validation: list[Path], qualities: list[float]) -> list[dict] | None:
        """Rows of the averaged weights, or None where a signal arrived before they were there."""
        self.validating = True
        try:
            return None if self.interrupted else validate(self.ema_model(), validation, qualities, self.device)
        except Interrupted:
            return None
        finally:
            self.validating = False

    def train(self, max_seconds: float, validation: list[Path], max_steps: int = 10 ** 9, log_every: int = 50,
              validate_every: float = 900, checkpoint_every: float = 120) -> bool:
        """Train until the run has used max_seconds in all (earlier parts of a resumed run count), or has taken max_steps
        where they are given. False if a signal ended it before. A finished run without a step to take stays as it is."""
        main = distributed.rank() == 0
        validation = validation if main else []
        budget_start = time.monotonic() - self.seconds
        last_save = last_validation = time.monotonic()
        mean: dict[str, float] = {}
        averaged = 0
        with open(self.run / 'log.jsonl', 'a', buffering=1) as log:
            def line(**values) -> None:
                if not main:
                    return
                text = json.dumps({'step': self.step, 'seconds': round(self.seconds, 1), **values})
                log.write(text + '\n')
                print(text, flush=True)

            started, first_step = time.monotonic(), self.step
            while self.step < max_steps:
                self.seconds, interrupted = distributed.largest([time.monotonic() - budget_start, self.interrupted], self.device)
                if interrupted:
                    self.save()
                    line(end='interrupted')
                    return False
                progress = self.seconds / max_seconds if max_steps == 10 ** 9 else self.step / max_steps
                if progress >= 1:
                    break
                factor = schedule(progress, self.config)
                for key, value in self.train_step(factor).items():
                    mean[key] = mean.get(key, 0.0) + value
                averaged += 1
                if self.step % log_every == 0:
                    rate = (self.step - first_step) * self.config.batch / (time.monotonic() - started)
                    line(**{k: round(v / averaged, 4) for k, v in mean.items()}, factor=round(factor, 4), crops_per_second=round(rate, 2))
                    mean, averaged = {}, 0
                if time.monotonic() - last_save > checkpoint_every:
                    self.save()
                    last_save = time.monotonic()
                if validation and time.monotonic() - last_validation > validate_every:
                    rows = self.validate(validation[::4], [10, 35, 60, 85])
                    if rows:
                        line(validation=rows)
                    last_validation = time.monotonic()
            if self.step == first_step and self.has_finished():
                return True
            if validation:
                rows = self.validate(validation[::4], [0, 15, 30, 45, 60, 75, 90, 100])
                if rows is None:
                    self.save()
                    line(end='interrupted')
                    return False
                line(validation=rows)
            self.save()
            line(end='finished')
            return True
