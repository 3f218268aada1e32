//! From an experiment to the graphs that serve it: training, evaluation, prediction, one batch, one token.

mod inputs;
mod objective;

use serde::Serialize;

pub use inputs::{Fields, Form};
pub use objective::METRIC;

use crate::{
    autodiff::{gradients, prune},
    data::{About, Column},
    error::{Error, Result},
    graph::{Graph, Parameter, Role, Type, ValueId},
    layers::{Builder, Memory},
    ops::{argmax::Argmax, noise::Noise, rank::Rank, sigmoid::Sigmoid, softmax::Softmax},
    spec::{Experiment, Input, Loss, Metric, NetworkSpec, PhaseSpec, Task},
};

/// What a graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A phase of training. Batches come out of a resident data set of `samples` samples in an order of length
    /// `order`; gradients of the parameters that the phase updates.
    Train {
        /// Index of the phase.
        phase: usize,
        /// Samples of the resident data set.
        samples: usize,
        /// Length of the order.
        order: usize,
    },
    /// As the first phase of training, without dropout and gradients; outputs `output` and, of classes, `predicted`.
    Evaluate {
        /// Samples of the resident data set.
        samples: usize,
        /// Length of the order.
        order: usize,
    },
    /// The batch is an input (`x`, `y`, `noise`); the gradients of a phase; dropout off.
    Gradients {
        /// Index of the phase.
        phase: usize,
    },
    /// The batch is an input; output `output`: probabilities where the loss has them.
    Predict,
    /// As prediction, one token at a time at position `step.cursor`: what later tokens need of earlier ones is
    /// carried from run to run. Outputs of other networks are inputs `memory:<network>`.
    Decode,
}

/// A number that every step measures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// `loss`, `kl`, `correct`, …
    pub name: String,
    /// Its weight in the loss that is minimised; 0: it is only looked at.
    pub weight: f32,
}

/// A graph and the values that its user writes and reads.
#[derive(Clone, Debug)]
pub struct Built {
    /// The graph: verified, without dead nodes. Its parameters are those of all networks, in every graph the same.
    pub graph: Graph,
    /// The gradients of the parameters that are updated: index of the parameter, value.
    pub gradients: Vec<(usize, ValueId)>,
    /// What a step measures: outputs `metric:<name>`.
    pub measures: Vec<Measure>,
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
pub fn build(experiment: &Experiment, about: &About, purpose: Purpose, batch: usize) -> Result<Built> {
    let mut g = started(experiment, about)?;
    let training = matches!(purpose, Purpose::Train { .. });
    let mut model = Model::new(experiment, about, &mut g, purpose, batch, training)?;
    let phase = match purpose {
        Purpose::Train { phase, .. } | Purpose::Gradients { phase } => Some(phase),
        Purpose::Evaluate { .. } => Some(0),
        Purpose::Predict | Purpose::Decode => None,
    };
    let mut measures = Vec::new();
    let mut terms = Vec::new();
    if let Some(phase) = phase {
        let output = model.objective(phase, &mut measures, &mut terms)?;
        match purpose {
            Purpose::Gradients { .. } => model.builder.graph.output("output", output),
            Purpose::Evaluate { .. } => model.details(output)?,
            _ => {}
        }
    } else {
        model.prediction()?;
    }
    let layers = std::mem::take(&mut model.layers);
    let mut wanted = Vec::new();
    if let (Purpose::Train { phase, .. } | Purpose::Gradients { phase }, false) = (purpose, terms.is_empty()) {
        wanted = phase_gradients(&mut g, &terms, experiment, phase)?;
    }
    prune(&mut g);
    g.verify()?;
    Ok(Built { graph: g, gradients: wanted, measures, layers })
}

/// A graph that has the parameters of all networks, and nothing else yet.
fn started(experiment: &Experiment, about: &About) -> Result<Graph> {
    let mut g = Graph::new();
    for parameter in all_parameters(experiment, about)? {
        g.parameter(parameter);
    }
    Ok(g)
}

/// The parameters of all networks, in their order, with their names in files.
///
/// # Errors
/// As [`build`]; and when a network takes no part in any phase.
pub fn all_parameters(experiment: &Experiment, about: &About) -> Result<Vec<Parameter>> {
    let mut g = Graph::new();
    let mut model = Model::new(experiment, about, &mut g, Purpose::Gradients { phase: 0 }, 1, false)?;
    for phase in &experiment.phases {
        for term in &phase.terms {
            model.through(&term.path)?;
            if let Loss::Distillation { teacher, .. } = &term.loss {
                model.through(std::slice::from_ref(teacher))?;
            }
        }
    }
    model.through(&experiment.predict)?;
    let mut parameters = Vec::new();
    for network in &experiment.networks {
        let prefix = format!("{}.", network.name);
        if !model.built.contains(&network.name) {
            return Err(Error::spec(network.path.clone(), "no phase makes use of this network"));
        }
        parameters.extend(model.builder.graph.parameters.iter().filter(|p| p.name.starts_with(&prefix)).cloned());
    }
    Ok(parameters)
}

/// An experiment's networks while a graph is built.
struct Model<'a> {
    experiment: &'a Experiment,
    about: &'a About,
    builder: Builder<'a>,
    fields: Fields,
    /// Of y.
    classes: usize,
    batch: usize,
    purpose: Purpose,
    layers: Vec<LayerInfo>,
    built: Vec<String>,
}

