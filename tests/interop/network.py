"""PyTorch's version of an experiment's network, with the same names of parameters, made from stock layers."""

import json

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {
    "none": lambda x: x,
    "relu": F.relu,
    "leaky_relu": lambda x, slope=0.01: F.leaky_relu(x, slope),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
}


class Layer(nn.Module):
    """A stock layer or function as one module: padding before, activation after."""

    def forward(self, x):
        return self.after(self.compute(self.before(x)))

    @staticmethod
    def before(x):
        return x

    @staticmethod
    def after(x):
        return x


class Dense(Layer, nn.Linear):
    def compute(self, x):
        return nn.Linear.forward(self, x)


class Conv2d(Layer, nn.Conv2d):
    def compute(self, x):
        return nn.Conv2d.forward(self, x)


class Function(Layer):
    def __init__(self, function):
        super().__init__()
        self.compute = function


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def padder(padding, kernel, stride, filler=0.0):
    """Same: the output has ceil(input / stride) pixels, what is odd goes to the bottom and the right."""

    def amounts(size, kernel, stride, axis):
        if padding == "valid":
            return 0, 0
        if padding == "same":
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            return total // 2, total - total // 2
        return (pair(padding)[axis],) * 2

    def pad(x):
        top = amounts(x.shape[2], kernel[0], stride[0], 0)
        left = amounts(x.shape[3], kernel[1], stride[1], 1)
        return F.pad(x, (*left, *top), value=filler)

    return pad


def layer(spec, shape):
    """The module of a layer whose input has this shape, without the batch."""
    options = dict(spec)
    kind = options.pop("type")
    options.pop("name", None)
    options.pop("init", None)
    activation = ACTIVATIONS[options.pop("activation", "none")]
    if kind == "dense":
        module = Dense(shape[-1], options.pop("units"))
        module.after = activation
    elif kind == "conv2d":
        kernel, stride = pair(options.pop("kernel")), pair(options.pop("stride", 1))
        module = Conv2d(shape[0], options.pop("filters"), kernel, stride)
        module.before, module.after = padder(options.pop("padding", "valid"), kernel, stride), activation
    elif kind in ("max_pool2d", "avg_pool2d"):
        size = pair(options.pop("size"))
        stride = pair(options.pop("stride", list(size)))
        pool, filler = (F.max_pool2d, -torch.inf) if kind == "max_pool2d" else (F.avg_pool2d, 0.0)
        module = Function(lambda x: pool(x, size, stride))
        module.before = padder(options.pop("padding", "valid"), size, stride, filler)
    elif kind == "flatten":
        module = nn.Flatten()
    elif kind == "dropout":
        module = nn.Dropout(options.pop("rate"))
    else:
        function, arguments = ACTIVATIONS[kind], options
        options = {}
        module = Function(lambda x: function(x, **arguments))
    assert not options, f"{kind} has options that this script does not know: {options}"
    return module


class Network(nn.Module):
    """All layers; parameters are called `model.<name or index>.<weight or bias>`."""

    def __init__(self, experiment, shape):
        super().__init__()
        self.model = nn.Sequential()
        sample = torch.zeros(1, *shape)
        for index, spec in enumerate(experiment["model"]):
            module = layer(spec, sample.shape[1:])
            self.model.add_module(spec.get("name", str(index)), module)
            sample = module(sample)

    def forward(self, x):
        return self.model(x)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
