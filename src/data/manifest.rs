//! Data sets in files, as `cargo xtask data` makes them: gzip'd shards, and `manifest.json`, which lists them.
//!
//! An unpacked shard holds the column x of its items, then the column y of the same items. Of a stream
//! (text), a token is an item.

use serde::{Deserialize, Serialize};

use super::dataset::{Column, Samples};
use crate::error::{Error, Result};

/// Its name in a data set's folder.
pub const MANIFEST: &str = "manifest.json";

/// What a data set is, and the list of its shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The data set's name in an experiment, as `mnist`.
    pub name: String,
    /// Where it comes from, for people.
    #[serde(default)]
    pub source: String,
    /// What the shards store.
    pub columns: Columns,
    /// Whether the items are the tokens of one stream.
    #[serde(default)]
    pub stream: bool,
    /// The token that fills up short sequences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<u8>,
    /// The items to train on, and those to judge by.
    pub splits: Splits,
}

/// What an item consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// What the network gets, or is computed from.
    pub x: Column,
    /// What it shall say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<Column>,
}

/// The two parts of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splits {
    /// The items to train on.
    pub train: Split,
    /// The items that training never sees.
    pub test: Split,
}

/// One part of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The number of items.
    pub count: usize,
    /// In the order of the items, without gaps.
    pub shards: Vec<Shard>,
}

/// One file of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its name, beside the manifest.
    pub file: String,
    /// The first item in it.
    pub start: usize,
    /// The number of items in it.
    pub count: usize,
    /// Its length as it is stored, packed.
    pub bytes: u64,
    /// The digest of the same bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// It is not JSON of this form, or contradicts itself; the message names the field.
    pub fn parse(json: &str) -> Result<Self> {
        let manifest: Self = serde_json::from_str(json)
            .map_err(|e| Error::data(MANIFEST, format!("{e}; `cargo xtask data` writes it")))?;
        let columns = [("x", Some(&manifest.columns.x)), ("y", manifest.columns.y.as_ref())];
        for (name, column) in columns {
            column.map_or(Ok(()), Column::check).map_err(|e| match e {
                Error::Data { what, message } => Error::data(field(&format!("columns.{name}.{what}")), message),
                other => other,
            })?;
        }
        manifest.splits.train.check("train")?;
        manifest.splits.test.check("test")?;
        Ok(manifest)
    }

    /// Items of train and test.
    #[must_use]
    pub fn counts(&self) -> [usize; 2] {
        [self.splits.train.count, self.splits.test.count]
    }

    /// Bytes of an item in a shard, of x and y.
    #[must_use]
    pub fn item_bytes(&self) -> [usize; 2] {
        [self.columns.x.item_bytes(), self.columns.y.as_ref().map_or(0, Column::item_bytes)]
    }

    /// Splits an unpacked shard into its columns.
    ///
    /// # Errors
    /// Its length is not that of `shard.count` items, or a class is not below the column's count.
    pub fn decode_shard(&self, shard: &Shard, raw: &[u8]) -> Result<Samples> {
        let [x_bytes, y_bytes] = self.item_bytes();
        if x_bytes.checked_add(y_bytes).and_then(|n| n.checked_mul(shard.count)) != Some(raw.len()) {
            let expected = match y_bytes {
                0 => format!("{} items of {x_bytes} bytes", shard.count),
                _ => format!("{} items of {x_bytes} bytes and as many of {y_bytes} bytes", shard.count),
            };
            return Err(Error::data(&shard.file, format!("expected {expected}, found {} bytes in all", raw.len())));
        }
        let (x, y) = raw.split_at(x_bytes * shard.count);
        for (column, bytes) in std::iter::once((&self.columns.x, x)).chain(self.columns.y.as_ref().map(|c| (c, y))) {
            if let Some((at, class)) = column.no_class(bytes) {
                let (item, what) =
                    (shard.start + at / column.elements(), if column.shape.is_empty() { "label" } else { "token" });
                let count = column.classes().unwrap_or_default();
                let message = format!("item {item} has {what} {class}; expected one below {count}");
                return Err(Error::data(&shard.file, message));
            }
        }
        Ok(Samples { x: x.into(), y: y.into() })
    }
}

impl Split {
    fn check(&self, name: &str) -> Result<()> {
        let mut next = 0usize;
        for (number, shard) in self.shards.iter().enumerate() {
            let fail = |key: &str, message: String| {
                let path = format!("splits.{name}.shards[{number}].{key}");
                Err(Error::data(field(&path), message))
            };
            if shard.start != next {
                return fail("start", format!("expected {next}, found {}", shard.start));
            }
            if shard.count == 0 || shard.count > self.count - next {
                return fail("count", format!("expected 1 to {}, found {}", self.count - next, shard.count));
            }
            // The name becomes part of a path or an address.
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if shard.file.is_empty() || shard.file.starts_with('.') || !shard.file.chars().all(is_plain) {
                return fail("file", format!("expected a plain file name, found {:?}", shard.file));
            }
            let is_digest = shard.sha256.len() == 64 && shard.sha256.bytes().all(|b| b.is_ascii_hexdigit());
            if !is_digest {
                return fail("sha256", format!("expected 64 hexadecimal digits, found {:?}", shard.sha256));
            }
            next += shard.count;
        }
        if next != self.count || next == 0 {
            return Err(Error::data(
                field(&format!("splits.{name}.count")),
                format!("is {}, but the shards hold {next} items", self.count),
            ));
        }
        Ok(())
    }
}

fn field(path: &str) -> String {
    format!("{MANIFEST}: {path}")
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
pub(crate) mod tests;
