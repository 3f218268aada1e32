//! Experiments, weights and data sets from files.

use std::{fs, path::Path};

use super::failure::{Failure, Of};
use crate::{
    data::{self, About, Dataset},
    error::{Error, Result},
    export::{self, NamedTensor, TensorData},
    graph::Parameter,
    model::{self, Purpose},
    plan::Plan,
    spec::Experiment,
    train::sizes,
};

/// What is known of an experiment's data set without reading its samples.
///
/// # Errors
/// When its files are missing.
pub fn about(experiment: &Experiment) -> Result<About> {
    let source = &*experiment.data.source;
    match (source.about(None), source.files()) {
        (Err(_), Some(folder)) => source.about(Some(&data::manifest(&data::locate(folder)?)?)),
        (about, _) => about,
    }
}

/// The purpose of a phase's training step.
pub fn training(experiment: &Experiment, about: &About, phase: usize) -> Result<Purpose> {
    let (_, trained) = sizes(experiment, about)?;
    Ok(Purpose::Train { phase, samples: about.counts[0], order: trained })
}

/// Reads and checks an experiment, down to the shapes of its layers.
pub fn experiment(path: &Path) -> Result<Experiment, Failure> {
    let text = fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
    let experiment = Experiment::from_json(&text).of(path)?;
    let about = about(&experiment)?;
    // With one sample first: what goes wrong then is a layer's fault, what goes wrong after it is the batch's.
    fits(&experiment, &about, 1).of(path)?;
    let batch = sizes(&experiment, &about).map(|(_, trained)| experiment.training.batch_size.of(trained)).of(path)?;
    let fit = fits(&experiment, &about, batch);
    fit.map_err(|e| Error::spec("training.batch_size", e.to_string())).of(path)?;
    Ok(experiment)
}

/// Whether training steps of `batch` samples can be built and planned.
fn fits(experiment: &Experiment, about: &About, batch: usize) -> Result<()> {
    (0..experiment.phases.len()).try_for_each(|phase| {
        // A batch larger than the data is not this check's business.
        let purpose = Purpose::Train { phase, samples: about.counts[0], order: batch };
        Plan::new(&model::build(experiment, about, purpose, batch)?.graph).map(|_| ())
    })
}

/// Reads a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::input(path.display(), format!("can't be read: {error}"))
}

/// Reads the tensors of a safetensors file; numbers that are none are refused.
pub fn tensors(path: &Path) -> Result<Vec<NamedTensor>, Failure> {
    let tensors = export::read(&bytes(path)?).of(path)?;
    for tensor in &tensors {
        if let TensorData::F32(data) = &tensor.data
            && let Some(at) = data.iter().position(|x| !x.is_finite())
        {
            let message = format!("element {at} is {}, expected finite numbers", data[at]);
            return Err(Failure::input(path.display(), format!("tensor `{}`: {message}", tensor.name)));
        }
    }
    Ok(tensors)
}

/// Reads the parameters of a safetensors file, in the engine's layout.
pub fn weights(path: &Path, parameters: &[Parameter]) -> Result<Vec<Vec<f32>>, Failure> {
    export::parameters_from_file(parameters, &tensors(path)?).of(path)
}

/// Reads or makes an experiment's data set.
pub fn dataset(experiment: &Experiment) -> Result<Dataset, Failure> {
    Ok(data::load(&*experiment.data.source)?)
}
