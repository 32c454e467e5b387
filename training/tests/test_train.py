"""The trainer: the loss falls, a run ends by steps, by time and by a signal, and goes on where it was."""
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nic_training.data import Pictures
from nic_training.layers import mixed_precision
from nic_training.similarity import ms_ssim
from nic_training.train import TrainConfig, Trainer, rate_distortion, schedule, validate

from conftest import CPU, TINY, make_photo

PACKAGE = Path(__file__).parent.parent


def read_log(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / 'log.jsonl').read_text().splitlines()]


def start(run: Path, photos: Path, *arguments: str, launcher: tuple = ('-m', 'nic_training')) -> subprocess.Popen:
    command = [sys.executable, *launcher, 'train', '--config', str(TINY), '--data', str(photos), '--run', str(run),
               '--threads', '1', *arguments]
    environment = {**os.environ, 'PYTHONPATH': str(PACKAGE), 'OMP_NUM_THREADS': '1'}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_twenty_steps_lower_the_loss(tiny):
    assert tiny.finished
    assert tiny.after < 0.995 * tiny.before
    log = read_log(tiny.run)
    assert [line['step'] for line in log] == [5, 10, 15, 20, 20]
    assert all({'loss', 'bpp', 'psnr', 'gradient', 'factor', 'crops_per_second'} <= line.keys() for line in log[:-1])
    assert log[-1]['end'] == 'finished'


def test_a_run_goes_on_from_its_checkpoint(pictures, tmp_path):
    config = TrainConfig.load(TINY)
    Trainer(config, pictures, tmp_path, CPU, None).train(1e9, [], max_steps=2)
    resumed = Trainer(config, pictures, tmp_path, CPU, None)
    assert resumed.step == 2 and resumed.seconds > 0
    saved = torch.load(tmp_path / 'checkpoint.pt', weights_only=True)
    for name, value in resumed.model.state_dict().items():
        assert torch.equal(value, saved['model'][name]), name
    resumed.train(1e9, [], max_steps=4, log_every=2)
    assert resumed.step == 4
    assert torch.load(tmp_path / 'checkpoint.pt', weights_only=True)['step'] == 4
    assert [line['step'] for line in read_log(tmp_path)] == [2, 4, 4]
    assert not list(tmp_path.glob('*.tmp'))


def test_a_run_goes_on_at_the_learning_rate_it_is_given(pictures, tmp_path):
    config = TrainConfig.load(TINY)
    Trainer(config, pictures, tmp_path, CPU, None).save()
    resumed = Trainer(replace(config, learning_rate=1e-5), pictures, tmp_path, CPU, None)
    assert {group['base_lr'] for group in resumed.optimizer.param_groups} == {1e-5}


def test_a_finished_run_without_a_step_to_take_stays_as_it_is(pictures, photos, tmp_path):
    config, validation, path = TrainConfig.load(TINY), [photos / '0.png'], tmp_path / 'checkpoint.pt'
    Trainer(config, pictures, tmp_path, CPU, None).train(1e9, [], max_steps=1)
    torch.save({**torch.load(path, weights_only=True), 'filter': {'bases': torch.ones(1)}}, path)
    before = [(tmp_path / name).read_bytes() for name in ('checkpoint.pt', 'log.jsonl')]
    assert Trainer(config, pictures, tmp_path, CPU, None).train(1e9, validation, max_steps=1)
    assert [(tmp_path / name).read_bytes() for name in ('checkpoint.pt', 'log.jsonl')] == before
    Trainer(config, pictures, tmp_path, CPU, None).train(1e9, [], max_steps=2)
    assert 'filter' not in torch.load(path, weights_only=True)


def test_a_run_that_was_stopped_in_its_last_validation_is_validated_when_it_goes_on(pictures, photos, tmp_path):
    config, validation = TrainConfig.load(TINY), [photos / '0.png']
    trainer = Trainer(config, pictures, tmp_path, CPU, None)
    evaluate, trainer.ema_model = trainer.ema_model, lambda: (trainer.interrupt(), evaluate())[1]
    assert not trainer.train(1e9, validation, max_steps=1)
    assert Trainer(config, pictures, tmp_path, CPU, None).train(1e9, validation, max_steps=1)
    assert [sorted(line.keys() - {'step', 'seconds'}) for line in read_log(tmp_path)] == [['end'], ['validation'], ['end']]


def test_blocks_are_added_to_a_checkpoint_but_not_dropped(tiny, pictures, tmp_path):
    config = TrainConfig.load(TINY)
    deeper = replace(config, model={**config.model, 'analysis_blocks': 2})
    trainer = Trainer(deeper, pictures, tmp_path / 'deeper', CPU, tiny.run / 'checkpoint.pt')
    assert not trainer.model.analysis.blocks[1].ffn_out.weight.any()
    trainer.save()
    with pytest.raises(ValueError, match='deeper than the config'):
        Trainer(config, pictures, tmp_path / 'shallower', CPU, tmp_path / 'deeper' / 'checkpoint.pt')


