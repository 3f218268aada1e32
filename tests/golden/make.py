#!/usr/bin/env python3
"""Makes the fixtures of tests/pytorch_golden.rs with PyTorch (1.13 made the ones in the repository), in f64.

Usage:
    cargo test --test pytorch_golden -- --ignored    writes batches, noise and experiments to target/tmp/golden
    tests/golden/make.py [NAME …]                    makes tests/golden/NAME.json of them; of all unless told otherwise

A fixture holds, for an example with made-up weights: each parameter's gradient on the first batch, as a fingerprint,
and the losses of the first ten steps, phase by phase.
"""

import json
import math
import os
import pathlib
import sys

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))
from network import Network, read  # noqa: E402
from training import Training  # noqa: E402

DUMPS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "tmp/golden"
ENTRIES = 6
PROJECTIONS = 2
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


def weights(seed, stream, name, shape):
    """Twin of `made_up` in run.rs."""
    scales = name.endswith((".weight", "running_var")) and len(shape) == 1
    bound = 1 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.05
    uniform = (bits(seed, stream, np.arange(math.prod(shape))) >> np.uint64(8)) / 2.0**24
    return torch.from_numpy((scales + (2 * uniform - 1) * bound).astype(np.float32).reshape(shape)).double()


class Dump:
    """What the engine was given."""

    def __init__(self, name):
        self.about = read(DUMPS / f"{name}.json")
        data = (DUMPS / f"{name}.safetensors").read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        self.header, self.data = json.loads(data[8:start]), data[start:]

    def tensor(self, name, shape):
        about = self.header[name]
        begin, end = about["data_offsets"]
        numbers = np.frombuffer(self.data[begin:end], {"F64": np.float64, "I64": np.int64}[about["dtype"]])
        return torch.from_numpy(numbers.copy()).reshape(shape)

    def batch(self, step):
        return [self.tensor(f"{name}:{step}", self.header[f"{name}:0"]["shape"]) for name in "xy"]

    def noise(self, step, phase, batch):
        prefix = f"noise:{step}:{phase}:"
        return [self.tensor(name, (batch, -1)) for name in sorted(self.header) if name.startswith(prefix)]


def fingerprint(seed, stream, gradient):
    flat = gradient.numpy().ravel()
    places = bits(seed + 1, stream, np.arange(100 * ENTRIES)) % np.uint64(flat.size)
    # Many pixels are always 0, and many words don't occur: gradients of their weights would tell little.
    telling = [int(i) for i in dict.fromkeys(places.tolist()) if flat[i] != 0][:ENTRIES]
    signs = [1 - 2.0 * (bits(seed + 2 + p, stream, np.arange(flat.size)) & np.uint64(1)) for p in range(PROJECTIONS)]
    return {
        "shape": list(gradient.shape),
        "norm": float(np.linalg.norm(flat)),
        "sum": float(flat.sum()),
        "entries": [[i, float(flat[i])] for i in telling],
        "projections": [float(flat @ sign) for sign in signs],
    }


def fingerprints(seed, names, gradients):
    return {name: fingerprint(seed, stream, gradients[names.index(name)]) for stream, name in enumerate(sorted(names))}


def make(name):
    dump = Dump(name)
    about = dump.about
    seed, experiment = about["seed"], about["experiment"]
    x, y = dump.batch(0)
    network = Network(experiment, x, y, about["padding"], about["classes"])
    with torch.no_grad():
        for stream, (key, tensor) in enumerate(sorted(network.tensors().items())):
            tensor.copy_(weights(seed, stream, key, tensor.shape))
    phases, trainings = [], []
    for index, phase in enumerate(network.phases):
        updated = network.updated(phase)
        loss, _ = network.eval().objective(phase, x, y, dump.noise(0, index, len(x)))
        gradients = torch.autograd.grad(loss, list(updated.values()))
        made = {"name": phase["name"], "loss": loss.item()}
        phases.append({**made, "gradients": fingerprints(seed, list(updated), gradients), "losses": []})
        trainings.append(Training(phase["optimizer"], updated.values(), about["total"]))
    network.train()
    for step in range(about["steps"]):
        x, y = dump.batch(step)
        for index, (phase, training) in enumerate(zip(network.phases, trainings)):
            loss, _ = network.objective(phase, x, y, dump.noise(step, index, len(x)))
            phases[index]["losses"].append(loss.item())
            gradients = training.step(loss)
            own = fingerprints(seed, list(network.updated(phase)), gradients) if step == 0 else None
            if own and own != phases[index]["gradients"]:
                phases[index]["training"] = own
    path = ROOT / "tests/golden" / f"{name}.json"
    path.write_text(pretty({"made_by": f"PyTorch {torch.__version__}", "seed": seed, "phases": phases}), encoding="utf-8")
    losses = ", ".join(f"{p['losses'][0]:.4f} to {p['losses'][-1]:.4f}" for p in phases)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes, losses {losses}")


def pretty(value, depth=0):
    """One line a fingerprint."""
    if not isinstance(value, dict) or "norm" in value:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[" + ", ".join(pretty(item, depth) for item in value) + "]"
        return json.dumps(value)
    pad = " " * (depth + 1)
    lines = [f"{pad}{json.dumps(key)}: {pretty(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}" + ("" if depth else "\n")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    for name in sys.argv[1:] or sorted(path.stem for path in (ROOT / "examples").glob("*.json")):
        make(name)
