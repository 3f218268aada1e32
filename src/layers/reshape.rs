//! `reshape`: the same numbers under another shape.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::{Shape, ValueId},
    ops::reshape::Reshape as ReshapeOp,
};

/// The same numbers under another shape. Costs nothing.
///
/// - Formula: y = x, in the same order
/// - Shape: \[batch, …\] → \[batch, shape…\]
/// - PyTorch: `torch.nn.Unflatten`
/// - Source: none, it computes nothing
/// - Example: `{"type": "reshape", "shape": [28, -1]}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reshape {
    /// The shape of a sample; one size may be −1: what is left.
    pub shape: Vec<i64>,
}

impl Reshape {
    /// The sizes of a sample of `count` numbers.
    fn sizes(&self, count: usize) -> Result<Vec<usize>, String> {
        if let Some(size) = self.shape.iter().find(|&&size| size < -1 || size == 0) {
            return Err(format!("{size} is out of range, expected whole numbers of at least 1 and at most one -1"));
        }
        if self.shape.iter().filter(|&&size| size == -1).count() > 1 {
            return Err("only one size may be -1".into());
        }
        let known = Shape(self.shape.iter().filter_map(|&size| usize::try_from(size).ok()).collect()).count();
        let free = self.shape.contains(&-1);
        if (!free && known != count) || !count.is_multiple_of(known) {
            return Err(format!("{:?} does not hold the {count} numbers of a sample", self.shape));
        }
        Ok(self.shape.iter().map(|&size| usize::try_from(size).unwrap_or(count / known)).collect())
    }
}

impl Layer for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        let batch = shape.0.first().copied().unwrap_or(1);
        let sizes = self
            .sizes(shape.count() / batch)
            .map_err(|message| Error::spec("shape", format!("{message}; its input is {shape}")))?;
        let shape = Shape([vec![batch], sizes].concat());
        b.graph.apply1(ReshapeOp { shape }, &[x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_size_may_be_what_is_left() {
        let sizes = |shape: &[i64], count| Reshape { shape: shape.to_vec() }.sizes(count);
        assert_eq!(sizes(&[2, 3], 6), Ok(vec![2, 3]));
        assert_eq!(sizes(&[2, -1], 6), Ok(vec![2, 3]));
        assert_eq!(sizes(&[-1], 6), Ok(vec![6]));
        for wrong in [&[4, -1][..], &[-1, -1], &[0, 6], &[-2, 3], &[5], &[]] {
            assert!(sizes(wrong, 6).is_err(), "{wrong:?}");
        }
    }
}
