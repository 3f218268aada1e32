//! The ops' kernels on the browser's adapter, for `tests/web/kernels.test.js`: natively, no adapter of the tests has
//! subgroups.

use std::collections::BTreeMap;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{adapter_info, json};
use crate::{
    gpu::Gpu,
    ops::cases,
    twins::{self, Compared},
};

/// Compares every op's every kernel with its CPU twin, of ops with several also when element-wise ops follow. Of all cases
/// every `parts`-th, from `part` on. JSON: the adapter, what is known of it, how many cases each
/// kernel has there, what was compared, what the adapter refused.
///
/// # Errors
/// When there is no adapter.
#[wasm_bindgen]
pub async fn compare_ops(part: usize, parts: usize) -> Result<String, JsValue> {
    #[derive(Serialize)]
    struct Report {
        adapter: String,
        subgroups: Option<(u32, u32)>,
        hardware: bool,
        expected: BTreeMap<&'static str, usize>,
        compared: Vec<Compared>,
        refused: Vec<String>,
    }
    let gpu = Gpu::new().await?;
    let target = gpu.target();
    let mut report = Report {
        adapter: adapter_info().await?,
        expected: twins::counts(&target),
        subgroups: target.subgroups,
        hardware: target.hardware,
        compared: Vec::new(),
        refused: Vec::new(),
    };
    for case in cases().iter().skip(part).step_by(parts) {
        // Browsers compile slowly; where there is one kernel, the native tests have seen it with what follows.
        let several = twins::kernels(case, &target).len() > 1;
        match twins::compare(&gpu, &report.adapter, case, several).await {
            Ok(compared) => report.compared.extend(compared),
            Err(error) => report.refused.push(format!("{}: {error}", twins::title(case))),
        }
    }
    Ok(json(&report)?)
}
