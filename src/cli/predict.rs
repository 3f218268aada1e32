//! `predict`: which digit pictures show.

use std::{fmt::Write as _, path::PathBuf};

use serde::Serialize;

use super::{Failure, Outcome, device, failure::Of, input, once::Once, output, picture};
use crate::{
    cpu::{Data, Step},
    error::Error,
    model::{Purpose, build},
    spec::Loss,
    train::DeviceChoice,
};

/// Pictures that are predicted at once.
const BATCH: usize = 64;

/// Arguments of `predict`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Trained parameters, a safetensors file
    #[arg(long)]
    pub weights: PathBuf,
    /// A PNG of a digit, or an IDX file of several
    pub input: PathBuf,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print a JSON object a picture
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Prediction<'a> {
    label: usize,
    /// With a squared-error loss, `outputs`: they are no probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<&'a [f32]>,
}

/// Predicts; prints a line a picture.
///
/// # Errors
/// Bad input, or a device that fails.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let about = input::about(&experiment)?;
    if about.x.shape != [1, 28, 28] {
        let message = format!("works on samples {:?}; `predict` reads pictures of digits, [1, 28, 28]", about.x.shape);
        return Err(Failure::input(args.experiment.display(), message));
    }
    let digits = picture::read(&args.input)?;
    let size = about.x.elements();
    let batch = BATCH.min(digits.len() / size);
    let graph = build(&experiment, &about, Purpose::Predict, batch).of(&args.experiment)?.graph;
    let weights = input::weights(&args.weights, &graph.parameters)?;
    let device = device::open(args.device)?;
    let mut once = Once::new(&device, graph)?;
    once.write_parameters(&weights)?;
    let (x, y) = (once.input("x")?, once.output("output")?);
    for part in digits.chunks(batch * size) {
        let mut padded = part.to_vec();
        padded.resize(batch * size, 0.0);
        once.write(x, &Data::Floats(padded))?;
        once.run(&Step { rows: batch as u32, ..Step::default() });
        let outputs = once.floats(y)?;
        let mut text = String::new();
        for row in outputs.chunks(outputs.len() / batch).take(part.len() / size) {
            text += &line(row, experiment.loss(), args.json)?;
        }
        output::print(&text)?;
    }
    Ok(0)
}

fn line(row: &[f32], loss: &Loss, json: bool) -> Result<String, Error> {
    // Of equals the first, as everywhere.
    let label = row.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(label, _)| label);
    if json {
        let (probabilities, outputs) = match loss {
            Loss::CrossEntropy { .. } => (Some(row), None),
            _ => (None, Some(row)),
        };
        let line = serde_json::to_string(&Prediction { label, probabilities, outputs });
        return line.map(|line| line + "\n").map_err(|e| Error::data("prediction", e.to_string()));
    }
    let mut text = match loss {
        Loss::CrossEntropy { .. } => format!("{label}  {:5.1} %  ", 100.0 * row[label]),
        _ => format!("{label}  "),
    };
    for (class, value) in row.iter().enumerate() {
        let _ = write!(text, " {class}:{value:.4}");
    }
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ops::Reduction, spec::Target};

    #[test]
    fn the_label_is_the_largest_the_first_of_equals() {
        let classes = Loss::CrossEntropy { label_smoothing: 0.0, ignore: None };
        let numbers = Loss::Mse { target: Target::Label, reduction: Reduction::Mean };
        let json = line(&[0.25, 0.5, 0.25], &classes, true).unwrap();
        assert_eq!(json, "{\"label\":1,\"probabilities\":[0.25,0.5,0.25]}\n");
        let json = line(&[-1.0, 0.5, 0.5], &numbers, true).unwrap();
        assert_eq!(json, "{\"label\":1,\"outputs\":[-1.0,0.5,0.5]}\n");
        let text = line(&[0.25, 0.5, 0.25], &classes, false).unwrap();
        assert_eq!(text, "1   50.0 %   0:0.2500 1:0.5000 2:0.2500\n");
    }
}
