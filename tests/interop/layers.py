"""PyTorch's version of our layers, made from its own: same names of parameters, same files."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def f32(number):
    """As the engine keeps the numbers of an experiment."""
    return float(np.float32(number))


ACTIVATIONS = {
    "none": lambda x: x,
    "relu": F.relu,
    "leaky_relu": lambda x, slope=f32(0.01): F.leaky_relu(x, slope),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
    "softmax": lambda x: F.softmax(x, -1),
}


class State:
    """What layers know of a pass beside their input."""

    def __init__(self, network, noise=None):
        self.network = network  # all networks, for tied weights
        self.noise = noise  # an iterator over draws; None: zeros
        self.padding = None  # [batch, time]: whether a step is padding
        self.memories = {}  # of each network that others look at: its output, its padding
        self.auxiliary = []  # terms of the loss

    def draw(self, shape):
        return torch.zeros(shape, dtype=torch.get_default_dtype()) if self.noise is None else next(self.noise)


class Dense(nn.Linear):
    def __init__(self, spec, x, state):
        self.tied = spec.pop("tied", None)
        units, bias = spec.pop("units"), spec.pop("bias", self.tied is None)
        super().__init__(x.shape[-1], units, bias)
        if self.tied:
            del self.weight
        self.after = ACTIVATIONS[spec.pop("activation", "none")]

    def forward(self, x, state):
        weight = state.network.get_parameter(self.tied) if self.tied else self.weight
        return self.after(F.linear(x, weight, self.bias))


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def padded(x, padding, kernel, stride, filler=0.0):
    """Same: the output has ceil(input / stride) pixels, what is odd goes to the bottom and the right."""

    def amounts(axis):
        if padding == "valid":
            return 0, 0
        if padding == "same":
            size = x.shape[2 + axis]
            total = max((-(-size // stride[axis]) - 1) * stride[axis] + kernel[axis] - size, 0)
            return total // 2, total - total // 2
        return (pair(padding)[axis],) * 2

    return F.pad(x, (*amounts(1), *amounts(0)), value=filler)


class Conv2d(nn.Conv2d):
    def __init__(self, spec, x, state):
        sizes = pair(spec.pop("kernel")), pair(spec.pop("stride", 1))
        super().__init__(x.shape[1], spec.pop("filters"), *sizes, bias=spec.pop("bias", True))
        self.around, self.after = spec.pop("padding", "valid"), ACTIVATIONS[spec.pop("activation", "none")]

    def forward(self, x, state):
        return self.after(super().forward(padded(x, self.around, self.kernel_size, self.stride)))


class ConvTranspose2d(nn.ConvTranspose2d):
    def __init__(self, spec, x, state):
        sizes = [pair(spec.pop(key, default)) for key, default in [("stride", 1), ("padding", 0), ("output_padding", 0)]]
        filters, kernel, bias = spec.pop("filters"), pair(spec.pop("kernel")), spec.pop("bias", True)
        super().__init__(x.shape[1], filters, kernel, *sizes, bias=bias)
        self.after = ACTIVATIONS[spec.pop("activation", "none")]

    def forward(self, x, state):
        return self.after(super().forward(x))


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """BatchNorm1d or 2d, whichever fits."""

    def __init__(self, spec, x, state):
        super().__init__(x.shape[1], spec.pop("epsilon", f32(1e-5)))

    def _check_input_dim(self, x):
        assert x.dim() in (2, 4)

    def forward(self, x, state):
        return super().forward(x)


class LayerNorm(nn.LayerNorm):
    def __init__(self, spec, x, state):
        super().__init__(x.shape[-1], spec.pop("epsilon", f32(1e-5)))
        if not spec.pop("bias", True):
            self.bias = None

    def forward(self, x, state):
        return super().forward(x)


class RmsNorm(nn.Module):
    """torch.nn.RMSNorm came after 1.13."""

    def __init__(self, spec, x, state):
        super().__init__()
        self.epsilon, self.weight = spec.pop("epsilon", f32(1e-5)), nn.Parameter(torch.ones(x.shape[-1]))

    def forward(self, x, state):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.epsilon) * self.weight


class Embedding(nn.Embedding):
    def __init__(self, spec, x, state):
        super().__init__(spec.pop("vocabulary"), spec.pop("size"), padding_idx=spec.pop("padding", None))

    def forward(self, x, state):
        if self.padding_idx is not None:
            state.padding = x == self.padding_idx
        return super().forward(x)


class Positional(nn.Module):
    def __init__(self, spec, x, state):
        super().__init__()
        length, self.kind = spec.pop("length"), spec.pop("kind")
        if self.kind == "learned":
            self.weight = nn.Parameter(torch.randn(length, x.shape[-1]) * 0.02)

    def forward(self, x, state):
        time, d = x.shape[1:]
        if self.kind == "learned":
            return x + self.weight[:time]
        even = torch.arange(0, d, 2)
        angles = torch.arange(time)[:, None] * 10_000.0 ** (-even.double() / d)
        table = torch.zeros(time, d, dtype=torch.double)
        table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()[:, : d // 2]
        return x + table.to(x)


class GaussianLatent(nn.Module):
    def __init__(self, spec, x, state):
        super().__init__()
        spec.pop("size")
        self.weight = spec.pop("weight", 1.0)

    def forward(self, x, state):
        mean, log = x.chunk(2, -1)
        kl = 0.5 * (mean**2 + log.exp() - log - 1).sum() / len(x)
        state.auxiliary.append((self.weight, kl))
        return mean + (log / 2).exp() * state.draw(mean.shape) if self.training else mean


class Stack(nn.Module):
    """Layers one after the other, called by their names or indices."""

    def __init__(self, specs, x, state):
        super().__init__()
        self.order = []
        for index, spec in enumerate(specs):
            name = spec.get("name", str(index))
            module = layer(spec, x, state)
            self.add_module(name, module)
            self.order.append(name)
            x = module(x, state)

    def run(self, x, state):
        for name in self.order:
            x = getattr(self, name)(x, state)
        return x

    def forward(self, x, state):
        return self.run(x, state)


class Residual(Stack):
    def __init__(self, spec, x, state):
        super().__init__(spec.pop("layers"), x, state)
        shortcut = spec.pop("shortcut", None)
        self.shortcut = Stack(shortcut, x, state) if shortcut else None

    def forward(self, x, state):
        return (self.shortcut(x, state) if self.shortcut else x) + self.run(x, state)


class Concat(Stack):
    def __init__(self, spec, x, state):
        super().__init__(spec.pop("layers"), x, state)

    def forward(self, x, state):
        return torch.cat([x, self.run(x, state)], 1 if x.dim() == 4 else -1)


class Function(nn.Module):
    """A layer without parameters."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x, state):
        return self.function(x)


