//! Graphs made at random, on the GPU against the interpreter: what is fused, which buffers are used again and how
//! views share storage must not show.

mod common;

use common::{STEP, both::Both, normal};
use trainyard::{
    cpu::{Data, Step},
    graph::{Graph, Source, Type, ValueId},
    kernels::Access,
    ops::{
        Matmul, Scale, add::Add, dropout::Dropout, gelu::Gelu, leaky_relu::LeakyRelu, linear::Linear, relu::Relu,
        reshape::Reshape, sigmoid::Sigmoid, softmax::Softmax, tanh::Tanh,
    },
    random::bits,
};

const GRAPHS: u32 = 12;
const NODES: u32 = 20;
const ROWS: usize = 5;
const COLUMNS: usize = 8;
/// Chains of at most `NODES` ops, each rounded to 6e-8 and none of which enlarges errors much.
const TOLERANCE: f64 = 2e-5;

/// Draws for a graph, one after the other.
struct Draws {
    seed: u32,
    drawn: u32,
}

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        bits(self.seed, 77, self.drawn) as usize % n
    }

    /// Mostly recent values, so that chains get long; sometimes old ones, so that they must be kept.
    fn value(&mut self, values: &[ValueId]) -> ValueId {
        let back = if self.below(3) > 0 { self.below(values.len().min(2)) } else { self.below(values.len()) };
        values[values.len() - 1 - back]
    }
}

/// Values of one shape, so that any op takes any of them.
fn random_graph(seed: u32) -> (Graph, Vec<(ValueId, Data<f64>)>) {
    let mut g = Graph::new();
    let mut draws = Draws { seed, drawn: 0 };
    let shape = [ROWS, COLUMNS];
    let mut values = vec![g.input("x0", Type::f32(shape)), g.input("x1", Type::f32(shape))];
    let (w, b) = (g.input("w", Type::f32([COLUMNS, COLUMNS])), g.input("b", Type::f32([COLUMNS])));
    let data = |id: ValueId, g: &Graph| {
        let scale = if id == w { 0.3 } else { 1.0 };
        let numbers = (0..g.shape(id).count()).map(|i| f64::from((scale * normal(id.0 as usize, i)) as f32));
        (id, Data::Floats(numbers.collect()))
    };
    let operands = [values[0], values[1], w, b].map(|id| data(id, &g)).into();
    values.push(g.constant(shape.into(), 0.75));
    for node in 0..NODES {
        let x = draws.value(&values);
        let y = match draws.below(13) {
            0 => g.apply1(Relu, &[x]),
            1 => g.apply1(LeakyRelu { slope: 0.2 }, &[x]),
            2 => g.apply1(Tanh, &[x]),
            3 => g.apply1(Sigmoid, &[x]),
            4 => g.apply1(Gelu { tanh: node % 2 == 0 }, &[x]),
            5 => g.apply1(Scale { factor: -0.7 }, &[x]),
            6 => g.apply1(Dropout { rate: 0.25, stream: node }, &[x]),
            7 | 8 => {
                let other = draws.value(&values);
                g.apply1(Add, &[x, other])
            }
            9 => g.apply1(Linear, &[x, w, b]),
            10 => g.apply1(Matmul { transpose_a: false, transpose_b: true }, &[x, w]),
            11 => g.apply1(Softmax, &[x]),
            // Computed on under another shape.
            _ => {
                let view = g.apply1(Reshape { shape: [COLUMNS, ROWS].into() }, &[x]).unwrap();
                let y = if draws.below(2) == 0 { g.apply1(Relu, &[view]).unwrap() } else { view };
                g.apply1(Reshape { shape: shape.into() }, &[y])
            }
        };
        values.push(y.unwrap());
    }
    let made: Vec<_> = values.iter().copied().filter(|id| made_by_node(&g, *id)).collect();
    g.output("last", made[made.len() - 1]);
    for name in ["one", "another"] {
        let id = made[draws.below(made.len())];
        g.output(name, id);
    }
    g.verify().unwrap();
    (g, operands)
}

fn made_by_node(g: &Graph, id: ValueId) -> bool {
    matches!(g.values[id.index()].source, Source::Node { .. })
}

