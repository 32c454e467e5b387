"""Writes a trained model, and its encoder beside it, as manifests + binaries in the form of codec/models/README.md."""
from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import entropy
from .data import list_pictures, load_picture, shorter_side
from .graph import Graph, build_graph
from .model import Codec, ModelConfig
from .quantize import LATENT_BITS, PIXEL_BITS, cdf_tables, quantize, run_codec_float
from .rounding import Sample

CALIBRATION_QUALITIES = (0.0, 100.0, 50.0, 25.0, 75.0)
ENCODER_NETWORKS = ('analysis', 'hyperAnalysis')


def load_codec(checkpoint: Path) -> tuple[Codec, dict]:
    """The EMA weights of a checkpoint, and the checkpoint."""
    state = torch.load(checkpoint, map_location='cpu', weights_only=True)
    model = Codec(ModelConfig(**state['model_config']))
    model.load_state_dict({k: v.float() for k, v in state['ema'].items()})
    return model.eval(), state


def calibrate(graph: Graph, pictures: list[torch.Tensor]) -> dict[str, list[Sample]]:
    """Samples of each network; pictures: (3, H, W), sides multiples of 16; each is run at two of the qualities, in turn."""
    samples: dict[str, list[Sample]] = {network: [] for network in graph.networks}
    for i, picture in enumerate(pictures):
        for k in (i, i + 1):
            quality = CALIBRATION_QUALITIES[k % len(CALIBRATION_QUALITIES)]
            run_codec_float(graph, picture, quality, lambda network, registers: samples[network].append((registers, quality)))
    return samples


