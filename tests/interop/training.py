"""PyTorch's version of our optimizers: schedules, decay, clipping."""

import math

import torch

from layers import f32

STOCK = {
    "sgd": (torch.optim.SGD, {"momentum": "momentum", "nesterov": "nesterov"}),
    "adam": (torch.optim.Adam, {"epsilon": "eps"}),
    "adamw": (torch.optim.AdamW, {"epsilon": "eps"}),
    "adagrad": (torch.optim.Adagrad, {"epsilon": "eps"}),
    "rmsprop": (torch.optim.RMSprop, {"epsilon": "eps", "alpha": "alpha", "momentum": "momentum"}),
}


def factor(schedule, step, total):
    """What the learning rate is multiplied by."""
    warmup, kind = schedule.get("warmup", 0), schedule.get("type", "constant")
    rise = min((step + 1) / warmup, 1.0) if warmup else 1.0
    after, rest = max(step - warmup, 0), max(total - warmup, 0)
    if kind == "constant":
        return rise
    if kind == "step":
        return rise * schedule.get("factor", 0.1) ** (after // schedule["every"])
    if kind == "exponential":
        return rise * schedule["factor"] ** (after / schedule.get("every", 1))
    assert kind == "cosine", f"this script does not know the schedule {kind}"
    last, way = schedule.get("final", 0.0), min(after / schedule.get("steps", rest), 1.0)
    return rise * (last + (1 - last) * 0.5 * (1 + math.cos(math.pi * way)))


class Training:
    """Updates of the parameters of a phase, in a run of so many steps."""

    def __init__(self, spec, parameters, total):
        spec = dict(spec)
        make, keys = STOCK[spec.pop("type")]
        self.rate, self.schedule, self.total = spec.pop("learning_rate"), spec.pop("schedule", {}), total
        self.parameters, self.steps = list(parameters), 0
        self.clip_norm, self.clip_value = spec.pop("clip_norm", None), spec.pop("clip_value", None)
        decay = spec.pop("weight_decay", f32(0.01) if make is torch.optim.AdamW else 0.0)
        matrices = spec.pop("decay", "all") == "matrices"
        groups = [{"params": [p], "weight_decay": 0.0 if matrices and p.dim() < 2 else decay} for p in self.parameters]
        options = {ours: spec.pop(key) for key, ours in keys.items() if key in spec}
        if make in (torch.optim.Adam, torch.optim.AdamW):
            options["betas"] = (spec.pop("beta1", f32(0.9)), spec.pop("beta2", f32(0.999)))
        if "eps" not in options and make is not torch.optim.SGD:
            options["eps"] = f32(1e-10 if make is torch.optim.Adagrad else 1e-8)
        assert not spec, f"this script does not know the optimizer's {spec}"
        self.stock = make(groups, lr=self.rate, **options)

    def step(self, loss):
        """Gradients of the loss, and an update; the answer is the gradients as they were."""
        gradients = torch.autograd.grad(loss, self.parameters)
        for parameter, gradient in zip(self.parameters, gradients):
            parameter.grad = gradient.clone()
        if self.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        if self.clip_value is not None:
            torch.nn.utils.clip_grad_value_(self.parameters, self.clip_value)
        for group in self.stock.param_groups:
            group["lr"] = self.rate * factor(self.schedule, self.steps, self.total)
        self.stock.step()
        self.steps += 1
        return gradients
