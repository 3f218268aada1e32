//! Two networks against PyTorch (f64; `tests/golden/make.py` made the fixtures): gradients of the first batch and
//! losses of the first ten steps of Adam, on the CPU in f64 and f32 and on the GPU.

use std::{fs, path::Path};

use serde::Deserialize;
use trainyard::{
    cpu::{Interpreter, Real, Step},
    data::mnist,
    export::{NamedTensor, parameters_from_file},
    gpu::{Executor, Gpu},
    graph::{Graph, Parameter},
    model::{Built, Purpose, Samples, build},
    plan::Plan,
    random::{bits, uniform},
    spec::Experiment,
};

/// How far results may be from PyTorch's.
struct Tolerance {
    /// Of a gradient's numbers, relative to the tensor's largest sampled entry or to its norm.
    gradient: f64,
    /// Of each loss, relative.
    loss: f64,
}

/// Both sides compute gradients in f64, with sums in different orders: some hundred roundings of 1e-16. The losses
/// differ by Adam's numbers, which the engine holds in f32: 1 - 0.999 is off by 1e-5 there, most of which
/// cancels in the bias correction.
const F64: Tolerance = Tolerance { gradient: 1e-12, loss: 3e-7 };
/// Sums of up to 43,264 products (batch 64 × 26 × 26 pixels), rounded to 6e-8 each; roundings are random, so
/// they grow like the square root of the number.
const F32: Tolerance = Tolerance { gradient: 1e-5, loss: 1e-5 };

#[derive(Deserialize)]
struct Golden {
    seed: u32,
    losses: Vec<f64>,
    gradients: std::collections::BTreeMap<String, Fingerprint>,
}

/// Of a gradient in the layout of files.
#[derive(Deserialize)]
struct Fingerprint {
    shape: Vec<usize>,
    norm: f64,
    sum: f64,
    entries: Vec<(usize, f64)>,
    projections: Vec<f64>,
}

