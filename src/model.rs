//! From an experiment to the graphs that serve it: training, evaluation, prediction, one batch.

use serde::Serialize;

use crate::{
    autodiff::{gradients, prune},
    error::{Error, Result},
    graph::{Graph, Shape, Type, ValueId},
    layers::Builder,
    ops::{
        accuracy::Accuracy, cross_entropy::CrossEntropy, gather::Gather, one_hot::OneHot, regression::Regression,
        softmax::Softmax,
    },
    spec::{Experiment, Loss, Metric},
};

/// What the network of an experiment is called in parameters' names.
pub const NETWORK: &str = "model";

/// What a data set's samples are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// Shape of one, as [1, 28, 28].
    pub shape: Shape,
    /// Number of classes of its labels.
    pub classes: usize,
}

/// What a graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Batches come out of a resident data set of `samples` samples in an order of length `order`;
    /// gradients of all parameters.
    Train {
        /// Samples of the resident data set.
        samples: usize,
        /// Length of the order.
        order: usize,
    },
    /// As training, without dropout and gradients.
    Evaluate {
        /// Samples of the resident data set.
        samples: usize,
        /// Length of the order.
        order: usize,
    },
    /// The batch is an input (`x`, `y`); gradients of all parameters; dropout off.
    Gradients,
    /// The batch is an input (`x`); output `probabilities` or, with MSE, `output`.
    Predict,
}

/// A graph and the values that its user writes and reads.
#[derive(Clone, Debug)]
pub struct Built {
    /// The graph: verified, without dead nodes.
    pub graph: Graph,
    /// Gradient of each parameter, in order; empty without gradients.
    pub gradients: Vec<ValueId>,
    /// One line a layer.
    pub layers: Vec<LayerInfo>,
}

/// What the page and the command line tell of a layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerInfo {
    /// `model[2]`
    pub path: String,
    /// `conv2d`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Shape of one sample's output.
    pub output_shape: Vec<usize>,
    /// Number of trained numbers.
    pub parameters: usize,
}

/// Builds the graph of an experiment for a purpose.
///
/// # Errors
/// [`Error::Spec`] with the layer's path when shapes don't fit or are too large.
pub fn build(experiment: &Experiment, samples: &Samples, purpose: Purpose, batch: usize) -> Result<Built> {
    let mut g = Graph::new();
    let (x, labels) = inputs(&mut g, samples, purpose, batch)?;
    let (output, layers) = network(&mut g, experiment, x, matches!(purpose, Purpose::Train { .. }))?;
    check_output(&g, experiment, samples, output)?;
    let mut wanted = Vec::new();
    if let Some(labels) = labels {
        let loss = objective(&mut g, experiment, samples, output, labels)?;
        if matches!(purpose, Purpose::Train { .. } | Purpose::Gradients) {
            wanted = parameter_gradients(&mut g, loss)?;
        }
        if purpose == Purpose::Gradients {
            g.output("output", output);
        }
    } else {
        let output = match experiment.loss {
            Loss::CrossEntropy => g.apply1(Softmax, &[output])?,
            Loss::Mse => output,
        };
        g.output("output", output);
    }
    prune(&mut g);
    g.verify()?;
    Ok(Built { graph: g, gradients: wanted, layers })
}

/// The batch: gathered from resident data, or given. Labels unless the purpose is prediction.
fn inputs(g: &mut Graph, samples: &Samples, purpose: Purpose, batch: usize) -> Result<(ValueId, Option<ValueId>)> {
    let sized = |count: usize| Shape([&[count], samples.shape.0.as_slice()].concat());
    match purpose {
        Purpose::Train { samples: count, order } | Purpose::Evaluate { samples: count, order } => {
            g.layer = "data".into();
            let items = g.input("items", Type::u8(sized(count)));
            let item_labels = g.input("item_labels", Type::u8([count]));
            let order = g.input("order", Type::u32([order]));
            let batch = g.apply(Gather { batch }, &[items, item_labels, order])?;
            Ok((batch[0], Some(batch[1])))
        }
        Purpose::Gradients => Ok((g.input("x", Type::f32(sized(batch))), Some(g.input("y", Type::u32([batch]))))),
        Purpose::Predict => Ok((g.input("x", Type::f32(sized(batch))), None)),
    }
}

fn network(g: &mut Graph, experiment: &Experiment, x: ValueId, training: bool) -> Result<(ValueId, Vec<LayerInfo>)> {
    let mut layers = Vec::new();
    let mut before = 0;
    let mut builder = Builder::new(g, training);
    builder.scope = NETWORK.into();
    let output = builder.layers(&experiment.model, NETWORK, x, |b, index, y| {
        let parameters = b.graph.parameter_count() - before;
        before += parameters;
        let kind = experiment.model[index].layer.name();
        let output_shape = b.graph.shape(y).0[1..].to_vec();
        layers.push(LayerInfo { path: format!("{NETWORK}[{index}]"), kind, output_shape, parameters });
    })?;
    Ok((output, layers))
}

fn check_output(g: &Graph, experiment: &Experiment, samples: &Samples, output: ValueId) -> Result<()> {
    let (shape, classes) = (g.shape(output), samples.classes);
    if shape.rank() == 2 && shape.last() == classes {
        return Ok(());
    }
    let last = experiment.model.len() - 1;
    Err(Error::spec(
        format!("model[{last}]"),
        format!(
            "the last layer must give {classes} numbers a sample, one for each class of the data; it gives {}",
            Shape(shape.0[1..].to_vec())
        ),
    ))
}

/// Adds the loss and the metrics as outputs `loss` and `correct`.
fn objective(
    g: &mut Graph,
    experiment: &Experiment,
    samples: &Samples,
    output: ValueId,
    labels: ValueId,
) -> Result<ValueId> {
    g.layer = "loss".into();
    let accuracy = experiment.training.metrics.contains(&Metric::Accuracy);
    let (loss, correct) = match experiment.loss {
        Loss::CrossEntropy => {
            let outputs = g.apply(CrossEntropy::default(), &[output, labels])?;
            (outputs[0], accuracy.then_some(outputs[1]))
        }
        Loss::Mse => {
            let target = g.apply1(OneHot { classes: samples.classes }, &[labels])?;
            let loss = g.apply1(Regression::default(), &[output, target])?;
            let correct = if accuracy { Some(g.apply1(Accuracy, &[output, labels])?) } else { None };
            (loss, correct)
        }
    };
    g.output("loss", loss);
    if let Some(correct) = correct {
        g.output("correct", correct);
    }
    Ok(loss)
}

fn parameter_gradients(g: &mut Graph, loss: ValueId) -> Result<Vec<ValueId>> {
    let parameters: Vec<_> = g.parameters.iter().map(|p| (p.name.clone(), p.value)).collect();
    let values: Vec<_> = parameters.iter().map(|p| p.1).collect();
    let grads = gradients(g, loss, &values)?;
    parameters
        .into_iter()
        .zip(grads)
        .map(|((name, _), grad)| {
            let grad = grad.ok_or_else(|| Error::data(&name, "the loss does not depend on it"))?;
            g.output(format!("gradient:{name}"), grad);
            Ok(grad)
        })
        .collect()
}
