//! Reads data sets from the disk.

use std::{
    env,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

use flate2::read::GzDecoder;

use super::{
    Source,
    dataset::{Dataset, Samples},
    manifest::{MANIFEST, Manifest, Shard, Split},
};
use crate::error::{Error, Result};

/// Tests that look for a data set at the same time wait for the first of them, then find it done.
static ASKING: Mutex<()> = Mutex::new(());

/// A whole data set: generated, or read from [`locate`]'s folder.
///
/// # Errors
/// A file is missing or damaged; the message names it.
pub fn load(source: &dyn Source) -> Result<Dataset> {
    match (source.generate(), source.files()) {
        (Some(dataset), _) => dataset,
        (None, Some(folder)) => load_from(source, &locate(folder)?),
        (None, None) => Err(Error::data(source.name(), "has neither files nor a generator")),
    }
}

/// Reads a data set in a folder that `cargo xtask data` wrote.
///
/// # Errors
/// A file is missing or damaged; the message names it.
pub fn load_from(source: &dyn Source, dir: &Path) -> Result<Dataset> {
    let manifest = manifest(dir)?;
    let load_split = |split: &Split| {
        let mut samples = Samples::default();
        for shard in &split.shards {
            let raw = unpack(&dir.join(&shard.file), &manifest, shard)?;
            samples.append(source.decode(&manifest, shard, &raw)?);
        }
        Ok(samples)
    };
    let splits = [load_split(&manifest.splits.train)?, load_split(&manifest.splits.test)?];
    Ok(Dataset { about: source.about(Some(&manifest))?, splits })
}

/// The manifest in a folder.
///
/// # Errors
/// It is missing or damaged.
pub fn manifest(dir: &Path) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    Manifest::parse(&std::fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?)
}

fn unpack(path: &Path, manifest: &Manifest, shard: &Shard) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|e| unreadable(path, &e))?;
    let mut raw = Vec::new();
    // One byte more than it should hold is enough to see that it holds too much.
    let item: u64 = manifest.item_bytes().iter().map(|n| *n as u64).sum();
    let limit = item.saturating_mul(shard.count as u64).saturating_add(1);
    GzDecoder::new(file).take(limit).read_to_end(&mut raw).map_err(|e| unreadable(path, &e))?;
    Ok(raw)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::data(path.display().to_string(), format!("{error}; `cargo xtask data` writes it"))
}

/// The folder of a data set: `$TRAINYARD_DATA/<name>` if that variable is set; else
/// `www/public/data/<name>` here or in the checkout this was built from, where
/// `cargo xtask data` is run if need be.
///
/// # Errors
/// There is none, and none could be made; the message says what to run.
pub fn locate(name: &str) -> Result<PathBuf> {
    let found = |dir: &PathBuf| dir.join(MANIFEST).is_file();
    if let Some(data) = env::var_os("TRAINYARD_DATA") {
        let dir = Path::new(&data).join(name);
        return if found(&dir) {
            Ok(dir)
        } else {
            Err(Error::data("TRAINYARD_DATA", format!("expected {MANIFEST} in {}", dir.display())))
        };
    }
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dirs = [Path::new("."), checkout].map(|root| root.join("www/public/data").join(name));
    let _guard = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(dir) = dirs.iter().find(|dir| found(dir)) {
        return Ok(dir.clone());
    }
    if checkout.join("xtask").is_dir() {
        // Stdout is ours: the command line prints JSON there.
        let _ = Command::new("cargo")
            .args(["xtask", "data"])
            .current_dir(checkout)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
    }
    dirs.into_iter().find(found).ok_or_else(|| {
        let message = format!(
            "was not found: run `cargo xtask data` in a checkout of Trainyard, or set TRAINYARD_DATA to the folder that holds {name}/"
        );
        Error::data(format!("data set {name}"), message)
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{manifest::tests::manifest, source},
        *,
    };

    #[test]
    fn missing_and_damaged_files_are_named() {
        let dir = env::temp_dir().join(format!("trainyard-data-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let mnist = source("mnist", serde_json::json!({}), "data").unwrap();
        let message = || load_from(&*mnist, &dir).unwrap_err().to_string();
        assert!(message().contains("manifest.json"));
        std::fs::write(dir.join(MANIFEST), manifest().to_string()).unwrap();
        assert!(message().contains("train-00.bin.gz"));
        std::fs::write(dir.join("train-00.bin.gz"), b"no gzip").unwrap();
        assert!(message().contains("train-00.bin.gz") && message().contains("cargo xtask data"));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
