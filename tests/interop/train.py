#!/usr/bin/env python3
"""Trains PyTorch's version of an experiment on the same data, to compare what both reach.

Usage:
    trainyard data EXPERIMENT.json --out DATA.safetensors
    tests/interop/train.py EXPERIMENT.json DATA.safetensors [SEED]

Same split, batches, optimizer, schedule and dropout rates; initial weights are PyTorch's own. Prints JSON: test loss (of
a variational autoencoder with drawn latents, as `trainyard train` measures it), test accuracy, seconds.
"""

import json
import sys
import time

import numpy as np
import torch

import layers
from network import Network, read
from training import Training

TYPES = {"F32": (np.float32, torch.float32), "I32": (np.int32, torch.int64)}
EVALUATION_BATCH = 100


def tensors(path):
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    found = {}
    for name, about in json.loads(data[8:start]).items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            stored, wanted = TYPES[about["dtype"]]
            numbers = np.frombuffer(data[start + begin : start + end], stored)
            found[name] = torch.from_numpy(numbers.copy()).to(wanted).reshape(about["shape"])
    return found


def samples(experiment, found, split):
    x, y = found[f"x_{split}"], found.get(f"y_{split}")
    if x.dim() == 1:  # a text
        time = experiment["data"].get("length", 64)
        count = (len(x) - 1) // time
        return x[: count * time].view(count, time), x[1 : count * time + 1].view(count, time)
    if y is None or experiment["data"].get("task") == "next":
        return x[:, :-1], x[:, 1:]
    return x, y


def evaluate(network, x, y, draws):
    network.train(draws)
    loss = right = count = 0.0
    with torch.no_grad():
        for x, y in zip(x.split(EVALUATION_BATCH), y.split(EVALUATION_BATCH)):
            own, output = network.objective(network.phases[0], x, y)
            labels = y[:, 1:] if network.pairs else y
            valid = labels != network.padding if labels.dim() > 1 and network.padding is not None else labels == labels
            weight = valid.sum().item()
            loss, count = loss + weight * own.item(), count + weight
            if output.dim() == labels.dim() + 1 and labels.dtype == torch.int64:
                right += ((output.argmax(-1) == labels) & valid).sum().item()
    return loss / count, right / count


def main(path, data, seed=1):
    torch.manual_seed(int(seed))
    layers.State.draw = lambda self, shape: torch.randn(shape)  # golden tests are given their draws
    experiment, found = read(path), tensors(data)
    options, text = experiment["training"], json.dumps(experiment)
    x, y = samples(experiment, found, "train")
    held_out = round(len(x) * experiment["data"].get("validation", 0.0))
    kept = len(x) - held_out
    batch, epochs = options["batch_size"], options.get("epochs", 1)
    # Token 0 fills up sequences; a text has no such token.
    sequences = y.dim() > 1 and y.dtype == torch.int64 and found["x_train"].dim() > 1
    network = Network(experiment, x[:2], y[:2], 0 if sequences else None, int(y.max()) + 1)
    phase = network.phases[0]
    steps = -(-kept // batch)
    training = Training(phase["optimizer"], network.updated(phase).values(), epochs * steps)
    patience = options.get("early_stopping", {}).get("patience", epochs)
    best, since, start = (float("inf"), None), 0, time.time()
    for epoch in range(epochs):
        network.train()
        for places in torch.randperm(kept).split(batch):
            training.step(network.objective(phase, x[places], y[places])[0])
        if held_out and "early_stopping" in options:
            loss = evaluate(network, x[kept:], y[kept:], False)[0]
            since = 0 if loss < best[0] else since + 1
            if since == 0:
                best = (loss, {name: tensor.clone() for name, tensor in network.state_dict().items()})
            if since >= patience:
                break
    if best[1]:
        network.load_state_dict(best[1])
    seconds = time.time() - start
    loss, accuracy = evaluate(network, *samples(experiment, found, "test"), "gaussian_latent" in text)
    print(json.dumps({"test_loss": loss, "test_accuracy": accuracy, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
