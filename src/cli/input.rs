//! Experiments, weights and data sets from files.

use std::{fs, path::Path};

use super::failure::{Failure, Of};
use crate::{
    data::mnist,
    error::{Error, Result},
    export::{self, NamedTensor, TensorData},
    graph::Parameter,
    model::{self, Purpose, Samples},
    plan::Plan,
    spec::{DatasetName, Experiment, Metric},
};

/// What is known of a data set without reading it.
pub struct About {
    /// What a sample is.
    pub samples: Samples,
    /// Samples of the training and test splits.
    pub counts: [usize; 2],
}

impl About {
    /// Of an experiment's data set.
    pub fn new(experiment: &Experiment) -> Self {
        match experiment.data.dataset {
            DatasetName::Mnist => {
                Self { samples: Samples { shape: [1, 28, 28].into(), classes: 10 }, counts: [60_000, 10_000] }
            }
        }
    }

    /// A training step's graph is for this.
    pub fn training(&self, experiment: &Experiment) -> Purpose {
        Purpose::Train { samples: self.counts[0], order: experiment.data.trained(self.counts[0]) }
    }
}

/// Reads and checks an experiment, down to the shapes of its layers. Accuracy is always measured here: every data
/// set has labels, and the files that the commands write promise it.
pub fn experiment(path: &Path) -> Result<Experiment, Failure> {
    let text = fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
    let mut experiment = Experiment::from_json(&text).of(path)?;
    if !experiment.training.metrics.contains(&Metric::Accuracy) {
        experiment.training.metrics.push(Metric::Accuracy);
    }
    // With one sample first: what goes wrong then is a layer's fault, what goes wrong after it is the batch's.
    fits(&experiment, 1).of(path)?;
    let batch = experiment.training.batch_size.0;
    fits(&experiment, batch).map_err(|e| Error::spec("training.batch_size", e.to_string())).of(path)?;
    Ok(experiment)
}

/// Whether a training step of `batch` samples can be built and planned.
fn fits(experiment: &Experiment, batch: usize) -> Result<()> {
    let about = About::new(experiment);
    let purpose = about.training(experiment);
    if let Purpose::Train { order, .. } = purpose
        && batch > order
    {
        return Err(Error::data(batch.to_string(), format!("there are only {order} samples to train on")));
    }
    Plan::new(&model::build(experiment, &about.samples, purpose, batch)?.graph).map(|_| ())
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

/// A data set, and what it is.
pub struct Loaded {
    /// Training and test samples.
    pub data: mnist::Dataset,
    /// As it is on disk, which may be a part of the whole.
    pub about: About,
}

/// Reads an experiment's data set.
pub fn dataset(experiment: &Experiment) -> Result<Loaded, Failure> {
    let data = match experiment.data.dataset {
        DatasetName::Mnist => mnist::load(&mnist::locate()?)?,
    };
    let samples = Samples { shape: crate::graph::Shape(data.item_shape.clone()), classes: data.classes };
    let counts = [data.train.labels.len(), data.test.labels.len()];
    Ok(Loaded { data, about: About { samples, counts } })
}
