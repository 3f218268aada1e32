//! Every optimizer with its options, on the GPU (f32) against its f64 twin: several updates of a matrix and a vector.

use std::sync::LazyLock;

use pollster::block_on;
use serde_json::{Value, json};
use trainyard::{
    cpu::Step,
    gpu::{Executor, Gpu},
    graph::{Graph, MAX_BYTES, Parameter, Role, Shape, Type, ValueId},
    ops::Scale,
    optim::{Optimizer, REGISTRY, Subject},
    plan::{Kind, Plan, Slice, Update},
    random,
    spec::Init,
};

static GPU: LazyLock<Gpu> = LazyLock::new(|| block_on(Gpu::new()).expect("these tests need a Vulkan driver"));

/// A vector before the matrix, as biases come before other layers' weights.
const SHAPES: [&[usize]; 3] = [&[67], &[13, 131], &[3]];
const STEPS: u32 = 4;
const RATE: f32 = 0.01;
/// Parameters begin as large as an update, so that the update does not drown in them. Each update is rounded a few
/// times, to 6e-8 each; the sign that Lion takes does not change where it is rounded, but for numbers so near 0 that
/// none of these is.
const TOLERANCE: f64 = 2e-6;

fn options() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("sgd", json!({ "momentum": 0.9 })),
        ("sgd", json!({ "momentum": 0.9, "nesterov": true, "l1": 0.2 })),
        ("rmsprop", json!({ "momentum": 0.5, "alpha": 0.9 })),
    ];
    for (kind, _) in REGISTRY {
        all.extend([
            (*kind, json!({})),
            (*kind, json!({ "weight_decay": 0.5, "decay": "matrices", "clip_norm": 2.5 })),
            (*kind, json!({ "weight_decay": 0.5, "l1": 0.1, "clip_value": 0.75 })),
        ]);
    }
    all
}

fn optimizer(kind: &str, mut options: Value) -> Box<dyn Optimizer> {
    options["learning_rate"] = json!(RATE);
    REGISTRY.iter().find(|(name, _)| *name == kind).unwrap().1(options, "optimizer").unwrap()
}

/// As f32 holds it, for both.
fn draw(stream: u32, count: usize, scale: f64) -> Vec<f32> {
    (0..count as u32).map(|i| (scale * random::normal(3, stream, i)) as f32).collect()
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&x| x.into()).collect()
}

#[test]
fn updates_agree_with_their_twins() {
    for (kind, options) in options() {
        let error = check(&*optimizer(kind, options.clone()), &[0, 1, 2]);
        println!("{kind} {options}: {error:.1e}");
        assert!(error <= TOLERANCE, "{kind} {options}: off by {error:.1e}");
    }
}

#[test]
fn parameters_of_another_phase_are_neither_updated_nor_part_of_the_norm() {
    let error = check(&*optimizer("adamw", json!({ "clip_norm": 2.5, "decay": "matrices" })), &[0, 1]);
    assert!(error <= TOLERANCE, "off by {error:.1e}");
}

#[test]
fn parameters_that_no_binding_holds_are_updated_in_parts() {
    let (g, ..) = graph(&[&[5000, 5000], &[5000, 5000], &[5000]]); // 95 MiB each, but for the bias
    let update =
        Update { optimizer: &*optimizer("adam", json!({ "clip_norm": 1.0 })), parameters: &[0, 1, 2], accumulate: 2 };
    let plan = Plan::new(&g).unwrap().with_update(&g, &update).unwrap();
    let operands = plan.dispatches.iter().filter(|d| d.label.contains("adam")).flat_map(|d| &d.operands);
    let parameters = |slice: &&Slice| plan.buffers[slice.buffer].kind == Kind::Parameters;
    let updated: Vec<u64> = operands.filter(parameters).map(|slice| slice.bytes).collect();
    assert!(updated.iter().all(|&bytes| bytes <= MAX_BYTES), "{updated:?}");
    assert_eq!(updated.iter().sum::<u64>(), 2 * 100_000_000 + 20_224, "{updated:?}\n{plan}");
}

/// A graph that has parameters of these shapes, and their gradients as inputs.
fn graph(shapes: &[&[usize]]) -> (Graph, Vec<ValueId>, Vec<ValueId>) {
    let mut g = Graph::new();
    let (mut inputs, mut parameters) = (Vec::new(), Vec::new());
    for (index, shape) in shapes.iter().enumerate() {
        let shape = Shape(shape.to_vec());
        let name = format!("p{index}");
        inputs.push(g.input(format!("g{index}"), Type::f32(shape.clone())));
        let value = ValueId(0);
        let (init, role) = (Init::Zeros, Role::Trained);
        let parameter = Parameter { name, value, shape, transposed: false, init, fans: (1, 1), role };
        parameters.push(g.parameter(parameter));
    }
    for (index, &input) in inputs.iter().enumerate() {
        let gradient = g.apply1(Scale { factor: 1.0 }, &[input]).unwrap();
        g.output(format!("gradient:p{index}"), gradient);
    }
    (g, inputs, parameters)
}

/// The largest difference after some updates of the parameters `updated`, relative to the largest parameter.
fn check(optimizer: &dyn Optimizer, updated: &[usize]) -> f64 {
    let (g, inputs, parameters) = graph(&SHAPES);
    let update = Update { optimizer, parameters: updated, accumulate: 1 };
    let plan = Plan::new(&g).unwrap().with_update(&g, &update).unwrap();
    let gpu = block_on(Executor::new(&GPU, plan, None)).unwrap();

    let count = |index: usize| SHAPES[index].iter().product::<usize>();
    let mut cpu = Vec::new();
    for (index, &parameter) in parameters.iter().enumerate() {
        let start = draw(index as u32, count(index), RATE.into());
        gpu.write(parameter, bytemuck::cast_slice(&start)).unwrap();
        cpu.push(wide(&start));
    }
    let mut moments: Vec<_> = cpu.iter().map(|p| vec![vec![0.0; p.len()]; optimizer.moments()]).collect();
    for index in 0..STEPS {
        let step = Step { index, rows: 1, hyper: optimizer.hyper(RATE, index), ..Step::default() };
        let gradients: Vec<_> = (0..SHAPES.len()).map(|i| draw(100 + 10 * index + i as u32, count(i), 1.0)).collect();
        for (&input, gradient) in inputs.iter().zip(&gradients) {
            gpu.write(input, bytemuck::cast_slice(gradient)).unwrap();
        }
        block_on(GPU.wait(gpu.run(&[step]))).unwrap();
        let squares = updated.iter().flat_map(|&i| wide(&gradients[i])).map(|g| g * g).sum();
        let factor = optimizer.common().clip_factor(squares);
        for &i in updated {
            let subject = Subject { matrix: SHAPES[i].len() >= 2, factor };
            optimizer.update_f64(step.hyper, subject, &mut cpu[i], &wide(&gradients[i]), &mut moments[i]);
        }
    }
    let mut worst = 0.0f64;
    for (&parameter, want) in parameters.iter().zip(&cpu) {
        let got: Vec<f32> = bytemuck::pod_collect_to_vec(&block_on(gpu.read(parameter)).unwrap());
        assert_eq!(got.len(), want.len());
        let scale = want.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let apart = wide(&got).iter().zip(want).map(|(got, want)| (got - want).abs() / scale).fold(0.0, f64::max);
        assert!(apart.is_finite());
        worst = worst.max(apart);
    }
    worst
}
