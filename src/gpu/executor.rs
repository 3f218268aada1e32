//! Makes a plan's buffers, pipelines and bind groups once, and replays its dispatches.

use std::{mem::size_of, sync::OnceLock};

use futures_channel::oneshot;

use super::{Counts, Gpu};
use crate::{
    cpu::Step,
    error::{Error, Result},
    graph::ValueId,
    plan::{Kind, Plan, Slice, borrowed},
};

/// Most steps of one submission.
pub const MAX_STEPS: usize = 64;
/// WebGPU's alignment of dynamic offsets: one step's uniform is written at each multiple.
const STRIDE: usize = 256;

/// A plan on a device.
pub struct Executor {
    gpu: Gpu,
    plan: Plan,
    buffers: Vec<wgpu::Buffer>,
    steps: wgpu::Buffer,
    step_group: wgpu::BindGroup,
    recorded: OnceLock<Vec<Recorded>>,
}

/// A dispatch, ready to be encoded.
struct Recorded {
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    uses_step: bool,
    workgroups: [u32; 3],
    every: u32,
}

impl Executor {
    /// Makes all that the plan needs. Buffers of the kinds in `shared` are those of `owner`, and so are temporary ones as
    /// far as it has them.
    ///
    /// # Errors
    /// Out of memory, or a kernel that the device refuses.
    pub async fn new(gpu: &Gpu, plan: Plan, owner: Option<(&Self, &[Kind])>) -> Result<Self> {
        // At once: no kernel waits for the answer whether there was memory for the buffers.
        let (device, bytes) = (gpu.clone(), plan.memory() + plan.data_memory());
        let make = || {
            let made = Self::make(device, plan, owner)?;
            let _ = made.recorded.set(made.record());
            Ok(made)
        };
        gpu.compiling(bytes, make).await
    }

    /// As [`Executor::new`], but kernels are compiled when they are needed, or by [`Executor::ready`]: what is not needed
    /// at once shall not keep the first step waiting.
    ///
    /// # Errors
    /// Out of memory.
    pub async fn later(gpu: &Gpu, plan: Plan, owner: Option<(&Self, &[Kind])>) -> Result<Self> {
        let (device, bytes) = (gpu.clone(), plan.memory() + plan.data_memory());
        gpu.guarded(bytes, || Self::make(device, plan, owner)).await
    }

    fn make(gpu: Gpu, plan: Plan, owner: Option<(&Self, &[Kind])>) -> Result<Self> {
        for dispatch in &plan.dispatches {
            dispatch.operands.iter().try_for_each(|operand| gpu.binds(&dispatch.label, operand.bytes))?;
        }
        let mut buffers = Vec::with_capacity(plan.buffers.len());
        let lenders = owner.map(|(owner, _)| borrowed(&plan, &owner.plan)).unwrap_or_default();
        for (index, buffer) in plan.buffers.iter().enumerate() {
            let lender = lenders.get(index).copied().flatten();
            buffers.push(match (owner, lender) {
                (Some((owner, _)), Some(lender)) => owner.buffers[lender].clone(),
                (Some((owner, kinds)), None)
                    if kinds.contains(&buffer.kind) && owner.plan.find(&buffer.kind).is_some() =>
                {
                    owner.shared(&buffer.kind, buffer.bytes)?
                }
                _ => {
                    let label = format!("{:?}", buffer.kind);
                    gpu.fits(&label, buffer.bytes)?;
                    gpu.buffer(&label, buffer.bytes, usage(&buffer.kind))
                }
            });
            if let (Kind::Constant(number), Some(made)) = (&buffer.kind, buffers.last()) {
                let numbers = vec![*number; (buffer.bytes / 4) as usize];
                gpu.queue().write_buffer(made, 0, bytemuck::cast_slice(&numbers));
            }
        }
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let steps = gpu.buffer("steps", (MAX_STEPS * STRIDE) as u64, uniform);
        let step_group = gpu.bind_group(gpu.step_layout(), &[(&steps, 0, size_of::<Step>() as u64)]);
        Ok(Self { gpu, plan, buffers, steps, step_group, recorded: OnceLock::new() })
    }

    /// Compiles the kernels and makes their bind groups, unless that is done.
    ///
    /// # Errors
    /// A kernel that the device refuses.
    pub async fn ready(&self) -> Result<()> {
        if self.recorded.get().is_some() {
            return Ok(());
        }
        let recorded = self.gpu.compiling(0, || Ok(self.record())).await?;
        let _ = self.recorded.set(recorded); // someone else was as fast: theirs are equal
        Ok(())
    }

    fn record(&self) -> Vec<Recorded> {
        self.plan
            .dispatches
            .iter()
            .map(|dispatch| {
                let compiled = self.gpu.pipeline(&dispatch.kernel, &dispatch.composed);
                let parts: Vec<_> =
                    dispatch.operands.iter().map(|s| (&self.buffers[s.buffer], s.offset, s.bytes)).collect();
                Recorded {
                    group: self.gpu.bind_group(&compiled.layout, &parts),
                    pipeline: compiled.pipeline,
                    uses_step: dispatch.composed.uses_step,
                    workgroups: dispatch.groups,
                    every: dispatch.every,
                }
            })
            .collect()
    }

