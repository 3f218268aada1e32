//! Shards and their manifest.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hex;
use crate::process::Result;

pub const MANIFEST: &str = "manifest.json";

/// What is in a column: see `src/data/dataset.rs`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "content", rename_all = "snake_case")]
pub enum Content {
    Pixels,
    Classes { count: usize },
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Column {
    #[serde(flatten)]
    pub content: Content,
    pub shape: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl Column {
    /// A byte an element.
    pub fn item_bytes(&self) -> usize {
        self.shape.iter().product()
    }

    /// As many tokens as names; `shape` is \[time\] or \[\].
    pub fn classes(shape: &[usize], names: Vec<String>) -> Self {
        Self { content: Content::Classes { count: names.len() }, shape: shape.into(), names }
    }
}

/// A data set, not yet cut.
pub struct Set {
    /// Where it comes from, for people.
    pub source: String,
    pub x: Column,
    pub y: Option<Column>,
    pub stream: bool,
    pub padding: Option<u8>,
    /// Train and test.
    pub parts: [Part; 2],
}

/// The bytes of one of its two parts.
pub struct Part {
    pub x: Vec<u8>,
    pub y: Vec<u8>,
    /// Items in the first shard, and in each later one.
    pub cut: (usize, usize),
}

#[derive(Serialize, Deserialize)]
pub struct Manifest {
    pub name: String,
    /// Of what `cargo xtask data` writes: files of another version are written again.
    pub version: u32,
    pub source: String,
    pub columns: Columns,
    #[serde(default, skip_serializing_if = "is_false")]
    pub stream: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<u8>,
    pub splits: Splits,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Serialize, Deserialize)]
pub struct Columns {
    pub x: Column,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<Column>,
}

/// A struct and not a map, to keep `train` before `test`.
#[derive(Serialize, Deserialize)]
pub struct Splits {
    pub train: Split,
    pub test: Split,
}

#[derive(Serialize, Deserialize)]
pub struct Split {
    pub count: usize,
    pub shards: Vec<Shard>,
}

#[derive(Serialize, Deserialize)]
pub struct Shard {
    pub file: String,
    pub start: usize,
    pub count: usize,
    pub bytes: u64,
    pub sha256: String,
}

/// Whether the manifest is one that this code would write, and its files have their sizes.
pub fn is_complete(folder: &Path, version: u32) -> bool {
    let manifest = fs::read(folder.join(MANIFEST)).ok().and_then(|json| serde_json::from_slice::<Manifest>(&json).ok());
    let Some(manifest) = manifest else {
        return false;
    };
    let is_whole = |split: &Split| {
        let sizes = |shard: &Shard| fs::metadata(folder.join(&shard.file)).is_ok_and(|m| m.len() == shard.bytes);
        split.shards.iter().map(|s| s.count).sum::<usize>() == split.count && split.shards.iter().all(sizes)
    };
    manifest.version == version && is_whole(&manifest.splits.train) && is_whole(&manifest.splits.test)
}

/// File name, first item and number of items of each shard.
pub fn cuts(name: &str, total: usize, (first, later): (usize, usize)) -> impl Iterator<Item = (String, usize, usize)> {
    let starts = std::iter::once(0).chain((first..total).step_by(later));
    starts.enumerate().map(move |(number, start)| {
        let size = if start == 0 { first } else { later };
        (format!("{name}-{number:02}.bin.gz"), start, size.min(total - start))
    })
}

/// Returns the bytes of all shards.
pub fn write(name: &str, version: u32, set: &Set, folder: &Path) -> Result<u64> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let [train, test] = &set.parts;
    let manifest = Manifest {
        name: name.into(),
        version,
        source: set.source.clone(),
        columns: Columns { x: set.x.clone(), y: set.y.clone() },
        stream: set.stream,
        padding: set.padding,
        splits: Splits {
            train: write_part(set, "train", train, folder)?,
            test: write_part(set, "test", test, folder)?,
        },
    };
    let json = serde_json::to_string_pretty(&manifest).map_err(|e| format!("{MANIFEST}: {e}"))?;
    // Last, so that its presence says that the shards are there too.
    replace(&folder.join(MANIFEST), format!("{json}\n").as_bytes())?;
    let splits = [&manifest.splits.train, &manifest.splits.test];
    Ok(splits.iter().flat_map(|s| &s.shards).map(|s| s.bytes).sum())
}

fn write_part(set: &Set, name: &str, part: &Part, folder: &Path) -> Result<Split> {
    let (x_bytes, y_bytes) = (set.x.item_bytes(), set.y.as_ref().map_or(0, Column::item_bytes));
    let total = part.x.len() / x_bytes;
    if total * x_bytes != part.x.len() || total * y_bytes != part.y.len() || total == 0 {
        return Err(format!("{name}: {} and {} bytes are no items", part.x.len(), part.y.len()));
    }
    let mut shards = Vec::new();
    for (file, start, count) in cuts(name, total, part.cut) {
        let end = start + count;
        let zipped = gzip(&[&part.x[start * x_bytes..end * x_bytes], &part.y[start * y_bytes..end * y_bytes]])?;
        replace(&folder.join(&file), &zipped)?;
        shards.push(Shard { file, start, count, bytes: zipped.len() as u64, sha256: hex(&Sha256::digest(&zipped)) });
    }
    Ok(Split { count: total, shards })
}

/// No date and no name inside, so that the same input gives the same bytes.
pub fn gzip(parts: &[&[u8]]) -> Result<Vec<u8>> {
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
