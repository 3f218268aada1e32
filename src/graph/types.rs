//! Element types and shapes.

use std::fmt;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit float (f64 where the CPU twin runs as an oracle).
    F32,
    /// 32-bit unsigned: labels, indices.
    U32,
    /// Bytes: pixels as they are on disk; on the GPU four to a word.
    U8,
}

/// Sizes, outermost first. Images are [batch, channels, height, width].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Shape(pub Vec<usize>);

impl Shape {
    /// Number of elements; 1 for a scalar. Saturates: an absurd size is refused, not wrapped.
    pub fn count(&self) -> usize {
        self.0.iter().fold(1, |n, &size| n.saturating_mul(size))
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The last size; 1 for a scalar.
    pub fn last(&self) -> usize {
        self.0.last().copied().unwrap_or(1)
    }

    /// Product of all sizes but the last: the rows, seen as a matrix.
    pub fn rows(&self) -> usize {
        self.count() / self.last().max(1)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Self {
        Self(sizes.to_vec())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Element type and shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    /// What an element is.
    pub dtype: DType,
    /// Sizes.
    pub shape: Shape,
}

impl Type {
    /// Floats of this shape.
    pub fn f32(shape: impl Into<Shape>) -> Self {
        Self { dtype: DType::F32, shape: shape.into() }
    }

    /// Labels or indices of this shape.
    pub fn u32(shape: impl Into<Shape>) -> Self {
        Self { dtype: DType::U32, shape: shape.into() }
    }

    /// Bytes of this shape.
    pub fn u8(shape: impl Into<Shape>) -> Self {
        Self { dtype: DType::U8, shape: shape.into() }
    }

    /// Bytes on the GPU: whole words.
    pub fn bytes(&self) -> u64 {
        // In u64, because what is too large must be refused with its true size, in wasm32 too.
        let count = self.shape.0.iter().fold(1u64, |n, &size| n.saturating_mul(size as u64));
        match self.dtype {
            DType::F32 | DType::U32 => count.saturating_mul(4),
            DType::U8 => count.div_ceil(4).saturating_mul(4),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.dtype {
            DType::F32 => "f32",
            DType::U32 => "u32",
            DType::U8 => "u8",
        };
        write!(f, "{name}{}", self.shape)
    }
}