    fn shared(&self, kind: &Kind, bytes: u64) -> Result<wgpu::Buffer> {
        match self.plan.find(kind) {
            Some(index) if self.plan.buffers[index].bytes == bytes => Ok(self.buffers[index].clone()),
            _ => Err(Error::gpu(format!("{kind:?} of {bytes} bytes can't be shared between plans"))),
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Runs the plan once for each of at most [`MAX_STEPS`] steps, in one submission. The receiver
    /// hears when they are done. Creates nothing but the command buffer.
    pub fn run(&self, steps: &[Step]) -> oneshot::Receiver<()> {
        let steps: Vec<_> = steps.iter().copied().map(Some).collect();
        self.gpu.submit(Self::encode_in_turn(&[self], &steps))
    }

    /// Encodes several plans in turn, `steps` being those of the first step for each plan (none: it is left out), then
    /// those of the second, and so on: at most [`MAX_STEPS`] for each. To be submitted before more is encoded.
    pub fn encode_in_turn(plans: &[&Self], steps: &[Option<Step>]) -> wgpu::CommandEncoder {
        let gpu = &plans[0].gpu;
        for (index, plan) in plans.iter().enumerate() {
            let mut uniforms = [0u8; MAX_STEPS * STRIDE];
            let own = steps.iter().skip(index).step_by(plans.len());
            for (slot, step) in uniforms.chunks_exact_mut(STRIDE).zip(own.clone()) {
                if let Some(step) = step {
                    slot[..size_of::<Step>()].copy_from_slice(bytemuck::bytes_of(step));
                }
            }
            gpu.queue().write_buffer(&plan.steps, 0, &uniforms[..own.count().min(MAX_STEPS) * STRIDE]);
        }
        let mut encoder = gpu.encoder();
        let mut dispatches = 0;
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for (slot, steps) in steps.chunks(plans.len()).take(MAX_STEPS).enumerate() {
                for (plan, step) in plans.iter().zip(steps) {
                    if let Some(step) = step {
                        dispatches += plan.encode(&mut pass, step.index, (slot * STRIDE) as u32);
                    }
                }
            }
        }
        Counts::add(&gpu.counts().dispatches, dispatches);
        encoder
    }

    /// The answer is how many dispatches it was.
    fn encode(&self, pass: &mut wgpu::ComputePass<'_>, step: u32, offset: u32) -> u64 {
        let due =
            self.recorded.get_or_init(|| self.record()).iter().filter(|r| step.wrapping_add(1).is_multiple_of(r.every));
        let mut count = 0;
        for recorded in due {
            pass.set_pipeline(&recorded.pipeline);
            pass.set_bind_group(0, &recorded.group, &[]);
            if recorded.uses_step {
                pass.set_bind_group(1, &self.step_group, &[offset]);
            }
            let [x, y, z] = recorded.workgroups;
            pass.dispatch_workgroups(x, y, z);
            count += 1;
        }
        count
    }

    /// Where a value is that lives beyond the step.
    fn place(&self, id: ValueId) -> Result<Slice> {
        let place = self.plan.places.get(&id).copied();
        place.ok_or_else(|| Error::gpu(format!("value {} does not outlive the step", id.0)))
    }

    /// Writes `bytes` at `offset` bytes of a value; both multiples of 4.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn write_at(&self, id: ValueId, offset: u64, bytes: &[u8]) -> Result<()> {
        let slice = self.place(id)?;
        if !offset.is_multiple_of(4) || !bytes.len().is_multiple_of(4) || offset + bytes.len() as u64 > slice.bytes {
            return Err(Error::gpu(format!("can't write {} bytes at {offset} of {}", bytes.len(), slice.bytes)));
        }
        self.gpu.queue().write_buffer(&self.buffers[slice.buffer], slice.offset + offset, bytes);
        Ok(())
    }

    /// Writes a value from its start.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn write(&self, id: ValueId, bytes: &[u8]) -> Result<()> {
        self.write_at(id, 0, bytes)
    }

    /// Makes what reading a value needs beforehand.
    ///
    /// # Errors
    /// When the value is not kept.
    pub fn reserve(&self, id: ValueId) -> Result<()> {
        self.gpu.reserve_staging(self.place(id)?.bytes);
        Ok(())
    }

    /// Reads a value.
    ///
    /// # Errors
    /// When the value is not kept, or the device is lost.
    pub async fn read(&self, id: ValueId) -> Result<Vec<u8>> {
        let slice = self.place(id)?;
        self.gpu.read(&self.buffers[slice.buffer], slice.offset, slice.bytes).await
    }

    /// The whole buffer of a kind.
    ///
    /// # Errors
    /// When the plan has none.
    pub(super) fn buffer(&self, kind: &Kind) -> Result<&wgpu::Buffer> {
        let index = self.plan.find(kind).ok_or_else(|| Error::gpu(format!("the plan has no {kind:?}")))?;
        Ok(&self.buffers[index])
    }

    /// Zeroes the optimizer's moments and what is accumulated.
    pub fn clear_moments(&self) {
        let mut encoder = self.gpu.encoder();
        for (buffer, planned) in self.buffers.iter().zip(&self.plan.buffers) {
            if matches!(planned.kind, Kind::Moment(_) | Kind::Accumulated) {
                encoder.clear_buffer(buffer, 0, None);
            }
        }
        drop(self.gpu.submit(encoder));
    }
}

fn usage(kind: &Kind) -> wgpu::BufferUsages {
    match kind {
        Kind::Temporary => wgpu::BufferUsages::STORAGE,
        _ => wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
    }
}
