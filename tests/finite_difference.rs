//! Every op's gradient rule against central differences of its forward twin, in f64.

mod common;

use common::{STEP, fill, graph, normal, title};
use trainyard::{
    cpu::{Interpreter, Step},
    graph::{DType, Graph, ValueId},
    ops::{Case, cases},
};

/// Ops that are not differentiated, and why. What is in neither this list nor has a gradient fails.
const NO_GRADIENT: &[(&str, &str)] = &[
    ("accuracy", "a count"),
    ("argmax", "a place"),
    ("add_rows_grad", FIRST_ORDER),
    ("attention_key_grad", FIRST_ORDER),
    ("attention_query_grad", FIRST_ORDER),
    ("avg_pool2d_grad", FIRST_ORDER),
    ("batch_norm_grad", FIRST_ORDER),
    ("bias_grad", FIRST_ORDER),
    ("conv2d_input_grad", FIRST_ORDER),
    ("conv2d_weight_grad", FIRST_ORDER),
    ("embedding_grad", FIRST_ORDER),
    ("gelu_grad", FIRST_ORDER),
    ("gru_grad", FIRST_ORDER),
    ("layer_norm_grad", FIRST_ORDER),
    ("layer_norm_weight_grad", FIRST_ORDER),
    ("leaky_relu_grad", FIRST_ORDER),
    ("linear_weight_grad", FIRST_ORDER),
    ("lstm_grad", FIRST_ORDER),
    ("max_pool2d_grad", FIRST_ORDER),
    ("narrow_grad", FIRST_ORDER),
    ("recurrent_weight_grad", FIRST_ORDER),
    ("relu_grad", FIRST_ORDER),
    ("reparameterize_grad", FIRST_ORDER),
    ("rms_norm_grad", FIRST_ORDER),
    ("rms_norm_weight_grad", FIRST_ORDER),
    ("rnn_grad", FIRST_ORDER),
    ("sigmoid_grad", FIRST_ORDER),
    ("silu_grad", FIRST_ORDER),
    ("softmax_grad", FIRST_ORDER),
    ("softplus_grad", FIRST_ORDER),
    ("tanh_grad", FIRST_ORDER),
    ("batched_matmul", EXPANDED),
    ("winograd_input", EXPANDED),
    ("winograd_input_grad", EXPANDED),
    ("winograd_output", EXPANDED),
    ("winograd_output_grad", EXPANDED),
    ("winograd_weight", EXPANDED),
    ("winograd_weight_grad", EXPANDED),
    ("attention_step", DECODING),
    ("attention_weights", "something to look at"),
    ("add_rows_step", DECODING),
    ("gather", "reads data, which is not trained"),
    ("noise", "has no operands"),
    ("one_hot", "reads labels"),
    ("rank", "a count"),
];
const DECODING: &str = "continues a sequence token by token; nothing is trained then";
const EXPANDED: &str = "takes the place of a convolution or of its gradient in a plan, after differentiation";
const FIRST_ORDER: &str = "is itself a gradient; second derivatives are not taken";
const RUNNING: &str = "a running statistic is measured, not trained";

/// Float operands that get no gradient.
const NOT_DIFFERENTIATED: &[(&str, usize, &str)] = &[
    ("batch_norm_eval", 3, RUNNING),
    ("batch_norm_eval", 4, RUNNING),
    ("binary_cross_entropy", 1, "the target is data"),
    ("distillation", 1, "the teacher does not learn"),
    ("regression", 1, "the target is data"),
    ("reparameterize", 1, "the noise is drawn"),
];

/// Ops whose outputs from this one on are kept for the gradient alone, or measured: no objective depends on them.
const BY_PRODUCTS: &[(&str, usize)] =
    &[("attention", 1), ("batch_norm", 1), ("gru", 2), ("layer_norm", 1), ("lstm", 2), ("rms_norm", 1), ("rnn", 2)];

/// Ops that are objectives: their first output has d objective / d output = 1, a constant; their others are
/// by-products.
const LOSSES: &[&str] = &["binary_cross_entropy", "cross_entropy", "distillation", "gaussian_kl", "regression"];

const EPSILON: f64 = 1e-5;
/// Relative to the largest derivative of an operand (at least 1). A central difference is off by f‴ε²/6 ~ 1e-10
/// and by the rounding of the objective, a sum of at most some thousand numbers: 1e-16 · 1e3 / ε ~ 1e-8 at worst.
///
/// Kinks (0 of relu, ties of max pooling) are no matter: the operands are random normal numbers, none within ε
/// of a kink, and always the same.
const TOLERANCE: f64 = 1e-8;
/// Elements tried of each operand, evenly spread.
const SAMPLES: usize = 200;

