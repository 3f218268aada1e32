//! Every op on the GPU (f32) against its CPU twin (f64), alone and with element-wise ops fused into it, with every kernel
//! that it has. The tests run this natively and in a browser: adapters differ in what they offer, and in what they get
//! wrong.

mod both;
mod operands;

use std::collections::BTreeMap;

pub use both::Both;
pub use operands::{STEP, fill, graph, normal, title};
use serde::Serialize;

use crate::{
    cpu::{Data, Step},
    error::{Error, Result},
    gpu::Gpu,
    graph::{DType, Graph, Type, ValueId},
    kernels::{Call, Target},
    model::METRIC,
    ops::{Case, Lowering, Scale, add::Add, cases, dropout::Dropout, leaky_relu::LeakyRelu},
    plan::expanded,
};

/// Ops whose first outputs go to the metrics' ring, and how many: the GPU writes them at the step's slot.
pub const RING: &[(&str, usize)] = &[
    ("accuracy", 1),
    ("binary_cross_entropy", 3),
    ("cross_entropy", 3),
    ("distillation", 1),
    ("gaussian_kl", 1),
    ("regression", 1),
];

/// Whole batches and parts, beginnings and ends of the order, several seeds; ops take what concerns them.
const STEPS: [Step; 4] = [
    STEP,
    Step { slot: 5, index: 1, cursor: 2, rows: 2, seed: 1, ..STEP },
    Step { slot: 17, index: 70_000, cursor: 1, rows: 1, seed: 0xdead_beef, ..STEP },
    Step { slot: 1023, index: u32::MAX, cursor: 5, rows: 61, seed: u32::MAX, ..STEP },
];

/// What a fused chain adds to an op's tolerance: three more roundings.
const CHAIN: f64 = 1e-6;

/// Ops that are sines and cosines, and what they may be off by on SwiftShader: WGSL promises 2^-11 only. Other adapters are
/// far better, SwiftShader uses the freedom (measured: 1.5e-4).
const COARSE_SINES: (&[&str], f64) = (&["rotary", "sinusoidal"], 1.0 / 2048.0);

/// A kernel on a case.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The case, and what was fused into it.
    pub title: String,
    /// The op's name.
    pub op: &'static str,
    /// The kernel's name.
    pub kernel: String,
    /// Whether element-wise ops follow it.
    pub chained: bool,
    /// Whether it is the ops that this one expands to.
    pub expanded: bool,
    /// How many dispatches it takes.
    pub dispatches: usize,
    /// The largest difference, relative to the output's largest magnitude. Infinite: the GPU's numbers are not finite, or
    /// whole numbers differ.
    pub error: f64,
    /// How large it may be.
    pub allowed: f64,
    /// Whether it is not larger.
    pub agrees: bool,
}

/// The kernels that a case's op has on a target, the portable one first, each with the target that takes it. Without a
/// name: views and element-wise functions, and the ops that it expands to.
pub fn kernels(case: &Case, target: &Target) -> Vec<(Option<&'static str>, Target)> {
    let inputs: Vec<Type> = case.inputs.iter().map(|(ty, _)| ty.clone()).collect();
    let outputs = case.op.infer(&inputs).unwrap_or_default();
    let Lowering::Kernel(portable) = case.op.lower(&inputs, &outputs) else { return vec![(None, target.clone())] };
    let key = portable.key();
    let chosen = |call: &Call| {
        let choices = BTreeMap::from([(key.clone(), call.kernel.name.to_owned())]);
        (Some(call.kernel.name), Target { choices, winograd: false, ..target.clone() })
    };
    let variants = case.op.variants(&inputs, &outputs, target);
    let alone = [portable].into_iter().chain(variants);
    let expands = graph(case).is_ok_and(|(graph, ..)| expanded(&graph, target).is_ok_and(|g| g.nodes.len() > 1));
    alone.map(|call| chosen(&call)).chain(expands.then(|| (None, target.clone()))).collect()
}

/// How many cases there are of each kernel on a target.
pub fn counts(target: &Target) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for case in cases() {
        for name in kernels(&case, target).into_iter().filter_map(|(name, _)| name) {
            *counts.entry(name).or_insert(0) += 1;
        }
    }
    counts
}

