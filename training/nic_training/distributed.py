"""Several processes, one device each, as torchrun starts them: they draw different crops and share one model.

The batch of a step is divided over the processes and the gradients are averaged, so that a run of any number
of processes takes the same steps. Rank 0 logs, validates and saves. Alone, everything here does nothing.
"""
from __future__ import annotations

import os
from datetime import timedelta

import torch
import torch.distributed as dist

WAIT = timedelta(hours=2)  # the others wait here while rank 0 validates


def start() -> torch.device:
    """Join the group that torchrun announces in the environment, if there is one; the device of this process."""
    cuda = torch.cuda.is_available()
    if 'WORLD_SIZE' in os.environ:
        dist.init_process_group('nccl' if cuda else 'gloo', timeout=WAIT)
        if cuda:
            torch.cuda.set_device(int(os.environ['LOCAL_RANK']))
    return torch.device('cuda', torch.cuda.current_device()) if cuda else torch.device('cpu')


def stop() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


@torch.no_grad()
def share(model: torch.nn.Module) -> None:
    """Give every process the weights and buffers of rank 0."""
    if size() > 1:
        for tensor in model.state_dict().values():
            dist.broadcast(tensor, 0)


def largest(values: list[float], device: torch.device) -> list[float]:
    """The largest of each number over the processes: what all of them may decide by."""
    if size() == 1:
        return values
    tensor = torch.tensor(values, dtype=torch.float64, device=device)
    dist.all_reduce(tensor, dist.ReduceOp.MAX)
    return tensor.tolist()


@torch.no_grad()
def average_gradients(model: torch.nn.Module) -> None:
    """Give every process the mean of the gradients of all, in one transfer."""
    if size() == 1:
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= size()
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients])):
        gradient.copy_(part.view_as(gradient))
