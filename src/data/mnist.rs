//! MNIST as `cargo xtask data` cuts it: gzip'd shards, and a manifest that lists them.
//!
//! An unpacked shard holds `count` images of as many bytes as `item_shape` says, row by row, then
//! `count` labels of one byte.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const MANIFEST: &str = "manifest.json";

/// The list of a data set's shards: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The data set's name in an experiment, as `mnist`.
    pub name: String,
    /// Where it comes from, for people.
    #[serde(default)]
    pub source: String,
    /// Channels, height, width; one byte per value.
    pub item_shape: Vec<usize>,
    /// Labels are below this.
    pub classes: usize,
    /// The items to train on, and those to judge by.
    pub splits: Splits,
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

/// A data set in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Channels, height, width.
    pub item_shape: Vec<usize>,
    /// Labels are below this.
    pub classes: usize,
    /// The items to train on.
    pub train: Samples,
    /// The items that training never sees.
    pub test: Samples,
}

/// Items with their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// One byte per value, item after item.
    pub images: Vec<u8>,
    /// One byte per item.
    pub labels: Vec<u8>,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// It is not JSON of this form, or contradicts itself; the message names the field.
    pub fn parse(json: &str) -> Result<Self> {
        let manifest: Self = serde_json::from_str(json).map_err(|e| Error::data(MANIFEST, e.to_string()))?;
        if manifest.item_shape.is_empty() || manifest.checked_item_len().is_none() {
            return Err(Error::data(
                field("item_shape"),
                format!("expected lengths above 0, found {:?}", manifest.item_shape),
            ));
        }
        if !(1..=256).contains(&manifest.classes) {
            return Err(Error::data(field("classes"), format!("expected 1 to 256, found {}", manifest.classes)));
        }
        manifest.splits.train.check("train")?;
        manifest.splits.test.check("test")?;
        Ok(manifest)
    }

    /// The bytes of one image.
    #[must_use]
    pub fn item_len(&self) -> usize {
        self.item_shape.iter().product()
    }

    /// `None` if a length is 0 or the product is beyond what a file could hold.
    fn checked_item_len(&self) -> Option<usize> {
        let product =
            self.item_shape.iter().try_fold(1u32, |product, n| product.checked_mul(u32::try_from(*n).ok()?))?;
        (product > 0).then_some(product as usize)
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

/// Splits an unpacked shard into its images and its labels, without copying.
///
/// # Errors
/// The length is not `count * (item length + 1)`, or a label is not below `classes`.
pub fn decode_shard<'a>(manifest: &Manifest, shard: &Shard, raw: &'a [u8]) -> Result<(&'a [u8], &'a [u8])> {
    let expected = (manifest.item_len().checked_add(1)).and_then(|n| n.checked_mul(shard.count));
    if expected != Some(raw.len()) {
        return Err(Error::data(
            &shard.file,
            format!(
                "expected {} images of {} bytes and as many labels, found {} bytes in all",
                shard.count,
                manifest.item_len(),
                raw.len()
            ),
        ));
    }
    let (images, labels) = raw.split_at(raw.len() - shard.count);
    let wrong = labels.iter().position(|l| usize::from(*l) >= manifest.classes);
    if let Some(at) = wrong {
        return Err(Error::data(
            &shard.file,
            format!("item {} has label {}; expected one below {}", shard.start + at, labels[at], manifest.classes),
        ));
    }
    Ok((images, labels))
}