#[test]
fn plans_compute_what_graphs_say() {
    let (mut worst, mut fused, mut beside, mut kept, mut shared) = (0.0f64, 0, 0, 0, 0);
    for seed in 0..GRAPHS {
        let (g, operands) = random_graph(seed);
        let mut both = Both::new(&g, &operands);
        let plan = both.plan();
        fused += plan.dispatches.iter().filter(|d| d.label.contains('+')).count();
        beside += plan.dispatches.iter().filter(|d| d.label.contains('|')).count();
        kept += plan.dispatches.iter().filter(|d| d.composed.source.contains("[i] = v")).count();
        let written = plan.dispatches.iter().flat_map(|d| d.composed.bindings.iter().zip(&d.operands));
        let written: Vec<_> =
            written.filter(|(binding, _)| binding.access == Access::ReadWrite).map(|(_, slice)| slice.buffer).collect();
        shared += written.iter().enumerate().filter(|(i, buffer)| written[..*i].contains(buffer)).count();
        for index in 0..2 {
            let step = Step { index, ..STEP };
            both.run(&step);
            for (name, id) in &g.outputs {
                let title = format!("graph {seed}, output {name} at step {index}");
                let error = both.difference(&title, *id);
                assert!(error <= TOLERANCE, "{title}: off by {error:.1e}\n{g}\n{}", both.plan());
                worst = worst.max(error);
            }
        }
    }
    println!(
        "off by at most {worst:.1e}; {fused} dispatches fused, {beside} of several side by side, {kept} that store \
         values on the way, {shared} buffers used again"
    );
    assert!(
        fused > 10 && beside > 10 && kept > 10 && shared > 10,
        "the graphs should give the planner something to fuse"
    );
}

#[test]
fn a_value_that_is_used_twice_is_kept_within_one_dispatch() {
    let mut g = Graph::new();
    let x = g.input("x0", Type::f32([ROWS, COLUMNS]));
    let h = g.apply1(Scale { factor: 2.0 }, &[x]).unwrap();
    let r = g.apply1(Relu, &[h]).unwrap();
    let y = g.apply1(Add, &[h, r]).unwrap();
    let z = g.apply1(Add, &[x, h]).unwrap();
    g.output("y", y);
    g.output("h", h);
    g.output("z", z);
    let data = (0..ROWS * COLUMNS).map(|i| normal(0, i)).collect();
    let mut both = Both::new(&g, &[(x, Data::Floats(data))]);
    assert_eq!(both.plan().dispatches.len(), 1, "{}", both.plan());
    both.run(&STEP);
    for (name, id) in [("h", h), ("h + relu(h)", y), ("x + h", z)] {
        assert!(both.difference(name, id) < 1e-6);
    }
}

#[test]
fn what_needs_nothing_of_each_other_is_one_dispatch() {
    let mut g = Graph::new();
    let x = g.input("x0", Type::f32([ROWS, COLUMNS]));
    let (w, b) = (g.input("w", Type::f32([COLUMNS, COLUMNS])), g.input("b", Type::f32([COLUMNS])));
    let soft = g.apply1(Softmax, &[x]).unwrap();
    let product = g.apply1(Matmul { transpose_a: true, transpose_b: false }, &[x, x]).unwrap();
    let linear = g.apply1(Linear, &[x, w, b]).unwrap();
    let after = g.apply1(Softmax, &[linear]).unwrap();
    let outputs = [("soft", soft), ("product", product), ("linear", linear), ("after", after)];
    for (name, id) in outputs {
        g.output(name, id);
    }
    let data = |id: ValueId| (id, Data::Floats((0..g.shape(id).count()).map(|i| normal(id.0 as usize, i)).collect()));
    let mut both = Both::new(&g, &[x, w, b].map(data));
    let labels: Vec<_> = both.plan().dispatches.iter().map(|d| d.label.clone()).collect();
    assert_eq!(labels, ["softmax | matmul | linear", "softmax"]);
    both.run(&STEP);
    for (name, id) in outputs {
        assert!(both.difference(name, id) < 1e-5);
    }
}
