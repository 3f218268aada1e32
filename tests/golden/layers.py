#!/usr/bin/env python3
"""Prints the expected numbers of tests/layers.rs, computed by PyTorch (1.13 made the ones there), in f64."""

import json
import math

import torch
from torch import nn


def number(k, shape):
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    return (((i * 29 + 7 * k) % 13 + 1).double() / 8).reshape(shape)


class RmsNorm(nn.Module):
    """torch.nn.RMSNorm came after 1.13."""

    def __init__(self, n):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * self.weight


class Highway(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.transform, self.gate = nn.Linear(n, n), nn.Linear(n, n)

    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * torch.relu(self.transform(x)) + (1 - t) * x


class Function(nn.Module):
    def __init__(self, f, *layers):
        super().__init__()
        self.layers, self.f = nn.ModuleList(layers), f

    def forward(self, x):
        return self.f(x, *self.layers)


ROWS, SEQUENCE, IMAGES = [4, 6], [2, 3, 5], [2, 3, 4, 5]
CONV = {"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"}
CASES = [
    ({"type": "layer_norm"}, SEQUENCE, False, nn.LayerNorm(5)),
    ({"type": "rms_norm"}, SEQUENCE, False, RmsNorm(5)),
    ({"type": "batch_norm"}, ROWS, True, nn.BatchNorm1d(6, momentum=1.0)),
    ({"type": "batch_norm"}, ROWS, False, nn.BatchNorm1d(6)),
    ({"type": "batch_norm"}, IMAGES, True, nn.BatchNorm2d(3, momentum=1.0)),
    ({"type": "batch_norm"}, IMAGES, False, nn.BatchNorm2d(3)),
    ({"type": "silu"}, ROWS, False, nn.SiLU()),
    ({"type": "softplus"}, ROWS, False, nn.Softplus()),
    ({"type": "softmax"}, SEQUENCE, False, nn.Softmax(-1)),
    ({"type": "reshape", "shape": [2, -1]}, ROWS, False, nn.Unflatten(1, (2, 3))),
    ({"type": "residual", "layers": [CONV]}, IMAGES, False, Function(lambda x, f: x + f(x), nn.Conv2d(3, 3, 3, padding=1))),
    ({"type": "concat", "layers": [CONV]}, IMAGES, False,
     Function(lambda x, f: torch.cat([x, f(x)], 1), nn.Conv2d(3, 3, 3, padding=1))),
    ({"type": "concat", "layers": [{"type": "tanh"}]}, SEQUENCE, False,
     Function(lambda x: torch.cat([x, torch.tanh(x)], -1))),
    ({"type": "highway"}, SEQUENCE, False, Highway(5)),
    ({"type": "dense", "units": 4, "activation": "gelu"}, ROWS, False, nn.Sequential(nn.Linear(6, 4), nn.GELU())),
    ({"type": "conv_transpose2d", "filters": 2, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
     IMAGES, False, nn.ConvTranspose2d(3, 2, 3, 2, 1, 1)),
    ({"type": "conv_transpose2d", "filters": 4, "kernel": [2, 3], "stride": [1, 2]},
     IMAGES, False, nn.ConvTranspose2d(3, 4, (2, 3), (1, 2))),
    ({"type": "upsample", "factor": 3}, IMAGES, False, nn.Upsample(scale_factor=3)),
    ({"type": "global_avg_pool"}, IMAGES, False, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())),
]

def digest(numbers):
    """The sum, and a weighted one that depends on the order."""
    weighted = (((torch.arange(len(numbers)) % 7) - 3) * numbers).sum()
    return f"[{numbers.sum().item()!r}, {weighted.item()!r}]"


for spec, shape, training, module in CASES:
    module = module.double().train(training)
    parameters = list(module.parameters())
    tensors = parameters + [b for b in module.buffers() if b.dim()]
    with torch.no_grad():
        for k, tensor in enumerate(tensors):
            tensor.copy_(number(k + 1, tensor.shape))
    x = number(0, shape).requires_grad_()
    output = module(x)
    y = [output.flatten()]
    if training:  # with momentum 1, the running statistics are what was measured
        y += [module.running_mean, module.running_var]
    loss = nn.functional.mse_loss(output, number(50, output.shape))
    gradients = torch.autograd.grad(loss, [x] + parameters)
    text = json.dumps(spec)
    numbers = f"{digest(torch.cat(y).detach())}, {digest(torch.cat([g.flatten() for g in gradients]))}"
    print(f'    (r#"{text}"#, &{shape}, {str(training).lower()}, {numbers}),')
