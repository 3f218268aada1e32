//! Every example against PyTorch (f64; `tests/golden/make.py` made the fixtures): gradients of the first batch as
//! `trainyard grad` gives them, and the losses of ten steps, on the CPU in f64 and f32 and on the GPU.
//!
//! What differs from the examples: batches have at most 8 samples, in file order; nothing is dropped out or augmented,
//! as that draws random numbers of our own. Noise (of a GAN, of a VAE) is drawn by the engine; PyTorch is given it, as
//! it is given the batches: `cargo test --test pytorch_golden -- --ignored` writes both for the script.

#[path = "golden/course.rs"]
mod course;
#[path = "golden/run.rs"]
mod run;

use std::{collections::BTreeMap, sync::LazyLock};

use course::{Course, on_an_engine, oracle};
use pollster::block_on;
use run::{Golden, Gradients, Run, names, sign};
use trainyard::{
    cpu::{Data, Interpreter, Real, Step},
    gpu::{Executor, Gpu},
    model::{Built, METRIC},
    plan::Plan,
    train::Device,
};

static GPU: LazyLock<Gpu> = LazyLock::new(|| block_on(Gpu::new()).expect("these tests need a Vulkan driver"));

/// How far results may be from PyTorch's.
#[derive(Clone, Copy)]
struct Tolerance {
    /// Of a gradient's numbers, relative to the tensor's largest sampled entry or its norm.
    gradient: f64,
    /// Of each loss, relative.
    loss: f64,
}

/// Both sides compute gradients in f64, with sums in different orders: some thousand roundings of 1e-16 (measured: up to
/// 7e-14). The losses differ by what the engine hands its optimizers in f32, as the learning rate over Adam's bias
/// correction: 6e-8 of each update (measured: up to 1.2e-8).
const F64: Tolerance = Tolerance { gradient: 1e-12, loss: 1e-7 };
/// Sums of up to some thousand products, rounded to 6e-8 each; roundings are random, so they grow like the square root
/// of the number (measured: gradients up to 2.7e-6, losses up to 1.4e-6).
const F32: Tolerance = Tolerance { gradient: 1e-5, loss: 1e-5 };
/// Networks with these ops, in f32, are allowed more.
const LOOSER: &[(&str, Tolerance)] = &[
    // Made and real samples pull the last bias in opposite directions: 8 terms of 0.5 leave 1e-3, each rounded to
    // 6e-8 by the device's exp (measured: 2.3e-5).
    ("binary_cross_entropy", Tolerance { gradient: 5e-5, ..F32 }),
    // Probabilities are computed again from the logarithm of their sum, whose rounding all of a row's share; the sum of a
    // projection's gradients has little but rounding (measured: 1.3e-5, the decoder of dates-seq2seq).
    ("attention_key_grad", Tolerance { gradient: 3e-5, ..F32 }),
    // A pre-activation within rounding of 0 is on the other side of it in f32, and the gradients of its unit are others.
    // Adam makes whole steps of them, however small they are (measured: 2.6e-5, mnist-vae-map's unit 42 in step 2).
    ("relu_grad", Tolerance { loss: 1e-4, ..F32 }),
];
/// First steps of phases after the first begin where the first has gone to: see [`F64`]'s losses (measured: 3.3e-9).
const LATER_PHASE: f64 = 1e-7;
/// A gradient below this share of the length of all of them is compared with that: some are 0 but for rounding, as that
/// of a bias that a batch_norm takes out again, or of a key's, which softmax does.
const SMALL: f64 = 1e-3;

/// Compares gradients (in the layout of files) with their fingerprints.
fn compare_gradients(title: &str, got: &BTreeMap<String, Vec<f64>>, golden: &Gradients, seed: u32, allowed: f64) {
    let mut worst: f64 = 0.0;
    assert_eq!(got.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>(), "{title}: {STALE}");
    let small = SMALL * golden.values().map(|g| g.norm * g.norm).sum::<f64>().sqrt();
    for (stream, (name, gradient)) in got.iter().enumerate() {
        let golden = &golden[name];
        assert_eq!(gradient.len(), golden.shape.iter().product::<usize>(), "{title}: {name}");
        let mut compare = |what: &str, got: f64, want: f64, scale: f64| {
            let error = (got - want).abs() / scale.max(small);
            assert!(error <= allowed, "{title}: {name}: {what} is {got}, PyTorch's {want}: off by {error:.1e}");
            worst = worst.max(error);
        };
        let largest = golden.entries.iter().fold(0.0, |most: f64, (_, x)| most.max(x.abs()));
        for &(i, want) in &golden.entries {
            compare(&format!("gradient[{i}]"), gradient[i], want, largest);
        }
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        compare("norm", norm, golden.norm, golden.norm);
        // A sum of n numbers with random signs is about as large as their norm; these are, or larger.
        compare("sum", gradient.iter().sum(), golden.sum, golden.norm.max(golden.sum.abs()));
        for (p, &want) in (0..).zip(&golden.projections) {
            let got = gradient.iter().enumerate().map(|(i, g)| g * sign(seed, p, stream, i)).sum();
            compare(&format!("projection {p}"), got, want, golden.norm);
        }
    }
    println!("{title}: gradients off by {worst:.1e}");
}

