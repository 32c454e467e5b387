"""What the tests share: generated photographs, a tiny trained model, and its export."""
from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from nic_training.contexts import fit_contexts
from nic_training.data import Pictures
from nic_training.export import calibration_pictures, export
from nic_training.graph import build_graph
from nic_training.integer import IntegerModel
from nic_training.model import history_of
from nic_training.release import release
from nic_training.train import TrainConfig, Trainer

CPU = torch.device('cpu')
TINY = Path(__file__).parent.parent / 'nic_training' / 'configs' / 'tiny.json'


def make_photo(seed: int, width: int = 112, height: int = 96) -> np.ndarray:
    """(height, width, 3) uint8: noise of a steep spectrum, which few latents can hold, and a slope."""
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    spectrum = 1 / np.maximum(np.hypot(fy, fx), 1 / width) ** 2
    luma, *chroma = (np.fft.irfft2(np.fft.rfft2(rng.standard_normal((height, width))) * spectrum, s=(height, width))
                     for _ in range(3))
    luma = luma / luma.std() * 40 + np.linspace(-30, 30, width)
    rgb = luma[..., None] + np.stack([c / c.std() * 12 for c in (*chroma, -chroma[0])], axis=2)
    return np.clip(rgb + 128, 0, 255).round().astype(np.uint8)


@pytest.fixture(scope='session', autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def photos(tmp_path_factory) -> Path:
    """A folder of four pictures."""
    folder = tmp_path_factory.mktemp('photos')
    for seed in range(4):
        Image.fromarray(make_photo(seed)).save(folder / f'{seed}.png')
    return folder


@pytest.fixture(scope='session')
def pictures(photos) -> Pictures:
    return Pictures([photos], CPU, 64)


@pytest.fixture(scope='session')
def tiny(photos, pictures, tmp_path_factory) -> SimpleNamespace:
    """The tiny config after 20 steps: trainer, its log, the loss on fixed crops before and after, graph and export."""
    folder = tmp_path_factory.mktemp('tiny')
    trainer = Trainer(TrainConfig.load(TINY), pictures, folder / 'run', CPU, None)
    before = fixed_loss(trainer)
    finished = trainer.train(1e9, [], max_steps=20, log_every=5)
    model = trainer.ema_model()
    manifest = export(model, calibration_pictures([photos], 2, 64), fit_contexts(model, [photos], 2), folder, 'tiny', 7,
                      {'made': 'for tests'}, [])
    return SimpleNamespace(trainer=trainer, run=folder / 'run', finished=finished, before=before, after=fixed_loss(trainer),
                           model=model, graph=build_graph(model), manifest=manifest,
                           integer=IntegerModel(folder / 'tiny.json'))


def release_tiny(tiny: SimpleNamespace, folder: Path) -> dict:
    """FOLDER/tiny.pt, a small checkpoint of the tiny run, and its export, which says that it comes from there; returns its manifest."""
    release(tiny.run, folder / 'tiny.pt')
    manifest = json.loads((tiny.run.parent / 'tiny.json').read_text())
    manifest['provenance']['training'] = history_of(torch.load(folder / 'tiny.pt', weights_only=True))
    (folder / 'tiny.json').write_text(json.dumps(manifest))
    for name in ('tiny.bin', 'tiny.encoder.json', 'tiny.encoder.bin'):
        (folder / name).write_bytes((tiny.run.parent / name).read_bytes())
    return manifest


def fixed_loss(trainer: Trainer) -> float:
    """The loss of the trainer's weights on crops and noise that never change."""
    from nic_training.train import rate_distortion
    pixels = trainer.pictures.crops(4, 64, np.random.default_rng(5))
    quality = torch.tensor([10.0, 35.0, 60.0, 85.0])
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(5)
        _, bpp, mse = rate_distortion(trainer.model, pixels, quality)
    lmbda = trainer.model.config.lmbda(quality)
    weight = (lmbda / lmbda.log().mean().exp()) ** -0.5
    return float((weight * (bpp + lmbda * mse)).mean())
