"""PyTorch's version of an experiment's networks, with the same names of parameters."""

import json

import torch
import torch.nn.functional as F
from torch import nn

import sequences  # noqa: F401  adds layers
from layers import Stack, State, f32


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_float=f32)


def compared(output, wanted, error, reduction):
    """Means over all elements; or sums over a sample's, and the mean of that."""
    terms = error(output, wanted.reshape(output.shape).to(output), reduction="none")
    return terms.mean() if reduction == "mean" else terms.sum() / len(output)


class Network(nn.Module):
    """All networks. x and y: a batch (of any size) like those it is for. `padding`: the token that fills up target
    sequences; `classes`: of y."""

    def __init__(self, experiment, x, y=None, padding=None, classes=None):
        super().__init__()
        self.experiment, self.padding, self.classes = experiment, padding, classes
        several = experiment.get("networks") or {"model": experiment["model"]}
        self.specs = {name: spec if isinstance(spec, dict) else {"layers": spec} for name, spec in several.items()}
        self.pairs = any(spec.get("input") == "target" for spec in self.specs.values())
        self.phases = self.read_phases()
        self.predicted = experiment.get("predict", self.phases[0]["terms"][0]["path"])
        with torch.no_grad():
            for phase in self.phases:
                self.objective(phase, x, y)
            self(x, y)

    def read_phases(self):
        names, given = list(self.specs), self.experiment.get("phases")
        targets = [i for i, name in enumerate(names) if self.specs[name].get("input") == "target"]
        whole = names[targets[-1] if targets else 0 :]

        def terms(phase):
            if "terms" in phase:
                return phase["terms"]
            return [{"path": phase.get("path", whole), "loss": phase["loss"]}]

        if given:
            return [{**phase, "name": phase.get("name", str(i)), "terms": terms(phase)} for i, phase in enumerate(given, 1)]
        optimizer = self.experiment["optimizer"]
        return [{"name": "", "updates": names, "optimizer": optimizer, "terms": terms(self.experiment)}]

    def enter(self, name, x, y, state):
        """What goes into a network that nothing comes before."""
        state.padding = None
        kind = self.specs[name].get("input", "x")
        if kind == "target":
            return y[:, :-1]
        return state.draw((len(x), kind["noise"])) if isinstance(kind, dict) else x

    def network(self, name, x, state):
        if name not in self._modules:
            self.add_module(name, Stack(self.specs[name]["layers"], x, state))
        return self._modules[name](x, state)

    def through(self, path, x, y, state):
        if self.specs[path[0]].get("input") == "target":
            for name in self.specs:
                if name == path[0]:
                    break
                if self.specs[name].get("input", "x") == "x" and name not in state.memories:
                    output = self.network(name, self.enter(name, x, y, state), state)
                    state.memories[name] = (output, state.padding)
        output = self.enter(path[0], x, y, state)
        for name in path:
            output = self.network(name, output, state)
        return output

    def normalized(self, x):
        normalize = self.experiment["data"].get("normalize")
        if not normalize:
            return x
        mean, std = (torch.tensor(normalize[key]).to(x)[:, None, None] for key in ["mean", "std"])
        return (x - mean) / std

    def forward(self, x, y=None):
        """The output of what predicts, as logits."""
        return self.through(self.predicted, self.normalized(x), y, State(self))

    def objective(self, phase, x, y, noise=None):
        """The loss of a phase, and the output of its first term. `noise`: draws in their order."""
        x = self.normalized(x)
        state = State(self, None if noise is None else iter(noise))
        labels = y[:, 1:] if self.pairs else y
        total, first = 0.0, None
        for term in phase["terms"]:
            output = self.through(term["path"], x, y, state)
            loss = self.loss(dict(term["loss"]), output, x, y, labels, state)
            loss = loss + sum(weight * value for weight, value in state.auxiliary)
            state.auxiliary = []
            total = total + term.get("weight", 1.0) * loss
            first = output if first is None else first
        return total, first

    def loss(self, spec, output, x, y, labels, state):
        kind = spec.pop("type")
        if kind == "cross_entropy":
            ignored = spec.get("ignore", self.padding if labels.dim() > 1 else None)
            return F.cross_entropy(output.flatten(0, -2), labels.flatten().long(),
                                   ignore_index=-100 if ignored is None else ignored,
                                   label_smoothing=spec.get("label_smoothing", 0.0))
        if kind == "distillation":
            t, teacher = spec.get("temperature", 1.0), self._modules.get(spec["teacher"])
            training = teacher.training if teacher else False
            if teacher:
                teacher.eval()
            taught = self.through([spec["teacher"]], x, y, state)
            self._modules[spec["teacher"]].train(training)
            rows = [logits.flatten(0, -2) / t for logits in (output, taught)]
            return t * t * F.kl_div(rows[0].log_softmax(-1), rows[1].log_softmax(-1), log_target=True,
                                    reduction="batchmean")
        target, delta = spec.get("target", "label"), spec.get("delta", 1.0)
        if target == "input":
            wanted = x
        elif target != "label":
            wanted = torch.full_like(output, target)
        elif labels.is_floating_point():
            wanted = labels
        else:
            wanted = F.one_hot(labels.long(), self.classes)
            wanted = wanted[..., 1:] if output.shape[-1] == 1 else wanted
        error = {
            "binary_cross_entropy": F.binary_cross_entropy_with_logits,
            "mse": F.mse_loss,
            "mae": F.l1_loss,
            "huber": lambda *a, **k: F.huber_loss(*a, delta=delta, **k),
        }[kind]
        return compared(output, wanted, error, spec.get("reduction", "mean"))

    def updated(self, phase):
        """The parameters that a phase trains, by name."""
        prefixes = tuple(f"{name}." for name in phase["updates"])
        return {name: p for name, p in self.named_parameters() if name.startswith(prefixes) and p.requires_grad}

    def tensors(self):
        """What files hold, by name: parameters and running statistics."""
        return {name: t for name, t in self.state_dict(keep_vars=True).items() if not name.endswith("batches_tracked")}
