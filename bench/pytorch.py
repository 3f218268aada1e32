"""The workloads in PyTorch, for scale: same weights, same batches, same arithmetic (f32), same way of timing.

With --rounding nothing is timed: how far rounding alone moves the losses. Prints JSON.
"""

import argparse
import json
import os
import statistics
import time

START = time.perf_counter()

import numpy as np  # noqa: E402  (loading PyTorch is part of the time to the first step)
import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("folder", help="what bench/runner/exchange.ts writes")
arguments.add_argument("workload", choices=["W1", "W2", "W3", "W4", "W5"])
arguments.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
arguments.add_argument("--seconds", type=float, default=3, help="time at least this long")
arguments.add_argument("--loss-steps", type=int, default=0, help="train on to this step, for its loss")
arguments.add_argument("--rounding", type=int, metavar="ORDERS", help="losses with each batch's samples in ORDERS orders")
ASKED = arguments.parse_args()
WORKLOAD, DEVICE = ASKED.workload, ASKED.device
torch.backends.cudnn.allow_tf32 = False  # 10 bits of a factor are not what the others multiply


def read(name, dtype):
    return np.fromfile(os.path.join(ASKED.folder, name), dtype)


class Weights:
    """Tensors cut from one file, in the order of bench/common/layouts.ts."""

    def __init__(self, workload):
        self.numbers = torch.from_numpy(read(f"{workload}.f32", np.float32)).to(DEVICE)
        self.trained = []

    def take(self, *shape, trained=True):
        count = int(np.prod(shape))
        own, self.numbers = self.numbers[:count], self.numbers[count:]
        own = own.clone().reshape(shape).requires_grad_(trained)
        if trained:
            self.trained.append(own)
        return own

    def dense(self, inputs, outputs):
        weight, bias = self.take(inputs, outputs), self.take(outputs)
        return lambda x: torch.addmm(bias, x, weight)


def digits(batch):
    images, labels = read("mnist-images.u8", np.uint8).reshape(-1, 1, 28, 28), read("mnist-labels.u8", np.uint8)

    def at(step):
        rows = np.arange(step * batch, (step + 1) * batch) % len(labels)
        x = torch.from_numpy(images[rows].astype(np.float32) / np.float32(255))
        return x.to(DEVICE), torch.from_numpy(labels[rows].astype(np.int64)).to(DEVICE)

    return at


def windows(batch, context):
    text, starts = read("text.u8", np.uint8), read("text-starts.u32", np.uint32).reshape(-1, batch)

    def at(step):
        rows = np.stack([text[s : s + context + 1] for s in starts[step % len(starts)]]).astype(np.int64)
        rows = torch.from_numpy(rows).to(DEVICE)
        return rows[:, :-1], rows[:, 1:]

    return at


def mlp(w):
    first, second = w.dense(784, 100), w.dense(100, 10)
    return digits(32), lambda x, y: F.cross_entropy(second(first(x.flatten(1)).relu()), y)


def cnn(w):
    convolutions = [(w.take(outputs, inputs, 3, 3), w.take(outputs)) for inputs, outputs in [(1, 32), (32, 64)]]
    hidden, output = w.dense(1600, 128), w.dense(128, 10)

    def loss(x, y):
        for kernel, bias in convolutions:
            x = F.max_pool2d(F.conv2d(x, kernel, bias).relu(), 2)
        return F.cross_entropy(output(hidden(x.flatten(1)).relu()), y)

    return digits(64), loss


