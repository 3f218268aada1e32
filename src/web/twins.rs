//! The ops' kernels on the browser's adapter, for `tests/web/kernels.test.js`: natively, no adapter of the tests has
//! subgroups.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{adapter_info, json};
use crate::{
    gpu::Gpu,
    kernels::Target,
    ops::cases,
    twins::{self, Compared},
};

/// JSON: how many cases of each kernel an adapter has whose subgroups are of so many invocations.
///
/// # Errors
/// None in practice.
#[wasm_bindgen]
pub fn kernel_cases(subgroup: u32) -> Result<String, JsValue> {
    Ok(json(&twins::counts(&Target { subgroups: Some((subgroup, subgroup)), ..Target::default() }))?)
}

/// Compares every op's every kernel with its CPU twin, of ops with several also when element-wise ops follow. Of all cases
/// every `parts`-th, from `part` on. JSON: the adapter, the sizes of its subgroups, what was compared, what the
/// adapter refused.
///
/// # Errors
/// When there is no adapter.
#[wasm_bindgen]
pub async fn compare_ops(part: usize, parts: usize) -> Result<String, JsValue> {
    #[derive(Serialize)]
    struct Report {
        adapter: String,
        subgroups: Option<(u32, u32)>,
        compared: Vec<Compared>,
        refused: Vec<String>,
    }
    let gpu = Gpu::new().await?;
    let mut report = Report {
        adapter: adapter_info().await?,
        subgroups: gpu.target().subgroups,
        compared: Vec::new(),
        refused: Vec::new(),
    };
    for case in cases().iter().skip(part).step_by(parts) {
        // Browsers compile slowly; where there is one kernel, the native tests have seen it with what follows.
        let several = twins::kernels(case, &gpu.target()).len() > 1;
        match twins::compare(&gpu, &report.adapter, case, several).await {
            Ok(compared) => report.compared.extend(compared),
            Err(error) => report.refused.push(format!("{}: {error}", twins::title(case))),
        }
    }
    Ok(json(&report)?)
}
