//! What a decoder looked at for each token that it made.

use crate::{
    cpu::{Interpreter, Step},
    data::{About, BEGIN, END},
    error::{Error, Result},
    graph::ValueId,
    model,
    spec::Experiment,
};

/// The probabilities of cross-attention, with a network's present parameters.
pub struct Alignment {
    graph: Interpreter<f32>,
    /// The source and the target sequence.
    inputs: [ValueId; 2],
    weights: Vec<ValueId>,
}

impl Alignment {
    /// Of an experiment whose decoder attends to another network's output.
    ///
    /// # Errors
    /// When it has no sequence pairs, or nothing that attends.
    pub fn new(experiment: &Experiment, about: &About) -> Result<Self> {
        let graph = model::build_aligned(experiment, about)?;
        let input = |name| graph.find_input(name).ok_or_else(|| Error::data(name, "the graph has no such input"));
        let inputs = [input("x")?, input("y")?];
        let outputs = graph.outputs.iter().filter(|(name, _)| name.starts_with("alignment:"));
        let weights: Vec<ValueId> = outputs.map(|(_, id)| *id).collect();
        if weights.is_empty() {
            return Err(Error::data("alignment", "no layer attends to another network's output"));
        }
        Ok(Self { graph: Interpreter::new(graph), inputs, weights })
    }

    /// Takes over all parameters, in the engine's layout.
    pub fn set_values(&mut self, values: &[Vec<f32>]) {
        let ids: Vec<_> = self.graph.graph().parameters.iter().map(|p| p.value).collect();
        ids.into_iter().zip(values).for_each(|(id, value)| self.graph.set_f32(id, value));
    }

    /// \[target, source\]: how much each token of `target` (without begin and end) was made from each of `source`
    /// (padded); the mean over the layers that attend.
    pub fn of(&mut self, source: &[u32], target: &[u32]) -> Vec<f32> {
        let [x, y] = self.inputs;
        let sequence = [&[u32::from(BEGIN)], target, &[u32::from(END)]].concat();
        for (id, tokens) in [(x, source), (y, &sequence)] {
            let to = self.graph.tensor_mut(id).ints_mut();
            to.fill(0);
            to.iter_mut().zip(tokens).for_each(|(to, token)| *to = *token);
        }
        self.graph.run(&Step { rows: 1, ..Step::default() });
        let mut mean = vec![0.0; target.len() * source.len()];
        for &id in &self.weights {
            let weights = self.graph.tensor(id).floats();
            mean.iter_mut().zip(weights).for_each(|(mean, weight)| *mean += weight / self.weights.len() as f32);
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_has_looked_somewhere() {
        let experiment = Experiment::from_json(include_str!("../../examples/dates-seq2seq.json")).unwrap();
        let about = experiment.data.source.about(None).unwrap();
        let parameters = model::all_parameters(&experiment, &about).unwrap();
        let values: Vec<Vec<f32>> =
            parameters.iter().zip(0..).map(|(p, at)| p.init.sample(1, at, p.shape.count(), p.fans)).collect();
        let mut alignment = Alignment::new(&experiment, &about).unwrap();
        alignment.set_values(&values);
        let mut source = vec![0; 37];
        source[..5].copy_from_slice(&[3, 4, 5, 6, 7]);
        let weights = alignment.of(&source, &[3, 4, 5]);
        assert_eq!(weights.len(), 3 * 37);
        for row in weights.chunks(37) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(row[5..].iter().all(|w| *w < 1e-6), "not at padding");
        }
    }
}
