"""What the auxiliary models share: the command line, the frozen base, the training loop, integers and files."""
from __future__ import annotations

import json
import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..export import Exported, check_decoder, load_codec
from ..grow import place_channels
from ..model import PIXEL_SCALE, Codec, history_of
from ..train import TrainConfig, save_atomically, schedule


def add_run_arguments(parser: ArgumentParser, max_seconds: float | None) -> None:
    """Where the model goes and how long its training takes."""
    parser.add_argument('--out', type=Path, required=True, help='folder for the manifest and the weights')
    parser.add_argument('--run', type=Path, help='folder for checkpoint and log; resumes what is in it')
    parser.add_argument('--max-seconds', type=float, default=max_seconds, help='time of the training in all')
    parser.add_argument('--max-steps', type=int, help='steps in all, in place of a time')
    parser.add_argument('--log-every', type=int, default=50)
    parser.add_argument('--threads', type=int)
    parser.add_argument('--seed', type=int, default=1)


def add_base_arguments(parser: ArgumentParser) -> None:
    """Photographs, and the base model as a checkpoint and as it was exported."""
    parser.add_argument('--data', type=Path, nargs='+', required=True, help='folders of photographs')
    parser.add_argument('--validation', type=Path, required=True, help='folder of pictures to measure the gain on')
    parser.add_argument('--checkpoint', type=Path, required=True, help='checkpoint of the base model')
    parser.add_argument('--manifest', type=Path, required=True, help='manifest of the base model')


def add_checkpoint_arguments(parser: ArgumentParser) -> None:
    """Small checkpoints to go on from beside another base model."""
    parser.add_argument('--initial', type=Path, help='checkpoint of a run, with this base model or another, to start from')
    parser.add_argument('--release', type=Path, help='file for the weights as a small checkpoint, for a later --initial')


@dataclass
class Base(Exported):
    """The frozen base model, with its float networks."""
    codec: Codec


def load_base(checkpoint: Path, manifest_path: Path) -> Base:
    """ValueError where the manifest was exported from another checkpoint."""
    codec, state = load_codec(checkpoint)
    manifest = json.loads(manifest_path.read_text())
    check_decoder(manifest, history_of(state), manifest_path, checkpoint)
    return Base(manifest, manifest_path.stem, codec.requires_grad_(False))


@torch.no_grad()
def rounded_latents(codec: Codec, pixels: Tensor, quality: Tensor) -> Tensor:
    """y_hat (B, M, h, w) as a decoder has it, in quantisation steps; pixels (B, 3, H, W) in 0-255, sides multiples of 32."""
    return codec.latents(codec.analysis((pixels - 128) * PIXEL_SCALE, quality), quality, False)[0]


@torch.no_grad()
def decoded_pixels(codec: Codec, latents: Tensor, quality: Tensor) -> Tensor:
    """(B, 3, H, W) whole numbers 0-255."""
    return (codec.synthesis(latents, quality) / PIXEL_SCALE + 128).round().clamp(0, 255)


@dataclass
class Work:
    """What has gone into a model."""
    step: int = 0
    seconds: float = 0.0

    def after(self, log: Log) -> Work:
        return Work(self.step + log.step, self.seconds + log.seconds)


def continue_from(network: nn.Module, path: Path | None, groups: int = 4) -> Work:
    """Load what `release` wrote, if anything, and say what had gone into it. Where a dimension was smaller, its entries go to the start of
    each of the groups of channels that it consists of now."""
    if path is None:
        return Work()
    state = torch.load(path, map_location='cpu', weights_only=True)
    fresh = network.state_dict()
    network.load_state_dict({name: place_channels(fresh[name], value.float(), groups) for name, value in state['model'].items()})
    return Work(state['step'], state['seconds'])


def release(network: nn.Module, work: Work, path: Path | None) -> None:
    """Write the weights as fp16, if there is a path to write to."""
    if path is not None:
        weights = {name: value.half() for name, value in network.state_dict().items()}
        save_atomically({'model': weights, 'step': work.step, 'seconds': work.seconds}, path)


class Log:
    """JSON lines on stdout and, with a run, in RUN/log.jsonl."""

    def __init__(self, run: Path | None):
        self.path = run / 'log.jsonl' if run else None
        self.step, self.seconds = 0, 0.0

    def line(self, **values) -> None:
        text = json.dumps({'step': self.step, 'seconds': round(self.seconds, 1), **values})
        print(text, flush=True)
        if self.path:
            with open(self.path, 'a') as file:
                file.write(text + '\n')


class Stateful(Protocol):
    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> None: ...


def fit(network: nn.Module, loss: Callable[[np.random.Generator, float], tuple[Tensor, dict[str, float]]], arguments: Namespace,
        config: TrainConfig, base: Exported | None = None, beside: Stateful | None = None) -> Log:
    """Minimise loss(rng, progress), which also gives what to log, by AdamW over the network's parameters until the time or the
    steps are used up, of which progress is the fraction; goes on from RUN/checkpoint.pt, ValueError where that is of another base
    model. `beside` is what else goes on with the run. SIGINT and SIGTERM save and exit with 130. Returns the log, for the lines that
    follow."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    log, path = Log(arguments.run), None
    identity = base.manifest['sha256'] if base else None
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate)
    if arguments.run:
        arguments.run.mkdir(parents=True, exist_ok=True)
        path = arguments.run / 'checkpoint.pt'
        if path.exists():
            state = torch.load(path, map_location='cpu', weights_only=True)
            if state.get('base', identity) != identity:
                raise ValueError(f'{path} is of another base model')
            network.load_state_dict(state['model'])
            optimizer.load_state_dict(state['optimizer'])
            if beside and 'beside' in state:
                beside.load_state_dict(state['beside'])
            log.step, log.seconds = state['step'], state['seconds']
    interrupts: list[int] = []

    def interrupt(number: int, _frame) -> None:
        interrupts.append(number)
        if len(interrupts) > 1:
            os._exit(130)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, interrupt)
    rng = np.random.default_rng([arguments.seed, log.step])
    torch.manual_seed(arguments.seed + log.step)
    started, sums, count = time.monotonic() - log.seconds, {}, 0
    while not interrupts:
        progress = log.step / arguments.max_steps if arguments.max_steps else log.seconds / arguments.max_seconds
        if progress >= 1:
            break
        factor = schedule(progress, config)
        for group in optimizer.param_groups:
            group['lr'] = config.learning_rate * factor
        value, numbers = loss(rng, progress)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
        if torch.isfinite(norm):
            optimizer.step()
        log.step += 1
        log.seconds = time.monotonic() - started
        for key, number in {'loss': float(value.detach()), **numbers}.items():
            sums[key] = sums.get(key, 0.0) + number
        count += 1
        if log.step % arguments.log_every == 0:
            log.line(**{key: round(total / count, 4) for key, total in sums.items()}, factor=round(factor, 4))
            sums, count = {}, 0
    if path:
        save_atomically({'model': network.state_dict(), 'optimizer': optimizer.state_dict(), 'step': log.step,
                         'seconds': log.seconds, 'base': identity, **({'beside': beside.state_dict()} if beside else {})}, path)
    if interrupts:
        log.line(end='interrupted')
        sys.exit(130)
    return log
