"""Optimisers by name: `adamw`, and `muon` (orthogonalised momentum for the 1x1 and 3x3 weights, AdamW for the rest)."""
from __future__ import annotations

import torch
from torch import Tensor

from .layers import has_bf16


def orthogonalize(matrix: Tensor, iterations: int = 5) -> Tensor:
    """Nearest semi-orthogonal matrix, roughly: the quintic Newton-Schulz iteration of Jordan et al. 2024 (Muon)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16() if has_bf16(matrix.device.type) else matrix.float()
    transposed = x.shape[0] > x.shape[1]
    x = x.T if transposed else x
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if transposed else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Groups with muon=True take orthogonalised Nesterov momentum steps whose RMS matches that of Adam (0.2, Liu et al. 2025);
    the others take AdamW steps."""

    def __init__(self, groups: list[dict]):
        super().__init__(groups, {'lr': 1e-3, 'base_lr': 1e-3, 'muon': False})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            parameters = [p for p in group['params'] if p.grad is not None]
            for p in parameters:
                state = self.state[p]
                if group['muon']:
                    momentum = state.setdefault('momentum', torch.zeros_like(p))
                    momentum.lerp_(p.grad, 0.05)
                    update = p.grad.lerp(momentum, 0.95)
                    flat = update.permute(0, 2, 3, 1).reshape(p.shape[0], -1)
                    step = orthogonalize(flat) * (0.2 * max(flat.shape) ** 0.5)
                    kernel = (p.shape[0], p.shape[2], p.shape[3], p.shape[1])
                    p.add_(step.reshape(kernel).permute(0, 3, 1, 2), alpha=-group['lr'])
                else:
                    count = state['count'] = state.get('count', 0) + 1
                    first = state.setdefault('first', torch.zeros_like(p)).lerp_(p.grad, 0.1)
                    second = state.setdefault('second', torch.zeros_like(p)).lerp_(p.grad.square(), 0.01)
                    denominator = (second / (1 - 0.99 ** count)).sqrt_().add_(1e-10)
                    p.addcdiv_(first, denominator, value=-group['lr'] / (1 - 0.9 ** count))


def build_optimizer(name: str, model: torch.nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    parameters = [p for p in model.parameters() if p.requires_grad]
    if name == 'adamw':
        return torch.optim.AdamW([{'params': parameters, 'base_lr': learning_rate}], lr=learning_rate,
                                 betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    if name == 'muon':
        matrices = [p for p in parameters if p.ndim == 4 and p.shape[1] > 1]
        others = [p for p in parameters if not (p.ndim == 4 and p.shape[1] > 1)]
        return Muon([{'params': matrices, 'base_lr': learning_rate, 'muon': True},
                     {'params': others, 'base_lr': learning_rate}])
    raise ValueError(f'unknown optimizer {name}: adamw or muon')
