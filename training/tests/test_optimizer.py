"""The optimisers: what sets them apart from Adam, and that a run can go on with their state."""
import copy

import pytest
import torch

from nic_training.optimizer import Soap, build_optimizer, rotate_by


def network() -> torch.nn.Module:
    torch.manual_seed(2)
    return torch.nn.Sequential(torch.nn.Conv2d(6, 10, 1), torch.nn.Conv2d(10, 10, 3, groups=10), torch.nn.Conv2d(10, 4, 3))


def train(model: torch.nn.Module, optimizer: torch.optim.Optimizer, steps: int, seed: int) -> list[float]:
    """Losses of steps towards a linear map of sources that the model sees mixed, some of them thirty times as strong as others."""
    fixed, generator = torch.Generator().manual_seed(1), torch.Generator().manual_seed(seed)
    mixing = torch.linalg.qr(torch.randn(6, 6, generator=fixed)).Q * torch.tensor([3, 1.5, 0.7, 0.4, 0.2, 0.1])
    target = torch.randn(4, 6, generator=fixed)
    losses = []
    for _ in range(steps):
        sources = torch.randn(4, 6, 8, 8, generator=generator)
        wanted = torch.einsum('ij,bjhw->bihw', target, sources)[..., 2:-2, 2:-2]
        loss = (model(torch.einsum('ij,bjhw->bihw', mixing, sources)) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


@pytest.mark.parametrize('name', ['adamw', 'muon', 'soap'])
def test_state_of_an_optimizer_can_be_saved_and_loaded(name):
    model = network()
    optimizer = build_optimizer(name, model, 0.01)
    train(model, optimizer, 30, 5)
    other = copy.deepcopy(model)
    resumed = build_optimizer(name, other, 0.01)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert train(model, optimizer, 15, 6) == train(other, resumed, 15, 6)


def test_soap_learns_what_is_seen_mixed_faster_than_adam():
    last = {}
    for name in ('adamw', 'soap'):
        model = network()
        last[name] = sum(train(model, build_optimizer(name, model, 0.03), 150, 5)[-10:])
    assert last['soap'] < 0.6 * last['adamw']


def test_soap_does_not_depend_on_the_basis_of_a_layer():
    """Turned inputs and outputs turn the weights that it finds, which is not so for Adam."""
    torch.manual_seed(3)
    turn_out, turn_in = (torch.linalg.qr(torch.randn(n, n, dtype=torch.float64)).Q for n in (6, 6))
    gradients = torch.randn(40, 6, 6, dtype=torch.float64)
    plain, turned = (torch.nn.Conv2d(6, 6, 1, bias=False, dtype=torch.float64) for _ in range(2))
    turned.weight.data = (turn_out @ plain.weight.data[:, :, 0, 0] @ turn_in.T)[:, :, None, None]
    for conv, bases in ((plain, None), (turned, [turn_out.T, turn_in.T])):
        optimizer = build_optimizer('soap', conv, 0.01)
        for gradient in gradients:
            conv.weight.grad = (gradient if bases is None else rotate_by(gradient, bases))[:, :, None, None].clone()
            optimizer.step()
    expected = turn_out @ plain.weight.data[:, :, 0, 0] @ turn_in.T
    assert torch.allclose(turned.weight.data[:, :, 0, 0], expected, atol=1e-7)


def test_soap_leaves_long_dimensions_as_they_are():
    """Where no dimension is short enough for a basis, it is Adam from its second step on."""
    torch.manual_seed(4)
    adam, soap = (torch.nn.Conv2d(6, 10, 3, bias=False) for _ in range(2))
    soap.load_state_dict(adam.state_dict())
    before = adam.weight.detach().clone()
    optimizers = (torch.optim.AdamW(adam.parameters(), lr=0.01, betas=(0.9, 0.99), weight_decay=0.0),
                  Soap([{'params': soap.parameters(), 'rotate': True, 'lr': 0.01}], longest=2))
    for step in range(20):
        gradient = torch.randn(10, 6, 3, 3)
        for conv, optimizer in zip((adam, soap), optimizers):
            conv.weight.grad = gradient.clone() if step or conv is soap else None
            optimizer.step()
    assert torch.allclose(adam.weight, soap.weight, atol=1e-3) and not torch.allclose(before, soap.weight, atol=1e-2)


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ValueError, match='unknown optimizer sgd: adamw, muon or soap'):
        build_optimizer('sgd', network(), 0.01)