impl<'a> Model<'a> {
    fn new(
        experiment: &'a Experiment,
        about: &'a About,
        g: &'a mut Graph,
        purpose: Purpose,
        batch: usize,
        training: bool,
    ) -> Result<Self> {
        let fields = inputs::fields(g, experiment, about, purpose, batch)?;
        let mut builder = Builder::new(g, training);
        builder.drawing = matches!(purpose, Purpose::Train { .. } | Purpose::Evaluate { .. });
        builder.decode = purpose == Purpose::Decode;
        builder.context = inputs::Form::new(experiment, about)?.y.shape.last();
        let classes = classes(experiment, about);
        Ok(Self { experiment, about, builder, fields, classes, batch, purpose, layers: Vec::new(), built: Vec::new() })
    }

    /// The batch through networks, one after the other. A decoder refers to the networks before it: they are built
    /// first.
    fn through(&mut self, path: &[String]) -> Result<ValueId> {
        let experiment = self.experiment;
        let first = experiment.network(&path[0])?;
        if first.input == Input::Target {
            for network in experiment.networks.iter().take_while(|n| n.name != first.name) {
                if network.input == Input::X && !self.builder.memories.contains_key(&network.name) {
                    self.remember(network)?;
                }
            }
        }
        let mut x = self.input(first)?;
        for name in path {
            x = self.network(experiment.network(name)?, x)?;
        }
        Ok(x)
    }

    /// Makes a network's output available to others.
    fn remember(&mut self, network: &'a NetworkSpec) -> Result<()> {
        let memory = if self.purpose == Purpose::Decode {
            let about = self.about;
            let prediction = build_memory(self.experiment, about, &network.name)?;
            let value = self.builder.graph.input(format!("memory:{}", network.name), prediction.0);
            let padding = prediction.1.map(|token| {
                let tokens = self.builder.graph.input("memory_tokens", Type::u32(inputs::sample(1, &about.x.shape)));
                crate::layers::Padding { tokens, token }
            });
            Memory { value, padding }
        } else {
            let x = self.input(network)?;
            let value = self.network(network, x)?;
            Memory { value, padding: self.builder.padding }
        };
        self.builder.memories.insert(network.name.clone(), memory);
        Ok(())
    }

    fn input(&mut self, network: &NetworkSpec) -> Result<ValueId> {
        self.builder.padding = None;
        self.builder.tokens = match network.input {
            Input::X => self.about.x.classes(),
            Input::Target => self.about.y.as_ref().and_then(Column::classes),
            Input::Noise(_) => None,
        };
        let missing = |what: &str| Error::spec(network.path.clone(), format!("its input is {what}"));
        match network.input {
            Input::X => Ok(self.fields.x),
            Input::Target => self.fields.previous.ok_or_else(|| {
                missing("the target sequence, but the data has none: it needs a data set of sequence pairs")
            }),
            Input::Noise(size) => {
                if size == 0 {
                    return Err(missing("noise of 0 numbers; expected at least 1"));
                }
                let given = matches!(self.purpose, Purpose::Gradients { .. } | Purpose::Predict | Purpose::Decode);
                if given {
                    let ty = Type::f32([self.batch, size]);
                    let found = self.builder.graph.find_input("noise");
                    return Ok(found.unwrap_or_else(|| self.builder.graph.input("noise", ty)));
                }
                let stream = self.builder.dropouts;
                self.builder.dropouts += 1;
                self.builder.graph.apply1(Noise { shape: [self.batch, size].into(), stream }, &[])
            }
        }
    }

