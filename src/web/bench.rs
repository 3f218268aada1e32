//! The benchmarks' workloads for `bench.html`.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::json;
use crate::{
    bench::{Gemm, Training, Workload},
    data::{Content, Samples},
    error::{Error, Result},
    gpu::Gpu,
    train::{Device, DeviceChoice},
};

/// What benchmarks run on: opened once.
#[wasm_bindgen]
pub struct BenchDevice(Device);

#[wasm_bindgen]
impl BenchDevice {
    /// Opens `gpu` or `cpu`.
    ///
    /// # Errors
    /// When there is no adapter.
    pub async fn open(name: String) -> Result<BenchDevice, JsValue> {
        Ok(Self(Device::open(name.parse::<DeviceChoice>()?).await?))
    }

    /// Buffers, bind groups and pipelines made, dispatches and submissions so far; nothing on the CPU.
    pub fn counts(&self) -> Vec<f64> {
        let Device::Gpu(gpu) = &self.0 else { return Vec::new() };
        let load = |n: &std::sync::atomic::AtomicU64| n.load(std::sync::atomic::Ordering::Relaxed) as f64;
        let counts = Gpu::counts(gpu);
        [&counts.buffers, &counts.bind_groups, &counts.pipelines, &counts.dispatches, &counts.submissions]
            .map(load)
            .into()
    }
}

/// A model that is trained on given batches.
#[wasm_bindgen]
pub struct BenchTraining(Training);

#[wasm_bindgen]
impl BenchTraining {
    /// Puts a workload on a device.
    ///
    /// # Errors
    /// When there is no such workload, or the device refuses.
    pub async fn create(workload: String, device: &BenchDevice) -> Result<BenchTraining, JsValue> {
        let device = device.0.clone();
        Ok(Self(Training::new(Workload::named(&workload)?, &device).await?))
    }

    /// JSON: name and shape of each parameter.
    ///
    /// # Errors
    /// None in practice.
    pub fn parameters(&self) -> Result<String, JsValue> {
        #[derive(Serialize)]
        struct Entry<'a> {
            name: &'a str,
            shape: &'a [usize],
        }
        let entry = |p| -> Entry<'_> {
            let p: &crate::graph::Parameter = p;
            Entry { name: &p.name, shape: &p.shape.0 }
        };
        Ok(json(&self.0.parameters().iter().map(entry).collect::<Vec<_>>())?)
    }

    /// JSON: label, kernel, FLOPs and bytes of each dispatch of a step, in their order; none on the CPU.
    ///
    /// # Errors
    /// None in practice.
    pub fn planned(&self) -> Result<String, JsValue> {
        Ok(json(&self.0.planned())?)
    }

    /// Writes all parameters, one after the other.
    ///
    /// # Errors
    /// When there are more or fewer numbers.
    pub fn set_parameters(&mut self, flat: &[f32]) -> Result<(), JsValue> {
        let mut rest = flat;
        let mut values = Vec::new();
        for parameter in self.0.parameters() {
            let (own, others) = rest.split_at(parameter.shape.count().min(rest.len()));
            values.push(own.to_vec());
            rest = others;
        }
        Ok(self.0.set_parameters(&values)?)
    }

    /// Uploads a batch of images, numbers that are whole 255ths, and their labels. Whether to flush before the next.
    ///
    /// # Errors
    /// When it is no batch.
    pub fn stage_images(&mut self, x: &[f32], y: &[i32]) -> Result<bool, JsValue> {
        debug_assert!(self.0.about().x.content == Content::Pixels);
        // The engine keeps images as what they are, bytes.
        let x = x.iter().map(|&x| (x * 255.0 + 0.5) as u8).collect();
        Ok(self.0.stage(&Samples { x, y: tokens(y)? })?)
    }

    /// Uploads a batch of texts and what follows each character. Whether to flush before the next.
    ///
    /// # Errors
    /// When it is no batch.
    pub fn stage_text(&mut self, x: &[i32], y: &[i32]) -> Result<bool, JsValue> {
        let time = self.0.about().x.elements() - 1;
        let mut items = Vec::with_capacity(self.0.batch() * (time + 1));
        for (x, y) in x.chunks_exact(time).zip(y.chunks_exact(time)) {
            items.extend(tokens(x)?);
            items.extend(tokens(&y[time - 1..])?);
        }
        Ok(self.0.stage(&Samples { x: items, y: Vec::new() })?)
    }

    /// Submits what is staged; resolves when at most one submission is in flight.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn flush(&mut self) -> Result<(), JsValue> {
        Ok(self.0.flush().await?)
    }

    /// Waits for all steps; the last one's loss.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn finish(&mut self) -> Result<f32, JsValue> {
        Ok(self.0.finish().await?)
    }
}

fn tokens(numbers: &[i32]) -> Result<Vec<u8>> {
    let byte = |&n: &i32| u8::try_from(n).map_err(|_| Error::data("tokens", format!("{n} is not 0 to 255")));
    numbers.iter().map(byte).collect()
}

/// A chain of products of square matrices.
#[wasm_bindgen]
pub struct BenchGemm(Gemm);

#[wasm_bindgen]
impl BenchGemm {
    /// Of n × n matrices, row by row.
    ///
    /// # Errors
    /// When sizes differ, or the device refuses.
    pub async fn create(n: usize, a: Vec<f32>, c: Vec<f32>, device: &BenchDevice) -> Result<BenchGemm, JsValue> {
        let device = device.0.clone();
        Ok(Self(Gemm::new(n, &a, &c, &device).await?))
    }

    /// C ← A · C.
    ///
    /// # Errors
    /// None in practice.
    pub fn step(&mut self) -> Result<(), JsValue> {
        Ok(self.0.step()?)
    }

    /// Waits for all products; the first row of C.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn finish(&mut self) -> Result<Vec<f32>, JsValue> {
        Ok(self.0.finish().await?)
    }
}
