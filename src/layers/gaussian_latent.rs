//! `gaussian_latent`: the middle of a variational autoencoder.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{gaussian_kl::GaussianKl, narrow::Narrow, noise::Noise, reparameterize::Reparameterize},
    spec::Count,
};

/// The middle of a variational autoencoder: a draw from a normal distribution whose means, then logarithms of
/// variances are its input. In training and evaluation it draws, in prediction it gives the mean. Its divergence from
/// the standard normal distribution is added to the loss, reported as `kl`.
///
/// - Formula: y = mean + exp(log variance / 2) · noise; loss + weight · ½ Σ (mean² + variance − 1 − log variance)
/// - Shape: \[batch, 2 · size\] → \[batch, size\]: a dense layer before it makes its input
/// - PyTorch: `mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)`
/// - Source: Kingma and Welling, Auto-encoding variational Bayes, 2014; β: Higgins et al., 2017
/// - Example: `{"type": "gaussian_latent", "size": 2}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianLatent {
    /// Numbers that are drawn a sample.
    size: Count,
    /// Of the divergence in the loss (β).
    #[serde(default = "one")]
    weight: f32,
}

fn one() -> f32 {
    1.0
}

impl Layer for GaussianLatent {
    fn name(&self) -> &'static str {
        "gaussian_latent"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        if !(self.weight >= 0.0 && self.weight.is_finite()) {
            return Err(Error::spec("weight", format!("must be a number of at least 0, got {}", self.weight)));
        }
        let (shape, size) = (b.graph.shape(x).clone(), self.size.0);
        if shape.rank() != 2 || shape.last() != 2 * size {
            let message = format!(
                "needs [batch, {}], {size} means and {size} logarithms of variances, its input is {shape}: put a dense \
                 layer with {} units before it",
                2 * size,
                2 * size
            );
            return Err(Error::spec("size", message));
        }
        let kl = b.graph.apply1(GaussianKl, &[x])?;
        b.auxiliary.push(("kl".into(), kl, self.weight));
        let stream = b.dropouts;
        b.dropouts += 1;
        if !b.drawing {
            return b.graph.apply1(Narrow { axis: 1, start: 0, length: size }, &[x]);
        }
        let noise = b.graph.apply1(Noise { shape: [shape.0[0], size].into(), stream }, &[])?;
        b.graph.apply1(Reparameterize, &[x, noise])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        autodiff::gradients,
        cpu::{Interpreter, Step},
        graph::{Graph, Type},
    };

    fn layer() -> GaussianLatent {
        serde_json::from_str(r#"{ "size": 2, "weight": 0.5 }"#).unwrap()
    }

    #[test]
    fn the_divergence_is_a_weighted_term_of_the_loss() {
        let mut g = Graph::new();
        let x = g.input("x", Type::f32([1, 4]));
        let mut b = Builder::new(&mut g, false);
        let z = layer().build(&mut b, x).unwrap();
        let [(name, kl, weight)] = &b.auxiliary[..] else { panic!("one term") };
        assert_eq!((name.as_str(), *weight), ("kl", 0.5));
        let terms = [(*kl, *weight)];
        let dx = gradients(&mut g, &terms, &[x]).unwrap()[0].unwrap();
        let mut cpu = Interpreter::<f64>::new(g);
        cpu.set_f32(x, &[1.0, -2.0, 0.0, 2.0f32.ln()]);
        cpu.run(&Step { rows: 1, ..Step::default() });
        // ½ (1 + 4 + (1 − 0 − 1) + (2 − ln 2 − 1)), and half of its derivatives.
        assert!((cpu.tensor(terms[0].0).floats()[0] - 0.5 * (6.0 - 2.0f64.ln())).abs() < 1e-6);
        assert_eq!(cpu.get_f32(dx), [0.5, -1.0, 0.0, 0.25]);
        assert_eq!(cpu.get_f32(z), [1.0, -2.0], "in prediction it gives the means");
    }

    #[test]
    fn it_draws_while_training() {
        let mut g = Graph::new();
        let x = g.input("x", Type::f32([1000, 4]));
        let z = layer().build(&mut Builder::new(&mut g, true), x).unwrap();
        let mut cpu = Interpreter::<f64>::new(g);
        cpu.set_f32(x, &[3.0, 3.0, 4.0f32.ln(), 4.0f32.ln()].repeat(1000));
        cpu.run(&Step::default());
        let draws = cpu.tensor(z).floats();
        let mean = draws.iter().sum::<f64>() / 2000.0;
        let variance = draws.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / 2000.0;
        // Five standard errors: 5 · 2 / √2000 and 5 · 4 · √(2 / 2000).
        assert!((mean - 3.0).abs() < 0.23 && (variance - 4.0).abs() < 0.64, "{mean}, {variance}");
    }

    #[test]
    fn the_message_says_what_it_needs() {
        let mut g = Graph::new();
        let x = g.input("x", Type::f32([8, 5]));
        let message = layer().build(&mut Builder::new(&mut g, true), x).unwrap_err().to_string();
        assert!(message.contains("[batch, 4]") && message.contains("[8, 5]"), "{message}");
    }
}
