//! Every op on the GPU (f32) against its CPU twin (f64), alone and with element-wise ops fused into it.

mod common;

use std::sync::LazyLock;

use common::{STEP, fill, graph, normal, title};
use trainyard::{
    cpu::{Data, Interpreter, Step},
    gpu::{Executor, Gpu},
    graph::{DType, Graph, ValueId},
    kernels::Call,
    ops::{Case, Lowering, Scale, add::Add, cases, dropout::Dropout, leaky_relu::LeakyRelu},
    plan::{METRICS, Plan},
};

static GPU: LazyLock<Gpu> = LazyLock::new(|| pollster::block_on(Gpu::new()).expect("these tests need a Vulkan driver"));

/// Outputs that go to the metrics' ring: the GPU writes them at the step's slot.
const RING: &[(&str, usize, &str)] =
    &[("cross_entropy", 0, "loss"), ("cross_entropy", 1, "correct"), ("mse", 0, "loss"), ("accuracy", 0, "correct")];

/// Whole batches and parts, beginnings and ends of the order, several seeds; ops take what concerns them.
const STEPS: [Step; 4] = [
    STEP,
    Step { slot: 5, index: 1, cursor: 2, rows: 2, seed: 1, ..STEP },
    Step { slot: 17, index: 70_000, cursor: 1, rows: 1, seed: 0xdead_beef, ..STEP },
    Step { slot: 1023, index: u32::MAX, cursor: 5, rows: 61, seed: u32::MAX, ..STEP },
];

/// What a fused chain adds to an op's tolerance: three more roundings.
const CHAIN: f64 = 1e-6;

/// A graph on the GPU and in the interpreter, with operands filled in.
struct Both {
    gpu: Executor,
    cpu: Interpreter<f64>,
}

impl Both {
    fn new(g: &Graph, operands: &[(ValueId, Data<f64>)]) -> Self {
        let plan = Plan::new(g).unwrap();
        let gpu = pollster::block_on(Executor::new(&GPU, plan, &[])).unwrap();
        let mut cpu = Interpreter::new(g.clone());
        for (id, data) in operands {
            gpu.write(*id, &bytes(data)).unwrap();
            cpu.tensor_mut(*id).data = data.clone();
        }
        Self { gpu, cpu }
    }

    fn run(&mut self, step: &Step) {
        drop(self.gpu.run(&[*step]));
        self.cpu.run(step);
    }

    /// Largest difference of an output, relative to its largest magnitude; whole numbers must be equal.
    fn difference(&self, title: &str, id: ValueId, slot: Option<u32>) -> f64 {
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&pollster::block_on(self.gpu.read(id)).unwrap());
        let words = slot.map_or(&words[..], |slot| &words[slot as usize..][..1]);
        let expected = match &self.cpu.tensor(id).data {
            Data::Floats(floats) => floats,
            Data::Ints(ints) => {
                assert_eq!(words, ints, "{title}: whole numbers");
                return 0.0;
            }
            Data::Bytes(_) => panic!("{title}: no op makes bytes"),
        };
        assert_eq!(words.len(), expected.len(), "{title}");
        let scale = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!(scale.is_finite(), "{title}: the oracle is not finite");
        let got = words.iter().map(|&word| f64::from(f32::from_bits(word)));
        let differences = got.zip(expected).map(|(got, want)| {
            assert!(got.is_finite(), "{title}: {got} instead of {want}");
            (got - want).abs()
        });
        differences.fold(0.0, f64::max) / if scale == 0.0 { 1.0 } else { scale }
    }
}

/// As the GPU takes them: whole words.
fn bytes(data: &Data<f64>) -> Vec<u8> {
    match data {
        Data::Floats(floats) => floats.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect(),
        Data::Ints(ints) => bytemuck::cast_slice(ints).to_vec(),
        Data::Bytes(bytes) => {
            let mut words = bytes.clone();
            words.resize(bytes.len().next_multiple_of(4), 0);
            words
        }
    }
}

fn operands(case: &Case, inputs: &[ValueId]) -> Vec<(ValueId, Data<f64>)> {
    inputs.iter().zip(&case.inputs).enumerate().map(|(i, (&id, (ty, kind)))| (id, fill(i, ty, *kind))).collect()
}

/// Keeps the largest number by name.
fn note(worst: &mut Vec<(&'static str, f64)>, name: &'static str, error: f64) {
    match worst.iter_mut().find(|(n, _)| *n == name) {
        Some((_, most)) => *most = most.max(error),
        None => worst.push((name, error)),
    }
}

#[test]
fn ops_agree_with_their_twins() {
    let mut worst = Vec::new();
    for case in cases() {
        let name = case.op.name();
        let (mut g, inputs, outputs) = graph(&case);
        let metric = |i| RING.iter().find(|(op, output, _)| (*op, *output) == (name, i)).map(|(_, _, metric)| *metric);
        for (i, &output) in outputs.iter().enumerate() {
            g.output(metric(i).map_or(format!("y{i}"), Into::into), output);
        }
        let mut both = Both::new(&g, &operands(&case, &inputs));
        for step in &STEPS {
            both.run(step);
            for (i, &output) in outputs.iter().enumerate() {
                let title = format!("{}, output {i}, {step:?}", title(&case));
                let error = both.difference(&title, output, metric(i).map(|_| step.slot));
                assert!(error <= case.tolerance, "{title}: off by {error:.1e}, allowed {:.1e}", case.tolerance);
                note(&mut worst, name, error);
            }
        }
    }
    for (name, error) in &worst {
        println!("{name}: {error:.1e}");
    }
    assert!(RING.iter().all(|(_, _, metric)| METRICS.contains(metric)));
}

#[test]
fn fused_chains_agree_with_their_twins() {
    let mut worst = Vec::new();
    for case in cases() {
        let name = case.op.name();
        let (mut g, inputs, outputs) = graph(&case);
        let ty = g.ty(outputs[0]).clone();
        if ty.dtype != DType::F32 || RING.iter().any(|(op, ..)| *op == name) {
            continue;
        }
        let residual = g.input("residual", ty.clone());
        let y = g.apply1(LeakyRelu { slope: 0.1 }, &[outputs[0]]).unwrap();
        let y = g.apply1(Add, &[residual, y]).unwrap();
        let y = g.apply1(Scale { factor: -1.5 }, &[y]).unwrap();
        let y = g.apply1(Dropout { rate: 0.25, stream: 2 }, &[y]).unwrap();
        g.output("y", y);

        let types = |ids: &[ValueId]| ids.iter().map(|&id| g.ty(id).clone()).collect::<Vec<_>>();
        let fused = match case.op.lower(&types(&inputs), &types(&outputs)) {
            Lowering::Kernel(Call { kernel, .. }) => kernel.has_epilogue() && outputs.len() == 1,
            Lowering::Pointwise(_) | Lowering::View => true,
        };
        let mut operands = operands(&case, &inputs);
        operands.push((residual, Data::Floats((0..ty.shape.count()).map(|i| normal(50, i)).collect())));
        let mut both = Both::new(&g, &operands);
        assert_eq!(both.gpu.plan().dispatches.len(), if fused { 1 } else { 2 }, "{}", title(&case));
        for step in &STEPS[..2] {
            both.run(step);
            let title = format!("{} and a chain, {step:?}", title(&case));
            let (error, allowed) = (both.difference(&title, y, None), case.tolerance + CHAIN);
            assert!(error <= allowed, "{title}: off by {error:.1e}, allowed {allowed:.1e}");
            note(&mut worst, name, error);
        }
    }
    for (name, error) in &worst {
        println!("{name} and a chain: {error:.1e}");
    }
}
