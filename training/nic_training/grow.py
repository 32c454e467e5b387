"""A model with more latent channels out of one with fewer, as a start for training on.

The latents are ranked by the energy of the DCT coefficients that they started as, and group g of the context model holds the ranks
g, g + 4, g + 8, …, so that more channels are more at the end of each group. The new ones start as what the old ones leave over;
what codes the old ones does not see them at first.
"""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from . import entropy
from .model import PIXEL_SCALE, SCALE_GAIN, Analysis, Codec, ModelConfig

NEIGHBORS = 16  # old channels, the last of a group, whose mean predicts the scale of the new ones


def grow_latents(state: dict[str, Tensor], old: ModelConfig, model: Codec) -> dict[str, Tensor]:
    """Weights of a model of the configuration `old` for `model`, fresh and with as many or more latent channels. ValueError where
    it has fewer."""
    few, many = old.latent_channels // 4, model.config.latent_channels // 4
    if few == many:
        return state
    if few > many:
        raise ValueError(f'a model of {4 * few} latent channels cannot start one of {4 * many}')
    fresh = model.state_dict()
    result = dict(state)
    for name in ('analysis.down.weight', 'analysis.down.bias', 'hyperprior.latent_scale', 'context.latent_scale',
                 'analysis.latent_gain.values', 'synthesis.latent_gain.values', 'synthesis.up.weight'):
        result[name] = place_channels(fresh[name], state[name])
    name = 'hyperprior.analysis_in.weight'
    result[name] = place_channels(torch.zeros_like(fresh[name]), state[name])
    for name in (f'context.adapters.{s}.weight' for s in range(3)):
        known, prior = state[name].split([4 * few, model.config.prior_channels], 1)
        result[name] = torch.cat([place_channels(torch.zeros_like(fresh[name][:, :4 * many]), known), prior], 1)
    for name in (f'context.heads.{s}.{kind}' for s in range(4) for kind in ('weight', 'bias')):
        result[name] = place_channels(torch.zeros_like(fresh[name]), state[name], 8)  # of scale index and mean in each group
    return result


