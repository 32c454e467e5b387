"""python -m nic_training COMMAND: train a model, validate a checkpoint, export it for the codec."""
from __future__ import annotations

import argparse
import json
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
    parser = commands.add_parser('export', help='quantise a checkpoint to integers and write manifest and weights')
    parser.add_argument('--checkpoint', type=Path, required=True)
    parser.add_argument('--data', type=Path, nargs='+', required=True, help='folders of photographs to calibrate on')
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--name', default='base')
    parser.add_argument('--id', type=int, default=1)
    parser.add_argument('--skip-below', type=int, default=1)
    parser.add_argument('--calibration', type=int, default=24, help='how many photographs')
    parser.add_argument('--provenance', type=Path, help='JSON to store with the model')
    parser.set_defaults(run_command=export)


def export(arguments) -> None:
    from .export import calibration_pictures, export as write, load_codec
    model, state = load_codec(arguments.checkpoint)
    provenance = json.loads(arguments.provenance.read_text()) if arguments.provenance else {}
    provenance['training'] = state['history']
    pictures = calibration_pictures(arguments.data, arguments.calibration)
    manifest = write(model, pictures, arguments.out, arguments.name, arguments.id, provenance, arguments.skip_below)
    print(json.dumps({'name': manifest['name'], 'sha256': manifest['sha256']}))


def add_evaluate(commands) -> None:
    parser = commands.add_parser('evaluate', help='rate-distortion curve of an exported model, by the integer reference')
    parser.add_argument('--manifest', type=Path, required=True)
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--every', type=int, default=1, help='use every n-th picture')
    parser.add_argument('--qualities', type=float, nargs='+', default=[0, 15, 30, 45, 60, 75, 90, 100])
    parser.add_argument('--overhead', type=int, default=28, help='bytes of container a file')
    parser.add_argument('--anchor', type=Path, help='JSON list of {bpp, psnr} to compute a BD-rate against')
    parser.set_defaults(run_command=evaluate)


def evaluate(arguments) -> None:
    from .data import list_pictures
    from .evaluate import bd_rate, evaluate_integer
    pictures = list_pictures([arguments.data])[::arguments.every]
    rows = evaluate_integer(arguments.manifest, pictures, arguments.qualities, arguments.overhead)
    for row in rows:
        print(json.dumps(row))
    if arguments.anchor:
        anchor = [(row['bpp'], row['psnr']) for row in json.loads(arguments.anchor.read_text())]
        print(json.dumps({'bdRatePercent': round(bd_rate(anchor, [(r['bpp'], r['psnr']) for r in rows]), 2)}))


def pick_device() -> torch.device:
    return torch.device('cuda' if torch.cuda.is_available() else 'cpu')


def train(arguments) -> None:
    from .data import Pictures, list_pictures
    from .train import TrainConfig, Trainer
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config, device = TrainConfig.load(arguments.config), pick_device()
    pictures = Pictures(arguments.data, device, config.crop)
    print(json.dumps({'pictures': len(pictures.pictures), 'device': str(device)}), flush=True)
    trainer = Trainer(config, pictures, arguments.run, device, arguments.initial)
    validation = list_pictures([arguments.validation]) if arguments.validation else []
    trainer.train(arguments.max_seconds, validation, arguments.max_steps, arguments.log_every)


def main() -> None:
    parser = argparse.ArgumentParser(prog='nic_training', description=__doc__)
    commands = parser.add_subparsers(required=True)
    add_train(commands)
    add_export(commands)
    add_evaluate(commands)
    arguments = parser.parse_args()
    arguments.run_command(arguments)


if __name__ == '__main__':
    main()
