//! `grad`: one forward and backward pass on a batch given, for comparison with other programs.

use std::path::{Path, PathBuf};

use super::{
    Failure, Outcome, device,
    failure::Of,
    input::{self, About},
    once::Once,
    output::Target,
};
use crate::{
    cpu::{Data, Step},
    export::{self, NamedTensor, TensorData},
    graph::{Graph, Shape},
    model::{Purpose, Samples, build},
    train::DeviceChoice,
};

/// Arguments of `grad`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Parameters, a safetensors file
    #[arg(long)]
    pub weights: PathBuf,
    /// The batch, a safetensors file: `x` [batch, channels, height, width], floats; `y` [batch], labels
    #[arg(long)]
    pub batch: PathBuf,
    /// Where the gradients go, a safetensors file: one for each parameter, `loss` and `output`
    #[arg(long)]
    pub out: PathBuf,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// Computes and writes the gradients.
///
/// # Errors
/// Bad input, or a device that fails.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let target = Target::new("--out", &args.out)?;
    for (flag, path) in [("EXPERIMENT", &args.experiment), ("--weights", &args.weights), ("--batch", &args.batch)] {
        if target.is(path) {
            return Err(Failure::input("--out", format!("is the same file as {flag}")));
        }
    }
    let samples = About::new(&experiment).samples;
    let batch = Batch::read(&args.batch, &samples)?;
    let rows = batch.y.len();
    let graph = build(&experiment, &samples, Purpose::Gradients, rows).of(&args.batch)?.graph;
    let weights = input::weights(&args.weights, &graph.parameters)?;
    let mut once = Once::new(&device::open(args.device)?, graph.clone())?;
    once.write_parameters(&weights)?;
    once.write(once.input("x")?, &Data::Floats(batch.x))?;
    once.write(once.input("y")?, &Data::Ints(batch.y))?;
    once.run(&Step { rows: rows as u32, ..Step::default() });
    target.write(&export::write(&results(&once, &graph)?)?)?;
    Ok(0)
}

fn results(once: &Once, graph: &Graph) -> Result<Vec<NamedTensor>, Failure> {
    let names = graph.parameters.iter().map(|p| format!("gradient:{}", p.name));
    let gradients = names.map(|name| once.floats(once.output(&name)?)).collect::<Result<Vec<_>, Failure>>()?;
    let gradients: Vec<&[f32]> = gradients.iter().map(Vec::as_slice).collect();
    let mut tensors = export::parameters_to_file(&graph.parameters, &gradients);
    for name in ["loss", "output"] {
        let id = once.output(name)?;
        tensors.push(NamedTensor::f32(name, graph.shape(id).0.clone(), once.floats(id)?));
    }
    Ok(tensors)
}

/// What is computed on.
struct Batch {
    x: Vec<f32>,
    y: Vec<u32>,
}

impl Batch {
    fn read(path: &Path, samples: &Samples) -> Result<Self, Failure> {
        let tensors = input::tensors(path)?;
        let fail = |name: &str, message: String| Failure::input(path.display(), format!("tensor `{name}`: {message}"));
        let sample = samples.shape.0.iter().map(|n| format!(", {n}")).collect::<String>();
        let find = |name: &str, expected: &str| {
            let found = tensors.iter().find(|t| t.name == name);
            found.ok_or_else(|| fail(name, format!("is missing, expected {expected}")))
        };
        let expected = format!("floats [batch{sample}]");
        let x = find("x", &expected)?;
        let TensorData::F32(numbers) = &x.data else {
            return Err(fail("x", format!("holds whole numbers, expected {expected}")));
        };
        let rows = x.shape.first().copied().unwrap_or(0);
        if rows == 0 || x.shape[1..] != samples.shape.0 {
            return Err(fail("x", format!("has shape {}, expected [batch{sample}]", Shape(x.shape.clone()))));
        }
        let expected = format!("labels [{rows}], one for each sample of `x`");
        let y = find("y", &expected)?;
        let TensorData::I32(labels) = &y.data else {
            return Err(fail("y", format!("holds floats, expected {expected}, as i32 or i64")));
        };
        if y.shape != [rows] {
            return Err(fail("y", format!("has shape {}, expected {expected}", Shape(y.shape.clone()))));
        }
        let label = |(at, &label): (usize, &i32)| match u32::try_from(label) {
            Ok(label) if (label as usize) < samples.classes => Ok(label),
            _ => Err(fail("y", format!("element {at} is {label}, expected 0 to {}", samples.classes - 1))),
        };
        let y = labels.iter().enumerate().map(label).collect::<Result<_, _>>()?;
        Ok(Self { x: numbers.clone(), y })
    }
}
