//! Which device computes, said once.

use super::Failure;
use crate::train::{Device, DeviceChoice};

/// Opens a device and says which one, and why where that is not obvious.
pub fn open(choice: DeviceChoice) -> Result<Device, Failure> {
    let device = pollster::block_on(Device::open(choice))?;
    eprintln!("{}", describe(&device));
    Ok(device)
}

fn describe(device: &Device) -> String {
    match device {
        Device::Cpu { reason } => format!("device: cpu ({reason})"),
        Device::Gpu(gpu) => {
            let adapter = gpu.adapter();
            let software = if adapter.software { ", a software adapter" } else { "" };
            format!("device: gpu, {} ({}{software})", adapter.name, adapter.backend)
        }
    }
}