/// Compares the losses of each phase.
fn compare_losses(title: &str, course: &Course, golden: &Golden, allowed: f64) {
    let mut worst: f64 = 0.0;
    for (phase, golden) in golden.phases.iter().enumerate() {
        assert_eq!(course.losses.len(), golden.losses.len(), "{title}");
        for (step, (got, &want)) in course.losses.iter().map(|l| l[phase]).zip(&golden.losses).enumerate() {
            let error = (got - want).abs() / want.abs();
            let what = format!("{title}: loss of step {step}, phase `{}`", golden.name);
            assert!(error <= allowed, "{what}: {got}, PyTorch's {want}: off by {error:.1e}");
            worst = worst.max(error);
        }
    }
    println!("{title}: losses off by {worst:.1e}");
}

/// Gradients and loss of the first batch, as `trainyard grad` computes them: by name, in the layout of files.
struct Once {
    gradients: BTreeMap<String, Vec<f64>>,
    loss: f64,
}

impl Once {
    fn new(run: &Run, built: &Built, mut read: impl FnMut(trainyard::graph::ValueId) -> Vec<f64>) -> Self {
        let gradients = built.gradients.iter().map(|&(index, id)| run.in_file(index, &read(id))).collect();
        let mut loss = 0.0;
        for measure in built.measures.iter().filter(|m| m.weight != 0.0) {
            let id = built.graph.find_output(&format!("{METRIC}{}", measure.name)).unwrap();
            loss += f64::from(measure.weight) * read(id)[0];
        }
        Self { gradients, loss }
    }

    /// The batch of a graph: name, numbers. Those of f64 are rounded where they are used.
    fn inputs<'a>(run: &Run, course: &'a Course, phase: usize) -> Vec<(trainyard::graph::ValueId, &'a Data<f64>)> {
        let graph = &run.once[phase].graph;
        let given = &course.given[0][phase];
        let [x, y] = [0, 1].map(|i| given.batch.as_ref().map(|batch| &batch[i]));
        let named = [("x", x), ("y", y), ("noise", given.noise.first())];
        named.into_iter().filter_map(|(name, data)| Some((graph.find_input(name)?, data?))).collect()
    }

    fn on_the_cpu<T: Real>(run: &Run, course: &Course, phase: usize) -> Self {
        let built = &run.once[phase];
        let mut cpu = Interpreter::<T>::new(built.graph.clone());
        for (parameter, weights) in built.graph.parameters.iter().zip(&run.weights) {
            cpu.set_f32(parameter.value, weights);
        }
        for (id, data) in Self::inputs(run, course, phase) {
            cpu.tensor_mut(id).data = match data {
                Data::Floats(x) => Data::Floats(x.iter().map(|&x| T::of(x)).collect()),
                Data::Ints(x) => Data::Ints(x.clone()),
                Data::Bytes(_) => panic!("no batch holds bytes"),
            };
        }
        cpu.run(&Step { rows: run.batch as u32, ..Step::default() });
        Self::new(run, built, |id| cpu.tensor(id).floats().iter().map(|g| g.f64()).collect())
    }

    fn on_the_gpu(run: &Run, course: &Course, phase: usize) -> Self {
        let built = &run.once[phase];
        let executor = block_on(Executor::new(&GPU, Plan::new(&built.graph).unwrap(), None)).unwrap();
        for (parameter, weights) in built.graph.parameters.iter().zip(&run.weights) {
            executor.write(parameter.value, bytemuck::cast_slice(weights)).unwrap();
        }
        for (id, data) in Self::inputs(run, course, phase) {
            let words: Vec<u32> = match data {
                Data::Floats(x) => x.iter().map(|&x| (x as f32).to_bits()).collect(),
                Data::Ints(x) => x.clone(),
                Data::Bytes(_) => panic!("no batch holds bytes"),
            };
            executor.write(id, bytemuck::cast_slice(&words)).unwrap();
        }
        drop(executor.run(&[Step { rows: run.batch as u32, ..Step::default() }]));
        Self::new(run, built, |id| {
            let words: Vec<f32> = bytemuck::pod_collect_to_vec(&block_on(executor.read(id)).unwrap());
            words.into_iter().map(f64::from).collect()
        })
    }

    fn check(&self, title: &str, golden: &Golden, phase: usize, tolerance: &Tolerance) {
        let phase = &golden.phases[phase];
        let title = format!("{title}, grad {}", phase.name);
        compare_gradients(&title, &self.gradients, &phase.gradients, golden.seed, tolerance.gradient);
        let error = (self.loss - phase.loss).abs() / phase.loss.abs();
        assert!(error <= tolerance.loss, "{title}: loss {}, PyTorch's {}: off by {error:.1e}", self.loss, phase.loss);
    }
}

