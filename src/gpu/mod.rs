//! The GPU through wgpu: WebGPU in a browser, Vulkan, Metal or DX12 natively.

mod device;
mod executor;
mod readback;
mod tune;

pub use device::{Adapter, Counts, Gpu};
pub use executor::{Executor, MAX_STEPS};
pub use readback::Readback;
pub use tune::{Timed, Tuner};
