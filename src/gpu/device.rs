//! The device, what is known of its adapter, and the only place where GPU objects are made.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use futures_channel::oneshot;

use crate::{
    error::{Error, Result},
    kernels::{Access, Composed, Target},
};

/// What runs the kernels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adapter {
    /// Its name, as its driver gives it.
    pub name: String,
    /// `vulkan`, `metal`, `dx12` or `webgpu`.
    pub backend: String,
    /// Whether it is a CPU in disguise (lavapipe, SwiftShader, WARP).
    pub software: bool,
}

/// GPU objects made and work submitted so far: what a training loop must not make is counted here.
#[derive(Debug, Default)]
pub struct Counts {
    /// Buffers made.
    pub buffers: AtomicU64,
    /// Bind groups made.
    pub bind_groups: AtomicU64,
    /// Pipelines made.
    pub pipelines: AtomicU64,
    /// Dispatches encoded.
    pub dispatches: AtomicU64,
    /// Submissions.
    pub submissions: AtomicU64,
}

impl Counts {
    /// Buffers, bind groups and pipelines made so far.
    pub fn objects(&self) -> [u64; 3] {
        [&self.buffers, &self.bind_groups, &self.pipelines].map(|n| n.load(Ordering::Relaxed))
    }

    /// Adds to one of the counts.
    pub(super) fn add(count: &AtomicU64, n: u64) {
        count.fetch_add(n, Ordering::Relaxed);
    }
}

/// A device and its queue. Clones share them.
#[derive(Clone, Debug)]
pub struct Gpu(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: Adapter,
    counts: Counts,
    lost: Arc<AtomicBool>,
    step_layout: wgpu::BindGroupLayout,
    target: Mutex<Target>,
    /// By source: equal shaders are compiled once.
    pipelines: Mutex<HashMap<String, Pipeline>>,
    /// Staging buffers that no read uses at the moment.
    staging: Mutex<Vec<wgpu::Buffer>>,
}

/// Refuses more bytes than `most`; `words` gets both in MiB.
fn within(bytes: u64, most: u64, words: impl FnOnce(f64, f64) -> String) -> Result<()> {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    if bytes <= most { Ok(()) } else { Err(Error::gpu(words(mib(bytes), mib(most)))) }
}

/// A compiled kernel.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The pipeline.
    pub pipeline: wgpu::ComputePipeline,
    /// Layout of its bind group 0.
    pub layout: wgpu::BindGroupLayout,
}

