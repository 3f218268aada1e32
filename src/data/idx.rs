//! IDX, the format of the original MNIST files and of the data sets that followed it.
//!
//! Two zero bytes, the type (8: unsigned bytes), the number of dimensions, each dimension as a
//! big-endian u32, then the values, the last dimension varying fastest.

use crate::error::{Error, Result};

const UNSIGNED_BYTES: u8 = 0x08;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The values of an IDX file: images `[count, height, width]`, or labels `[count]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// The length of each dimension; the first counts the items. Never empty.
    pub shape: Vec<usize>,
    /// As many values as the product of `shape`, row-major.
    pub bytes: Vec<u8>,
}

impl Idx {
    /// Reads a file's content; `name` is for messages. Natively it may be gzip'd.
    ///
    /// # Errors
    /// Not an IDX file, values of another type than u8, or another length than the header says.
    pub fn parse(name: &str, content: &[u8]) -> Result<Self> {
        if content.starts_with(&GZIP) {
            return Self::parse_plain(name, &gunzip(name, content)?);
        }
        Self::parse_plain(name, content)
    }

    fn parse_plain(name: &str, content: &[u8]) -> Result<Self> {
        let fail = |message: String| Err(Error::data(name, message));
        let &[0, 0, kind, dimensions, ref rest @ ..] = content else {
            return fail(match content {
                [_, _, _, _, ..] => {
                    format!("is not an IDX file: expected two zero bytes at its start, found {:?}", &content[..2])
                }
                _ => format!("is not an IDX file: it has {} bytes", content.len()),
            });
        };
        if kind != UNSIGNED_BYTES {
            return fail(format!("has values of IDX type {}; expected unsigned bytes (0x08)", kind_name(kind)));
        }
        let header = usize::from(dimensions) * 4;
        if dimensions == 0 || rest.len() < header {
            return fail(format!(
                "is cut off in its header: {dimensions} dimensions take {} bytes, it has {}",
                header + 4,
                content.len()
            ));
        }
        let (lengths, values) = rest.split_at(header);
        let shape: Vec<usize> =
            lengths.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
        let expected = shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
        match expected {
            Some(expected) if expected == values.len() => Ok(Self { shape, bytes: values.to_vec() }),
            Some(expected) => fail(format!(
                "{}: shape {shape:?} takes {expected} values, the file has {}",
                if values.len() < expected { "is cut off" } else { "is too long" },
                values.len()
            )),
            None => fail(format!("has an impossible shape: {shape:?}")),
        }
    }

    /// The number of items.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }
}

fn kind_name(kind: u8) -> String {
    let name = match kind {
        0x09 => "signed bytes",
        0x0b => "i16",
        0x0c => "i32",
        0x0d => "f32",
        0x0e => "f64",
        _ => "unknown",
    };
    format!("{kind:#04x} ({name})")
}

#[cfg(not(target_arch = "wasm32"))]
fn gunzip(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(content)
        .read_to_end(&mut plain)
        .map_err(|e| Error::data(name, format!("cannot be unpacked with gzip: {e}")))?;
    Ok(plain)
}

/// The browser has gzip of its own; the page unpacks before it calls.
#[cfg(target_arch = "wasm32")]
fn gunzip(name: &str, _content: &[u8]) -> Result<Vec<u8>> {
    Err(Error::data(name, "is packed with gzip; expected it unpacked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: u8, shape: &[u32], values: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, shape.len() as u8];
        bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
        bytes.extend(values);
        bytes
    }

    fn message(content: &[u8]) -> String {
        Idx::parse("digits.idx", content).unwrap_err().to_string()
    }

    #[test]
    fn images_and_labels() {
        let images = Idx::parse("x", &file(8, &[2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])).unwrap();
        assert_eq!((images.shape.as_slice(), images.count()), (&[2, 2, 3][..], 2));
        assert_eq!(images.bytes[6..], [7, 8, 9, 10, 11, 12]);
        let labels = Idx::parse("x", &file(8, &[3], &[7, 0, 9])).unwrap();
        assert_eq!((labels.shape.as_slice(), labels.bytes.as_slice()), (&[3][..], &[7, 0, 9][..]));
    }

    #[test]
    fn gzip_is_unpacked() {
        use std::io::Write;
        let plain = file(8, &[2], &[3, 4]);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plain).unwrap();
        let zipped = encoder.finish().unwrap();
        assert_eq!(Idx::parse("x", &zipped).unwrap(), Idx::parse("x", &plain).unwrap());
        assert!(message(&zipped[..zipped.len() - 9]).contains("gzip"));
    }

    #[test]
    fn messages_say_what_is_wrong() {
        assert!(message(b"").contains("0 bytes"));
        assert!(message(b"\x89PNG....").contains("digits.idx: is not an IDX file"));
        assert!(message(&file(0x0d, &[1], &[0; 4])).contains("0x0d (f32); expected unsigned bytes"));
        assert!(message(&file(8, &[], &[])).contains("header"));
        assert!(message(&file(8, &[2, 2, 2], &[])[..9]).contains("16 bytes, it has 9"));
        assert!(
            message(&file(8, &[2, 3], &[0; 5])).contains("is cut off: shape [2, 3] takes 6 values, the file has 5")
        );
        assert!(message(&file(8, &[2], &[0; 5])).contains("too long"));
        assert!(message(&file(8, &[u32::MAX; 5], &[])).contains("impossible"));
    }
}
