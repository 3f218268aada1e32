//! Pipelines that the browser compiles meanwhile, and what else wgpu does not know of it (www/pipelines.ts).

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};

#[wasm_bindgen]
extern "C" {
    /// `pipelines` of www/pipelines.ts.
    #[derive(Clone)]
    pub type Pipelines;

    /// Whether the newest device has subgroups.
    #[wasm_bindgen(method, getter)]
    fn subgroups(this: &Pipelines) -> bool;

    /// Waits for all that were asked for.
    #[wasm_bindgen(method, catch)]
    async fn compiled(this: &Pipelines) -> Result<JsValue, js_sys::Error>;
}

thread_local!(static PIPELINES: RefCell<Option<Pipelines>> = const { RefCell::new(None) });

/// From now on, pipelines are waited for.
#[wasm_bindgen]
pub fn await_pipelines(pipelines: Pipelines) {
    PIPELINES.set(Some(pipelines));
}

/// Whether the newest device has subgroups.
pub(crate) fn has_subgroups() -> bool {
    PIPELINES.with_borrow(|pipelines| pipelines.as_ref().is_some_and(Pipelines::subgroups))
}

/// Waits for the pipelines that were asked for.
///
/// # Errors
/// When the device refuses one.
pub(crate) async fn compiled() -> Result<()> {
    match PIPELINES.with_borrow(Clone::clone) {
        Some(pipelines) => pipelines.compiled().await.map(drop).map_err(|e| Error::gpu(String::from(e.message()))),
        None => Ok(()),
    }
}
