//! A value in memory.

use crate::graph::{DType, Type};

/// Elements.
#[derive(Clone, Debug, PartialEq)]
pub enum Data<T> {
    /// [`DType::F32`], in whichever precision.
    Floats(Vec<T>),
    /// [`DType::U32`]
    Ints(Vec<u32>),
    /// [`DType::U8`]
    Bytes(Vec<u8>),
}

/// A value: its type and elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T> {
    /// Element type and shape.
    pub ty: Type,
    /// Elements, row-major.
    pub data: Data<T>,
}

impl<T: Copy + Default> Tensor<T> {
    /// All zero.
    pub fn zeros(ty: Type) -> Self {
        let count = ty.shape.count();
        let data = match ty.dtype {
            DType::F32 => Data::Floats(vec![T::default(); count]),
            DType::U32 => Data::Ints(vec![0; count]),
            DType::U8 => Data::Bytes(vec![0; count]),
        };
        Self { ty, data }
    }

    /// As floats; empty for other types.
    pub fn floats(&self) -> &[T] {
        if let Data::Floats(data) = &self.data { data } else { &[] }
    }

    /// As floats; empty for other types.
    pub fn floats_mut(&mut self) -> &mut [T] {
        if let Data::Floats(data) = &mut self.data { data } else { &mut [] }
    }

    /// As whole numbers; empty for other types.
    pub fn ints(&self) -> &[u32] {
        if let Data::Ints(data) = &self.data { data } else { &[] }
    }

    /// As whole numbers; empty for other types.
    pub fn ints_mut(&mut self) -> &mut [u32] {
        if let Data::Ints(data) = &mut self.data { data } else { &mut [] }
    }

    /// As bytes; empty for other types.
    pub fn bytes(&self) -> &[u8] {
        if let Data::Bytes(data) = &self.data { data } else { &[] }
    }

    /// As bytes; empty for other types.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if let Data::Bytes(data) = &mut self.data { data } else { &mut [] }
    }
}
