//! `grad`: one forward and backward pass on a batch given, for comparison with other programs.

use std::path::{Path, PathBuf};

use super::{Failure, Outcome, device, failure::Of, input, once::Once, output::Target};
use crate::{
    cpu::{Data, Step},
    export::{self, NamedTensor, TensorData},
    graph::{DType, Shape, Type},
    model::{Built, Form, METRIC, Purpose, build, classes},
    ops::gather::Element,
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
    let about = input::about(&experiment)?;
    let form = Form::new(&experiment, &about).of(&args.experiment)?;
    let device = device::open(args.device)?;
    let batch = input::tensors(&args.batch)?;
    let rows = batch.iter().find(|t| t.name == "x" || t.name == "noise").and_then(|t| t.shape.first().copied());
    let rows = rows.filter(|&rows| rows > 0).ok_or_else(|| {
        Failure::input(args.batch.display(), "tensor `x`: is missing, expected samples along its first dimension")
    })?;
    let mut tensors: Vec<NamedTensor> = Vec::new();
    for (phase, spec) in experiment.phases.iter().enumerate() {
        let built = build(&experiment, &about, Purpose::Gradients { phase }, rows).of(&args.batch)?;
        let weights = input::weights(&args.weights, &built.graph.parameters)?;
        let mut once = Once::new(&device, built.graph.clone())?;
        once.write_parameters(&weights)?;
        for name in ["x", "y", "noise"] {
            if let Some(id) = built.graph.find_input(name) {
                let classes = match name {
                    "x" if form.x.element == Element::Class => about.x.classes(),
                    "y" => Some(classes(&experiment, &about)),
                    _ => None,
                };
                once.write(id, &given(&args.batch, &batch, name, built.graph.ty(id), classes)?)?;
            }
        }
        once.run(&Step { rows: rows as u32, ..Step::default() });
        let several = experiment.phases.len() > 1;
        for tensor in results(&once, &built, several.then_some(&spec.name))? {
            // Of a parameter that several phases update, the first counts.
            if !tensors.iter().any(|t| t.name == tensor.name) {
                tensors.push(tensor);
            }
        }
    }
    target.write(&export::write(&tensors)?)?;
    Ok(0)
}

/// The gradients of a phase under the parameters' names, its loss and its output; with the phase's name after them
/// where there are several.
fn results(once: &Once, built: &Built, phase: Option<&String>) -> Result<Vec<NamedTensor>, Failure> {
    let graph = &built.graph;
    let parameters: Vec<_> = built.gradients.iter().map(|&(index, _)| graph.parameters[index].clone()).collect();
    let gradients = built.gradients.iter().map(|&(_, id)| once.floats(id)).collect::<Result<Vec<_>, Failure>>()?;
    let gradients: Vec<&[f32]> = gradients.iter().map(Vec::as_slice).collect();
    let mut tensors = export::parameters_to_file(&parameters, &gradients);
    let mut loss = 0.0;
    for measure in built.measures.iter().filter(|m| m.weight != 0.0) {
        loss += measure.weight * once.floats(once.output(&format!("{METRIC}{}", measure.name))?)?[0];
    }
    let called = |name: &str| phase.map_or(name.to_owned(), |phase| format!("{name}:{phase}"));
    let output = once.output("output")?;
    tensors.push(NamedTensor::f32(called("loss"), [1], vec![loss]));
    tensors.push(NamedTensor::f32(called("output"), graph.shape(output).0.clone(), once.floats(output)?));
    Ok(tensors)
}

/// An input of the graph, from the batch's file.
fn given(
    path: &Path,
    tensors: &[NamedTensor],
    name: &str,
    ty: &Type,
    classes: Option<usize>,
) -> Result<Data<f32>, Failure> {
    let fail = |message: String| Failure::input(path.display(), format!("tensor `{name}`: {message}"));
    let whole = ty.dtype == DType::U32;
    let expected = match (name, whole) {
        ("y", true) if ty.shape.rank() == 1 => format!("labels {}, one for each sample of `x`", ty.shape),
        (_, true) => format!("tokens {}", ty.shape),
        _ => {
            let sample: String = ty.shape.0[1..].iter().map(|n| format!(", {n}")).collect();
            format!("floats [batch{sample}]")
        }
    };
    let tensor = tensors.iter().find(|t| t.name == name);
    let tensor = tensor.ok_or_else(|| fail(format!("is missing, expected {expected}")))?;
    let shape = Shape(tensor.shape.clone());
    let as_i = ", as i32 or i64";
    let data = match (&tensor.data, whole) {
        (TensorData::F32(numbers), false) => Data::Floats(numbers.clone()),
        (TensorData::F32(_), true) => return Err(fail(format!("holds floats, expected {expected}{as_i}"))),
        (TensorData::I32(_), false) => return Err(fail(format!("holds whole numbers, expected {expected}"))),
        (TensorData::I32(labels), true) => {
            let classes = classes.unwrap_or(usize::MAX);
            let label = |(at, &label): (usize, &i32)| match u32::try_from(label) {
                Ok(label) if (label as usize) < classes => Ok(label),
                _ => Err(fail(format!("element {at} is {label}, expected 0 to {}", classes - 1))),
            };
            Data::Ints(labels.iter().enumerate().map(label).collect::<Result<_, _>>()?)
        }
    };
    if shape != ty.shape {
        let expected = if whole { expected } else { expected.replace("floats ", "") };
        return Err(fail(format!("has shape {shape}, expected {expected}")));
    }
    Ok(data)
}