    fn network(&mut self, network: &NetworkSpec, x: ValueId) -> Result<ValueId> {
        let first_time = !self.built.contains(&network.name);
        self.builder.scope.clone_from(&network.name);
        let layers = &mut self.layers;
        let y = self.builder.layers(&network.layers, &network.path, x, |b, index, y| {
            if !first_time {
                return;
            }
            let prefix = format!("{}.{}.", network.name, network.layers[index].name);
            let own = b.graph.parameters.iter().filter(|p| p.name.starts_with(&prefix));
            let own: Vec<_> = own.filter(|p| p.role != Role::Running).collect();
            layers.push(LayerInfo {
                path: format!("{}[{index}]", network.path),
                kind: network.layers[index].layer.name(),
                output_shape: b.graph.shape(y).0[1..].to_vec(),
                parameters: own.iter().map(|p| p.shape.count()).sum(),
            });
        })?;
        if first_time {
            self.built.push(network.name.clone());
        }
        Ok(y)
    }

    /// Outputs `predicted`, `labels` and `rank` where the experiment asks for metrics that need them.
    fn details(&mut self, output: ValueId) -> Result<()> {
        let (metrics, g) = (&self.experiment.training.metrics, &mut *self.builder.graph);
        let (Loss::CrossEntropy { .. }, Some(labels)) = (self.experiment.loss(), self.fields.y) else { return Ok(()) };
        if metrics.iter().any(|metric| metric.needs_classes()) {
            let predicted = g.apply1(Argmax, &[output])?;
            g.output("predicted", predicted);
            g.output("labels", labels);
        }
        if metrics.contains(&Metric::Top5) {
            let rank = g.apply1(Rank, &[output, labels])?;
            g.output("rank", rank);
        }
        Ok(())
    }

    /// Output `output`, as probabilities where the loss has them; made samples as the data has them.
    fn prediction(&mut self) -> Result<()> {
        let output = self.through(&self.experiment.predict)?;
        self.predicted(output)
    }

    /// Makes the last network's output the graph's.
    fn predicted(&mut self, output: ValueId) -> Result<()> {
        let own = self.experiment.phases.iter().flat_map(|p| &p.terms);
        let loss = own.filter(|term| term.path == self.experiment.predict).map(|term| &term.loss).next();
        let output = match loss {
            Some(Loss::CrossEntropy { .. } | Loss::Distillation { .. }) => {
                self.builder.graph.apply1(Softmax, &[output])?
            }
            Some(Loss::BinaryCrossEntropy { .. }) => self.builder.graph.apply1(Sigmoid, &[output])?,
            // What takes noise makes samples as the network sees them: here, as people do.
            None => match &self.experiment.data.common.normalize {
                Some(normalize) => self.builder.graph.apply1(normalize.op().inverse(), &[output])?,
                None => output,
            },
            _ => output,
        };
        self.builder.graph.output("output", output);
        Ok(())
    }
}

/// Type of the output of a network for one sample, and the token that pads its input.
fn build_memory(experiment: &Experiment, about: &About, network: &str) -> Result<(Type, Option<u32>)> {
    let mut g = Graph::new();
    let mut model = Model::new(experiment, about, &mut g, Purpose::Predict, 1, false)?;
    let value = model.through(&[network.to_owned()])?;
    Ok((model.builder.graph.ty(value).clone(), model.builder.padding.map(|p| p.token)))
}

