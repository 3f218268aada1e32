//! The training loop: which samples when ([`Schedule`]), on what ([`Device`]), and what is measured.

mod arrived;
mod cpu_engine;
mod device;
mod engine;
mod evaluation;
mod gpu_engine;
mod schedule;
mod trainer;

pub use device::{Device, DeviceChoice};
pub use engine::{EVALUATION_BATCH, Engine, Graphs, PREDICTION_BATCH, Rules, Split};
pub use evaluation::Evaluation;
pub(crate) use evaluation::Tally;
pub use schedule::Schedule;
pub use trainer::{Costs, Progress, StepMetrics, Trainer, sizes};
