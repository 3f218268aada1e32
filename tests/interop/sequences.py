"""PyTorch's version of our layers over sequences; importing this adds them to those of layers.py."""

import math

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from layers import ACTIVATIONS, MODULES, Dropout, LayerNorm, RmsNorm


class Recurrent(nn.Module):
    """Beside a stock nn.LSTM, GRU or RNN: what comes out, and that padding, which is at the end, keeps the state."""

    @staticmethod
    def options(spec, x, **more):
        return {"input_size": x.shape[-1], "hidden_size": spec.pop("units"), "batch_first": True,
                "bidirectional": spec.pop("bidirectional", False), **more}

    def forward(self, x, state):
        stock = type(self).__mro__[2].forward
        if state.padding is None:
            y, last = stock(self, x)
        else:
            lengths = (~state.padding).sum(1)
            assert (state.padding == (torch.arange(x.shape[1]) >= lengths[:, None])).all(), "padding within a sequence"
            packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            y, last = stock(self, packed)
            y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
        last = last[0] if isinstance(last, tuple) else last
        if self.returns == "last":
            state.padding = None
            return torch.cat(list(last), -1)
        if state.padding is not None:
            # Forwards the last state stays; backwards it is still 0.
            kept = torch.cat([last[0], *(torch.zeros_like(h) for h in last[1:])], -1)
            y = torch.where(state.padding[..., None], kept[:, None], y)
        return y


class Lstm(Recurrent, nn.LSTM):
    def __init__(self, spec, x, state):
        nn.LSTM.__init__(self, **self.options(spec, x))
        self.returns = spec.pop("return", "last")


class Gru(Recurrent, nn.GRU):
    def __init__(self, spec, x, state):
        nn.GRU.__init__(self, **self.options(spec, x))
        self.returns = spec.pop("return", "last")


class Rnn(Recurrent, nn.RNN):
    def __init__(self, spec, x, state):
        nn.RNN.__init__(self, **self.options(spec, x, nonlinearity=spec.pop("activation", "tanh")))
        self.returns = spec.pop("return", "last")


def rotated(x):
    """Of x [batch, heads, time, size]: pairs (i, i + size / 2) turned by time / 10000^(2 i / size) (Su et al., 2021)."""
    half = x.shape[-1] // 2
    angles = torch.arange(x.shape[2])[:, None] * 10_000.0 ** (-torch.arange(half).double() / half)
    sin, cos = angles.sin().to(x), angles.cos().to(x)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Attention(nn.Module):
    """nn.MultiheadAttention where it can; written out for what it lacks: groups of heads, rotary positions."""

    def __init__(self, spec, x, state):
        super().__init__()
        d, self.heads = x.shape[-1], spec.pop("n_heads")
        self.kv_heads = spec.pop("n_kv_heads", None) or self.heads
        self.causal, self.memory = spec.pop("causal", False), spec.pop("memory", None)
        self.rotary, bias = spec.pop("rotary", False), spec.pop("bias", True)
        self.size = d // self.heads
        rows = (self.heads + 2 * self.kv_heads) * self.size
        self.in_proj_weight = nn.Parameter(torch.randn(rows, d) / math.sqrt(d))
        self.in_proj_bias = nn.Parameter(torch.zeros(rows)) if bias else None
        self.out_proj = nn.Linear(d, d, bias)
        self.dropout = Dropout({"rate": spec.pop("dropout", 0.0)}, x, state)

    def forward(self, x, state):
        keys, padding = state.memories[self.memory] if self.memory else (x, state.padding)
        hidden = torch.ones(x.shape[1], keys.shape[1], dtype=torch.bool).triu(1) if self.causal else None
        if self.kv_heads == self.heads and not self.rotary:
            y, _ = nn.functional.multi_head_attention_forward(
                x.transpose(0, 1), keys.transpose(0, 1), keys.transpose(0, 1), x.shape[-1], self.heads,
                self.in_proj_weight, self.in_proj_bias, None, None, False, 0.0, self.out_proj.weight,
                self.out_proj.bias, key_padding_mask=padding, attn_mask=hidden, need_weights=False)
            return self.dropout(y.transpose(0, 1), state)
        sizes = [heads * self.size for heads in (self.heads, self.kv_heads, self.kv_heads)]
        weights = self.in_proj_weight.split(sizes)
        biases = [None] * 3 if self.in_proj_bias is None else self.in_proj_bias.split(sizes)
        q, k, v = (nn.functional.linear(source, weight, bias).unflatten(-1, (-1, self.size)).transpose(1, 2)
                   for source, weight, bias in zip([x, keys, keys], weights, biases))
        if self.rotary:
            q, k = rotated(q), rotated(k)
        k, v = (t.repeat_interleave(self.heads // self.kv_heads, 1) for t in (k, v))
        scores = q @ k.transpose(-1, -2) / math.sqrt(self.size)
        if hidden is not None:
            scores = scores.masked_fill(hidden, -torch.inf)
        if padding is not None:
            scores = scores.masked_fill(padding[:, None, None], -torch.inf)
        y = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        return self.dropout(self.out_proj(y), state)


class TransformerBlock(nn.Module):
    """nn.TransformerEncoderLayer, with `memory` TransformerDecoderLayer, but with more options and without dropout of
    probabilities."""

    def __init__(self, spec, x, state):
        super().__init__()
        d, rate, bias = x.shape[-1], spec.pop("dropout", 0.0), spec.get("bias", True)
        hidden = spec.pop("mlp", 4 * d)
        self.activation = ACTIVATIONS[spec.pop("activation", "gelu")]
        self.post = spec.pop("norm", "pre") == "post"
        memory, rms = spec.pop("memory", None), spec.pop("normalization", "layer_norm") == "rms_norm"
        attention = {key: spec.pop(key) for key in ["n_heads", "n_kv_heads", "bias"] if key in spec}
        attention["dropout"] = rate
        own = {key: spec.pop(key) for key in ["causal", "rotary"] if key in spec}
        norm = (lambda: RmsNorm({}, x, state)) if rms else (lambda: LayerNorm({"bias": bias}, x, state))
        self.self_attn = Attention({**attention, **own}, x, state)
        self.norm1, self.norm2 = norm(), norm()
        if memory:
            self.multihead_attn, self.norm3 = Attention({**attention, "memory": memory}, x, state), norm()
        self.linear1, self.linear2 = nn.Linear(d, hidden, bias), nn.Linear(hidden, d, bias)
        self.dropout, self.memory = Dropout({"rate": rate}, x, state), memory

    def around(self, norm, x, state, sub_layer):
        if self.post:
            return norm(x + sub_layer(x), state)
        return x + sub_layer(norm(x, state))

    def forward(self, x, state):
        def perceptron(x):
            hidden = self.dropout(self.activation(self.linear1(x)), state)
            return self.dropout(self.linear2(hidden), state)

        x = self.around(self.norm1, x, state, lambda x: self.self_attn(x, state))
        if self.memory:
            x = self.around(self.norm2, x, state, lambda x: self.multihead_attn(x, state))
        return self.around(self.norm3 if self.memory else self.norm2, x, state, perceptron)


MODULES.update({
    "lstm": Lstm,
    "gru": Gru,
    "rnn": Rnn,
    "multi_head_attention": Attention,
    "transformer_block": TransformerBlock,
})
