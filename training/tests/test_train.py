"""The trainer: the loss falls, a run ends by steps, by time and by a signal, and goes on where it was."""
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nic_training.train import TrainConfig, Trainer, schedule

from conftest import CPU, TINY

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


def test_the_time_budget_ends_a_run(pictures, tmp_path):
    trainer = Trainer(TrainConfig.load(TINY), pictures, tmp_path, CPU, None)
    assert trainer.train(max_seconds=0.2, validation=[])
    assert trainer.step > 0 and trainer.seconds >= 0.2
    steps = trainer.step
    assert Trainer(TrainConfig.load(TINY), pictures, tmp_path, CPU, None).train(0.2, [])
    assert torch.load(tmp_path / 'checkpoint.pt', weights_only=True)['step'] == steps


def test_frozen_transforms_do_not_change(tiny, pictures, tmp_path):
    config = replace(TrainConfig.load(TINY), freeze_transforms=True)
    trainer = Trainer(config, pictures, tmp_path, CPU, tiny.run / 'checkpoint.pt')
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    trainer.train_step(1.0)
    changed = {k.split('.')[0] for k, v in trainer.model.state_dict().items() if not torch.equal(v, before[k])}
    assert changed == {'hyperprior', 'context'}


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