/// Builds a network by itself, for `memory:<network>` of [`Purpose::Decode`]: input `x`, output `output`.
///
/// # Errors
/// As [`build`].
pub fn build_network(experiment: &Experiment, about: &About, network: &str, batch: usize) -> Result<Graph> {
    let mut g = started(experiment, about)?;
    let mut model = Model::new(experiment, about, &mut g, Purpose::Predict, batch, false)?;
    let output = model.through(&[network.to_owned()])?;
    model.builder.graph.output("output", output);
    prune(&mut g);
    g.verify()?;
    Ok(g)
}

/// Builds one network of those that a prediction goes through: from input `given`, what the network before it makes
/// (of the first, its own input `x` or `noise`), to output `output`, as probabilities where the last one's loss has them.
///
/// # Errors
/// As [`build`]; and when the network takes no part in predictions.
pub fn build_part(experiment: &Experiment, about: &About, network: &str, batch: usize) -> Result<Graph> {
    let path = &experiment.predict;
    let at = path.iter().position(|name| name == network);
    let at = at.ok_or_else(|| Error::data(network, "no prediction goes through a network of this name"))?;
    let mut g = started(experiment, about)?;
    let mut model = Model::new(experiment, about, &mut g, Purpose::Predict, batch, false)?;
    let output = if at == 0 {
        model.through(&path[..1])?
    } else {
        let mut before = Graph::new();
        let mut others = Model::new(experiment, about, &mut before, Purpose::Predict, batch, false)?;
        let made = others.through(&path[..at])?;
        let given = model.builder.graph.input("given", before.ty(made).clone());
        model.network(experiment.network(network)?, given)?
    };
    if at + 1 == path.len() {
        model.predicted(output)?;
    } else {
        model.builder.graph.output("output", output);
    }
    prune(&mut g);
    g.verify()?;
    Ok(g)
}

/// Builds the prediction of one sample with outputs `alignment:<layer>`, each cross-attention's probabilities.
///
/// # Errors
/// As [`build`].
pub fn build_aligned(experiment: &Experiment, about: &About) -> Result<Graph> {
    let mut g = started(experiment, about)?;
    let mut model = Model::new(experiment, about, &mut g, Purpose::Predict, 1, false)?;
    model.builder.alignments = true;
    model.prediction()?;
    prune(&mut g);
    g.verify()?;
    Ok(g)
}

/// Gradients of the weighted sum of `terms` for the trained parameters of the networks that a phase updates.
fn phase_gradients(
    g: &mut Graph,
    terms: &[(ValueId, f32)],
    experiment: &Experiment,
    phase: usize,
) -> Result<Vec<(usize, ValueId)>> {
    let PhaseSpec { name, updates, .. } = &experiment.phases[phase];
    let at = if name.is_empty() { "model".to_owned() } else { format!("phases[{phase}].updates") };
    let updated = |p: &Parameter| {
        p.role == Role::Trained && updates.iter().any(|n| p.name.strip_prefix(n).is_some_and(|r| r.starts_with('.')))
    };
    let parameters: Vec<_> = g.parameters.iter().enumerate().filter(|(_, p)| updated(p)).collect();
    let parameters: Vec<_> = parameters.into_iter().map(|(i, p)| (i, p.name.clone(), p.value)).collect();
    if parameters.is_empty() {
        let networks = updates.join(", ");
        let message = format!("nothing can be updated: {networks} has no parameters, or all are frozen");
        return Err(Error::spec(at, message));
    }
    let values: Vec<_> = parameters.iter().map(|p| p.2).collect();
    let grads = gradients(g, terms, &values)?;
    parameters
        .into_iter()
        .zip(grads)
        .map(|((index, parameter, _), grad)| {
            let message = || format!("the loss does not depend on `{parameter}`, which it shall update");
            let grad = grad.ok_or_else(|| Error::spec(&at, message()))?;
            g.output(format!("gradient:{parameter}"), grad);
            Ok((index, grad))
        })
        .collect()
}

/// Classes or tokens of what the network shall say; 0 where that is numbers.
pub fn classes(experiment: &Experiment, about: &About) -> usize {
    let y = about.y.as_ref().filter(|_| experiment.data.common.task == Task::Label);
    y.unwrap_or(&about.x).classes().unwrap_or(0)
}