def gpt(w):
    batch, context, width, heads, vocabulary = 16, 64, 128, 4, 65
    tokens, positions = w.take(vocabulary, width), w.take(context, width)
    mask = torch.full((context, context), float("-inf"), device=DEVICE).triu(1)

    def norm():
        gain, bias = w.take(width), w.take(width)
        return lambda x: F.layer_norm(x, (width,), gain, bias)

    def block():
        before, qkv, mix = norm(), w.dense(width, 3 * width), w.dense(width, width)
        between, up, down = norm(), w.dense(width, 4 * width), w.dense(4 * width, width)

        def through(x):
            split = qkv(before(x)).reshape(batch, context, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            query, key, value = split
            scores = query @ key.transpose(-1, -2) / (width // heads) ** 0.5 + mask
            mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch * context, width)
            x = x + mix(mixed)
            return x + down(F.gelu(up(between(x)), approximate="tanh"))

        return through

    blocks = [block() for _ in range(4)]
    after, head = norm(), w.take(width, vocabulary)

    def loss(x, y):
        h = (tokens[x] + positions).reshape(batch * context, width)
        for through in blocks:
            h = through(h)
        return F.cross_entropy(after(h) @ head, y.flatten())

    return windows(batch, context), loss


def lstm(w):
    hidden = 128
    cell = torch.nn.LSTM(28, hidden, batch_first=True, device=DEVICE)
    weights = [w.take(28, 4 * hidden), w.take(hidden, 4 * hidden), w.take(4 * hidden)]
    other = w.take(4 * hidden, trained=False)
    output = w.dense(hidden, 10)
    # PyTorch's own loop over time, with its transposed weights.
    cell.weight_ih_l0.data, cell.weight_hh_l0.data = (own.detach().t().contiguous() for own in weights[:2])
    cell.bias_ih_l0.data, cell.bias_hh_l0.data = weights[2].detach(), other
    cell.bias_hh_l0.requires_grad_(False)
    w.trained[:3] = [cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0]

    def loss(x, y):
        states, _ = cell(x.squeeze(1))
        return F.cross_entropy(output(states[:, -1]), y)

    return digits(64), loss


WORKLOADS = {"W1": (mlp, 10), "W2": (cnn, 10), "W3": (gpt, 5), "W5": (lstm, 10)}


def optimizer(workload, trained):
    if workload != "W3":
        return torch.optim.Adam(trained, lr=1e-3)
    matrices, vectors = [p for p in trained if p.ndim >= 2], [p for p in trained if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=3e-4)


def finish():
    """Waits for what the device was given."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


class Training:
    """A workload under way: `losses` by number of the step, after each block."""

    def __init__(self, weights):
        self.batch, self.loss = WORKLOADS[WORKLOAD][0](weights)
        self.adam = optimizer(WORKLOAD, weights.trained)
        self.losses, self.steps = {}, 0

    def run(self, count):
        """A block of steps; milliseconds per step."""
        batches = [self.batch(step) for step in range(self.steps, self.steps + count)]
        finish()
        start = time.perf_counter()
        for x, y in batches:
            self.adam.zero_grad(set_to_none=True)
            value = self.loss(x, y)
            value.backward()
            self.adam.step()
        self.steps += count
        self.losses[self.steps] = value.item()
        return (time.perf_counter() - start) * 1e3 / count


def timed():
    training, block = Training(Weights(WORKLOAD)), WORKLOADS[WORKLOAD][1]
    run = training.run
    run(1)
    first = (time.perf_counter() - START) * 1e3
    run(block - 1)
    fewer_threads_if_faster(lambda: run(block))
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < ASKED.seconds:
        times.append(run(block))
    while training.steps < ASKED.loss_steps:
        run(block)
    return {"msPerStep": statistics.median(times), "blocks": times, "firstStepMs": first, "losses": training.losses}


def rounded(orders):
    """Losses of trainings that differ in nothing but the order of the samples within each batch: the same sums, rounded
    otherwise. How far they lie apart is what f32 itself can't tell; other programs can't be held closer to each other."""

    def losses(seed):
        training, shuffle = Training(Weights(WORKLOAD)), torch.Generator().manual_seed(seed)
        given = training.batch

        def shuffled(step):
            x, y = given(step)
            order = torch.randperm(len(y), generator=shuffle)
            return x[order], y[order]

        training.batch = shuffled
        for step in (1, 10, 100, 200):
            training.run(step - training.steps)
        return training.losses

    return {"rounded": [losses(seed) for seed in range(orders)]}


def fewer_threads_if_faster(measure):
    """Small steps lose more by waiting for a second thread than they win."""
    cores = os.cpu_count()
    taken = {}
    for threads in (cores, 1):
        torch.set_num_threads(threads)
        measure()
        taken[threads] = min(measure() for _ in range(2))
    torch.set_num_threads(min(taken, key=taken.get))


def products():
    sizes = {}
    for n in (256, 512, 1024):
        a, c = torch.from_numpy(read(f"W4-{n}.f32", np.float32)).to(DEVICE).reshape(2, n, n)

        def run(count, c):
            start = time.perf_counter()
            for _ in range(count):
                c = a @ c
            finish()
            return (time.perf_counter() - start) * 1e3 / count, c

        _, product = run(1, c)
        checksum = product[0].abs().sum().item()
        count = max(1, min(50, round(300 / run(3, c)[0])))
        times, start = [], time.perf_counter()
        while len(times) < 3 or time.perf_counter() - start < ASKED.seconds / 3:
            times.append(run(count, c)[0])
        ms = statistics.median(times)
        sizes[n] = {"ms": ms, "blocks": times, "gflops": 2 * n**3 / ms / 1e6, "checksum": checksum}
    return {"sizes": sizes}


torch.set_num_threads(os.cpu_count())
if ASKED.rounding:
    answer = rounded(ASKED.rounding)
else:
    answer = products() if WORKLOAD == "W4" else timed()
about = {"workload": WORKLOAD, "device": DEVICE, "version": torch.__version__, "threads": torch.get_num_threads()}
print(json.dumps({**answer, **about}))
