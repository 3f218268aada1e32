//! `lstm`, `gru`, `rnn`: layers that go through a sequence step by step.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::{Graph, Role, Shape, ValueId},
    ops::{
        add::Add, concat::concat, gru, linear::Linear, lstm, mul::Mul, narrow::Narrow, recurrent::Loop, relu::Relu,
        reshape::Reshape, rnn, scale::Scale, sigmoid::Sigmoid, tanh::Tanh,
    },
    spec::{Count, Init},
};

/// Long short-term memory: goes through a sequence with a state and a cell. Steps that are padding leave both as they
/// are.
///
/// - Formula: i, f, o = σ(·), g = tanh(·) of x · W_ih + b_ih + h · W_hh + b_hh; c = f ⊙ c + i ⊙ g; h = o ⊙ tanh(c),
///   from h = c = 0
/// - Shape: \[batch, time, n\] → \[batch, units\]; with `"return": "sequence"` \[batch, time, units\]; bidirectional:
///   2 · units, those of the second after those of the first
/// - Parameters: `weight_ih_l0` \[4 · units, n\], `weight_hh_l0` \[4 · units, units\], `bias_ih_l0`, `bias_hh_l0` \[4
///   · units\], and with `_reverse`; they start uniform within ±1 / √units
/// - PyTorch: `torch.nn.LSTM`
/// - Source: Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000
/// - Example: `{"type": "lstm", "units": 64, "return": "sequence"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lstm {
    /// Size of the state.
    pub units: Count,
    /// What comes out.
    #[serde(default, rename = "return")]
    pub returns: Return,
    /// Whether a second one runs from the end.
    #[serde(default)]
    pub bidirectional: bool,
}

/// Gated recurrent unit: goes through a sequence with a state. Steps that are padding leave it as it is.
///
/// - Formula: with x = x · W_ih + b_ih and a = h · W_hh + b_hh in three parts, r = σ(xᵣ + aᵣ), z = σ(x_z + a_z), n =
///   tanh(xₙ + r ⊙ aₙ); h = (1 − z) ⊙ n + z ⊙ h, from h = 0
/// - Shape: \[batch, time, n\] → \[batch, units\]; with `"return": "sequence"` \[batch, time, units\]; bidirectional:
///   2 · units, those of the second after those of the first
/// - Parameters: `weight_ih_l0` \[3 · units, n\], `weight_hh_l0` \[3 · units, units\], `bias_ih_l0`, `bias_hh_l0` \[3
///   · units\], and with `_reverse`; they start uniform within ±1 / √units
/// - PyTorch: `torch.nn.GRU`
/// - Source: Cho et al., 2014
/// - Example: `{"type": "gru", "units": 64}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gru {
    /// Size of the state.
    pub units: Count,
    /// What comes out.
    #[serde(default, rename = "return")]
    pub returns: Return,
    /// Whether a second one runs from the end.
    #[serde(default)]
    pub bidirectional: bool,
}

/// Plain recurrent network: goes through a sequence with a state. Steps that are padding leave it as it is.
///
/// - Formula: h = activation(x · W_ih + b_ih + h · W_hh + b_hh), from h = 0
/// - Shape: \[batch, time, n\] → \[batch, units\]; with `"return": "sequence"` \[batch, time, units\]; bidirectional:
///   2 · units, those of the second after those of the first
/// - Parameters: `weight_ih_l0` \[units, n\], `weight_hh_l0` \[units, units\], `bias_ih_l0`, `bias_hh_l0` \[units\],
///   and with `_reverse`; they start uniform within ±1 / √units
/// - PyTorch: `torch.nn.RNN`
/// - Source: Elman, Finding structure in time, 1990
/// - Example: `{"type": "rnn", "units": 64, "activation": "tanh"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rnn {
    /// Size of the state.
    pub units: Count,
    /// What follows the sum.
    #[serde(default)]
    pub activation: Nonlinearity,
    /// What comes out.
    #[serde(default, rename = "return")]
    pub returns: Return,
    /// Whether a second one runs from the end.
    #[serde(default)]
    pub bidirectional: bool,
}

/// What comes out of a recurrent layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// The state after the last step.
    #[default]
    Last,
    /// The states of all steps.
    Sequence,
}

/// The function of a plain recurrent network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nonlinearity {
    /// Hyperbolic tangent.
    #[default]
    Tanh,
    /// max(x, 0)
    Relu,
}

impl Layer for Lstm {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        build(Cell::Lstm, self.units.0, (self.returns, self.bidirectional), b, x)
    }
}

impl Layer for Gru {
    fn name(&self) -> &'static str {
        "gru"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        build(Cell::Gru, self.units.0, (self.returns, self.bidirectional), b, x)
    }
}

impl Layer for Rnn {
    fn name(&self) -> &'static str {
        "rnn"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        build(Cell::Rnn(self.activation), self.units.0, (self.returns, self.bidirectional), b, x)
    }
}

/// What happens in a step.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Lstm,
    Gru,
    Rnn(Nonlinearity),
}

fn build(
    cell: Cell,
    units: usize,
    (returns, bidirectional): (Return, bool),
    b: &mut Builder<'_>,
    x: ValueId,
) -> Result<ValueId> {
    let shape = b.graph.shape(x);
    if shape.rank() != 3 {
        let hint = match shape.rank() {
            2 => "an embedding layer before it makes that of tokens, a reshape layer of rows of numbers",
            _ => "put a reshape layer before it",
        };
        return Err(Error::spec("", format!("needs sequences [batch, time, n], its input is {shape}: {hint}")));
    }
    if b.decode && bidirectional {
        let message = "cannot run token by token: what comes later is not known yet";
        return Err(Error::spec("bidirectional", message));
    }
    let mut outputs = vec![direction(cell, units, returns, false, b, x)?];
    if bidirectional {
        outputs.push(direction(cell, units, returns, true, b, x)?);
    }
    if returns == Return::Last {
        b.padding = None;
    }
    let axis = b.graph.shape(outputs[0]).rank() - 1;
    concat(b.graph, &outputs, axis)
}

