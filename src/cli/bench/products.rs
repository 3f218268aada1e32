//! Products of square matrices, timed.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{
    PRODUCTS, about,
    clock::{Limits, blocks, median},
    inputs::{Inputs, made_up_matrices},
    joined, open,
};
use crate::{bench::Gemm, cli::Failure, train::DeviceChoice};

/// Rows and columns, as in bench/common/spec.ts.
const SIZES: [usize; 3] = [256, 512, 1024];
/// A block lasts about this long, in ms.
const BLOCK_MS: f64 = 300.0;

/// Times products of each size.
pub fn time(choice: DeviceChoice, inputs: Option<&Inputs>, limits: &Limits) -> Result<Value, Failure> {
    let device = open(choice)?;
    let mut sizes = Map::new();
    for n in SIZES {
        let [a, c] = inputs.map_or_else(|| Ok(made_up_matrices(n)), |inputs| inputs.matrices(n))?;
        let mut gemm = pollster::block_on(Gemm::new(n, &a, &c, &device))?;
        let mut run = |count: usize| -> Result<f32, Failure> {
            for _ in 0..count {
                gemm.step()?;
            }
            Ok(pollster::block_on(gemm.finish())?.iter().map(|x| x.abs()).sum())
        };
        let checksum = run(1)?;
        let begin = Instant::now();
        run(1)?;
        let count = (BLOCK_MS / (begin.elapsed().as_secs_f64() * 1e3)).round().clamp(1.0, 50.0) as usize;
        let times = blocks(limits.seconds / SIZES.len() as f64, 3, count, || run(count).map(drop))?;
        let ms = median(&times);
        let gflops = 2.0 * (n as f64).powi(3) / ms / 1e6;
        sizes.insert(n.to_string(), json!({ "ms": ms, "blocks": times, "gflops": gflops, "checksum": checksum }));
    }
    Ok(joined(json!({ "workload": PRODUCTS, "sizes": sizes }), about(&device)))
}
