"""The integer reference: runs an exported model, exactly as codec/models/README.md says, in numpy and torch."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from .filter import apply_filter
from .integer_operations import rounded, run_integer_operation, sat16, table_row
from .quantize import group_mask, patchify, split_head


class IntegerNetworks:
    """The tensors of a manifest, and its networks run on them; of a base model or of an auxiliary one."""

    def __init__(self, manifest_path: Path):
        self.manifest = json.loads(manifest_path.read_text())
        data = manifest_path.with_suffix('.bin').read_bytes()
        if hashlib.sha256(data).hexdigest() != self.manifest['sha256']:
            raise ValueError(f'{manifest_path}: the .bin file is not the one that the manifest names')
        self.tensors = {}
        for name, info in self.manifest['tensors'].items():
            count = int(np.prod(info['shape']))
            values = np.frombuffer(data, np.dtype(info['dtype']).newbyteorder('<'), count, info['offset'])
            self.tensors[name] = torch.from_numpy(values.reshape(info['shape']).astype(np.float64))

    def row(self, table: str, q16: int) -> torch.Tensor:
        return table_row(self.tensors[table], q16)

    def run(self, ops: list[dict], registers: dict[str, torch.Tensor], q16: int) -> torch.Tensor:
        """Registers are (h, w, channels) float64 integers."""
        registers = dict(registers)
        for op in ops:
            tensors = {name: self.tensors[op[name]] for name in ('weight', 'bias', 'table') if name in op}
            registers[op['output']] = run_integer_operation(op, tensors, registers, q16)
        return registers['output']


class IntegerModel(IntegerNetworks):
    """A base model and its encoder, which lies beside it: the whole codec."""

    def __init__(self, manifest_path: Path):
        super().__init__(manifest_path)
        self.bits = self.manifest['latentBits']
        self.encoder = IntegerNetworks(manifest_path.with_suffix('.encoder.json'))
        if self.encoder.manifest['base'] != self.manifest['sha256']:
            raise ValueError(f'{manifest_path}: the encoder beside it belongs to another model')

    def analyze(self, pixels: torch.Tensor, q16: int) -> torch.Tensor:
        """(3, H, W) integers 0-255, already padded to multiples of 16, to y (H/16, W/16, M)."""
        value = (patchify(pixels.double()) - 128) * 2 ** self.encoder.manifest['parameters']['inputShift']
        return self.encoder.run(self.encoder.manifest['networks']['analysis'], {'input': value}, q16)

    def quantize(self, value: torch.Tensor, mean: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        symbol = torch.floor((value - mean + 2 ** (self.bits - 1)) / 2 ** self.bits)
        return symbol, sat16(symbol * 2 ** self.bits + mean)

    @torch.no_grad()
    def code_latents(self, y: torch.Tensor, q16: int) -> dict[str, torch.Tensor]:
        """One latent tile: y_hat, symbols and scale indices of z and y. Scale indices below skipBelow code no symbol."""
        nets, (h, w, m) = self.manifest['networks'], y.shape
        padded = torch.nn.functional.pad(y, (0, 0, 0, -w % 4, 0, -h % 4))
        z = self.encoder.run(self.encoder.manifest['networks']['hyperAnalysis'], {'input': padded}, q16)
        hyper = self.manifest['entropy']
        z_symbols, z_hat = self.quantize(z, self.row(hyper['hyperMean'], q16))
        z_index = self.tensors[hyper['hyperScaleIndex']][min((q16 + 8) >> 4, 100)].expand_as(z)
        prior = self.run(nets['hyperSynthesis'], {'input': z_hat}, q16)[:h, :w]
        y_hat, symbols, index = torch.zeros_like(y), torch.zeros_like(y), torch.zeros_like(y)
        for s in range(4):
            features = self.run(nets['context'][s], {'prior': prior, 'latents': y_hat}, q16)
            head = nets['heads'][s]
            scale, mean = split_head(self.run([{**head, 'input': 'input', 'output': 'output'}], {'input': features}, q16))
            scale = rounded(scale, self.bits).clamp(0, 63)
            symbol, value = self.quantize(y, mean)
            skipped = scale < hyper['skipBelow']
            symbol, value = torch.where(skipped, 0.0, symbol), torch.where(skipped, mean, value)
            mask = group_mask(m, h, w, s)
            y_hat, symbols = torch.where(mask, value, y_hat), torch.where(mask, symbol, symbols)
            index = torch.where(mask, scale, index)
        return {'y_hat': y_hat, 'symbols': symbols, 'index': index, 'z_symbols': z_symbols, 'z_index': z_index}

    def synthesize(self, y_hat: torch.Tensor, q16: int, weights: torch.Tensor | None = None) -> torch.Tensor:
        """y_hat (h, w, M) of one tile and its weights (B,), if any, of the filter, to pixels (3, 16h, 16w), integers 0-255."""
        out = self.run(self.manifest['networks']['synthesis'], {'input': y_hat}, q16)
        h, w, _ = out.shape
        value = out.view(h, w, 8, 8, 3).permute(4, 0, 2, 1, 3).reshape(3, h * 8, w * 8)
        if weights is not None and bool(weights.any()):
            bases = self.tensors[self.manifest['filter']['bases']]
            value = apply_filter(value, bases, weights.double(), 2 ** self.manifest['outputShift'])
        return (rounded(value, self.manifest['outputShift']) + 128).clamp(0, 255)

    def code_length(self, symbols: torch.Tensor, index: torch.Tensor, skip_below: int = 0) -> float:
        """Ideal bits of the coded symbols under the frozen tables, escapes included."""
        hyper = self.manifest['entropy']
        offset, radius = self.tensors[hyper['cdfOffset']], self.tensors[hyper['cdfRadius']]
        coded = index >= skip_below
        k, i = symbols[coded].long(), index[coded].long()
        r = radius[i].long()
        slot = torch.where(k.abs() <= r, k + r, 2 * r + 1) + offset[i].long()
        cdf = self.tensors[hyper['cdf']]
        bits = 16 - torch.log2(cdf[slot + 1] - cdf[slot])
        escaped = k.abs() > r
        extra = 2 + 2 * torch.floor(torch.log2((k.abs() - r).clamp(min=1).double()))
        return float(bits.sum() + extra[escaped].sum())

    @torch.no_grad()
    def code_picture(self, pixels: torch.Tensor, q16: int) -> tuple[float, torch.Tensor, dict]:
        """(3, H, W) uint8 of at most one latent tile to (bits without container, decoded (3, H, W), latents)."""
        _, height, width = pixels.shape
        padded = torch.nn.functional.pad(pixels[None].double(), (0, -width % 16, 0, -height % 16), mode='replicate')[0]
        coded = self.code_latents(self.analyze(padded, q16), q16)
        bits = self.code_length(coded['z_symbols'], coded['z_index'])
        bits += self.code_length(coded['symbols'], coded['index'], self.manifest['entropy']['skipBelow'])
        decoded = self.synthesize(coded['y_hat'], q16)[:, :height, :width]
        return bits, decoded, coded
