//! Token by token is the same as all at once.

use super::*;
use crate::{
    cpu::{Interpreter, Step},
    graph::Type,
    random,
};

const TIME: usize = 5;
const INPUTS: usize = 3;

fn normal(stream: u32, count: usize) -> Vec<f32> {
    (0..count).map(|i| random::normal(7, stream, i as u32) as f32).collect()
}

/// The layer's output of a sequence, by a graph of all steps or by one of a step that is run for each.
fn outputs(layer: &dyn Layer, decode: bool) -> Vec<f32> {
    let mut g = Graph::new();
    let x = g.input("x", Type::f32([1, if decode { 1 } else { TIME }, INPUTS]));
    let mut b = Builder::new(&mut g, false);
    b.decode = decode;
    let y = layer.build(&mut b, x).unwrap();
    g.output("y", y);
    let mut cpu = Interpreter::<f64>::new(g);
    for (stream, parameter) in cpu.graph().parameters.clone().iter().enumerate() {
        cpu.set_f32(parameter.value, &normal(stream as u32, parameter.shape.count()));
    }
    let mut all = Vec::new();
    for x_now in normal(99, TIME * INPUTS).chunks(if decode { INPUTS } else { TIME * INPUTS }) {
        cpu.set_f32(x, x_now);
        cpu.run(&Step::default());
        all.extend(cpu.get_f32(y));
        for (from, to) in cpu.graph().carried.clone() {
            let state = cpu.tensor(to).data.clone();
            cpu.tensor_mut(from).data = state;
        }
    }
    all
}

#[test]
fn token_by_token_is_the_same_as_all_at_once() {
    let (units, returns, bidirectional) = (Count(4), Return::Sequence, false);
    let layers: [Box<dyn Layer>; 4] = [
        Box::new(Lstm { units, returns, bidirectional }),
        Box::new(Gru { units, returns, bidirectional }),
        Box::new(Rnn { units, returns, bidirectional, activation: Nonlinearity::Tanh }),
        Box::new(Rnn { units, returns, bidirectional, activation: Nonlinearity::Relu }),
    ];
    for layer in layers {
        let (at_once, by_token) = (outputs(&*layer, false), outputs(&*layer, true));
        assert_eq!(at_once.len(), TIME * 4);
        for (a, b) in at_once.iter().zip(&by_token) {
            // Computed in f64, rounded to f32.
            assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{layer:?}: {a} and {b}");
        }
    }
}

#[test]
fn an_input_that_is_no_sequence_is_refused() {
    let mut g = Graph::new();
    let x = g.input("x", Type::f32([2, 3]));
    let layer = Gru { units: Count(4), returns: Return::Last, bidirectional: false };
    let error = layer.build(&mut Builder::new(&mut g, false), x).unwrap_err().to_string();
    assert!(error.contains("needs sequences [batch, time, n], its input is [2, 3]"), "{error}");
}
