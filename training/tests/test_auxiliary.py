"""What the auxiliary models share, by the smallest of them: trained, resumed, quantised, written and run as integers."""
import hashlib
import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import torch

from nic_training.auxiliary.common import fit, load_base
from nic_training.auxiliary.xor import BITS, TARGETS, registers
from nic_training.export import Exported, write_auxiliary
from nic_training.integer import IntegerNetworks
from nic_training.train import TrainConfig

from conftest import release_tiny
from test_export import extremes

TRAINING = Path(__file__).parent.parent


def aux(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, '-m', 'nic_training', 'aux', *words], cwd=TRAINING, capture_output=True, text=True)


def lines_of(result: subprocess.CompletedProcess) -> list[dict]:
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope='module', params=['1', '2'])
def xor(request, tmp_path_factory) -> tuple[list[dict], IntegerNetworks]:
    folder = tmp_path_factory.mktemp('xor')
    return lines_of(aux('xor', '--out', str(folder), '--seed', request.param)), IntegerNetworks(folder / 'xor.json')


def test_training_again_gives_a_network_that_computes_xor_in_integers(xor):
    lines, model = xor
    assert lines[-1]['end'] == 'finished' and lines[-2]['loss'] < 1e-3 and lines[-2]['right'] == 4
    out = model.run(model.manifest['networks']['xor'], {'input': registers()['input'] * 2 ** BITS}, 0)
    assert (out[0, :, 0] / 2 ** BITS - TARGETS).abs().max() < 0.02
    assert torch.equal(out[..., 1:], torch.zeros_like(out[..., 1:]))


def test_no_input_overflows_an_accumulator_of_xor(xor):
    _, model = xor
    for op in model.manifest['networks']['xor']:
        for values in extremes(model, op):
            assert abs(values).max() < 2 ** 31
            assert abs(values).max() > 2 ** 29, 'a shift that wastes bits'


def test_the_manifest_of_an_auxiliary_names_its_kind_in_every_tensor(xor):
    _, model = xor
    manifest = model.manifest
    assert (manifest['format'], manifest['version'], manifest['kind'], manifest['name']) == ('nic-auxiliary', 1, 'xor', 'xor')
    assert list(manifest['tensors']) == [f'xor.xor.{i}.{key}' for i in range(2) for key in ('weight', 'bias')]
    assert all(info['offset'] % 16 == 0 for info in manifest['tensors'].values())


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    words = ('xor', '--out', str(tmp_path / 'out'), '--run', str(tmp_path / 'run'), '--log-every', '10')
    lines_of(aux(*words, '--max-steps', '30'))
    second = lines_of(aux(*words, '--max-steps', '50'))
    assert [line['step'] for line in second] == [40, 50, 50]
    assert len((tmp_path / 'run' / 'log.jsonl').read_text().splitlines()) == 4 + 3


def run_arguments(run: Path, **values) -> Namespace:
    return Namespace(**{'run': run, 'threads': None, 'seed': 1, 'max_steps': 2, 'max_seconds': 60, 'log_every': 50, **values})


def test_a_run_goes_on_beside_its_base_alone(tmp_path):
    network = torch.nn.Linear(2, 1)

    def train(sha256: str) -> int:
        loss = lambda _rng, _progress: (network(torch.ones(1, 2)).square().sum(), {})
        return fit(network, loss, run_arguments(tmp_path), TrainConfig(), Exported({'sha256': sha256}, 'base')).step

    assert train('one') == 2 and train('one') == 2
    with pytest.raises(ValueError, match='checkpoint.pt is of another base model'):
        train('two')


def test_a_loss_knows_the_progress_of_the_whole_run(tmp_path):
    network, seen = torch.nn.Linear(2, 1), []

    def loss(_rng, progress: float):
        seen.append(progress)
        return network(torch.ones(1, 2)).square().sum(), {}

    for max_steps in (2, 4):
        fit(network, loss, run_arguments(tmp_path, max_steps=max_steps), TrainConfig())
    assert seen == [0, 0.5, 0.5, 0.75]


def test_xor_trains_for_the_time_it_is_given(tmp_path):
    lines = lines_of(aux('xor', '--out', str(tmp_path), '--max-seconds', '0.05', '--log-every', '1'))
    assert lines[-1]['seconds'] >= 0.05 and lines[-1]['step'] < 1000


def test_an_unknown_kind_is_refused_with_those_there_are():
    result = aux('nothing')
    assert result.returncode == 2 and 'xor' in result.stderr


def test_a_base_must_be_the_one_of_the_checkpoint(tiny, tmp_path):
    manifest = release_tiny(tiny, tmp_path)
    with pytest.raises(ValueError, match='was not exported from'):
        load_base(tmp_path / 'tiny.pt', tiny.run.parent / 'tiny.json')
    (tmp_path / 'own.json').write_text(json.dumps(manifest))
    base = load_base(tmp_path / 'tiny.pt', tmp_path / 'own.json')
    assert base.name == 'own' and not any(p.requires_grad for p in base.codec.parameters())
    written = write_auxiliary(tmp_path, 'none', {}, {}, base=base, tables={'steps': torch.arange(3).int().numpy()})
    assert written['base'] == manifest['sha256'] and written['name'] == 'own.none'
    assert written['tables'] == {'steps': 'none.steps'}
    assert hashlib.sha256((tmp_path / 'own.none.bin').read_bytes()).hexdigest() == written['sha256']
