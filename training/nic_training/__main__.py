"""python -m nic_training COMMAND: train a model, validate a checkpoint, export it for the codec, train models beside it."""
from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

import torch


def add_train(commands) -> None:
    parser = commands.add_parser('train', help='train, or resume a run')
    parser.add_argument('--config', type=Path, required=True, help='JSON with the keys of TrainConfig')
    parser.add_argument('--data', type=Path, nargs='+', required=True, help='folders of photographs')
    parser.add_argument('--validation', type=Path, help='folder of pictures to validate on')
    parser.add_argument('--run', type=Path, required=True, help='folder for checkpoint and log; resumes what is in it')
    parser.add_argument('--initial', type=Path, help='checkpoint to start from when the run is new')
    parser.add_argument('--max-seconds', type=float, default=3600)
    parser.add_argument('--max-steps', type=int, default=10 ** 9)
    parser.add_argument('--log-every', type=int, default=50)
    parser.add_argument('--threads', type=int)
    parser.set_defaults(run_command=train)


def add_export(commands) -> None:
    parser = commands.add_parser('export', help='quantise a checkpoint to integers and write manifests and weights of model and encoder')
    parser.add_argument('--checkpoint', type=Path, required=True)
    parser.add_argument('--data', type=Path, nargs='+', required=True, help='folders of photographs to calibrate and fit on')
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--name', default='base')
    parser.add_argument('--id', type=int, default=1)
    parser.add_argument('--encoder', action='store_true', help='only the encoder, for the model NAME that OUT holds already')
    parser.add_argument('--skip-below', type=int, default=1)
    parser.add_argument('--calibration', type=int, default=24, help='how many photographs to calibrate on')
    parser.add_argument('--contexts', type=int, default=1000, help='how many photographs to fit the contexts on')
    parser.add_argument('--provenance', type=Path, help='JSON to store with the model')
    parser.set_defaults(run_command=export)


def export(arguments) -> None:
    from .contexts import fit_contexts
    from .export import Exported, calibrate, calibration_pictures, check_decoder, export as write, load_codec, quantize_encoder, write_files
    from .graph import build_graph
    from .model import history_of
    model, state = load_codec(arguments.checkpoint)
    history = history_of(state)
    provenance = json.loads(arguments.provenance.read_text()) if arguments.provenance else {}
    pictures = calibration_pictures(arguments.data, arguments.calibration)
    notice = lambda line: print(line, file=sys.stderr, flush=True)
    if arguments.encoder:
        path = arguments.out / f'{arguments.name}.json'
        base, graph = json.loads(path.read_text()), build_graph(model)
        check_decoder(base, history, path, arguments.checkpoint)
        notice('weights: calibrating and rounding')
        encoder = quantize_encoder(graph, calibrate(graph, pictures), Exported(base, arguments.name), {**provenance, 'training': history})
        write_files(arguments.out, encoder)
        manifest = encoder.manifest
    else:
        contexts = fit_contexts(model, arguments.data, arguments.contexts, notice)
        notice('weights: calibrating and rounding')
        manifest = write(model, pictures, contexts, arguments.out, arguments.name, arguments.id, provenance, history,
                         arguments.skip_below, state.get('filter'))
    print(json.dumps({'name': manifest['name'], 'sha256': manifest['sha256']}))


def add_release(commands) -> None:
    parser = commands.add_parser('release', help='write the weights of a run as a small checkpoint to train on from')
    parser.add_argument('--run', type=Path, required=True)
    parser.add_argument('--out', type=Path, required=True)
    parser.set_defaults(run_command=release)


def release(arguments) -> None:
    from .release import release as write
    about = write(arguments.run, arguments.out)
    print(json.dumps({'out': str(arguments.out), 'step': about['step'], 'bytes': arguments.out.stat().st_size}))


def add_evaluate(commands) -> None:
    parser = commands.add_parser('evaluate', help='rate-distortion curve of an exported model, by the integer reference')
    parser.add_argument('--manifest', type=Path, required=True)
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--every', type=int, default=1, help='use every n-th picture')
    parser.add_argument('--qualities', type=float, nargs='+', default=[0, 15, 30, 45, 60, 75, 90, 100])
    parser.add_argument('--overhead', type=int, default=28, help='bytes of container a file')
    parser.add_argument('--anchor', type=Path, help='JSON list of {bpp, psnr} to compute a BD-rate against')
    parser.add_argument('--checkpoint', type=Path, help='what it was exported from: show the float model too, and what the '
                        'integers lose of it; without container')
    parser.set_defaults(run_command=evaluate)


