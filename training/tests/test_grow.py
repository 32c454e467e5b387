"""A model grown by latent channels codes what it coded, and shows more."""
import copy

import numpy as np
import pytest
import torch

from nic_training.grow import fit_latents, grow_latents
from nic_training.layers import split_steps
from nic_training.model import PIXEL_SCALE, Codec, ModelConfig
from nic_training.train import TrainConfig, Trainer

from conftest import CPU, TINY

FEW, MANY = 32, 64
#: Of each old channel, among the new ones.
PLACE = [c // (FEW // 4) * (MANY // 4) + c % (FEW // 4) for c in range(FEW)]


def grow(model: Codec) -> Codec:
    grown = Codec(ModelConfig(**{**vars(model.config), 'latent_channels': MANY})).eval()
    grown.load_state_dict(grow_latents(model.state_dict(), model.config, grown))
    return grown


@pytest.fixture(scope='module')
def pixels(pictures) -> torch.Tensor:
    return pictures.crops(8, 64, np.random.default_rng(3))


def decode(model: Codec, y: torch.Tensor, quality: torch.Tensor) -> torch.Tensor:
    return model.synthesis(y, quality) / PIXEL_SCALE + 128


@torch.no_grad()
def test_old_channels_are_coded_as_before(tiny, pixels):
    model, quality = tiny.model, torch.full((len(pixels),), 60.0)
    grown = grow(model)
    y = model.analysis((pixels - 128) * PIXEL_SCALE, quality)
    more = grown.analysis((pixels - 128) * PIXEL_SCALE, quality)
    assert torch.allclose(more[:, PLACE], y, atol=1e-4)
    assert torch.allclose(grown.hyperprior.analyze(more), model.hyperprior.analyze(y), atol=1e-4)
    prior = torch.randn(len(pixels), model.config.prior_channels, *y.shape[-2:], generator=torch.Generator().manual_seed(1))
    for step in range(4):
        before = model.context.head(step, model.context.features(step, prior, split_steps(y.round())[:step]))
        after = grown.context.head(step, grown.context.features(step, prior, split_steps(more.round())[:step]))
        for old, new in zip(before, after):
            assert torch.allclose(new[..., :old.shape[-1]], old, atol=1e-3)
    padded = torch.zeros_like(more)
    padded[:, PLACE] = y
    assert torch.allclose(decode(grown, padded, quality), decode(model, y, quality), atol=1e-2)


@torch.no_grad()
def test_new_channels_show_what_the_old_ones_cannot(tiny, pixels):
    model, grown = tiny.model, grow(tiny.model)
    fit_latents(grown, FEW, pixels)
    for quality in (100.0, 60.0):
        q = torch.full((len(pixels),), quality)
        error = [float((decode(m, m.analysis((pixels - 128) * PIXEL_SCALE, q), q) - pixels).pow(2).mean()) for m in (model, grown)]
        assert error[1] < 0.9 * error[0]


def test_channels_are_not_taken_away(tiny):
    grown = grow(tiny.model)
    with pytest.raises(ValueError, match='64 latent channels cannot start one of 32'):
        grow_latents(grown.state_dict(), grown.config, copy.deepcopy(tiny.model))


def test_the_trainer_grows_a_checkpoint(tiny, pictures, tmp_path):
    config = TrainConfig.load(TINY)
    config.model['latent_channels'] = MANY
    trainer = Trainer(config, pictures, tmp_path, CPU, tiny.run / 'checkpoint.pt')
    old = tiny.model.analysis.down.weight
    assert trainer.model.config.latent_channels == MANY
    assert torch.equal(trainer.model.analysis.down.weight[PLACE], old)
    trainer.train(1e9, [], max_steps=2)
    assert Trainer(config, pictures, tmp_path, CPU, None).step == 2