/// In f32, for an experiment.
fn single(run: &Run) -> Tolerance {
    let mut tolerance = F32;
    for node in run.train.iter().flat_map(|built| &built.graph.nodes) {
        for (_, looser) in LOOSER.iter().filter(|(op, _)| *op == node.op.name()) {
            tolerance.gradient = tolerance.gradient.max(looser.gradient);
            tolerance.loss = tolerance.loss.max(looser.loss);
        }
    }
    tolerance
}

/// What a fixture of an example that was changed looks like.
const STALE: &str = "has the example changed? tests/golden/make.py makes its fixture anew";

fn check(name: &str) {
    let run = Run::new(name);
    let f32 = single(&run);
    let golden = Golden::read(name);
    let course = oracle(&run);
    let title = |device: &str| format!("{name} on the {device}");
    for phase in 0..run.once.len() {
        Once::on_the_cpu::<f64>(&run, &course, phase).check(&title("CPU in f64"), &golden, phase, &F64);
        Once::on_the_cpu::<f32>(&run, &course, phase).check(&title("CPU in f32"), &golden, phase, &f32);
        Once::on_the_gpu(&run, &course, phase).check(&title("GPU"), &golden, phase, &f32);
        // While training, batch_norm and gaussian_latent are others, and a phase comes after those before it.
        let golden_phase = &golden.phases[phase];
        let wanted = golden_phase.training.as_ref().unwrap_or(&golden_phase.gradients);
        let allowed = if phase == 0 { F64.gradient } else { LATER_PHASE };
        let title = format!("{name}, first step, phase `{}`", golden_phase.name);
        compare_gradients(&title, &course.gradients[phase], wanted, golden.seed, allowed);
    }
    compare_losses(&title("CPU in f64"), &course, &golden, F64.loss);
    for device in [Device::Cpu { reason: "the test says so".into() }, Device::Gpu(GPU.clone())] {
        let course = block_on(on_an_engine(&run, &device));
        compare_losses(&title(device.name()), &course, &golden, f32.loss);
    }
}

macro_rules! examples {
    ($($test:ident: $name:literal),+ $(,)?) => {
        const TESTED: &[&str] = &[$($name),+];
        $(#[test]
        fn $test() {
            check($name);
        })+
    };
}

examples! {
    dates_seq2seq: "dates-seq2seq",
    deep_mlp: "deep-mlp",
    g2p_transformer: "g2p-transformer",
    mnist_cnn: "mnist-cnn",
    mnist_dcgan: "mnist-dcgan",
    mnist_gan: "mnist-gan",
    mnist_mlp: "mnist-mlp",
    mnist_vae: "mnist-vae",
    mnist_vae_map: "mnist-vae-map",
    moby_gpt: "moby-gpt",
    names_gpt: "names-gpt",
    names_lstm: "names-lstm",
    points_spiral: "points-spiral",
    rows_lstm: "rows-lstm",
    shapes_cnn: "shapes-cnn",
    spoken_gru: "spoken-gru",
}

#[test]
fn every_example_has_a_fixture_and_a_test() {
    assert_eq!(names("examples"), TESTED);
    assert_eq!(names("tests/golden"), TESTED);
}

#[test]
#[ignore = "writes what tests/golden/make.py reads"]
fn dump() {
    for name in names("examples") {
        let run = Run::new(&name);
        run.write(&oracle(&run));
        println!("{name}");
    }
}
