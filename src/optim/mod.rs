//! Optimizers. One file each: options (serde), the kernel's call, and the CPU twin of the update.
//! All parameters lie in one flat buffer, so an update is one dispatch.

mod adam;
mod sgd;

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    cpu::Real,
    error::{Error, Result},
    kernels::{Kernel, Number},
    spec::{Parse, parse},
};

/// The optimizers by their `type`. A new one is a file, a kernel and a line here.
pub const REGISTRY: &[(&str, Parse<dyn Optimizer>)] =
    &[("sgd", optimizer::<sgd::Sgd>), ("adam", optimizer::<adam::Adam>), ("adamw", optimizer::<adam::AdamW>)];

fn optimizer<O: Optimizer + DeserializeOwned + 'static>(options: Value, path: &str) -> Result<Box<dyn Optimizer>> {
    let optimizer: O = parse(options, path)?;
    check_learning_rate(optimizer.learning_rate()).map_err(|e| e.at(path))?;
    optimizer.check().map_err(|e| e.at(path))?;
    Ok(Box::new(optimizer))
}

/// # Errors
/// When it is not a positive number.
pub fn check_learning_rate(rate: f32) -> Result<()> {
    if rate > 0.0 && rate.is_finite() {
        return Ok(());
    }
    Err(Error::spec("learning_rate", format!("must be a number above 0, got {rate}")))
}

/// An update rule with its options.
pub trait Optimizer: Debug + Twin {
    /// Its `type` in experiments.
    fn name(&self) -> &'static str;

    /// The rate that the run starts with.
    fn learning_rate(&self) -> f32;

    /// Checks the options.
    ///
    /// # Errors
    /// [`Error::Spec`] with the field.
    fn check(&self) -> Result<()>;

    /// Numbers kept for each parameter.
    fn moments(&self) -> usize;

    /// What the update needs of the learning rate and of the number of steps done before.
    fn hyper(&self, learning_rate: f32, step: u32) -> [f32; 4];

    /// Its kernel: bindings parameters, gradients, then the moments; and its constants besides COUNT.
    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>);
}

/// The CPU twin of an optimizer's kernel.
pub trait Rule {
    /// Updates parameters `p` by gradients `g`; `moments` start at zero.
    fn update<T: Real>(&self, hyper: [f32; 4], p: &mut [T], g: &[T], moments: &mut [Vec<T>]);
}

/// [`Rule`] for trait objects.
pub trait Twin {
    /// In f32.
    fn update_f32(&self, hyper: [f32; 4], p: &mut [f32], g: &[f32], moments: &mut [Vec<f32>]);
    /// In f64.
    fn update_f64(&self, hyper: [f32; 4], p: &mut [f64], g: &[f64], moments: &mut [Vec<f64>]);
}

impl<R: Rule> Twin for R {
    fn update_f32(&self, hyper: [f32; 4], p: &mut [f32], g: &[f32], moments: &mut [Vec<f32>]) {
        self.update(hyper, p, g, moments);
    }

    fn update_f64(&self, hyper: [f32; 4], p: &mut [f64], g: &[f64], moments: &mut [Vec<f64>]) {
        self.update(hyper, p, g, moments);
    }
}

/// # Errors
/// When `value` is not in [0, 1).
fn fraction(name: &str, value: f32) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::spec(name, format!("must be in [0, 1), got {value}")))
}

/// # Errors
/// When `value` is negative or not a number.
fn not_negative(name: &str, value: f32) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::spec(name, format!("must be a number of at least 0, got {value}")))
}
