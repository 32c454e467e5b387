"""The perceptual synthesis: its start, its losses, a few steps of its training, its integers, and going on from a run."""
from argparse import Namespace
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from nic_training.auxiliary.common import Base, decoded_pixels, fit, rounded_latents
from nic_training.auxiliary.perceptual import (NOISE_BITS, NOISE_CHANNELS, FrozenCrops, Game, Players, build_ops, integer_samples,
                                               noise_field, noise_tensor, write)
from nic_training.data import load_picture
from nic_training.graph import run_float
from nic_training.integer import IntegerNetworks
from nic_training.model import PIXEL_SCALE, Codec
from nic_training.texture import BandEnergy, locked_energy, radial_spectrum, texture_distance
from nic_training.train import TrainConfig

SETTINGS = Namespace(batch=2, crop=64, adversarial=0.5, discriminator_rate=1e-3, distortion=0.5, grid=0.5)


def latents_of(model, photos, quality: float = 30.0):
    picture = load_picture(photos / '0.png')[None, :, :96, :96].float()
    return picture, rounded_latents(model, picture, torch.tensor([quality])), torch.tensor([quality])


@pytest.fixture(scope='module')
def trained(tiny, pictures, photos, tmp_path_factory) -> SimpleNamespace:
    """Ten steps of both players, and the export of the result."""
    folder = tmp_path_factory.mktemp('perceptual')
    model = tiny.model
    torch.manual_seed(3)
    players = Players(model)
    game = Game(players, model, FrozenCrops(model, pictures, 8, 64, np.random.default_rng(3), batch=4), SETTINGS)
    optimizer = torch.optim.AdamW(players.generator.parameters(), lr=1e-3)
    rng, numbers = np.random.default_rng(3), []
    for _ in range(10):
        loss, values = game(rng, 0.0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        numbers.append(values)
    torch.save({'model': players.state_dict()}, folder / 'checkpoint.pt')
    base = Base(tiny.manifest, 'tiny', model)
    write(base, players.averaged, Namespace(data=[photos], out=folder), {})
    return SimpleNamespace(players=players, numbers=numbers, checkpoint=folder / 'checkpoint.pt', base=base,
                           networks=IntegerNetworks(folder / 'tiny.perceptual.json'))


def test_without_noise_it_starts_as_the_base_synthesis(tiny, photos):
    _, latents, quality = latents_of(tiny.model, photos)
    generator = Players(tiny.model).generator
    noise = torch.zeros(1, NOISE_CHANNELS, 2 * latents.shape[2], 2 * latents.shape[3])
    with torch.no_grad():
        ours = (generator(latents, noise, quality) / PIXEL_SCALE + 128).round().clamp(0, 255)
    assert torch.equal(ours, decoded_pixels(tiny.model, latents, quality))


def test_training_moves_the_generator_and_neither_the_base_nor_its_copy(trained, tiny):
    players = trained.players
    for name, start in players.start.state_dict().items():
        assert torch.equal(start, tiny.model.synthesis.state_dict()[name])
    assert not torch.equal(players.generator.synthesis.out.weight, players.start.out.weight)
    assert not torch.equal(players.averaged.synthesis.out.weight, players.start.out.weight)
    assert all(np.isfinite(list(values.values())).all() for values in trained.numbers)
    assert {'distortion', 'coarse', 'texture', 'grid', 'discriminator', 'pull'} == set(trained.numbers[0])


def test_a_run_on_the_same_base_goes_on_from_the_running_mean(trained, tiny):
    players = Players(tiny.model)
    players.continue_from(trained.checkpoint)
    for name, value in players.generator.state_dict().items():
        assert torch.allclose(value, trained.players.averaged.state_dict()[name], atol=1e-6), name
    for name, value in players.discriminator.state_dict().items():
        assert torch.equal(value, trained.players.discriminator.state_dict()[name]), name


def test_a_small_checkpoint_does_for_going_on(trained, tiny, tmp_path):
    trained.players.release(tmp_path / 'perceptual.pt')
    assert (tmp_path / 'perceptual.pt').stat().st_size < trained.checkpoint.stat().st_size / 2
    players = Players(tiny.model)
    players.continue_from(tmp_path / 'perceptual.pt')
    assert torch.allclose(players.generator.noise.weight, trained.players.averaged.noise.weight, atol=1e-3)


def test_a_game_goes_on_where_it_was(tiny, pictures, tmp_path):
    arguments = Namespace(**vars(SETTINGS), run=tmp_path, threads=None, seed=1, max_seconds=60, log_every=50)
    crops = FrozenCrops(tiny.model, pictures, 4, 64, np.random.default_rng(3), batch=4)
    games = []
    for max_steps in (2, 3):
        players = Players(tiny.model)
        games.append(Game(players, tiny.model, crops, arguments))
        games[-1].ratios += [0.5] * (not games[1:])
        arguments.max_steps = max_steps
        fit(players, games[-1], arguments, TrainConfig(), None, games[-1])
    assert [game.steps for game in games] == [2, 3] and games[1].ratios == [0.5]
    assert {int(state['step']) for state in games[1].optimizer.state.values()} == {3}


def test_another_base_keeps_what_is_its_own(trained, tiny):
    players = Players(tiny.model)
    with torch.no_grad():
        for synthesis in (players.start, players.generator.synthesis, players.averaged.synthesis):
            synthesis.out.bias += 1
    players.continue_from(trained.checkpoint)
    learned = trained.players.averaged.synthesis.out.bias
    assert torch.allclose(players.generator.synthesis.out.bias, learned + 1, atol=1e-6)


def test_a_larger_base_starts_what_it_has_more_as_its_own(trained, tiny):
    config = replace(tiny.model.config, latent_channels=64, synthesis_blocks=2)
    players = Players(Codec(config))
    players.continue_from(trained.checkpoint)
    ours, learned = players.generator.synthesis, trained.players.averaged.synthesis
    old = [c // 8 * 16 + c % 8 for c in range(32)]
    new = sorted(set(range(64)) - set(old))
    change = learned.up.weight - trained.players.start.up.weight
    assert torch.allclose(ours.up.weight[:, old], players.start.up.weight[:, old] + change, atol=1e-6)
    assert torch.equal(ours.up.weight[:, new], players.start.up.weight[:, new])
    assert torch.equal(ours.blocks[1].expand.weight, players.start.blocks[1].expand.weight)


def test_the_operations_give_what_the_network_gives(trained, tiny, photos):
    _, latents, quality = latents_of(tiny.model, photos)
    model, (_, _, h, w) = trained.players.averaged, latents.shape
    noise = noise_tensor(0, 0, 2 * h, 2 * w)
    with torch.no_grad():
        expected = model(latents, noise, quality) / PIXEL_SCALE
        out = run_float(build_ops(model), {'input': latents[0].permute(1, 2, 0).double(),
                                           'noise': noise[0].permute(1, 2, 0).double()}, 30.0)
    ours = out.view(2 * h, 2 * w, 8, 8, 3).permute(4, 0, 2, 1, 3).reshape(3, 16 * h, 16 * w)
    assert (ours - expected[0]).abs().max() < 0.01


def test_the_integers_are_near_the_network_and_mix_with_the_base(trained, tiny, photos):
    picture, latents, quality = latents_of(tiny.model, photos)
    bits = tiny.manifest['latentBits']
    y_hat = torch.round(latents[0].permute(1, 2, 0).double() * 2 ** bits)
    drawn, half, faithful = (integer_samples(tiny.integer, trained.networks, y_hat, 480, share) for share in (256, 128, 0))
    assert torch.equal(faithful, tiny.integer.synthesize(y_hat, 480))
    inside = (drawn > 0) & (drawn < 255) & (faithful > 0) & (faithful < 255)
    assert inside.float().mean() > 0.9 and (half - (drawn + faithful) / 2)[inside].abs().max() <= 1
    noise = noise_tensor(0, 0, 2 * latents.shape[2], 2 * latents.shape[3])
    with torch.no_grad():
        expected = (trained.players.averaged(latents, noise, quality) / PIXEL_SCALE + 128).clamp(0, 255)[0]
    assert (drawn - expected).abs().mean() < 1


def test_noise_depends_on_the_place_alone():
    whole = noise_field(0, 0, 30, 40)
    assert np.array_equal(noise_field(7, 13, 4, 5), whole[7:11, 13:18])
    assert (whole.min(), whole.max()) == (-128, 127) and abs(whole.mean() + 0.5) < 1.5
    assert abs(np.corrcoef(whole.reshape(-1, NOISE_CHANNELS), rowvar=False) - np.eye(NOISE_CHANNELS)).max() < 0.15
    assert noise_tensor(0, 0, 2, 2).abs().max() <= 128 / 2 ** NOISE_BITS


def test_texture_counts_how_much_there_is_and_not_where():
    rng = np.random.default_rng(1)
    bands = BandEnergy()
    noise = [torch.from_numpy(128 + 20 * rng.standard_normal((1, 3, 96, 96))).float() for _ in range(2)]
    flat = torch.full((1, 3, 96, 96), 128.0)
    assert texture_distance(bands(noise[0]), bands(noise[0])) == 0
    assert texture_distance(bands(noise[0]), bands(noise[1])) < 0.4
    assert texture_distance(bands(noise[0]), bands(flat)) > 3


def test_a_pattern_that_repeats_every_eight_pixels_is_found():
    rng = np.random.default_rng(2)
    free = torch.from_numpy(128 + 10 * rng.standard_normal((1, 3, 96, 96))).float()
    tile = 10 * rng.standard_normal((8, 8))
    locked = torch.from_numpy(np.tile(128 + tile, (12, 12))).float().expand(1, 3, 96, 96)
    assert float((locked_energy(locked) - locked_energy(free)).mean()) > 2


def test_the_spectrum_of_a_wave_peaks_at_its_frequency():
    x = np.arange(128)
    spectrum = radial_spectrum(np.tile(128 + 50 * np.cos(2 * np.pi * 8 * x / 64), (128, 1)))
    assert spectrum.argmax() == 7 and spectrum[7] - spectrum[20] > 40
