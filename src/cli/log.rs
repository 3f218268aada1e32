//! The log of a run: one JSON object a line. Other people's scripts read it.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Failure, output::Target};

/// What every line has.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Common {
    /// `step`, `epoch` or `end`.
    pub event: &'static str,
    /// Steps done.
    pub step: u32,
    /// The epoch that this step belongs to, from 1.
    pub epoch: u32,
    /// Of a step's batch, before its update; else the mean over the epoch's samples so far.
    pub loss: f32,
    /// Share of the same samples' labels that were right; absent where nothing is right or wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f32>,
    /// The learning rate.
    pub lr: f32,
    /// Training alone, without validation: lately; since the epoch began; since the run began.
    pub samples_per_s: f32,
}

/// After an epoch.
#[derive(Debug, Serialize)]
pub struct Epoch {
    /// As of its last step; loss and accuracy are means over the epoch.
    #[serde(flatten)]
    pub common: Common,
    /// `val_loss`, and the validation metrics as `val_<metric>`.
    #[serde(flatten)]
    pub validation: Map<String, Value>,
}

/// After the run.
#[derive(Debug, Serialize)]
pub struct End {
    /// As of the last step.
    #[serde(flatten)]
    pub common: Common,
    /// `test_loss`, and the test metrics as `test_<metric>`.
    #[serde(flatten)]
    pub test: Map<String, Value>,
    /// From before the first step to after the last, validation included.
    pub seconds: f64,
    /// `gpu` or `cpu`.
    pub device: &'static str,
    /// The adapter's name; null on the CPU.
    pub adapter: Option<String>,
    /// Whether the adapter is a CPU in disguise.
    pub software: bool,
}

/// Writes lines, or nothing.
pub struct Log(Option<BufWriter<Box<dyn Write>>>);

impl Log {
    /// To a file (emptied), to stdout, or nowhere.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn open(place: &Place) -> Result<Self, Failure> {
        Ok(Self(match place {
            Place::Nowhere => None,
            Place::Stdout => Some(BufWriter::new(Box::new(io::stdout()))),
            Place::File(target) => Some(BufWriter::new(Box::new(target.open()?))),
        }))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// The disk is full, or nobody reads stdout any more.
    pub fn line(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let Some(out) = &mut self.0 else { return Ok(()) };
        serde_json::to_writer(&mut *out, line)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
            .map_err(lost)
    }

    /// Lets readers see what was written.
    ///
    /// # Errors
    /// As [`Log::line`].
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.0.as_mut().map_or(Ok(()), Write::flush).map_err(lost)
    }
}

fn lost(error: io::Error) -> Failure {
    Failure::other(format!("--log: {error}"))
}

/// Where a log goes.
pub enum Place {
    /// Not asked for.
    Nowhere,
    /// `-`
    Stdout,
    /// A file.
    File(Target),
}
