//! The metrics ring's way to memory: three staging buffers made once, so that steps never wait for a
//! readback and nothing is made in the loop.

use futures_channel::oneshot;

use super::{Executor, Gpu};
use crate::{
    error::{Error, Result},
    plan::{Kind, RING_SLOTS},
};

/// One metric's part of a staging buffer.
const RING_BYTES: u64 = RING_SLOTS * 4;

/// Staging buffers for the metrics of a step's plans.
pub struct Readback {
    gpu: Gpu,
    /// The metrics, in the order in which they are handed out: the plan's index and the metric's name.
    metrics: Vec<(usize, String)>,
    free: Vec<wgpu::Buffer>,
    /// Oldest first: buffer, the steps it holds, and the receiver that hears when it is mapped.
    pending: Vec<Pending>,
}

struct Pending {
    buffer: wgpu::Buffer,
    upto: u64,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

/// A staging buffer that a submission fills.
pub struct Copied(wgpu::Buffer);

/// The ring's contents: for each metric, the number in each slot.
pub type Ring = Vec<Vec<f32>>;

impl Readback {
    /// Makes the staging buffers.
    pub fn new(gpu: &Gpu, metrics: Vec<(usize, String)>) -> Self {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let free = (0..3).map(|_| gpu.buffer("metrics", RING_BYTES * metrics.len() as u64, usage)).collect();
        Self { gpu: gpu.clone(), metrics, free, pending: Vec::new() }
    }

    /// Copies the ring as it is after the work encoded so far. None when all staging buffers are under way. Once the
    /// copy is submitted, [`Readback::map`] gets what comes back here.
    ///
    /// # Errors
    /// When a plan lacks a metric.
    pub fn copy(&mut self, encoder: &mut wgpu::CommandEncoder, plans: &[&Executor]) -> Result<Option<Copied>> {
        let Some(buffer) = self.free.pop() else { return Ok(None) };
        for (place, (plan, name)) in self.metrics.iter().enumerate() {
            let ring = plans[*plan].buffer(&Kind::Ring(name.clone()))?;
            encoder.copy_buffer_to_buffer(ring, 0, &buffer, place as u64 * RING_BYTES, RING_BYTES);
        }
        Ok(Some(Copied(buffer)))
    }

    /// Asks for a copy's numbers: `upto` steps.
    pub fn map(&mut self, Copied(buffer): Copied, upto: u64) {
        let (done, mapped) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = done.send(result);
        });
        self.pending.push(Pending { buffer, upto, mapped });
    }

    /// A copy in a submission of its own, of the work submitted so far.
    ///
    /// # Errors
    /// When a plan lacks a metric.
    pub fn start(&mut self, plans: &[&Executor], upto: u64) -> Result<()> {
        let mut encoder = self.gpu.encoder();
        if let Some(copied) = self.copy(&mut encoder, plans)? {
            drop(self.gpu.submit(encoder));
            self.map(copied, upto);
        }
        Ok(())
    }

    /// The steps that the newest copy under way holds.
    pub fn started(&self) -> Option<u64> {
        self.pending.last().map(|p| p.upto)
    }

    /// The oldest copy if it has arrived: steps, and the ring.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn take(&mut self) -> Result<Option<(u64, Ring)>> {
        self.gpu.poll()?;
        let Some(first) = self.pending.first_mut() else { return Ok(None) };
        match first.mapped.try_recv() {
            Ok(Some(result)) => {
                result.map_err(Error::gpu)?;
                self.unmap().map(Some)
            }
            Ok(None) => Ok(None),
            Err(_) => Err(Error::gpu("the device was lost while metrics were read")),
        }
    }

    /// Waits for the oldest copy.
    ///
    /// # Errors
    /// When the device is lost, or no copy is under way.
    pub async fn wait(&mut self) -> Result<(u64, Ring)> {
        let first = self.pending.first_mut().ok_or_else(|| Error::gpu("no readback is under way"))?;
        let (_, dummy) = oneshot::channel();
        let mapped = std::mem::replace(&mut first.mapped, dummy);
        self.gpu.wait(mapped).await?.map_err(Error::gpu)?;
        self.unmap()
    }

    fn unmap(&mut self) -> Result<(u64, Ring)> {
        let Pending { buffer, upto, .. } = self.pending.remove(0);
        let view = buffer.get_mapped_range(..).map_err(Error::gpu)?;
        let numbers: Vec<f32> = bytemuck::pod_collect_to_vec(&view);
        drop(view);
        buffer.unmap();
        self.free.push(buffer);
        let slots = RING_SLOTS as usize;
        Ok((upto, numbers.chunks_exact(slots).map(<[f32]>::to_vec).collect()))
    }
}