impl Gpu {
    /// The adapter that the system thinks fastest.
    ///
    /// # Errors
    /// When there is none, or it refuses WebGPU's default limits.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(clippy::arc_with_non_send_sync, reason = "a browser's worker has one thread; natively it is shared")
    )]
    pub async fn new() -> Result<Self> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        // What works natively must work in a browser.
        descriptor.flags |= wgpu::InstanceFlags::STRICT_WEBGPU_COMPLIANCE;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|e| Error::gpu(format!("no adapter: {e}")))?;
        let info = adapter.get_info();
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("trainyard"),
                required_features: adapter.features() & wgpu::Features::SUBGROUP,
                required_limits: wgpu::Limits::default(),
                ..Default::default()
            })
            .await
            .map_err(|e| Error::gpu(format!("no device: {e}")))?;
        // A browser's kind is `Other`, but for its fallback adapter, which computes on the CPU.
        let software = info.device_type == wgpu::DeviceType::Cpu;
        let subgroups = subgroups(&device, &info);
        let target = Target { subgroups, winograd: software, hardware: !software, ..Target::default() };
        let lost = Arc::new(AtomicBool::new(false));
        let flag = lost.clone();
        device.set_device_lost_callback(move |_, _| flag.store(true, Ordering::Relaxed));
        let step_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("step"),
            entries: &[entry(0, wgpu::BufferBindingType::Uniform, true)],
        });
        let adapter = Adapter { software, backend: info.backend.to_string(), name: info.name };
        Ok(Self(Arc::new(Inner {
            device,
            queue,
            adapter,
            counts: Counts::default(),
            lost,
            step_layout,
            target: Mutex::new(target),
            pipelines: Mutex::default(),
            staging: Mutex::default(),
        })))
    }

    /// What is known of the adapter.
    pub fn adapter(&self) -> &Adapter {
        &self.0.adapter
    }

    /// What kernels may count on.
    pub fn target(&self) -> Target {
        self.0.target.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes these kernels from now on, found by a [`super::Tuner`].
    pub fn prefer(&self, choices: BTreeMap<String, String>) {
        self.0.target.lock().unwrap_or_else(PoisonError::into_inner).choices.extend(choices);
    }

    /// What has been made and submitted.
    pub fn counts(&self) -> &Counts {
        &self.0.counts
    }

    /// The queue.
    pub(super) fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    /// The layout of bind group 1: the step's uniform.
    pub(super) fn step_layout(&self) -> &wgpu::BindGroupLayout {
        &self.0.step_layout
    }

    /// Fails when the device is lost.
    ///
    /// # Errors
    /// [`Error::Gpu`].
    pub fn check(&self) -> Result<()> {
        if self.0.lost.load(Ordering::Relaxed) {
            return Err(Error::gpu("the device was lost (driver reset or out of memory)"));
        }
        Ok(())
    }

    /// Runs `make`; what goes wrong with memory or validation comes back as a value.
    ///
    /// # Errors
    /// What the device says, or that `bytes` were too much.
    pub(super) async fn guarded<T>(&self, bytes: u64, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let memory = self.0.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.0.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let made = make();
        // Asked for at once: each answer takes as long as the browser's GPU process is busy.
        let (invalid, full) = (validation.pop(), memory.pop());
        let invalid = invalid.await;
        if full.await.is_some() {
            let mib = bytes as f64 / f64::from(1 << 20);
            return Err(Error::gpu(format!(
                "out of memory when asked for {mib:.1} MiB: a smaller batch or data set helps"
            )));
        }
        match invalid {
            Some(e) => Err(Error::gpu(e)),
            None => made,
        }
    }

    /// As [`Gpu::guarded`], for a `make` that asks for pipelines, and waits for them: browsers compile them meanwhile.
    /// Those of a `make` that failed are not used again.
    ///
    /// # Errors
    /// What the device says of a kernel.
    pub(super) async fn compiling<T>(&self, bytes: u64, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let made = self.guarded(bytes, make).await;
        #[cfg(target_arch = "wasm32")]
        let made = match (crate::web::pipelines::compiled().await, made) {
            (Err(refused), Ok(_)) => Err(refused),
            (_, made) => made,
        };
        if made.is_err() {
            self.0.pipelines.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        made
    }

    /// Refuses a buffer that the device would not make.
    ///
    /// # Errors
    /// [`Error::Gpu`] with the sizes in words.
    pub(super) fn fits(&self, label: &str, bytes: u64) -> Result<()> {
        within(bytes, self.0.device.limits().max_buffer_size, |asked, most| {
            format!(
                "{label} would take {asked:.0} MiB in one buffer, the device makes none above {most:.0} MiB: a smaller network or \
                 batch helps, or the CPU engine"
            )
        })
    }

    /// Refuses a binding that the device would not take.
    ///
    /// # Errors
    /// [`Error::Gpu`] with the sizes in words.
    pub(super) fn binds(&self, label: &str, bytes: u64) -> Result<()> {
        within(bytes, self.0.device.limits().max_storage_buffer_binding_size, |asked, most| {
            format!(
                "{label} would read or write {asked:.0} MiB at once, the device allows {most:.0} MiB: a smaller data set or batch \
                 helps, or the CPU engine"
            )
        })
    }

    /// Makes a buffer, zeroed.
    pub(super) fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        Counts::add(&self.0.counts.buffers, 1);
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        self.0.device.create_buffer(&descriptor)
    }

    /// Makes a bind group of parts of buffers: (buffer, offset, bytes).
    pub(super) fn bind_group(
        &self,
        layout: &wgpu::BindGroupLayout,
        parts: &[(&wgpu::Buffer, u64, u64)],
    ) -> wgpu::BindGroup {
        Counts::add(&self.0.counts.bind_groups, 1);
        let entries: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(binding, &(buffer, offset, bytes))| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset,
                    size: wgpu::BufferSize::new(bytes),
                }),
            })
            .collect();
        self.0.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }

    /// Compiles a kernel, unless an equal one is compiled already.
    pub(super) fn pipeline(&self, label: &str, composed: &Composed) -> Pipeline {
        let mut cache = self.0.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.get(&composed.source) {
            return found.clone();
        }
        Counts::add(&self.0.counts.pipelines, 1);
        let device = &self.0.device;
        let source = wgpu::ShaderSource::Wgsl(Cow::Owned(complete(&composed.source)));
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source });
        let entries: Vec<_> = composed
            .bindings
            .iter()
            .enumerate()
            .map(|(i, binding)| {
                let read_only = binding.access == Access::Read;
                entry(i as u32, wgpu::BufferBindingType::Storage { read_only }, false)
            })
            .collect();
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries });
        let groups = [Some(&layout), Some(self.step_layout())];
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &groups[..if composed.uses_step { 2 } else { 1 }],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false, // every kernel writes what it reads
                ..Default::default()
            },
            cache: None,
        });
        let made = Pipeline { pipeline, layout };
        cache.insert(composed.source.clone(), made.clone());
        made
    }

    /// An encoder for one submission.
    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        self.0.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Submits; the receiver hears when the work is done.
    pub fn submit(&self, encoder: wgpu::CommandEncoder) -> oneshot::Receiver<()> {
        Counts::add(&self.0.counts.submissions, 1);
        self.0.queue.submit([encoder.finish()]);
        let (done, wait) = oneshot::channel();
        self.0.queue.on_submitted_work_done(move || {
            let _ = done.send(()); // nobody waits any more: fine
        });
        wait
    }

    /// Waits for a callback of the device. In a browser its event loop calls back; natively one has to poll.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn wait<T>(&self, receiver: oneshot::Receiver<T>) -> Result<T> {
        #[cfg(not(target_arch = "wasm32"))]
        self.0.device.poll(wgpu::PollType::wait_indefinitely()).map_err(Error::gpu)?;
        receiver.await.map_err(|_| Error::gpu("the device was lost while work was under way"))
    }

    /// Lets callbacks run that are due, without waiting.
    ///
    /// # Errors
    /// When the device is lost.
    pub(super) fn poll(&self) -> Result<()> {
        #[cfg(not(target_arch = "wasm32"))]
        self.0.device.poll(wgpu::PollType::Poll).map_err(Error::gpu)?;
        self.check()
    }

    /// A staging buffer of exactly this size: one that was used before, if there is one.
    fn staging(&self, bytes: u64) -> wgpu::Buffer {
        let mut free = self.0.staging.lock().unwrap_or_else(PoisonError::into_inner);
        match free.iter().position(|buffer| buffer.size() == bytes) {
            Some(index) => free.swap_remove(index),
            None => self.buffer("staging", bytes, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST),
        }
    }

    fn keep_staging(&self, buffer: wgpu::Buffer) {
        self.0.staging.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }

    /// Makes the staging buffer of reads of this size beforehand.
    pub(super) fn reserve_staging(&self, bytes: u64) {
        let buffer = self.staging(bytes);
        self.keep_staging(buffer);
    }

    /// Copies part of a buffer to memory, through a staging buffer that is kept for the next time.
    ///
    /// # Errors
    /// When the device is lost.
    pub(super) async fn read(&self, source: &wgpu::Buffer, offset: u64, bytes: u64) -> Result<Vec<u8>> {
        let staging = self.staging(bytes);
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(source, offset, &staging, 0, bytes);
        drop(self.submit(encoder));
        let (done, wait) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = done.send(result);
        });
        self.wait(wait).await?.map_err(Error::gpu)?;
        let view = staging.get_mapped_range(..).map_err(Error::gpu)?;
        let copy = view.to_vec();
        drop(view);
        staging.unmap();
        self.keep_staging(staging);
        Ok(copy)
    }
}

/// A shader with the directives that it needs: browsers must be told of subgroups, naga must not. The analysis of their
/// uniformity is off: whole subgroups leave early, which it cannot know.
fn complete(source: &str) -> String {
    let directives = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);\n";
    let needed = cfg!(target_arch = "wasm32") && source.contains("quadSwap");
    [if needed { directives } else { "" }, source].concat()
}

/// Smallest and largest size of subgroups, where the device has them. In a browser wgpu can't tell (see
/// `www/subgroups.ts`).
fn subgroups(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> Option<(u32, u32)> {
    let there = device.features().contains(wgpu::Features::SUBGROUP);
    #[cfg(target_arch = "wasm32")]
    let there = there || crate::web::pipelines::has_subgroups();
    there.then_some((info.subgroup_min_size, info.subgroup_max_size))
}

fn entry(binding: u32, ty: wgpu::BufferBindingType, has_dynamic_offset: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
        count: None,
    }
}