#[test]
fn gradients_are_the_limits_of_differences() {
    let mut without = Vec::new();
    let mut worst: Vec<(&str, f64)> = Vec::new();
    for case in cases() {
        let name = case.op.name();
        let batch = case.inputs.first().map_or(1, |(ty, _)| ty.shape.0[0] as u32);
        for rows in [u32::MAX, batch.div_ceil(2)] {
            let step = Step { rows, index: 3, ..STEP };
            match check(&case, &step) {
                Some(error) => match worst.iter_mut().find(|(n, _)| *n == name) {
                    Some((_, most)) => *most = most.max(error),
                    None => worst.push((name, error)),
                },
                None => without.push(name),
            }
        }
    }
    for (name, error) in &worst {
        println!("{name}: {error:.1e}");
    }
    without.sort_unstable();
    without.dedup();
    let mut expected: Vec<_> = NO_GRADIENT.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(without, expected, "ops without gradient (left) must be listed with the reason (right)");
}

/// The largest deviation, relative; None: the op has no gradient.
fn check(case: &Case, step: &Step) -> Option<f64> {
    let name = case.op.name();
    let (mut g, inputs, outputs) = graph(case);
    let forward = g.clone();

    // The objective is Σ r · y over all float outputs, so that d objective / d y = r.
    let mut weights: Vec<(ValueId, ValueId)> = Vec::new();
    let mut dy = Vec::new();
    for (i, &y) in outputs.iter().enumerate() {
        let ty = g.ty(y).clone();
        dy.push(if LOSSES.contains(&name) {
            (i == 0).then(|| g.constant(ty.shape, 1.0))
        } else if ty.dtype == DType::F32 && !BY_PRODUCTS.iter().any(|&(op, from)| op == name && i >= from) {
            let r = g.input(format!("r{i}"), ty);
            weights.push((y, r));
            Some(r)
        } else {
            None
        });
    }
    let node = g.nodes[0].clone();
    let gradients = node.op.grad(&mut g, &node, &dy).ok()?;
    g.verify().unwrap_or_else(|e| panic!("{}: {e}", title(case)));

    let mut backward = interpreter(g, case, &inputs);
    for (i, (_, r)) in weights.iter().enumerate() {
        for (j, x) in backward.tensor_mut(*r).floats_mut().iter_mut().enumerate() {
            *x = normal(100 + i, j);
        }
    }
    backward.run(step);
    let mut forward = interpreter(forward, case, &inputs);
    let objective = |forward: &mut Interpreter<f64>| {
        forward.run(step);
        if weights.is_empty() {
            return forward.tensor(outputs[0]).floats()[0];
        }
        let dot = |y: &[f64], r: &[f64]| y.iter().zip(r).map(|(y, r)| y * r).sum::<f64>();
        weights.iter().map(|&(y, r)| dot(forward.tensor(y).floats(), backward.tensor(r).floats())).sum()
    };

    let mut worst: f64 = 0.0;
    assert_eq!(gradients.len(), inputs.len(), "{}", title(case));
    for (index, (&x, dx)) in inputs.iter().zip(&gradients).enumerate() {
        if backward.graph().ty(x).dtype != DType::F32 {
            assert!(dx.is_none(), "{}: operand {index} has a gradient but is not a float", title(case));
            continue;
        }
        let Some(dx) = dx else {
            let known = NOT_DIFFERENTIATED.iter().any(|&(n, i, _)| (n, i) == (name, index));
            assert!(known, "{}: operand {index} gets no gradient", title(case));
            continue;
        };
        assert_eq!(backward.graph().ty(*dx), backward.graph().ty(x), "{}: operand {index}", title(case));
        let gradient = backward.tensor(*dx).floats();
        let scale = gradient.iter().fold(1.0, |most: f64, g| most.max(g.abs()));
        for element in (0..gradient.len()).step_by(gradient.len().div_ceil(SAMPLES)) {
            let at = forward.tensor(x).floats()[element];
            let mut moved = |by: f64| {
                forward.tensor_mut(x).floats_mut()[element] = at + by;
                objective(&mut forward)
            };
            let difference = (moved(EPSILON) - moved(-EPSILON)) / (2.0 * EPSILON);
            moved(0.0);
            let error = (difference - gradient[element]).abs() / scale;
            assert!(
                error < TOLERANCE,
                "{}: d/d operand {index}[{element}] is {}, differences say {difference}",
                title(case),
                gradient[element]
            );
            worst = worst.max(error);
        }
    }
    Some(worst)
}

fn interpreter(g: Graph, case: &Case, inputs: &[ValueId]) -> Interpreter<f64> {
    let mut cpu = Interpreter::new(g);
    for (i, (&id, (ty, kind))) in inputs.iter().zip(&case.inputs).enumerate() {
        cpu.tensor_mut(id).data = fill(i, ty, *kind);
    }
    cpu
}
