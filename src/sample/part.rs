//! One network of an experiment by itself, on the CPU.

use crate::{
    cpu::{Interpreter, Step},
    data::About,
    error::{Error, Result},
    graph::{Graph, ValueId},
    model,
    spec::Experiment,
};

/// A network with memory of its own: what a decoder makes of any latent numbers, where an encoder puts a sample.
pub struct Part {
    pub(super) graph: Interpreter<f32>,
    pub(super) output: ValueId,
}

impl Part {
    /// A network that predictions go through, `batch` samples at a time; see [`model::build_part`].
    ///
    /// # Errors
    /// When there is no such network.
    pub fn new(experiment: &Experiment, about: &About, network: &str, batch: usize) -> Result<Self> {
        Self::of(model::build_part(experiment, about, network, batch)?)
    }

    /// A graph with an output `output`.
    pub(super) fn of(graph: Graph) -> Result<Self> {
        let output =
            graph.find_output("output").ok_or_else(|| Error::data("output", "the graph has no such output"))?;
        Ok(Self { graph: Interpreter::new(graph), output })
    }

    /// Takes over all parameters, in the engine's layout.
    pub fn set_values(&mut self, values: &[Vec<f32>]) {
        let ids: Vec<_> = self.graph.graph().parameters.iter().map(|p| p.value).collect();
        ids.into_iter().zip(values).for_each(|(id, value)| self.graph.set_f32(id, value));
    }

    /// Outputs for samples of numbers, one after the other.
    ///
    /// # Errors
    /// When the numbers are no whole number of samples, or the network reads tokens.
    pub fn run(&mut self, x: &[f32]) -> Result<Vec<f32>> {
        let graph = self.graph.graph();
        let found = ["given", "noise", "x"].into_iter().find_map(|name| graph.find_input(name));
        let input = found.ok_or_else(|| Error::data("input", "the network has none"))?;
        let (shape, made) = (graph.shape(input), graph.shape(self.output));
        let batch = shape.0[0];
        let (size, per_sample) = (shape.count() / batch, made.count() / batch);
        if self.graph.tensor(input).floats().is_empty() || !x.len().is_multiple_of(size) {
            return Err(Error::data("input", format!("{} numbers are no whole number of samples of {size}", x.len())));
        }
        let mut outputs = Vec::with_capacity(x.len() / size * per_sample);
        for samples in x.chunks(batch * size) {
            let rows = samples.len() / size;
            self.graph.set_f32(input, samples);
            self.graph.run(&Step { rows: rows as u32, ..Step::default() });
            outputs.extend_from_slice(&self.graph.tensor(self.output).floats()[..rows * per_sample]);
        }
        Ok(outputs)
    }

    pub(super) fn write(&mut self, id: ValueId, tokens: &[u32]) {
        self.graph.tensor_mut(id).ints_mut().copy_from_slice(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAE: &str = include_str!("../../examples/mnist-vae-map.json");

    #[test]
    fn encoder_and_decoder_are_the_autoencoder() {
        let experiment = Experiment::from_json(VAE).unwrap();
        let about = experiment.data.source.about(None).unwrap();
        let parameters = model::all_parameters(&experiment, &about).unwrap();
        let values: Vec<Vec<f32>> =
            parameters.iter().zip(0..).map(|(p, at)| p.init.sample(1, at, p.shape.count(), p.fans)).collect();
        let mut encoder = Part::new(&experiment, &about, "encoder", 2).unwrap();
        let mut decoder = Part::new(&experiment, &about, "decoder", 4).unwrap();
        let mut whole = Part::of(model::build(&experiment, &about, model::Purpose::Predict, 3).unwrap().graph).unwrap();
        [&mut encoder, &mut decoder, &mut whole].into_iter().for_each(|part| part.set_values(&values));
        let images: Vec<f32> = (0..3 * 784).map(|i| (i % 7) as f32 / 7.0).collect();
        let latent = encoder.run(&images).unwrap();
        assert_eq!(latent.len(), 3 * 2);
        let (made, expected) = (decoder.run(&latent).unwrap(), whole.run(&images).unwrap());
        assert_eq!(made.len(), expected.len());
        assert!(made.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "probabilities at both ends");
        assert!(decoder.run(&[0.0; 3]).unwrap_err().to_string().contains("samples of 2"));
        assert!(Part::new(&experiment, &about, "teacher", 1).is_err());
    }
}