class Dropout(nn.Dropout):
    def __init__(self, spec, x, state):
        super().__init__(spec.pop("rate"))

    def forward(self, x, state):
        return super().forward(x)


def pool(spec, function, filler):
    size = pair(spec.pop("size"))
    stride, padding = pair(spec.pop("stride", list(size))), spec.pop("padding", "valid")
    return Function(lambda x: function(padded(x, padding, size, stride, filler), size, stride))


def upsample(spec):
    factor = spec.pop("factor")
    return Function(lambda x: F.interpolate(x, scale_factor=factor))


def reshape(spec):
    shape = spec.pop("shape")
    return Function(lambda x: x.reshape(len(x), *shape))


PLAIN = {
    "max_pool2d": lambda spec: pool(spec, F.max_pool2d, -torch.inf),
    "avg_pool2d": lambda spec: pool(spec, F.avg_pool2d, 0.0),
    "global_avg_pool": lambda spec: Function(lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1)),
    "upsample": upsample,
    "flatten": lambda spec: Function(lambda x: x.flatten(1)),
    "reshape": reshape,
}
MODULES = {
    "dense": Dense,
    "conv2d": Conv2d,
    "conv_transpose2d": ConvTranspose2d,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "rms_norm": RmsNorm,
    "embedding": Embedding,
    "positional": Positional,
    "gaussian_latent": GaussianLatent,
    "dropout": Dropout,
    "residual": Residual,
    "concat": Concat,
}


def layer(spec, x, state):
    """The module of a layer whose input is like x."""
    options = dict(spec)
    kind = options.pop("type")
    frozen = options.pop("frozen", False)
    for key in ["name", "init"]:
        options.pop(key, None)
    if kind in MODULES:
        module = MODULES[kind](options, x, state)
    elif kind in PLAIN:
        module = PLAIN[kind](options)
    else:
        function, arguments, options = ACTIVATIONS[kind], options, {}
        module = Function(lambda x: function(x, **arguments))
    assert not options, f"{kind} has options that this script does not know: {options}"
    return module.requires_grad_(not frozen).eval()
