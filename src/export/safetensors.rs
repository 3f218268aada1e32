//! Safetensors files: a JSON header and raw little-endian numbers.

use ::safetensors::{Dtype, SafeTensorError, SafeTensors, serialize, tensor::TensorView};

use super::{NamedTensor, TensorData};
use crate::error::{Error, Result};

/// What errors call a file whose name only the caller knows.
const FILE: &str = "safetensors";

fn broken(error: SafeTensorError) -> Error {
    Error::data(FILE, error.to_string())
}

/// A file with these tensors.
///
/// # Errors
/// When two have the same name, or one has not as many elements as its shape says.
pub fn write(tensors: &[NamedTensor]) -> Result<Vec<u8>> {
    let mut names: Vec<_> = tensors.iter().map(|t| &t.name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::data(FILE, format!("two tensors are called `{}`", pair[0])));
    }
    let bytes: Vec<_> = tensors
        .iter()
        .map(|tensor| match &tensor.data {
            TensorData::F32(data) => (Dtype::F32, data.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>()),
            TensorData::I32(data) => (Dtype::I32, data.iter().flat_map(|x| x.to_le_bytes()).collect()),
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, (dtype, bytes))| {
        let view = TensorView::new(*dtype, tensor.shape.clone(), bytes);
        let wrong = |e: SafeTensorError| Error::data(format!("tensor `{}`", tensor.name), e.to_string());
        Ok((&tensor.name, view.map_err(wrong)?))
    });
    serialize(views.collect::<Result<Vec<_>>>()?, None).map_err(broken)
}

/// The tensors of a file. Floats of any size become f32, whole numbers i32.
///
/// # Errors
/// When it is no safetensors file, or a tensor's type or numbers don't fit these two.
pub fn read(bytes: &[u8]) -> Result<Vec<NamedTensor>> {
    let file = SafeTensors::deserialize(bytes).map_err(broken)?;
    let mut tensors = file
        .iter()
        .map(|(name, view)| {
            let wrong = |message: String| Error::data(format!("tensor `{name}`"), message);
            let data = elements(view.dtype(), view.data()).map_err(wrong)?;
            Ok(NamedTensor { name: name.to_owned(), shape: view.shape().to_vec(), data })
        })
        .collect::<Result<Vec<_>>>()?;
    // The library's order is a hash map's.
    tensors.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

fn elements(dtype: Dtype, bytes: &[u8]) -> Result<TensorData, String> {
    let floats = |data: Vec<f32>| Ok(TensorData::F32(data));
    match dtype {
        Dtype::F32 => floats(each(bytes, f32::from_le_bytes)),
        Dtype::F64 => floats(each(bytes, |b| f64::from_le_bytes(b) as f32)),
        Dtype::F16 => floats(each(bytes, |b| from_half(u16::from_le_bytes(b)))),
        Dtype::BF16 => floats(each(bytes, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))),
        Dtype::I32 => Ok(TensorData::I32(each(bytes, i32::from_le_bytes))),
        Dtype::U8 => Ok(TensorData::I32(each(bytes, |b: [u8; 1]| b[0].into()))),
        Dtype::I64 => each(bytes, i64::from_le_bytes)
            .into_iter()
            .map(|x| i32::try_from(x).map_err(|_| format!("holds {x}, which does not fit 32 bits")))
            .collect::<Result<_, _>>()
            .map(TensorData::I32),
        other => Err(format!("has type {other}; F32, F64, F16, BF16, I32, I64 and U8 can be read")),
    }
}

fn each<const N: usize, T>(bytes: &[u8], f: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().copied().map(f).collect()
}

/// IEEE 754 half precision: 1 bit sign, 5 bits exponent, 10 bits fraction.
fn from_half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 0x3ff) / 1024.0);
    let magnitude = match exponent {
        0 => fraction * 2f32.powi(-14),
        31 if fraction > 0.0 => f32::NAN,
        31 => f32::INFINITY,
        _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
        serialize([("t", TensorView::new(dtype, shape.to_vec(), bytes).unwrap())], None).unwrap()
    }

    fn only(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> TensorData {
        let mut tensors = read(&file(dtype, shape, bytes)).unwrap();
        assert_eq!((tensors.len(), &tensors[0].name[..], &tensors[0].shape[..]), (1, "t", shape));
        tensors.remove(0).data
    }

    #[test]
    fn what_is_written_is_read() {
        let tensors = [
            NamedTensor::f32("a.weight", [2, 3], vec![0.1, -0.0, f32::MIN_POSITIVE, f32::MAX, 1e-40, -7.5]),
            NamedTensor::f32("empty", [0, 5], vec![]),
            NamedTensor::f32("scalar", [], vec![2.5]),
            NamedTensor { name: "y".into(), shape: vec![2], data: TensorData::I32(vec![i32::MIN, 9]) },
        ];
        assert_eq!(read(&write(&tensors).unwrap()).unwrap(), tensors);
        assert_eq!(read(&write(&[]).unwrap()).unwrap(), []);
    }

    #[test]
    fn other_types_are_converted() {
        let doubles: Vec<u8> = [0.1f64, -3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(only(Dtype::F64, &[2], &doubles), TensorData::F32(vec![0.1, -3.0]));
        let longs: Vec<u8> = [7i64, -1].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(only(Dtype::I64, &[2, 1], &longs), TensorData::I32(vec![7, -1]));
        assert_eq!(only(Dtype::U8, &[3], &[0, 9, 255]), TensorData::I32(vec![0, 9, 255]));
        // 1, -2, the smallest positive number, the largest, infinity
        let halves: Vec<u8> = [0x3c00u16, 0xc000, 1, 0x7bff, 0x7c00].iter().flat_map(|x| x.to_le_bytes()).collect();
        let expected = vec![1.0, -2.0, 2f32.powi(-24), 65504.0, f32::INFINITY];
        assert_eq!(only(Dtype::F16, &[5], &halves), TensorData::F32(expected));
        let brains: Vec<u8> = [0x3f80u16, 0xc000].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(only(Dtype::BF16, &[2], &brains), TensorData::F32(vec![1.0, -2.0]));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let error = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(error(b"PK"), "safetensors: header too small");
        let whole = write(&[NamedTensor::f32("a", [2], vec![1.0, 2.0])]).unwrap();
        assert_eq!(error(&whole[..whole.len() - 1]), "safetensors: incomplete metadata, file not fully covered");
        assert_eq!(
            error(&file(Dtype::BOOL, &[1], &[1])),
            "tensor `t`: has type BOOL; F32, F64, F16, BF16, I32, I64 and U8 can be read"
        );
        assert_eq!(
            error(&file(Dtype::I64, &[1], &(1i64 << 40).to_le_bytes())),
            "tensor `t`: holds 1099511627776, which does not fit 32 bits"
        );
        let short = write(&[NamedTensor::f32("a", [3], vec![1.0, 2.0])]).unwrap_err().to_string();
        assert_eq!(short, "tensor `a`: tensor of type F32 and shape (3) can't be created from 8 bytes");
        let twice = [NamedTensor::f32("a", [1], vec![1.0]), NamedTensor::f32("a", [1], vec![2.0])];
        assert_eq!(write(&twice).unwrap_err().to_string(), "safetensors: two tensors are called `a`");
    }
}
