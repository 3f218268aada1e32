//! Checks what every later stage relies on.

use super::{Graph, Source};
use crate::error::{Error, Result};

/// The largest value that fits one binding under WebGPU's default limits.
pub const MAX_BYTES: u64 = 128 << 20;

impl Graph {
    /// Every value is made before it is used, by exactly one node, with the type that the shape
    /// rule gives, and fits a GPU binding.
    ///
    /// # Errors
    /// Names the node and what is wrong.
    pub fn verify(&self) -> Result<()> {
        for (index, node) in self.nodes.iter().enumerate() {
            let wrong = |message: String| Err(Error::data(format!("graph node {index} ({})", node.op.name()), message));
            for &input in &node.inputs {
                if let Source::Node { node: maker, .. } = self.values[input.index()].source
                    && maker >= index
                {
                    return wrong(format!("uses value {} before it is made", input.0));
                }
            }
            let types: Vec<_> = node.inputs.iter().map(|&i| self.ty(i).clone()).collect();
            let inferred = crate::ops::infer(&*node.op, &types)?;
            if inferred.len() != node.outputs.len() {
                return wrong(format!("has {} outputs, its rule gives {}", node.outputs.len(), inferred.len()));
            }
            for (output, (&id, ty)) in node.outputs.iter().zip(&inferred).enumerate() {
                if self.ty(id) != ty {
                    return wrong(format!("output {output} is {}, its rule gives {ty}", self.ty(id)));
                }
                if self.values[id.index()].source != (Source::Node { node: index, output }) {
                    return wrong(format!("output {output} says that it is made elsewhere"));
                }
            }
        }
        for value in &self.values {
            let resident = matches!(value.source, Source::Input(_));
            if !resident && value.ty.bytes() > MAX_BYTES {
                return Err(Error::data(
                    format!("a value of type {}", value.ty),
                    format!(
                        "takes {:.1} MiB; at most {} MiB fit one GPU binding: a smaller batch or fewer units help",
                        value.ty.bytes() as f64 / 1048576.0,
                        MAX_BYTES >> 20
                    ),
                ));
            }
        }
        Ok(())
    }
}