fn direction(
    cell: Cell,
    units: usize,
    returns: Return,
    reverse: bool,
    b: &mut Builder<'_>,
    x: ValueId,
) -> Result<ValueId> {
    let (inputs, gates) = (b.graph.shape(x).last(), cell.gates() * units);
    let suffix = if reverse { "_reverse" } else { "" };
    let fans = (units, gates); // PyTorch: all within ±1 / √units
    let mut matrix = |name: &str, rows: usize| {
        let name = format!("{name}{suffix}");
        b.any_parameter(&name, [rows, gates].into(), Init::Uniform, fans, true, Role::Trained)
            .map_err(|e| e.at("units"))
    };
    let (w_ih, w_hh) = (matrix("weight_ih_l0", inputs)?, matrix("weight_hh_l0", units)?);
    let mut bias = |name: &str| b.parameter(&format!("{name}{suffix}"), [gates], Init::Uniform, fans);
    let (b_ih, b_hh) = (bias("bias_ih_l0")?, bias("bias_hh_l0")?);
    let x = b.graph.apply1(Linear, &[x, w_ih, b_ih])?;
    if b.decode {
        return cell.step(b, x, (w_hh, b_hh), units, returns);
    }
    let time = Loop { reverse, padding: b.padding.map(|p| p.token) };
    let mut operands = vec![x, w_hh, b_hh];
    operands.extend(b.padding.map(|p| p.tokens));
    let outputs = match cell {
        Cell::Lstm => b.graph.apply(lstm::Lstm { time }, &operands),
        Cell::Gru => b.graph.apply(gru::Gru { time }, &operands),
        Cell::Rnn(f) => b.graph.apply(rnn::Rnn { time, relu: f == Nonlinearity::Relu }, &operands),
    }?;
    Ok(match returns {
        Return::Sequence => outputs[0],
        Return::Last => outputs[1],
    })
}

impl Cell {
    /// Numbers that each unit computes of input and state.
    fn gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
            Self::Rnn(_) => 1,
        }
    }

    /// One time step, its state carried from run to run: of simple ops, as no gradient is taken.
    fn step(
        self,
        b: &mut Builder<'_>,
        x: ValueId,
        (w, bias): (ValueId, ValueId),
        units: usize,
        returns: Return,
    ) -> Result<ValueId> {
        let sizes = b.graph.shape(x).0.clone();
        let batch = sizes[0];
        let x = b.graph.apply1(Reshape { shape: [batch * sizes[1], sizes[2]].into() }, &[x])?;
        let h = b.carried([batch, units]);
        let c = matches!(self, Self::Lstm).then(|| b.carried([batch, units]));
        let g = &mut *b.graph;
        let a = g.apply1(Linear, &[h, w, bias])?;
        let part =
            |g: &mut Graph, of, gate: usize| g.apply1(Narrow { axis: 1, start: gate * units, length: units }, &[of]);
        let (next, cell) = match (self, c) {
            (Self::Lstm, Some(c)) => {
                let a = g.apply1(Add, &[x, a])?;
                let gate = |g: &mut Graph, index| {
                    let a = part(g, a, index)?;
                    if index == 2 { g.apply1(Tanh, &[a]) } else { g.apply1(Sigmoid, &[a]) }
                };
                let (i, f, new, o) = (gate(g, 0)?, gate(g, 1)?, gate(g, 2)?, gate(g, 3)?);
                let (kept, added) = (g.apply1(Mul, &[f, c])?, g.apply1(Mul, &[i, new])?);
                let cell = g.apply1(Add, &[kept, added])?;
                let shown = g.apply1(Tanh, &[cell])?;
                (g.apply1(Mul, &[o, shown])?, Some((c, cell)))
            }
            (Self::Gru, _) => {
                let gate = |g: &mut Graph, index| {
                    let (x, a) = (part(g, x, index)?, part(g, a, index)?);
                    let sum = g.apply1(Add, &[x, a])?;
                    g.apply1(Sigmoid, &[sum])
                };
                let (r, z) = (gate(g, 0)?, gate(g, 1)?);
                let (x, a) = (part(g, x, 2)?, part(g, a, 2)?);
                let a = g.apply1(Mul, &[r, a])?;
                let sum = g.apply1(Add, &[x, a])?;
                let new = g.apply1(Tanh, &[sum])?;
                // (1 − z) ⊙ n + z ⊙ h = n + z ⊙ (h − n)
                let minus = g.apply1(Scale { factor: -1.0 }, &[new])?;
                let difference = g.apply1(Add, &[h, minus])?;
                let moved = g.apply1(Mul, &[z, difference])?;
                (g.apply1(Add, &[new, moved])?, None)
            }
            (Self::Lstm | Self::Rnn(_), _) => {
                let sum = g.apply1(Add, &[x, a])?;
                let relu = matches!(self, Self::Rnn(Nonlinearity::Relu));
                (if relu { g.apply1(Relu, &[sum])? } else { g.apply1(Tanh, &[sum])? }, None)
            }
        };
        b.carry(h, next);
        if let Some((c, cell)) = cell {
            b.carry(c, cell);
        }
        match returns {
            Return::Last => Ok(next),
            Return::Sequence => b.graph.apply1(Reshape { shape: Shape::from([batch, sizes[1], units]) }, &[next]),
        }
    }
}

#[cfg(test)]
#[path = "recurrent_tests.rs"]
mod tests;