/// A fixture and what it was made of.
struct Run {
    name: &'static str,
    golden: Golden,
    experiment: Experiment,
    built: Built,
    /// In the engine's layout.
    weights: Vec<Vec<f32>>,
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Run {
    fn new(name: &'static str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |folder: &str| fs::read_to_string(root.join(folder).join(format!("{name}.json"))).unwrap();
        let golden: Golden = serde_json::from_str(&read("tests/golden")).unwrap();
        let experiment = Experiment::from_json(&read("examples")).unwrap();
        let count = golden.losses.len() * experiment.training.batch_size.0;
        let mut data = mnist::load(&mnist::locate().unwrap()).unwrap().train;
        data.images.truncate(count * 28 * 28);
        data.labels.truncate(count);
        let samples = Samples { shape: [1, 28, 28].into(), classes: 10 };
        let purpose = Purpose::Train { samples: count, order: count };
        let built = build(&experiment, &samples, purpose, experiment.training.batch_size.0).unwrap();
        let weights = made_up(golden.seed, &built.graph.parameters);
        Self { name, golden, experiment, built, weights, images: data.images, labels: data.labels }
    }

    fn graph(&self) -> &Graph {
        &self.built.graph
    }

    fn order(&self) -> Vec<u32> {
        (0..self.labels.len() as u32).collect()
    }

    /// Consecutive whole batches.
    fn steps(&self) -> Vec<Step> {
        let batch = self.experiment.training.batch_size.0 as u32;
        let rate = self.experiment.optimizer.learning_rate();
        let step = |index: u32| Step {
            slot: index,
            index,
            cursor: index * batch,
            rows: batch,
            seed: 0,
            padding: [0; 3],
            hyper: self.experiment.optimizer.hyper(rate, index),
        };
        (0..self.golden.losses.len() as u32).map(step).collect()
    }

    /// Compares gradients (in the engine's layout) of the first step, and all losses.
    fn check(&self, device: &str, gradients: &[Vec<f64>], losses: &[f64], tolerance: &Tolerance) {
        let title = format!("{} on {device}", self.name);
        let mut worst: f64 = 0.0;
        let parameters = &self.graph().parameters;
        assert_eq!(parameters.len(), self.golden.gradients.len(), "{title}");
        for (stream, (parameter, gradient)) in parameters.iter().zip(gradients).enumerate() {
            let name = &parameter.name;
            let golden = &self.golden.gradients[name];
            assert_eq!(parameter.file_shape().0, golden.shape, "{title}: {name}");
            let gradient = in_file(parameter, gradient);
            let mut compare = |what: &str, got: f64, want: f64, scale: f64| {
                let error = (got - want).abs() / scale;
                let allowed = tolerance.gradient;
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
            for (p, &want) in golden.projections.iter().enumerate() {
                let seed = self.golden.seed + 2 + p as u32;
                let sign = |i: usize| 1.0 - 2.0 * f64::from(bits(seed, stream as u32, i as u32) & 1);
                let got = gradient.iter().enumerate().map(|(i, g)| g * sign(i)).sum();
                compare(&format!("projection {p}"), got, want, golden.norm);
            }
        }
        let mut worst_loss: f64 = 0.0;
        assert_eq!(losses.len(), self.golden.losses.len(), "{title}");
        for (step, (&got, &want)) in losses.iter().zip(&self.golden.losses).enumerate() {
            let error = (got - want).abs() / want;
            let allowed = tolerance.loss;
            assert!(error <= allowed, "{title}: loss of step {step} is {got}, PyTorch's {want}: off by {error:.1e}");
            worst_loss = worst_loss.max(error);
        }
        println!("{title}: gradients off by {worst:.1e}, losses by {worst_loss:.1e}");
    }
}

/// The weights of the fixture: uniform within ±1 / √(inputs of a unit), of biases within ±0.05.
fn made_up(seed: u32, parameters: &[Parameter]) -> Vec<Vec<f32>> {
    let tensor = |(stream, parameter): (usize, &Parameter)| {
        let shape = parameter.file_shape().0;
        let inputs = shape[1..].iter().product::<usize>() as f64;
        let bound = if shape.len() > 1 { inputs.sqrt().recip() } else { 0.05 };
        let number = |i| ((2.0 * f64::from(uniform(seed, stream as u32, i)) - 1.0) * bound) as f32;
        let data = (0..parameter.shape.count() as u32).map(number).collect();
        NamedTensor::f32(&parameter.name, shape, data)
    };
    let tensors: Vec<_> = parameters.iter().enumerate().map(tensor).collect();
    parameters_from_file(parameters, &tensors).unwrap()
}

/// Numbers of a parameter in the layout of files; in f64, unlike the exporter.
fn in_file(parameter: &Parameter, numbers: &[f64]) -> Vec<f64> {
    if !parameter.transposed {
        return numbers.to_vec();
    }
    let columns = parameter.shape.last();
    (0..columns).flat_map(|column| numbers.iter().skip(column).step_by(columns).copied()).collect()
}

/// What differs between the precisions of the CPU engine.
trait Update: Real {
    fn update(run: &Run, step: &Step, p: &mut [Self], g: &[Self], moments: &mut [Vec<Self>]);
}

impl Update for f64 {
    fn update(run: &Run, step: &Step, p: &mut [f64], g: &[f64], moments: &mut [Vec<f64>]) {
        run.experiment.optimizer.update_f64(step.hyper, Subject::default(), p, g, moments);
    }
}

impl Update for f32 {
    fn update(run: &Run, step: &Step, p: &mut [f32], g: &[f32], moments: &mut [Vec<f32>]) {
        run.experiment.optimizer.update_f32(step.hyper, Subject::default(), p, g, moments);
    }
}

fn cpu<T: Update>(run: &Run, tolerance: &Tolerance) {
    let graph = run.graph();
    let mut cpu = Interpreter::<T>::new(graph.clone());
    cpu.tensor_mut(graph.find_input("items").unwrap()).bytes_mut().copy_from_slice(&run.images);
    cpu.tensor_mut(graph.find_input("item_labels").unwrap()).bytes_mut().copy_from_slice(&run.labels);
    cpu.tensor_mut(graph.find_input("order").unwrap()).ints_mut().copy_from_slice(&run.order());
    for (parameter, weights) in graph.parameters.iter().zip(&run.weights) {
        cpu.set_f32(parameter.value, weights);
    }
    let loss = graph.find_output("loss").unwrap();
    let moment = |p: &Parameter| vec![vec![T::default(); p.shape.count()]; run.experiment.optimizer.moments()];
    let mut moments: Vec<_> = graph.parameters.iter().map(moment).collect();
    let (mut gradients, mut losses) = (Vec::new(), Vec::new());
    for step in run.steps() {
        cpu.run(&step);
        losses.push(cpu.tensor(loss).floats()[0].f64());
        for ((parameter, &gradient), moments) in graph.parameters.iter().zip(&run.built.gradients).zip(&mut moments) {
            if step.index == 0 {
                gradients.push(cpu.tensor(gradient).floats().iter().map(|g| g.f64()).collect());
            }
            let (p, g) = cpu.update(parameter.value, gradient);
            T::update(run, &step, p, g, moments);
        }
    }
    run.check(&format!("the CPU in {}", std::any::type_name::<T>()), &gradients, &losses, tolerance);
}

async fn gpu(run: &Run, tolerance: &Tolerance) {
    let graph = run.graph();
    let plan = Plan::new(graph).unwrap().with_optimizer(&*run.experiment.optimizer).unwrap();
    let gpu = Gpu::new().await.expect("this test needs a Vulkan driver");
    let executor = Executor::new(&gpu, plan, &[]).await.unwrap();
    let order = run.order();
    for (name, bytes) in
        [("items", &run.images[..]), ("item_labels", &run.labels), ("order", bytemuck::cast_slice(&order))]
    {
        executor.write(graph.find_input(name).unwrap(), bytes).unwrap();
    }
    for (parameter, weights) in graph.parameters.iter().zip(&run.weights) {
        executor.write(parameter.value, bytemuck::cast_slice(weights)).unwrap();
    }
    let numbers = async |id| -> Vec<f64> {
        let words: Vec<f32> = bytemuck::pod_collect_to_vec(&executor.read(id).await.unwrap());
        words.into_iter().map(f64::from).collect()
    };
    let steps = run.steps();
    drop(executor.run(&steps[..1]));
    let mut gradients = Vec::new();
    for &id in &run.built.gradients {
        gradients.push(numbers(id).await);
    }
    drop(executor.run(&steps[1..]));
    let losses = numbers(graph.find_output("loss").unwrap()).await;
    run.check("the GPU", &gradients, &losses[..steps.len()], tolerance);
}

fn check(name: &'static str) {
    let run = Run::new(name);
    cpu::<f64>(&run, &F64);
    cpu::<f32>(&run, &F32);
    pollster::block_on(gpu(&run, &F32));
}

#[test]
fn the_mlp_is_pytorchs() {
    check("mnist-mlp");
}

#[test]
fn the_cnn_is_pytorchs() {
    check("mnist-cnn");
}
