//! `bench`: how long steps take. A line of JSON for each workload, or for each network of growing size.

mod clock;
mod inputs;
mod products;
mod scale;
mod steps;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, Outcome, output};
use crate::{
    bench::Workload,
    train::{Device, DeviceChoice},
};
use clock::Limits;
use inputs::Inputs;

/// What can be timed: matrix products are not a [`Workload`].
const NAMES: [&str; 5] = ["W1", "W2", "W3", PRODUCTS, "W5"];
const PRODUCTS: &str = "W4";

/// Arguments of `bench`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// W1 (dense), W2 (convolutions), W3 (transformer), W4 (matrix products), W5 (LSTM); default: all
    pub workloads: Vec<String>,
    /// Where to compute: auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Folder with weights and batches, as `cargo xtask bench` writes them; without it both are made up
    #[arg(long, value_name = "FOLDER")]
    pub inputs: Option<PathBuf>,
    /// Time at least this long, in seconds
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Train on to this step, for its loss
    #[arg(long, default_value_t = 0)]
    pub loss_steps: usize,
    /// Instead of workloads time networks that grow until memory ends or a step takes --seconds: dense-batch,
    /// dense-width, dense-depth, transformer-batch, transformer-width, transformer-depth, transformer-context or all
    #[arg(long, value_name = "SERIES", num_args = 0..=1, default_missing_value = "all")]
    pub scale: Option<String>,
}

/// Times, and prints JSON.
///
/// # Errors
/// An unknown workload, bad inputs, or a device that refuses.
pub fn run(args: &Args) -> Outcome {
    if let Some(unknown) = args.workloads.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(Failure::input("workload", format!("`{unknown}` is not known, expected {}", NAMES.join(", "))));
    }
    if !args.seconds.is_finite() || args.seconds < 0.0 {
        return Err(Failure::input("--seconds", "expected a number from 0 on"));
    }
    if let Some(series) = &args.scale {
        scale::run(series, args.device, args.seconds)?;
        return Ok(0);
    }
    let inputs = args.inputs.as_deref().map(Inputs::new);
    let limits = Limits { seconds: args.seconds, loss_steps: args.loss_steps };
    let all = NAMES.map(String::from);
    let chosen = if args.workloads.is_empty() { &all[..] } else { &args.workloads };
    for name in chosen {
        let timed = if name == PRODUCTS {
            products::time(args.device, inputs.as_ref(), &limits)?
        } else {
            steps::time(Workload::named(name)?, args.device, inputs.as_ref(), &limits)?
        };
        output::print(&format!("{timed}\n"))?;
    }
    Ok(0)
}

/// Opens a device without a word: what it is belongs to the result.
fn open(choice: DeviceChoice) -> Result<Device, Failure> {
    Ok(pollster::block_on(Device::open(choice))?)
}

/// A device, as JSON.
fn about(device: &Device) -> Value {
    match device.adapter() {
        Some(adapter) => json!({
            "device": device.name(), "adapter": adapter.name, "backend": adapter.backend, "software": adapter.software,
        }),
        None => {
            json!({ "device": device.name(), "threads": std::thread::available_parallelism().map_or(1, usize::from) })
        }
    }
}

/// `result` with the fields of `more`.
fn joined(mut result: Value, more: Value) -> Value {
    if let (Value::Object(result), Value::Object(more)) = (&mut result, more) {
        result.extend(more);
    }
    result
}
