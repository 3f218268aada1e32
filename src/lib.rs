//! Trainyard trains small neural networks on the GPU, in the browser and natively.
//!
//! Data flow, a module each:
//!
//! ```text
//! experiment.json → spec → layers → graph → autodiff → plan → gpu ┐
//!                                                 └─→ cpu ────────┴→ train → metrics → page or command line
//! ```
//!
//! - [`spec`]: the one file format, parsed and validated.
//! - [`layers`]: build a shape-checked [`graph`] out of [`ops`].
//! - [`autodiff`]: adds gradients, graph → graph.
//! - [`plan`]: fuses, assigns buffers, orders dispatches: pure data that can be printed.
//! - [`gpu`]: compiles the plan's [`kernels`] once and replays them; [`cpu`]: the twin of every op.
//! - [`metrics`]: what is measured of predictions.
//! - [`sample`]: sequences, token by token.
//! - [`optim`], [`train`], [`data`], [`export`]: optimizers, the loop, data sets, files.
//! - [`twins`]: every op on the GPU against its CPU twin.
//! - [`bench`]: what other libraries are compared on.
//! - `cli`: the command line; not in the browser.

#![warn(missing_docs)]

pub mod autodiff;
pub mod bench;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod cpu;
pub mod data;
pub mod error;
pub mod export;
pub mod gpu;
pub mod graph;
pub mod kernels;
pub mod layers;
pub mod metrics;
pub mod model;
pub mod ops;
pub mod optim;
pub mod plan;
pub mod random;
pub mod sample;
pub mod spec;
pub mod train;
#[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
pub mod twins;
#[cfg(target_arch = "wasm32")]
mod web;

pub use error::{Error, Result};
