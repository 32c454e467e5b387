"""Optimisers by name: `adamw`; `muon` (orthogonalised momentum for the 1x1 and 3x3 weights, Adam for the rest); `soap` (Adam in the
eigenbasis of the gradients' covariance for those weights, Adam as it is for the rest)."""
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
        super().__init__(groups, {'muon': False})

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


class Soap(torch.optim.Optimizer):
    """Adam whose moments are kept in the eigenbases of the mean outer products of the gradient along outputs, inputs and taps (Vyas et
    al. 2024), for groups with rotate=True; plain Adam for the others. Dimensions longer than `longest` keep their coordinates. Every
    `observe` steps the outer products join their mean, every `refresh` steps the bases follow it by one step of orthogonal iteration.
    The first step only finds them. Products are taken in bf16 where the device has instructions for it."""

    def __init__(self, groups: list[dict], betas: tuple[float, float] = (0.9, 0.99), factor_beta: float = 0.95, observe: int = 4,
                 refresh: int = 24, longest: int = 512):
        super().__init__(groups, {'rotate': False})
        self.betas, self.factor_beta, self.observe, self.refresh, self.longest = betas, factor_beta, observe, refresh, longest

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group['params']:
                if p.grad is not None:
                    self.step_parameter(p, group['lr'], group['rotate'])

    def step_parameter(self, p: Tensor, rate: float, rotate: bool) -> None:
        state = self.state[p]
        gradient = p.grad
        if rotate:
            gradient = gradient.reshape(*p.shape[:2], -1).squeeze(2)
            if 'factors' not in state:
                state['factors'] = [outer_product(gradient, d) if n <= self.longest else None for d, n in enumerate(gradient.shape)]
                state['bases'] = [f if f is None else torch.linalg.eigh(f).eigenvectors.flip(1).contiguous() for f in state['factors']]
                return
            if state.get('count', 0) % self.observe == 0:
                for d, factor in enumerate(state['factors']):
                    if factor is not None:
                        factor.lerp_(outer_product(gradient, d), 1 - self.factor_beta)
            rotated = rotate_by(gradient, state['bases'])
        else:
            rotated = gradient
        count = state['count'] = state.get('count', 0) + 1
        first = state.setdefault('first', torch.zeros_like(rotated)).lerp_(rotated, 1 - self.betas[0])
        second = state.setdefault('second', torch.zeros_like(rotated))
        second.mul_(self.betas[1]).addcmul_(rotated, rotated, value=1 - self.betas[1])
        update = first / second.sqrt().add_(1e-10)
        if rotate:
            update = rotate_by(update, state['bases'], 1)
        step = rate * (1 - self.betas[1] ** count) ** 0.5 / (1 - self.betas[0] ** count)
        p.add_(update.reshape(p.shape), alpha=-step)
        if rotate and count % self.refresh == 0:
            refresh_bases(state)


def product_type(x: Tensor) -> torch.dtype:
    """What products of x are taken in: bf16 for fp32 where the device has instructions for it."""
    return torch.bfloat16 if x.dtype == torch.float32 and has_bf16(x.device.type) else x.dtype


def outer_product(x: Tensor, dimension: int) -> Tensor:
    """Sum over all other dimensions of products of the values along one."""
    flat = x.movedim(dimension, 0).flatten(1).to(product_type(x))
    return (flat @ flat.T).to(x.dtype)


def rotate_by(x: Tensor, bases: list[Tensor | None], side: int = 0) -> Tensor:
    """x with each dimension d that has a basis multiplied by it: by its columns (side 0: into the basis), by its rows (1: back)."""
    turned = x.to(product_type(x))
    for d, basis in enumerate(bases):
        if basis is not None:
            turned = torch.tensordot(turned, basis.to(turned.dtype), dims=([d], [side])).movedim(-1, d)
    return turned.to(x.dtype, memory_format=torch.contiguous_format)


def refresh_bases(state: dict) -> None:
    """Turn the bases of a Soap parameter towards the eigenvectors of its factors, strongest first, and its moments with them."""
    for d, (factor, basis) in enumerate(zip(state['factors'], state['bases'])):
        if basis is not None:
            order = (basis * (factor @ basis)).sum(0).argsort(descending=True)
            state['second'] = state['second'].index_select(d, order)
            turned = torch.linalg.qr(factor @ basis[:, order]).Q
            state['first'] = torch.tensordot(state['first'], basis.T @ turned, dims=([d], [0])).movedim(-1, d).contiguous()
            state['bases'][d] = turned.contiguous()


def build_optimizer(name: str, model: torch.nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    parameters = [p for p in model.parameters() if p.requires_grad]
    if name == 'adamw':
        return torch.optim.AdamW([{'params': parameters, 'base_lr': learning_rate}], lr=learning_rate,
                                 betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    matrices = [p for p in parameters if p.ndim == 4 and p.shape[1] > 1]
    others = [p for p in parameters if not (p.ndim == 4 and p.shape[1] > 1)]
    rates = {'lr': learning_rate, 'base_lr': learning_rate}
    if name == 'muon':
        return Muon([{'params': matrices, 'muon': True, **rates}, {'params': others, **rates}])
    if name == 'soap':
        return Soap([{'params': matrices, 'rotate': True, **rates}, {'params': others, **rates}])
    raise ValueError(f'unknown optimizer {name}: adamw, muon or soap')
