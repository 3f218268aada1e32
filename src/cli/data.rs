//! `data`: an experiment's data set as tensors, for other programs.

use std::path::PathBuf;

use super::{Outcome, input, output::Target};
use crate::{
    data::{Column, Content},
    export::{self, NamedTensor, TensorData},
};

/// Arguments of `data`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Where to write: `x_train`, `y_train`, `x_test`, `y_test`; a text is one long row of tokens
    #[arg(long, value_name = "DATA.safetensors")]
    pub out: PathBuf,
}

/// Writes the samples: pixels as 0..=1, labels and tokens as i32.
///
/// # Errors
/// Bad input.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let target = Target::new("--out", &args.out)?;
    let data = input::dataset(&experiment)?;
    let mut tensors = Vec::new();
    for (split, samples) in ["train", "test"].into_iter().zip(&data.splits) {
        let columns = [("x", Some(&data.about.x), &samples.x), ("y", data.about.y.as_ref(), &samples.y)];
        for (name, column, bytes) in columns {
            if let Some(column) = column {
                tensors.push(tensor(format!("{name}_{split}"), column, bytes, data.about.stream));
            }
        }
    }
    target.write(&export::write(&tensors)?)?;
    Ok(0)
}

fn tensor(name: String, column: &Column, bytes: &[u8], stream: bool) -> NamedTensor {
    let data = match column.content {
        Content::Pixels => TensorData::F32(bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect()),
        Content::Numbers => TensorData::F32(bytemuck::pod_collect_to_vec(bytes)),
        Content::Classes { .. } => TensorData::I32(bytes.iter().map(|&byte| byte.into()).collect()),
    };
    let shape =
        if stream { vec![bytes.len()] } else { [&[bytes.len() / column.item_bytes()], &column.shape[..]].concat() };
    NamedTensor { name, shape, data }
}
