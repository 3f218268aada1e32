//! A classification problem of a thousand features, few of which matter on their own.

use serde::Deserialize;

use super::{
    About, Column, Dataset, Manifest, Samples, Source,
    draws::{self, Draws},
};
use crate::error::Result;

const FEATURES: usize = 1000;
const CLASSES: usize = 10;
/// Dimensions of the space that the clusters lie in.
const LATENT: usize = 32;
/// Clusters of a class: no hyperplane separates one class from the others.
const CLUSTERS: usize = 4;
/// Latent dimensions that a feature is mixed of.
const MIXED: usize = 4;
/// Standard deviation of the clusters' centres, of a cluster, and of what is added to each feature.
const SPREAD: f32 = 1.0;
const WIDTH: f32 = 1.15;
const NOISE: f32 = 1.0;
const COUNTS: [usize; 2] = [10_000, 2_000];

/// `{"dataset": "features", "seed": 0}`: x 1,000 numbers, y one of 10 classes; 10,000 samples to train on, 2,000 to test.
///
/// Each class has four clusters in a space of 32 dimensions; a feature is a random mix of four of these, plus noise,
/// with mean 0 and standard deviation of about 1 (after I. Guyon, Design of experiments for the NIPS 2003 variable
/// selection benchmark, 2003).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    #[serde(default)]
    seed: u32,
}

impl Source for Features {
    fn name(&self) -> &'static str {
        "features"
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(About {
            x: Column::numbers(&[FEATURES]),
            y: Some(Column::labels(CLASSES)),
            counts: COUNTS,
            stream: false,
            padding: None,
        })
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        let mut draws = Draws::new(self.seed, 3);
        let centres: Vec<[f32; LATENT]> =
            (0..CLASSES * CLUSTERS).map(|_| [(); LATENT].map(|()| SPREAD * draws.normal())).collect();
        // Scaled so that a feature has a variance of 1.
        let variance = MIXED as f32 * (SPREAD * SPREAD + WIDTH * WIDTH) + NOISE * NOISE;
        let scale = variance.sqrt().recip();
        let mix: Vec<[(usize, f32); MIXED]> =
            (0..FEATURES).map(|_| [(); MIXED].map(|()| (draws.below(LATENT), scale * draws.normal()))).collect();
        let total: usize = COUNTS.iter().sum();
        let mut all = Samples { x: Vec::with_capacity(total * FEATURES * 4), y: Vec::with_capacity(total) };
        for at in 0..total {
            // Classes take turns; which cluster is drawn.
            let class = at % CLASSES;
            let centre = &centres[class * CLUSTERS + draws.below(CLUSTERS)];
            let place = centre.map(|c| c + WIDTH * draws.normal());
            for feature in &mix {
                let value: f32 = feature.iter().map(|&(dimension, weight)| weight * place[dimension]).sum();
                all.x.extend((value + NOISE * scale * draws.rough_normal()).to_le_bytes());
            }
            all.y.push(class as u8);
        }
        Some(self.about(None).map(|about| draws::split(about, all)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::draws::tests::{balanced, generated, numbers},
        *,
    };

    #[test]
    fn features_are_about_standard_and_classes_balanced() {
        let data = generated("features", json!({}));
        assert_eq!(data.about.counts, COUNTS);
        data.splits.iter().for_each(|split| balanced(&split.y, CLASSES));
        let x = numbers(&data.splits[1].x);
        let mean = x.iter().sum::<f32>() / x.len() as f32;
        let deviation = (x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32).sqrt();
        assert!(mean.abs() < 0.05 && (0.8..1.2).contains(&deviation), "{mean} {deviation}");
    }
}