def test_another_run_starts_from_the_averaged_weights(tiny, pictures, tmp_path):
    trainer = Trainer(TrainConfig.load(TINY), pictures, tmp_path, CPU, tiny.run / 'checkpoint.pt')
    assert trainer.step == 0
    ema = torch.load(tiny.run / 'checkpoint.pt', weights_only=True)['ema']
    for name, value in trainer.model.state_dict().items():
        if not name.startswith(('hyperprior.hyper_index', 'hyperprior.hyper_mean')):  # those are fitted anew
            assert torch.equal(value, ema[name]), name


def test_a_checkpoint_to_start_from_must_exist_while_the_run_is_new(pictures, tmp_path):
    config, missing = TrainConfig.load(TINY), tmp_path / 'missing.pt'
    with pytest.raises(FileNotFoundError, match=str(missing)):
        Trainer(config, pictures, tmp_path / 'run', CPU, missing)
    assert not (tmp_path / 'run').exists()
    Trainer(config, pictures, tmp_path / 'run', CPU, None).save()
    assert Trainer(config, pictures, tmp_path / 'run', CPU, missing).step == 0


def test_another_run_draws_other_crops(tiny, pictures, tmp_path):
    first = Trainer(TrainConfig.load(TINY), pictures, tmp_path / 'first', CPU, None)
    second = Trainer(TrainConfig.load(TINY), pictures, tmp_path / 'second', CPU, tiny.run / 'checkpoint.pt')
    assert not np.array_equal(first.rng.uniform(size=8), second.rng.uniform(size=8))


def test_the_time_budget_ends_a_run(pictures, tmp_path):
    trainer = Trainer(TrainConfig.load(TINY), pictures, tmp_path, CPU, None)
    assert trainer.train(max_seconds=0.2, validation=[])
    assert trainer.step > 0 and trainer.seconds >= 0.2
    steps = trainer.step
    assert Trainer(TrainConfig.load(TINY), pictures, tmp_path, CPU, None).train(0.2, [])
    assert torch.load(tmp_path / 'checkpoint.pt', weights_only=True)['step'] == steps


def changed_by_a_step(part: str, tiny, pictures, run: Path) -> set[str]:
    """Names of the weights that differ from those of the checkpoint after one step that trains a part."""
    config = replace(TrainConfig.load(TINY), train=part)
    trainer = Trainer(config, pictures, run, CPU, tiny.run / 'checkpoint.pt')
    before = torch.load(tiny.run / 'checkpoint.pt', weights_only=True)['ema']
    trainer.train_step(1.0)
    return {k for k, v in trainer.model.state_dict().items() if not torch.equal(v, before[k])}


def test_frozen_transforms_do_not_change(tiny, pictures, tmp_path):
    changed = changed_by_a_step('entropy', tiny, pictures, tmp_path)
    assert {name.split('.')[0] for name in changed} == {'hyperprior', 'context'}


def test_training_the_encoder_changes_nothing_of_the_decoder(tiny, pictures, tmp_path):
    changed = changed_by_a_step('encoder', tiny, pictures, tmp_path)
    assert {name.split('.')[0] for name in changed} == {'analysis', 'hyperprior'}
    assert {name.split('.')[1] for name in changed if name.startswith('hyperprior')} == {'analysis_in', 'analysis_blocks', 'analysis_down'}


def test_training_the_encoder_refuses_a_config_of_another_decoder(tiny, pictures, tmp_path):
    config = replace(TrainConfig.load(TINY), train='encoder')
    cases = [({'lambda_max': 0.5, 'lambda_min': 0.001}, 'lambda_min, lambda_max'), ({'latent_channels': 64}, 'latent_channels')]
    for changes, fields in cases:
        with pytest.raises(ValueError, match=f'checkpoint.pt: {fields}$'):
            Trainer(replace(config, model={**config.model, **changes}), pictures, tmp_path / 'run', CPU, tiny.run / 'checkpoint.pt')
    assert not (tmp_path / 'run').exists()
    Trainer(replace(config, model={**config.model, 'analysis_blocks': 2}), pictures, tmp_path / 'run', CPU, tiny.run / 'checkpoint.pt')


@pytest.fixture(scope='module')
def large(tmp_path_factory) -> Path:
    """A picture that MS-SSIM is defined for."""
    path = tmp_path_factory.mktemp('large') / 'large.png'
    Image.fromarray(make_photo(41, 192, 192)).save(path)
    return path