#[cfg(not(target_arch = "wasm32"))]
pub use native::{load, locate};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::{
        env,
        fs::File,
        io::Read,
        path::{Path, PathBuf},
        process::{Command, Stdio},
        sync::{Mutex, PoisonError},
    };

    use flate2::read::GzDecoder;

    use super::{Dataset, Error, MANIFEST, Manifest, Result, Samples, Shard, Split, decode_shard};

    /// Tests that look for it at the same time wait for the first of them, then find it done.
    static ASKING: Mutex<()> = Mutex::new(());

    /// Reads the data set in a folder that `cargo xtask data` wrote.
    ///
    /// # Errors
    /// A file is missing or damaged; the message names it.
    pub fn load(dir: &Path) -> Result<Dataset> {
        let path = dir.join(MANIFEST);
        let json = std::fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?;
        let manifest = Manifest::parse(&json)?;
        Ok(Dataset {
            train: load_split(dir, &manifest, &manifest.splits.train)?,
            test: load_split(dir, &manifest, &manifest.splits.test)?,
            item_shape: manifest.item_shape,
            classes: manifest.classes,
        })
    }

    fn load_split(dir: &Path, manifest: &Manifest, split: &Split) -> Result<Samples> {
        let mut samples = Samples::default();
        for shard in &split.shards {
            let raw = unpack(&dir.join(&shard.file), manifest, shard)?;
            let (images, labels) = decode_shard(manifest, shard, &raw)?;
            samples.images.extend_from_slice(images);
            samples.labels.extend_from_slice(labels);
        }
        Ok(samples)
    }

    fn unpack(path: &Path, manifest: &Manifest, shard: &Shard) -> Result<Vec<u8>> {
        let file = File::open(path).map_err(|e| unreadable(path, &e))?;
        let mut raw = Vec::new();
        // One byte more than it should hold is enough to see that it holds too much.
        let limit = (manifest.item_len() as u64 + 1).saturating_mul(shard.count as u64);
        GzDecoder::new(file).take(limit.saturating_add(1)).read_to_end(&mut raw).map_err(|e| unreadable(path, &e))?;
        Ok(raw)
    }

    fn unreadable(path: &Path, error: &std::io::Error) -> Error {
        Error::data(path.display().to_string(), format!("{error}; `cargo xtask data` writes it"))
    }

    /// The folder with MNIST: `$TRAINYARD_DATA/mnist` if that variable is set; else
    /// `www/public/data/mnist` here or in the checkout this was built from, where
    /// `cargo xtask data` is run if need be.
    ///
    /// # Errors
    /// There is none, and none could be made; the message says what to run.
    pub fn locate() -> Result<PathBuf> {
        let found = |dir: &PathBuf| dir.join(MANIFEST).is_file();
        if let Some(data) = env::var_os("TRAINYARD_DATA") {
            let dir = Path::new(&data).join("mnist");
            return if found(&dir) {
                Ok(dir)
            } else {
                Err(Error::data("TRAINYARD_DATA", format!("expected {MANIFEST} in {}", dir.display())))
            };
        }
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dirs = [Path::new("."), checkout].map(|root| root.join("www/public/data/mnist"));
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
            Error::data(
                "MNIST",
                "was not found: run `cargo xtask data` in a checkout of Trainyard, or set TRAINYARD_DATA to the folder that holds mnist/",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shard(file: &str, start: usize, count: usize) -> Value {
        json!({ "file": file, "start": start, "count": count, "bytes": 9, "sha256": "0a".repeat(32) })
    }

    fn manifest() -> Value {
        json!({
            "name": "tiny", "source": "a test", "item_shape": [1, 2, 2], "classes": 3,
            "splits": {
                "train": { "count": 5, "shards": [shard("train-00.bin.gz", 0, 3), shard("train-01.bin.gz", 3, 2)] },
                "test": { "count": 1, "shards": [shard("test-00.bin.gz", 0, 1)] },
            },
        })
    }

    /// The message of a manifest with one value changed.
    fn message(pointer: &str, value: Value) -> String {
        let mut json = manifest();
        *json.pointer_mut(pointer).unwrap() = value;
        Manifest::parse(&json.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn a_good_manifest() {
        let manifest = Manifest::parse(&manifest().to_string()).unwrap();
        assert_eq!((manifest.item_len(), manifest.classes), (4, 3));
        assert_eq!(manifest.splits.train.shards[1].start, 3);
    }

    #[test]
    fn bad_manifests_name_the_field() {
        let shard = "/splits/train/shards/1";
        let cases = [
            ("/classes".into(), json!(0), "classes: expected 1 to 256, found 0"),
            ("/item_shape".into(), json!([]), "item_shape"),
            ("/item_shape".into(), json!([1, 0, 28]), "item_shape: expected lengths above 0"),
            ("/item_shape".into(), json!([1_000_000, 1_000_000]), "item_shape"),
            ("/splits/train/count".into(), json!(6), "splits.train.count: is 6, but the shards hold 5"),
            ("/splits/train/count".into(), json!(4), "splits.train.shards[1].count: expected 1 to 1, found 2"),
            ("/splits/test".into(), json!({ "count": 0, "shards": [] }), "splits.test.count"),
            (format!("{shard}/start"), json!(2), "shards[1].start: expected 3, found 2"),
            (format!("{shard}/count"), json!(0), "shards[1].count"),
            (format!("{shard}/file"), json!("../secret"), "shards[1].file: expected a plain file name"),
            (format!("{shard}/file"), json!(""), "shards[1].file"),
            (format!("{shard}/sha256"), json!("abc"), "shards[1].sha256"),
            ("/splits".into(), json!({}), "missing field `train`"),
        ];
        for (pointer, value, expected) in cases {
            let found = message(&pointer, value);
            assert!(found.contains("manifest.json") && found.contains(expected), "{pointer}: {found}");
        }
        assert!(Manifest::parse("[").is_err());
    }

    #[test]
    fn shards_are_split_and_checked() {
        let manifest = Manifest::parse(&manifest().to_string()).unwrap();
        let shard = &manifest.splits.train.shards[1];
        let raw = [1, 2, 3, 4, 5, 6, 7, 8, 0, 2];
        let (images, labels) = decode_shard(&manifest, shard, &raw).unwrap();
        assert_eq!((images, labels), (&raw[..8], &raw[8..]));
        let short = decode_shard(&manifest, shard, &raw[1..]).unwrap_err().to_string();
        assert!(short.contains("train-01.bin.gz: expected 2 images of 4 bytes"), "{short}");
        let label = [1, 2, 3, 4, 5, 6, 7, 8, 0, 3];
        let label = decode_shard(&manifest, shard, &label).unwrap_err().to_string();
        assert!(label.contains("item 4 has label 3; expected one below 3"), "{label}");
    }

    #[test]
    fn missing_and_damaged_files_are_named() {
        let dir = std::env::temp_dir().join(format!("trainyard-mnist-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let message = || load(&dir).unwrap_err().to_string();
        assert!(message().contains("manifest.json"));
        std::fs::write(dir.join(MANIFEST), manifest().to_string()).unwrap();
        assert!(message().contains("train-00.bin.gz"));
        std::fs::write(dir.join("train-00.bin.gz"), b"no gzip").unwrap();
        assert!(message().contains("train-00.bin.gz") && message().contains("cargo xtask data"));
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn the_real_one_loads() {
        let data = load(&locate().unwrap()).unwrap();
        assert_eq!((data.item_shape.as_slice(), data.classes), (&[1, 28, 28][..], 10));
        assert_eq!((data.train.labels.len(), data.test.labels.len()), (60_000, 10_000));
        assert_eq!(data.train.images.len(), 60_000 * 784);
        assert_eq!(data.train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        assert_eq!(data.test.labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
        // The mean of MNIST's training pixels is well known: 0.1307.
        let sum: u64 = data.train.images.iter().map(|v| u64::from(*v)).sum();
        let mean = sum as f64 / 255.0 / data.train.images.len() as f64;
        assert!((mean - 0.1307).abs() < 0.0001, "{mean}");
    }
}
