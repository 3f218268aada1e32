//! Which device trains.

use crate::{
    error::{Error, Result},
    gpu::{Adapter, Gpu},
};

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU, else the CPU engine: a software adapter is slower than both.
    #[default]
    Auto,
    /// The GPU, hardware or software.
    Gpu,
    /// The CPU engine.
    Cpu,
}

impl std::str::FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            other => Err(Error::spec("device", format!("`{other}` is not known, expected auto, gpu or cpu"))),
        }
    }
}

/// What trains.
#[derive(Clone, Debug)]
pub enum Device {
    /// A GPU through wgpu.
    Gpu(Gpu),
    /// The CPU engine, and why: the adapter that was passed over, or the reason that there is none.
    Cpu {
        /// For people.
        reason: String,
    },
}

impl Device {
    /// Opens a device.
    ///
    /// # Errors
    /// When a GPU is insisted on and there is none.
    pub async fn open(choice: DeviceChoice) -> Result<Self> {
        if choice == DeviceChoice::Cpu {
            return Ok(Self::Cpu { reason: "the CPU was asked for".into() });
        }
        match Gpu::new().await {
            Ok(gpu) if choice == DeviceChoice::Auto && gpu.adapter().software => {
                Ok(Self::Cpu { reason: format!("the only adapter is software ({})", gpu.adapter().name) })
            }
            Ok(gpu) => Ok(Self::Gpu(gpu)),
            Err(error) if choice == DeviceChoice::Auto => Ok(Self::Cpu { reason: error.to_string() }),
            Err(error) => Err(error),
        }
    }

    /// `gpu` or `cpu`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gpu(_) => "gpu",
            Self::Cpu { .. } => "cpu",
        }
    }

    /// The adapter, if it is a GPU.
    pub fn adapter(&self) -> Option<&Adapter> {
        match self {
            Self::Gpu(gpu) => Some(gpu.adapter()),
            Self::Cpu { .. } => None,
        }
    }
}
