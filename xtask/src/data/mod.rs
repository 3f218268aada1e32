//! The data sets that come from npm packages: read, checked by digest, and cut into compressed shards that
//! the page can start training on one by one.
//!
//! A shard is gzip of a column of `count` items, then of the second column; manifest.json lists the shards.
//! `src/data/manifest.rs` reads both.

mod mnist;
mod moby;
mod names;
mod pronunciations;
mod shards;
mod spoken;

use std::{fs, path::Path};

use sha2::{Digest, Sha256};
use shards::Set;

use crate::{
    node,
    process::{Result, root, say},
};

/// Where data sets go.
const FOLDER: &str = "www/public/data";
const PACKAGES: &str = "node_modules";

/// What makes a data set.
type Make = fn() -> Result<Set>;

/// The data sets: name, version of what is written (a new one replaces files of an old one), and what makes them.
const SETS: &[(&str, u32, Make)] = &[
    ("mnist", 2, mnist::make),
    ("moby", 1, moby::make),
    ("names", 1, names::make),
    ("pronunciations", 1, pronunciations::make),
    ("spoken", 1, spoken::make),
];

/// Writes the data sets that are not there.
pub fn ensure() -> Result {
    for (name, version, make) in SETS {
        let folder = root().join(FOLDER).join(name);
        if shards::is_complete(&folder, *version) {
            continue;
        }
        node::install()?;
        say(&format!("making the data set {name}"));
        let set = make()?;
        let bytes = shards::write(name, *version, &set, &folder)?;
        say(&format!("{FOLDER}/{name}: {bytes} bytes"));
    }
    Ok(())
}

/// A file of an npm package.
struct Source {
    /// Below node_modules.
    file: &'static str,
    sha256: &'static str,
}

impl Source {
    /// Its bytes, if they are those we know.
    fn read(&self) -> Result<Vec<u8>> {
        self.read_in(&root().join(PACKAGES))
    }

    fn read_in(&self, packages: &Path) -> Result<Vec<u8>> {
        let path = packages.join(self.file);
        let bytes = fs::read(&path).map_err(|e| format!("{}: {e}; `npm ci` installs it", path.display()))?;
        check(&path.display().to_string(), &bytes, self.sha256)?;
        Ok(bytes)
    }

    /// As text.
    fn text(&self) -> Result<String> {
        String::from_utf8(self.read()?).map_err(|e| format!("{}: {e}", self.file))
    }
}

/// # Errors
/// When the bytes have another digest.
fn check(what: &str, bytes: &[u8], expected: &str) -> Result {
    let found = hex(&Sha256::digest(bytes));
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what} is not what its package ships.\n  SHA-256 found:    {found}\n  SHA-256 expected: {expected}\nDelete node_modules and run the command again."
    ))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Mixes bits (FNV-1a, then a finalizer): orders and splits that don't depend on the order of a source.
fn hash(text: &str) -> u32 {
    let mixed = text.bytes().fold(0x811c_9dc5u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    let mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x7feb_352d);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x846c_a68b);
    mixed ^ (mixed >> 16)
}

#[cfg(test)]
mod tests;
