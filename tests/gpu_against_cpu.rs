//! Every op on the GPU (f32) against its CPU twin (f64), alone and with element-wise ops fused into it.

mod common;

use common::{
    STEP,
    both::{Both, GPU},
    fill, graph, normal, title,
};
use trainyard::{
    cpu::{Data, Step},
    graph::{DType, ValueId},
    kernels::{Call, Target},
    model::METRIC,
    ops::{Case, Lowering, Scale, add::Add, cases, dropout::Dropout, leaky_relu::LeakyRelu},
    plan::Plan,
};

/// Ops whose first outputs go to the metrics' ring, and how many: the GPU writes them at the step's slot.
const RING: &[(&str, usize)] = &[
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
    let mut variants = 0;
    for case in cases() {
        let name = case.op.name();
        let (mut g, inputs, outputs) = graph(&case);
        let metric = |i| RING.iter().any(|&(op, count)| op == name && i < count);
        for (i, &output) in outputs.iter().enumerate() {
            g.output(if metric(i) { format!("{METRIC}{i}") } else { format!("y{i}") }, output);
        }
        // What every device can run, and where it is something else, what is best on this one.
        let [portable, best] = [Target::default(), GPU.target()];
        let kernels =
            |target| Plan::on(&g, target).unwrap().dispatches.iter().map(|d| d.kernel.clone()).collect::<Vec<_>>();
        let differs = kernels(&portable) != kernels(&best);
        variants += usize::from(differs);
        for target in if differs { vec![portable, best] } else { vec![best] } {
            let mut both = Both::on(&target, &g, &operands(&case, &inputs));
            for step in &STEPS {
                both.run(step);
                for (i, &output) in outputs.iter().enumerate() {
                    let title = format!("{}, output {i}, {step:?}, {target:?}", title(&case));
                    let error = both.difference(&title, output, metric(i).then_some(step.slot));
                    assert!(error <= case.tolerance, "{title}: off by {error:.1e}, allowed {:.1e}", case.tolerance);
                    note(&mut worst, name, error);
                }
            }
        }
    }
    for (name, error) in &worst {
        println!("{name}: {error:.1e}");
    }
    println!("{variants} cases with a kernel for this adapter");
    assert!(GPU.target().subgroups.is_none() || variants > 4);
    assert!(RING.iter().all(|(op, _)| worst.iter().any(|(name, _)| op == name)));
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
        assert_eq!(both.plan().dispatches.len(), if fused { 1 } else { 2 }, "{}", title(&case));
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