def place_channels(fresh: Tensor, value: Tensor, groups: int = 4) -> Tensor:
    """`fresh`, whose latent channels are more than those of `value` in one dimension, with `value` at the start of each group."""
    dimension = next((d for d in range(value.ndim) if value.shape[d] != fresh.shape[d]), None)
    if dimension is None:
        return value
    few, many = value.shape[dimension] // groups, fresh.shape[dimension] // groups
    old = torch.arange(groups * few, device=value.device)
    return fresh.detach().clone().index_copy_(dimension, old // few * many + old % few, value.to(fresh))


@torch.no_grad()
def fit_latents(model: Codec, old_channels: int, pixels: Tensor) -> None:
    """Give the new channels of a grown model what it decodes wrong at quality 100: pixels (B, 3, H, W) in 0-255, sides multiples
    of 64. A trained network has turned away from the DCT where it had no latents for it, and a channel that shows nothing would be
    silenced by its rate before it learns to.

    Reduced-rank regression (Izenman 1975): of the error of a block of 16x16 pixels on the features that the strided convolution sees,
    within what the synthesis can show of it to first order. The steps are those of high-rate theory for an orthonormal basis."""
    config, m = model.config, model.config.latent_channels
    channel = torch.arange(m, device=pixels.device)
    new = (channel % (m // 4) >= old_channels // 4).nonzero()[:, 0]
    new = new.view(4, -1).T.reshape(-1)  # by rank: one of each group in turn
    top = torch.full((len(pixels),), 100.0, device=pixels.device)
    centered = (pixels - 128) * PIXEL_SCALE
    y, features = analyze_with_features(model.analysis, centered, top)
    y[:, new] = 0
    error = blocks16(centered - model.synthesis(y, top))
    response = synthesis_response(model, y, top)

    def ridge(matrix: Tensor, share: float) -> Tensor:
        return matrix + torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device) * share * matrix.diagonal().mean()

    gram = features.T @ features / len(features)
    predicted = torch.linalg.solve(ridge(gram, 1e-4), features.T @ error / len(features)).T  # (768, features)
    inverse = torch.linalg.solve(ridge(response.T @ response, 1e-3), response.T)  # (up, 768)
    shown = response @ inverse @ predicted
    basis = torch.linalg.eigh(shown @ gram @ shown.T).eigenvectors.flip(1)[:, :len(new)]
    kernel = (basis.T @ shown).float().view(len(new), -1, 3, 3)
    unit = 3 ** 0.5 * 32 * PIXEL_SCALE  # of latent_gain 32/step: an RGB basis has steps of 3^0.5 step
    model.analysis.down.weight[new] = kernel / unit
    model.analysis.down.bias[new] = 0
    model.synthesis.up.weight[:, new, 0, 0] = (inverse @ basis).float() * unit
    fit_gains(model, new, centered)


@torch.no_grad()
def fit_gains(model: Codec, new: Tensor, centered: Tensor) -> None:
    """Make a step of a new channel mean the same at every quality, and start the heads with the scales that the channels have."""
    config = model.config
    strongest = None
    for anchor in reversed(range(config.quality_anchors)):
        value = 100.0 * anchor / (config.quality_anchors - 1)
        quality = torch.full((len(centered),), value, device=centered.device)
        step = float(config.step(value))
        coded = model.analysis(centered, quality)
        deviation = coded[:, new].std((0, 2, 3)) * step
        strongest = deviation if strongest is None else strongest
        model.analysis.latent_gain.values[anchor, new] += (strongest / deviation).log()
        moved = coded.clone()
        moved[:, new] += torch.randint_like(moved[:, new], 0, 2) * 2 - 1
        change = (model.synthesis(moved, quality) - model.synthesis(coded, quality)) / PIXEL_SCALE
        expected = 3 * step ** 2 * len(new) / 768
        model.synthesis.latent_gain.values[anchor, new] += 0.5 * (expected / change.pow(2).mean()).log()
    quality = torch.full((len(centered),), 80.0, device=centered.device)
    deviation = model.analysis(centered, quality).std((0, 2, 3)).clamp(min=entropy.SCALE_MIN)
    groups = deviation.view(4, -1).log()
    few = groups.shape[1] - len(new) // 4
    near = slice(max(few - NEIGHBORS, 0), few)
    for head in model.context.heads:
        bias, weight = head.bias.view(4, 2, -1), head.weight.view(4, 2, groups.shape[1], -1)
        gap = groups[:, few:] - groups[:, near].mean(1, keepdim=True)
        weight[:, 0, few:] = weight[:, 0, near].mean(1, keepdim=True)
        bias[:, 0, few:] = bias[:, 0, near].mean(1, keepdim=True) + gap / entropy.SCALE_STEP / SCALE_GAIN


def blocks16(picture: Tensor) -> Tensor:
    """(B, 3, H, W) to one row of 768 samples for each block of 16x16, fp64."""
    return F.pixel_unshuffle(picture, 16).permute(0, 2, 3, 1).flatten(0, 2).double()


def analyze_with_features(analysis: Analysis, centered: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
    """y, and what the last convolution sees for each of its positions, (positions, 9 * channels) fp64."""
    seen: list[Tensor] = []
    hook = analysis.down.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    y = analysis(centered, quality)
    hook.remove()
    return y, F.unfold(seen[0].contiguous(), 3, padding=1, stride=2).transpose(1, 2).flatten(0, 1).double()


def synthesis_response(model: Codec, y: Tensor, quality: Tensor) -> Tensor:
    """Change of the 768 samples of a block with each output of `up` at its position, to first order: regressed on small random
    changes, (768, outputs of up) fp64."""
    changes: list[Tensor] = []

    def add_change(_module, _inputs, output: Tensor) -> Tensor:
        changes.append(torch.randn_like(output) * output.std() * 0.05)
        return output + changes[0]

    before = model.synthesis(y, quality)
    hook = model.synthesis.up.register_forward_hook(add_change)
    after = model.synthesis(y, quality)
    hook.remove()
    change = changes[0].permute(0, 2, 3, 1).flatten(0, 2).double()
    return torch.linalg.solve(change.T @ change, change.T @ blocks16(after - before)).T
