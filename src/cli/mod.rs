//! What the command line does, a command a file. `src/bin/trainyard.rs` parses arguments and calls `run` of one.
//!
//! Results go to stdout, what is said to people to stderr.

pub mod bench;
pub mod check;
mod compare;
pub mod data;
mod device;
pub mod eval;
mod failure;
pub mod grad;
mod input;
pub mod kernels;
mod log;
mod once;
mod output;
mod picture;
pub mod plan;
pub mod predict;
pub mod sample;
pub mod train;
pub mod tune;
mod view;

pub use failure::{Failure, INTERRUPTED};

/// How a command ended: its exit status, or what went wrong.
pub type Outcome = Result<u8, Failure>;
