//! Weights in files that others read: names, shapes and layouts are PyTorch's.

pub mod safetensors;

pub use safetensors::{read, write};

use crate::{
    error::{Error, Result},
    graph::{Parameter, Shape},
};

/// Elements of a tensor in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// Floats.
    F32(Vec<f32>),
    /// Whole numbers: labels, tokens.
    I32(Vec<i32>),
}

impl TensorData {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(data) => data.len(),
            Self::I32(data) => data.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A tensor in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// As `model.3.weight`.
    pub name: String,
    /// Sizes, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// Elements, row-major.
    pub data: TensorData,
}

impl NamedTensor {
    /// Floats of this name and shape.
    pub fn f32(name: impl Into<String>, shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Self {
        Self { name: name.into(), shape: shape.into(), data: TensorData::F32(data) }
    }
}

/// Parameters (or their gradients) with names, shapes and layouts as in files; `values` in the parameters' order.
pub fn parameters_to_file(parameters: &[Parameter], values: &[&[f32]]) -> Vec<NamedTensor> {
    parameters
        .iter()
        .zip(values)
        .map(|(parameter, &value)| {
            let data = if parameter.transposed { transpose(value, parameter.shape.last()) } else { value.to_vec() };
            NamedTensor::f32(&parameter.name, parameter.file_shape().0, data)
        })
        .collect()
}

/// The reverse of [`parameters_to_file`]: values in the parameters' order and the engine's layout.
///
/// # Errors
/// [`Error::Data`] that lists every tensor that is missing, unknown, or has another shape or type.
pub fn parameters_from_file(parameters: &[Parameter], tensors: &[NamedTensor]) -> Result<Vec<Vec<f32>>> {
    let mut wrong = Vec::new();
    let mut values = Vec::new();
    for parameter in parameters {
        let (name, shape) = (&parameter.name, parameter.file_shape());
        let Some(tensor) = tensors.iter().find(|t| t.name == *name) else {
            wrong.push(format!("`{name}` {shape} is missing"));
            continue;
        };
        if tensor.shape != shape.0 {
            wrong.push(format!("`{name}` has shape {}, expected {shape}", Shape(tensor.shape.clone())));
        }
        match &tensor.data {
            TensorData::F32(data) if parameter.transposed => values.push(transpose(data, shape.last())),
            TensorData::F32(data) => values.push(data.clone()),
            TensorData::I32(_) => wrong.push(format!("`{name}` holds whole numbers, expected floats")),
        }
    }
    for tensor in tensors {
        if !parameters.iter().any(|p| p.name == tensor.name) {
            let shape = Shape(tensor.shape.clone());
            wrong.push(format!("`{}` {shape} is unknown to this experiment", tensor.name));
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(Error::data("weights", wrong.join("; "))) }
}

/// The transpose of a matrix with so many columns.
fn transpose(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| matrix.iter().skip(column).step_by(columns).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        graph::{Role, ValueId},
        spec::Init,
    };

    fn parameter(name: &str, shape: &[usize], transposed: bool) -> Parameter {
        let shape = Shape(shape.to_vec());
        let (value, init, fans, role) = (ValueId(0), Init::Zeros, (1, 1), Role::Trained);
        Parameter { name: name.into(), value, shape, transposed, init, fans, role }
    }

    #[test]
    fn dense_weights_are_transposed_in_files() {
        let parameters = [parameter("model.1.weight", &[3, 2], true), parameter("model.1.bias", &[2], false)];
        let (weight, bias) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0]);
        let tensors = parameters_to_file(&parameters, &[&weight, &bias]);
        let transposed = vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0];
        assert_eq!(tensors[0], NamedTensor::f32("model.1.weight", [2, 3], transposed));
        assert_eq!(tensors[1], NamedTensor::f32("model.1.bias", [2], bias.to_vec()));

        let mut read = read(&write(&tensors).unwrap()).unwrap();
        read.reverse(); // the order in the file is of no matter
        let values = parameters_from_file(&parameters, &read).unwrap();
        assert_eq!(values, [weight.to_vec(), bias.to_vec()]);
    }

    #[test]
    fn an_error_tells_everything_that_is_wrong() {
        let parameters = [
            parameter("model.1.weight", &[3, 2], true),
            parameter("model.1.bias", &[2], false),
            parameter("model.2.weight", &[5, 1, 3, 3], false),
        ];
        let tensors = [
            NamedTensor::f32("model.1.weight", [3, 2], vec![0.0; 6]),
            NamedTensor { name: "model.2.weight".into(), shape: vec![5, 1, 3, 3], data: TensorData::I32(vec![0; 45]) },
            NamedTensor::f32("head.weight", [], vec![0.0]),
        ];
        let error = parameters_from_file(&parameters, &tensors).unwrap_err().to_string();
        assert_eq!(
            error,
            "weights: `model.1.weight` has shape [3, 2], expected [2, 3]; `model.1.bias` [2] is missing; \
             `model.2.weight` holds whole numbers, expected floats; `head.weight` [] is unknown to this experiment"
        );
    }
}
