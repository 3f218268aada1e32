//! Data sets, and what visitors bring.

mod addition;
pub mod audio;
mod augment;
mod dataset;
mod dates;
pub mod digit;
mod draws;
mod features;
#[cfg(not(target_arch = "wasm32"))]
mod files;
mod function;
pub mod idx;
mod letters;
mod manifest;
pub mod mnist;
mod moby;
mod numbers;
mod pairs;
mod points;
mod shapes;
mod spoken;
mod vocabulary;
mod words;

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use augment::{Augment, Normalize};
pub use dataset::{About, BEGIN, Column, Content, Dataset, END, PADDING, Samples};
#[cfg(not(target_arch = "wasm32"))]
pub use files::{load, load_from, locate, manifest};
pub use manifest::{Columns, MANIFEST, Manifest, Shard, Split, Splits};
pub use vocabulary::Vocabulary;

use crate::{
    error::{Error, Result},
    spec::{Parse, parse},
};

/// The data sets by their names in experiments. A new one is a file and a line here.
pub const REGISTRY: &[(&str, Parse<dyn Source>)] = &[
    ("mnist", parsed::<mnist::Mnist>),
    ("points", parsed::<points::Points>),
    ("function", parsed::<function::Function>),
    ("features", parsed::<features::Features>),
    ("shapes", parsed::<shapes::Shapes>),
    ("sort", parsed::<letters::Sort>),
    ("reverse", parsed::<letters::Reverse>),
    ("addition", parsed::<addition::Addition>),
    ("dates", parsed::<dates::Dates>),
    ("numbers", parsed::<numbers::Numbers>),
    ("moby", parsed::<moby::Moby>),
    ("names", parsed::<words::Names>),
    ("pronunciations", parsed::<words::Pronunciations>),
    ("spoken", parsed::<spoken::Spoken>),
];

fn parsed<S: Source + DeserializeOwned + 'static>(options: Value, path: &str) -> Result<Box<dyn Source>> {
    let source: S = parse(options, path)?;
    source.check().map_err(|e| e.at(path))?;
    Ok(Box::new(source))
}

/// A data set: options that know where its samples come from.
pub trait Source: Debug {
    /// Its name in experiments.
    fn name(&self) -> &'static str;

    /// Checks the options.
    ///
    /// # Errors
    /// [`Error::Spec`] with the option.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// What it is. Those in files may need their manifest to know.
    ///
    /// # Errors
    /// It is needed, and there is none, or it does not fit the options.
    fn about(&self, manifest: Option<&Manifest>) -> Result<About>;

    /// Makes the samples, if they are not in files.
    fn generate(&self) -> Option<Result<Dataset>> {
        None
    }

    /// The folder of its files below `data/`, if it has some.
    fn files(&self) -> Option<&'static str> {
        None
    }

    /// The samples in an unpacked shard.
    ///
    /// # Errors
    /// It is not what the manifest says.
    fn decode(&self, manifest: &Manifest, shard: &Shard, raw: &[u8]) -> Result<Samples> {
        manifest.decode_shard(shard, raw)
    }
}

/// The data set of a name, with its options; `path` is where they are in the experiment.
///
/// # Errors
/// [`Error::Spec`] with the option's path.
pub fn source(name: &str, options: Value, path: &str) -> Result<Box<dyn Source>> {
    match REGISTRY.iter().find(|(known, _)| *known == name) {
        Some((_, parse)) => parse(options, path),
        None => {
            let known = REGISTRY.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            Err(Error::spec(format!("{path}.dataset"), format!("unknown data set `{name}`; expected one of {known}")))
        }
    }
}

/// What a data set in files is, item by item as its manifest has it.
fn described(name: &str, manifest: Option<&Manifest>) -> Result<About> {
    let manifest =
        manifest.ok_or_else(|| Error::data(name, "is known only with its files; `cargo xtask data` writes them"))?;
    Ok(About {
        x: manifest.columns.x.clone(),
        y: manifest.columns.y.clone(),
        counts: manifest.counts(),
        stream: false,
        padding: manifest.padding,
    })
}