def evaluate(arguments) -> None:
    from .data import list_pictures
    from .evaluate import curve_difference, evaluate_float, evaluate_integer
    pictures = list_pictures([arguments.data])[::arguments.every]
    overhead = 0 if arguments.checkpoint else arguments.overhead
    rows = evaluate_integer(arguments.manifest, pictures, arguments.qualities, overhead)
    for row in rows:
        print(json.dumps(row))
    if arguments.anchor:
        anchor = json.loads(arguments.anchor.read_text())
        print(json.dumps({'bdRatePercent': curve_difference(anchor, rows)}))
    if arguments.checkpoint:
        anchor = evaluate_float(arguments.checkpoint, pictures, arguments.qualities)
        for row in anchor:
            print(json.dumps({'model': 'float', **row}))
        print(json.dumps({'integersAgainstFloatPercent': curve_difference(anchor, rows)}))


def add_parity(commands) -> None:
    parser = commands.add_parser('parity', help='hashes of what the integer reference computes, for test/conformance')
    parser.add_argument('--manifest', type=Path, required=True)
    parser.add_argument('--out', type=Path, required=True, help='folder; the file is named after the model')
    parser.set_defaults(run_command=lambda arguments: print(write_parity(arguments)))


def write_parity(arguments) -> Path:
    from .parity import write_parity as write
    return write(arguments.manifest, arguments.out)


def add_filter(commands) -> None:
    parser = commands.add_parser('filter', help='train the base filters of a model and store them in its checkpoint')
    parser.add_argument('--checkpoint', type=Path, required=True)
    parser.add_argument('--data', type=Path, nargs='+', required=True, help='folders of photographs')
    parser.add_argument('--bases', type=int, default=64)
    parser.add_argument('--crops', type=int, default=600, help='training crops of 512x512, each at a random quality')
    parser.add_argument('--steps', type=int, default=3000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int)
    parser.set_defaults(run_command=train_filter)


def train_filter(arguments) -> None:
    from .bases import train_filter as train
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    notice = lambda line: print(line, file=sys.stderr, flush=True)
    result = train(arguments.checkpoint, arguments.data, arguments.bases, arguments.crops, arguments.steps, arguments.seed, notice)
    print(json.dumps(result))


def add_auxiliary(commands) -> None:
    from . import auxiliary
    parser = commands.add_parser('aux', help='train and export an auxiliary model beside a base model')
    parser.add_argument('kind', choices=auxiliary.kinds())
    parser.add_argument('words', nargs=argparse.REMAINDER, metavar='...', help='options of the kind; see aux KIND --help')
    parser.set_defaults(run_command=lambda arguments: auxiliary.main(arguments.kind, arguments.words))


def train(arguments) -> None:
    from . import distributed
    from .data import Pictures, list_pictures
    from .train import TrainConfig, Trainer
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config, device = TrainConfig.load(arguments.config), distributed.start()
    pictures = Pictures(arguments.data, device, config.crop)
    if distributed.rank() == 0:
        print(json.dumps({'pictures': len(pictures.pictures), 'device': describe(device), 'processes': distributed.size()}), flush=True)
    trainer = Trainer(config, pictures, arguments.run, device, arguments.initial)
    validation = list_pictures([arguments.validation]) if arguments.validation else []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, trainer.interrupt)
    finished = trainer.train(arguments.max_seconds, validation, arguments.max_steps, arguments.log_every)
    distributed.stop()
    if not finished:
        sys.exit(130)


def describe(device: torch.device) -> str:
    from .layers import has_bf16
    if device.type == 'cuda':
        return torch.cuda.get_device_name(device)
    return f'cpu, {torch.get_num_threads()} threads, {"bf16" if has_bf16("cpu") else "fp32"}'


def main() -> None:
    parser = argparse.ArgumentParser(prog='nic_training', description=__doc__)
    commands = parser.add_subparsers(required=True)
    add_train(commands)
    add_export(commands)
    add_evaluate(commands)
    add_parity(commands)
    add_release(commands)
    add_filter(commands)
    add_auxiliary(commands)
    arguments = parser.parse_args()
    arguments.run_command(arguments)


if __name__ == '__main__':
    main()
