"""The committed checkpoint: what a later run needs to train on, small enough for the repository."""
from __future__ import annotations

import json
from pathlib import Path

import torch

from .train import save_atomically


def release(run: Path, out: Path) -> dict:
    """Write the EMA weights of a run as fp16 with config, step count, history and the validation curve over time; returns
    everything but the weights. `train --initial OUT` and `export --checkpoint OUT` read it."""
    state = torch.load(run / 'checkpoint.pt', map_location='cpu', weights_only=True)
    lines = [json.loads(line) for line in (run / 'log.jsonl').read_text().splitlines()]
    curve = [{key: line[key] for key in ('step', 'seconds', 'validation')} for line in lines if 'validation' in line]
    about = {
        'model_config': state['model_config'], 'train_config': state['train_config'],
        'step': state['step'], 'history': state['history'], 'seconds': state['seconds'], 'curve': curve,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    save_atomically({**about, 'ema': {name: value.half() for name, value in state['ema'].items()}}, out)
    return about