/// Runs a case with each of its kernels; `adapter` is the adapter's name. `chain`: also with element-wise ops after it.
///
/// # Errors
/// When the device refuses a kernel, or takes another one than it should.
pub async fn compare(gpu: &Gpu, adapter: &str, case: &Case, chain: bool) -> Result<Vec<Compared>> {
    let mut compared = Vec::new();
    let all = kernels(case, &gpu.target());
    let several = all.len() > 1;
    for (name, target) in all {
        let expanded = several && name.is_none();
        let chain = if chain { chained(case)? } else { None };
        for setup in [Some(plain(case)?), chain].into_iter().flatten() {
            let (mut both, title) = (Both::new(gpu, &target, &setup.graph, &setup.operands).await?, setup.title);
            let dispatches = &both.plan().dispatches;
            let (kernel, dispatches) =
                (dispatches.first().map_or(String::new(), |d| d.kernel.clone()), dispatches.len());
            if name.is_some_and(|name| name != kernel) {
                return Err(Error::gpu(format!("{title}: {kernel} instead of {name:?}")));
            }
            let mut error: f64 = 0.0;
            for step in setup.steps {
                both.run(step);
                for &(output, metric) in &setup.outputs {
                    error = error.max(both.difference(output, metric.then_some(step.slot)).await?);
                }
            }
            let (op, chained, allowed) = (case.op.name(), setup.more > 0.0, setup.more + allowed(case, adapter));
            let agrees = error <= allowed;
            compared.push(Compared { title, op, kernel, chained, expanded, dispatches, error, allowed, agrees });
        }
    }
    Ok(compared)
}

fn allowed(case: &Case, adapter: &str) -> f64 {
    let coarse = COARSE_SINES.0.contains(&case.op.name()) && adapter.to_lowercase().contains("swiftshader");
    if coarse { COARSE_SINES.1 } else { case.tolerance }
}

/// A graph to run, what it is fed, and what to look at: values, and whether they are metrics.
struct Setup {
    title: String,
    graph: Graph,
    operands: Vec<(ValueId, Data<f64>)>,
    outputs: Vec<(ValueId, bool)>,
    steps: &'static [Step],
    /// What is added to the op's tolerance.
    more: f64,
}

fn operands(case: &Case, inputs: &[ValueId]) -> Vec<(ValueId, Data<f64>)> {
    inputs.iter().zip(&case.inputs).enumerate().map(|(i, (&id, (ty, kind)))| (id, fill(i, ty, *kind))).collect()
}

/// The op alone.
fn plain(case: &Case) -> Result<Setup> {
    let (mut graph, inputs, outputs) = graph(case)?;
    let metrics = RING.iter().find(|(op, _)| *op == case.op.name()).map_or(0, |(_, count)| *count);
    for (i, &output) in outputs.iter().enumerate() {
        graph.output(if i < metrics { format!("{METRIC}{i}") } else { format!("y{i}") }, output);
    }
    let outputs = outputs.into_iter().enumerate().map(|(i, id)| (id, i < metrics)).collect();
    Ok(Setup { title: title(case), graph, operands: operands(case, &inputs), outputs, steps: &STEPS, more: 0.0 })
}

/// The op and a chain of element-wise ops after its first output; none if that is no operand for them.
fn chained(case: &Case) -> Result<Option<Setup>> {
    let (mut graph, inputs, outputs) = graph(case)?;
    let ty = graph.ty(outputs[0]).clone();
    if ty.dtype != DType::F32 || RING.iter().any(|(op, _)| *op == case.op.name()) {
        return Ok(None);
    }
    let residual = graph.input("residual", ty.clone());
    let y = graph.apply1(LeakyRelu { slope: 0.1 }, &[outputs[0]])?;
    let y = graph.apply1(Add, &[residual, y])?;
    let y = graph.apply1(Scale { factor: -1.5 }, &[y])?;
    let y = graph.apply1(Dropout { rate: 0.25, stream: 2 }, &[y])?;
    graph.output("y", y);
    let mut operands = operands(case, &inputs);
    operands.push((residual, Data::Floats((0..ty.shape.count()).map(|i| normal(50, i)).collect())));
    let title = format!("{} and a chain", title(case));
    Ok(Some(Setup { title, graph, operands, outputs: vec![(y, false)], steps: &STEPS[..2], more: CHAIN }))
}
