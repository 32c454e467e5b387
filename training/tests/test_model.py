"""The untrained model is a scaled DCT codec, and the graph that is exported computes what the model computes."""
import copy
import math

import numpy as np
import pytest
import torch

from nic_training.data import dct_std
from nic_training.graph import build_graph, run_float
from nic_training.layers import STEP_ORDER, join_steps, shuffle, split_steps
from nic_training.model import PIXEL_SCALE, Codec, ModelConfig
from nic_training.quantize import patchify, split_head

from conftest import make_photo

TOLERANCE = 2e-4  # float32 against float64, relative to the largest value


@pytest.fixture(scope='module')
def untrained(pictures) -> Codec:
    dct8, dct16 = dct_std(pictures, 64, 8)
    torch.manual_seed(1)
    return Codec(ModelConfig(analysis_blocks=1, synthesis_blocks=1, dct8_std=dct8, dct16_std=dct16)).eval()


def smooth_picture() -> torch.Tensor:
    """(1, 3, 64, 64) in 0-255: slow waves of different directions in the three channels."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing='ij')
    waves = [128 + 90 * torch.sin(x / 17 + y / 29 + c) * torch.cos(y / 23 - c) for c in range(3)]
    return torch.stack(waves)[None]


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    return 10 * math.log10(255 ** 2 / float((a - b).pow(2).mean()))


@torch.no_grad()
def test_untrained_synthesis_inverts_analysis(untrained):
    pixels = smooth_picture()
    for quality in (0.0, 42.0, 100.0):
        q = torch.tensor([quality])
        out = untrained.synthesis(untrained.analysis((pixels - 128) * PIXEL_SCALE, q), q) / PIXEL_SCALE + 128
        assert psnr(out, pixels) > 50


@torch.no_grad()
def test_quality_buys_psnr_with_bits(untrained):
    pixels = torch.from_numpy(make_photo(9, 64, 64)).permute(2, 0, 1)[None].float()
    rows = []
    for quality in (0.0, 25.0, 50.0, 75.0, 100.0):
        out, y_bits, z_bits = untrained(pixels, torch.tensor([quality]), noise=False)
        rows.append((float(y_bits + z_bits), psnr(out, pixels)))
    assert rows == sorted(rows) and len(set(rows)) == 5
    assert rows[-1][1] - rows[0][1] > 8


@torch.no_grad()
def test_noise_stands_for_rounding_in_the_rate(untrained):
    """At a high quality, where the quantisation is fine against the spread of the latents."""
    pixels, q = torch.from_numpy(make_photo(9, 64, 64)).permute(2, 0, 1)[None].float(), torch.tensor([100.0])
    torch.manual_seed(2)
    noisy, rounded = (sum(float(v) for v in untrained(pixels, q, noise)[1:]) for noise in (True, False))
    assert noisy == pytest.approx(rounded, rel=0.15)


def check(actual: torch.Tensor, expected: torch.Tensor) -> None:
    """actual (h, w, c) in float64 and expected (1, c, h, w)."""
    expected = expected[0].permute(1, 2, 0).double()
    assert actual.shape == expected.shape
    assert float((actual - expected).abs().max()) <= TOLERANCE * float(expected.abs().max())


def hwc(value: torch.Tensor) -> torch.Tensor:
    return value[0].permute(1, 2, 0).double()


@pytest.mark.parametrize('quality', [0.0, 37.0, 100.0])
@torch.no_grad()
def test_the_graph_computes_what_the_model_computes(tiny, quality):
    torch.manual_seed(3)
    model = copy.deepcopy(tiny.model)
    for parameter in model.parameters():  # twenty steps leave many weights at zero, where a mistake would not show
        parameter.data += 0.02 * torch.randn_like(parameter)
    nets = build_graph(model).networks
    q = torch.tensor([quality])
    pixels = torch.from_numpy(make_photo(11, 160, 96)).permute(2, 0, 1)[None].float()

    y = model.analysis((pixels - 128) * PIXEL_SCALE, q)
    check(run_float(nets['analysis'], {'input': patchify(pixels[0].double() - 128)}, quality), y)

    z = model.hyperprior.analyze(y)
    padded = torch.nn.functional.pad(hwc(y), (0, 0, 0, -10 % 4, 0, -6 % 4))
    check(run_float(nets['hyperAnalysis'], {'input': padded}, quality), z)

    z_hat = z.round()
    prior = model.hyperprior.synthesize(z_hat, q, (6, 10))
    check(run_float(nets['hyperSynthesis'], {'input': hwc(z_hat)}, quality)[:6, :10], prior)

    known, steps = y.round(), split_steps(y.round())
    for s in range(4):
        seen = steps.clone()
        seen[s:] = 0
        features = run_float(nets[f'context{s}'], {'prior': hwc(prior), 'latents': hwc(join_steps(seen, 1, 6, 10))}, quality)
        scale, mean = split_head(run_float(nets[f'head{s}'], {'input': features}, quality))
        for actual, expected in zip((scale, mean), model.context.head(s, model.context.features(s, prior, steps[:s]))):
            check(split_steps(actual.permute(2, 0, 1)[None])[s], expected[None].permute(0, 3, 1, 2))

    out = run_float(nets['synthesis'], {'input': hwc(known)}, quality)
    picture = out.view(12, 20, 8, 8, 3).permute(0, 2, 1, 3, 4).reshape(96, 160, 3)
    check(picture, model.synthesis(known, q) / PIXEL_SCALE)


def test_each_step_codes_one_group_at_each_position():
    """Group and position of each latent, read back from the steps."""
    group, row, column = torch.meshgrid(torch.arange(4), torch.arange(6), torch.arange(4), indexing='ij')
    latents = torch.stack([100 * group + 10 * row + column] * 3, 1).view(1, 12, 6, 4) * torch.ones(2, 1, 1, 1, dtype=torch.long)
    steps = split_steps(latents)
    assert torch.equal(join_steps(steps, 2, 6, 4), latents)
    assert steps.shape == (4, 4, 12, 3)
    for s, order in enumerate(STEP_ORDER):
        for parity in range(4):
            values = steps[s, parity, :6, 0]
            assert torch.equal(values // 100, torch.full((6,), parity ^ order))
            assert torch.equal(values % 100, torch.tensor([10 * r + c for r in range(parity // 2, 6, 2) for c in range(parity % 2, 4, 2)]))


def test_the_convolutions_in_full_precision_have_the_gradients_of_others(untrained):
    torch.manual_seed(4)
    y, q = untrained.analysis((smooth_picture() - 128) * PIXEL_SCALE, torch.tensor([50.0])).detach().requires_grad_(), torch.tensor([50.0])
    target, synthesis = torch.rand(1, 3, 64, 64), untrained.synthesis
    (synthesis(y, q) - target).square().mean().backward()
    found = [y.grad, synthesis.up.weight.grad, synthesis.out.weight.grad, synthesis.out.bias.grad]
    plain = torch.nn.functional.conv2d(shuffle(synthesis.up(y * synthesis.latent_gain(q))), synthesis.out.weight, synthesis.out.bias, padding=1)
    picture = plain.view(1, 8, 8, 3, 8, 8).permute(0, 3, 4, 1, 5, 2).reshape(1, 3, 64, 64)  # its blocks start as nothing
    expected = torch.autograd.grad((picture - target).square().mean(), [y, synthesis.up.weight, synthesis.out.weight, synthesis.out.bias])
    for a, b in zip(found, expected):
        assert float((a - b).norm()) < 0.01 * float(b.norm())
