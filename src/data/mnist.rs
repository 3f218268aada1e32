//! MNIST: 70,000 handwritten digits, 28 × 28 (LeCun, Cortes, Burges).

use serde::Deserialize;

use super::{About, Column, Manifest, Source, described};
use crate::error::Result;

/// `{"dataset": "mnist"}`: x pixels \[1, 28, 28\], y the digit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mnist {}

impl Source for Mnist {
    fn name(&self) -> &'static str {
        "mnist"
    }

    fn files(&self) -> Option<&'static str> {
        Some("mnist")
    }

    fn about(&self, manifest: Option<&Manifest>) -> Result<About> {
        match manifest {
            None => Ok(About {
                x: Column::pixels(&[1, 28, 28]),
                y: Some(Column::labels(10)),
                counts: [60_000, 10_000],
                stream: false,
                padding: None,
            }),
            manifest => described(self.name(), manifest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_one_loads() {
        let data = crate::data::load(&Mnist {}).unwrap();
        assert_eq!(data.about, Mnist {}.about(None).unwrap());
        let [train, test] = &data.splits;
        assert_eq!((train.y.len(), test.y.len()), (60_000, 10_000));
        assert_eq!((train.x.len(), test.x.len()), (60_000 * 784, 10_000 * 784));
        assert_eq!(train.y[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        assert_eq!(test.y[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
        // The mean of MNIST's training pixels is well known: 0.1307.
        let sum: u64 = train.x.iter().map(|v| u64::from(*v)).sum();
        let mean = sum as f64 / 255.0 / train.x.len() as f64;
        assert!((mean - 0.1307).abs() < 0.0001, "{mean}");
    }
}