def test_similarity_joins_the_loss_by_its_weight(tiny, large, tmp_path):
    config = replace(TrainConfig.load(TINY), crop=192, batch=2)
    pictures = Pictures([large.parent], CPU, 192)
    plain, similar = (Trainer(replace(config, ms_ssim=weight), pictures, tmp_path / str(weight), CPU, tiny.run / 'checkpoint.pt')
                      for weight in (0.0, 500.0))
    pixels = pictures.crops(2, 192, np.random.default_rng(1))
    drawn = iter([pixels] * 2)
    pictures.crops = lambda *_: next(drawn)
    quality = torch.tensor(np.random.default_rng(3).uniform(0, 100, 2), dtype=torch.float32)
    lmbda = plain.model.config.lmbda(quality)
    weight = (lmbda / (plain.model.config.lambda_min * plain.model.config.lambda_max) ** 0.5) ** -config.rate_exponent
    with torch.no_grad(), mixed_precision('cpu'):
        reconstruction = rate_distortion(plain.model, pixels, quality)[0]
    expected = float((weight * lmbda * 500 * (1 - ms_ssim(reconstruction, pixels))).mean())
    losses = []
    for trainer in (plain, similar):
        trainer.rng = np.random.default_rng(3)  # draws the same qualities
        torch.manual_seed(6)
        losses.append(trainer.train_step(1.0)['loss'])
    assert expected > 0.01 * losses[0]
    assert losses[1] - losses[0] == pytest.approx(expected, rel=0.02)
    with pytest.raises(ValueError, match='161 pixels, not 64'):
        Trainer(replace(config, crop=64, ms_ssim=1.0), pictures, tmp_path / 'small', CPU, None)


def test_a_validation_has_the_similarity_of_pictures_that_are_large_enough(tiny, photos, large):
    (small,), (row,) = (validate(tiny.model, [path], [60.0], CPU) for path in (photos / '0.png', large))
    assert 'ms_ssim' not in small and small['psnr'] > 20
    assert 0.8 < row['ms_ssim'] < 1


def test_a_picture_without_any_error_can_be_validated(tmp_path):
    class Perfect(torch.nn.Module):
        def forward(self, pixels, quality, noise):
            return pixels, torch.tensor(1.0), torch.tensor(1.0)

    Image.new('RGB', (8, 8), 'gray').save(tmp_path / 'flat.png')
    assert validate(Perfect(), [tmp_path / 'flat.png'], [100.0], CPU)[0]['psnr'] == pytest.approx(88.131)


def test_the_learning_rate_warms_up_and_decays():
    config = TrainConfig(warmup=0.1, decay_from=0.5)
    assert schedule(0.0, config) == pytest.approx(0.01)
    assert schedule(0.05, config) == pytest.approx(0.5)
    assert schedule(0.3, config) == 1
    assert schedule(0.75, config) == pytest.approx(0.5)
    assert schedule(1.0, config) == pytest.approx(0.005)


def test_an_unknown_key_of_a_config_is_refused(tmp_path):
    path = tmp_path / 'config.json'
    path.write_text('{"learning_rat": 1}')
    with pytest.raises(ValueError, match='learning_rat'):
        TrainConfig.load(path)


@pytest.mark.parametrize('values, message', [
    ({'crop': 100}, r'crop in .* must be a multiple of 32, not 100'),
    ({'learning_rate': '4e-4'}, r'learning_rate in .* must be a number, not "4e-4"'),
    ({'batch': 2.5}, r'batch in .* must be a whole number, not 2.5'),
    ({'batch': 0}, r'batch in .* must be at least 1, not 0'),
    ({'model': {'latent_channel': 32}}, r'unknown keys in .*: latent_channel$'),
])
def test_a_value_of_a_config_that_cannot_be_trained_with_is_refused(tmp_path, values, message):
    path = tmp_path / 'config.json'
    path.write_text(json.dumps(values))
    with pytest.raises(ValueError, match=message):
        TrainConfig.load(path)


@pytest.mark.parametrize('path', sorted(TINY.parent.iterdir()), ids=lambda path: path.stem)
def test_the_configs_of_the_package_can_be_read(path):
    TrainConfig.load(path)


def test_a_signal_ends_a_run_with_a_checkpoint(photos, tmp_path):
    process = start(tmp_path / 'run', photos, '--log-every', '1')
    first = json.loads(process.stdout.readline())
    assert first['pictures'] == 4 and first['processes'] == 1
    assert json.loads(process.stdout.readline())['step'] == 1
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    last = json.loads(output.splitlines()[-1])
    assert last['end'] == 'interrupted'
    assert torch.load(tmp_path / 'run' / 'checkpoint.pt', weights_only=True)['step'] == last['step'] >= 1


def test_a_signal_during_a_validation_ends_the_run(pictures, photos, tmp_path):
    trainer = Trainer(TrainConfig.load(TINY), pictures, tmp_path, CPU, None)
    evaluate, trainer.ema_model = trainer.ema_model, lambda: (trainer.interrupt(), evaluate())[1]
    assert not trainer.train(1e9, [photos / '0.png'], max_steps=1)
    assert [line.get('end') for line in read_log(tmp_path)] == ['interrupted']
    assert torch.load(tmp_path / 'checkpoint.pt', weights_only=True)['step'] == 1


def test_two_processes_train_one_model(photos, tmp_path):
    launcher = ('-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', '-m', '--', 'nic_training')
    process = start(tmp_path / 'run', photos, '--max-steps', '3', '--log-every', '1', launcher=launcher)
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[0]['processes'] == 2
    assert [line['step'] for line in lines[1:]] == [1, 2, 3, 3]  # one log, by rank 0 alone
    assert torch.load(tmp_path / 'run' / 'checkpoint.pt', weights_only=True)['step'] == 3