def calibration_pictures(folders: list[Path], count: int, size: int = 256) -> list[torch.Tensor]:
    """Crops of training photos, and pictures of the most extreme content: black, white, saturated edges, noise. ValueError where
    no photo has sides of at least 32 pixels."""
    paths = [p for p in list_pictures(folders) if shorter_side(p) >= 32]
    if not paths:
        raise ValueError('no picture of at least 32x32 pixels')
    chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, count).astype(int)]
    pictures = [load_picture(p)[:, :size, :size] for p in chosen]
    pictures = [p[:, :p.shape[1] // 32 * 32, :p.shape[2] // 32 * 32] for p in pictures]
    generator = torch.Generator().manual_seed(1)
    noise = torch.randint(0, 2, (3, 128, 128), generator=generator, dtype=torch.uint8) * 255
    blocks = torch.randint(0, 2, (3, 8, 8), generator=generator, dtype=torch.uint8).repeat_interleave(16, 1).repeat_interleave(16, 2) * 255
    flat = [torch.full((3, 64, 64), v, dtype=torch.uint8) for v in (0, 255)]
    return pictures + [noise, blocks, *flat]


class TensorStore:
    """Collects arrays at multiples of 16 bytes; `add` returns the name, that of an equal array where there is one already."""

    def __init__(self):
        self.index, self.chunks, self.size, self.names = {}, [], 0, {}

    def add(self, name: str, values: np.ndarray) -> str:
        data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder('<')).tobytes()
        known = self.names.setdefault((values.dtype.name, values.shape, data), name)
        if known != name:
            return known
        self.index[name] = {'dtype': values.dtype.name, 'shape': list(values.shape), 'offset': self.size}
        self.chunks.append(data + b'\0' * (-len(data) % 16))
        self.size += len(self.chunks[-1])
        return name


def write_atomically(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + '.tmp')
    temporary.write_bytes(data)
    os.replace(temporary, path)


def decoder_history(history: list[dict]) -> list[dict]:
    """The runs that a decoder comes from: without those at the end that trained the encoder alone."""
    end = len(history)
    while end > 0 and history[end - 1]['config'].get('train') == 'encoder':
        end -= 1
    return history[:end]


def check_decoder(manifest: dict, history: list[dict], path: Path, checkpoint: Path) -> None:
    """ValueError where the model of a manifest was not exported from a checkpoint of this history, or of one with the same decoder."""
    if manifest['provenance'].get('training') != json.loads(json.dumps(decoder_history(history))):
        raise ValueError(f'{path} was not exported from {checkpoint}')


@dataclass
class Packed:
    """A model as its files hold it: the manifest, NAME.json, and the tensors, NAME.bin."""
    name: str
    manifest: dict
    data: bytes


def write_files(out: Path, *models: Packed) -> None:
    """Write OUT/NAME.bin of each model, then OUT/NAME.json of each."""
    out.mkdir(parents=True, exist_ok=True)
    manifests = [(out / f'{model.name}.json', (json.dumps(model.manifest, indent=1) + '\n').encode()) for model in models]
    for path, data in [(out / f'{model.name}.bin', model.data) for model in models] + manifests:
        write_atomically(path, data)


def store_networks(store: TensorStore, networks: dict[str, list[dict]], prefix: str = '') -> dict[str, list[dict]]:
    """The networks of quantize_network with names of stored tensors in place of arrays."""
    return {network: [{key: store.add(f'{prefix}{network}.{i}.{key}', value) if isinstance(value, np.ndarray) else value
                       for key, value in op.items()} for i, op in enumerate(ops)] for network, ops in networks.items()}


@dataclass
class Exported:
    """A base model as it was exported: its manifest, and its name, that of the manifest's file."""
    manifest: dict
    name: str


def pack_auxiliary(kind: str, networks: dict[str, list[dict]], provenance: dict, *, base: Exported | None = None,
                   parameters: dict[str, int | list[int]] | None = None, tables: dict[str, np.ndarray] | None = None) -> Packed:
    """BASE.KIND, or KIND for a model without a base. Networks are those of quantize_network, with arrays in place of tensor names."""
    store = TensorStore()
    named = store_networks(store, networks, f'{kind}.')
    table_names = {name: store.add(f'{kind}.{name}', values) for name, values in (tables or {}).items()}
    data = b''.join(store.chunks)
    name = f'{base.name}.{kind}' if base else kind
    manifest = {
        'format': 'nic-auxiliary', 'version': 1, 'kind': kind, 'name': name,
        **({'base': base.manifest['sha256']} if base else {}), 'sha256': hashlib.sha256(data).hexdigest(),
        'networks': named, 'parameters': parameters or {}, 'tables': table_names, 'tensors': store.index,
        'provenance': provenance,
    }
    return Packed(name, manifest, data)


def write_auxiliary(out: Path, *model, **options) -> dict:
    """Write the files of pack_auxiliary(*model, **options) and return the manifest."""
    packed = pack_auxiliary(*model, **options)
    write_files(out, packed)
    return packed.manifest


def quantize_encoder(graph: Graph, samples: dict[str, list[Sample]], base: Exported, provenance: dict) -> Packed:
    """The encoder beside its base model."""
    networks = quantize(graph, samples, ENCODER_NETWORKS)
    parameters = {'halo': halo(networks['analysis']), 'inputShift': PIXEL_BITS}
    return pack_auxiliary('encoder', networks, provenance, base=base, parameters=parameters)


def store_filter(store: TensorStore, trained: dict[str, torch.Tensor]) -> dict[str, str]:
    """The section `filter` of a manifest, of what `python -m nic_training filter` has put into a checkpoint."""
    return {'bases': store.add('filter.bases', trained['bases'].numpy()),
            'scaleIndex': store.add('filter.scaleIndex', trained['scale_index'].numpy())}


def export(model: Codec, pictures: list[torch.Tensor], contexts: dict[str, dict[str, np.ndarray]], out: Path, name: str, model_id: int,
           provenance: dict, history: list[dict], skip_below: int = 1, trained_filter: dict[str, torch.Tensor] | None = None) -> dict:
    """Calibrate, quantise and write OUT/NAME.json and .bin, and the encoder beside them; returns the manifest of the base model.
    contexts: of fit_contexts; history: of the checkpoint; trained_filter: what it has under 'filter'."""
    graph = build_graph(model)
    samples = calibrate(graph, pictures)
    networks = quantize(graph, samples, [network for network in graph.networks if network not in ENCODER_NETWORKS])
    store = TensorStore()
    networks = store_networks(store, networks)
    cdf, offset, length, radius = cdf_tables(model.config.distribution)
    index = np.rint(np.clip(graph.hyper_index, 0, entropy.SCALES - 1)).astype(np.uint8)
    mean = np.rint(graph.hyper_mean * 2 ** LATENT_BITS).astype(np.int16)
    tables = {
        'distribution': model.config.distribution,
        'scaleTable': [round(entropy.scale_of_index(i), 5) for i in range(entropy.SCALES)],
        'skipBelow': skip_below,
        'cdf': store.add('cdf', cdf), 'cdfOffset': store.add('cdfOffset', offset),
        'cdfLength': store.add('cdfLength', length), 'cdfRadius': store.add('cdfRadius', radius),
        'hyperScaleIndex': store.add('hyperScaleIndex', index), 'hyperMean': store.add('hyperMean', mean),
        'contexts': {kind: {key: store.add(f'contexts.{kind}.{key}', table) for key, table in biases.items()}
                     for kind, biases in contexts.items()},
    }
    filters = {'filter': store_filter(store, trained_filter)} if trained_filter else {}
    data = b''.join(store.chunks)
    manifest = {
        'format': 'nic-model', 'version': 1, 'id': model_id, 'name': name, 'sha256': hashlib.sha256(data).hexdigest(),
        'latentChannels': graph.latent_channels, 'hyperChannels': graph.hyper_channels, 'priorChannels': graph.prior_channels,
        'latentBits': LATENT_BITS, 'outputShift': PIXEL_BITS, 'qualityLevels': 101, 'synthesisHalo': halo(networks['synthesis']),
        'lambda': [model.config.lambda_min, model.config.lambda_max],
        'networks': {
            'hyperSynthesis': networks['hyperSynthesis'],
            'context': [networks[f'context{s}'] for s in range(4)],
            'heads': [networks[f'head{s}'][0] for s in range(4)],
            'synthesis': networks['synthesis'],
        },
        'entropy': tables, **filters, 'tensors': store.index, 'provenance': {**provenance, 'training': decoder_history(history)},
    }
    encoder = quantize_encoder(graph, samples, Exported(manifest, name), {**provenance, 'training': history})
    write_files(out, encoder, Packed(name, manifest, data))
    return manifest


def halo(ops: list[dict]) -> int:
    """Positions at 1/8 resolution around a tile on which its result depends."""
    return sum(1 for op in ops if op['op'] == 'depthwise' or op.get('kernel') == 3)
