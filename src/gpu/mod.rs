//! The GPU through wgpu: WebGPU in a browser, Vulkan, Metal or DX12 natively.

mod device;
mod executor;
mod readback;

pub use device::{Adapter, Counts, Gpu};
pub use executor::{Executor, MAX_STEPS};
pub use readback::Readback;
