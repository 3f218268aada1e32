//! The same graph on the GPU (f32) and in the interpreter (f64).

use crate::{
    cpu::{Data, Interpreter, Step},
    error::Result,
    gpu::{Executor, Gpu},
    graph::{Graph, ValueId},
    kernels::Target,
    plan::Plan,
};

/// A graph on the GPU and in the interpreter, with operands filled in.
pub struct Both {
    gpu: Executor,
    cpu: Interpreter<f64>,
}

impl Both {
    /// Plans with the kernels for a target, compiles and fills in.
    ///
    /// # Errors
    /// When the device refuses.
    pub async fn new(gpu: &Gpu, target: &Target, g: &Graph, operands: &[(ValueId, Data<f64>)]) -> Result<Self> {
        let executor = Executor::new(gpu, Plan::on(g, target)?, None).await?;
        let mut cpu = Interpreter::new(g.clone());
        for (id, data) in operands {
            executor.write(*id, &bytes(data))?;
            cpu.tensor_mut(*id).data = data.clone();
        }
        Ok(Self { gpu: executor, cpu })
    }

    /// What the GPU does.
    pub fn plan(&self) -> &Plan {
        self.gpu.plan()
    }

    /// A step on both.
    pub fn run(&mut self, step: &Step) {
        drop(self.gpu.run(&[*step]));
        self.cpu.run(step);
    }

    /// Largest difference of an output, relative to its largest magnitude. Whole numbers must be equal, and what the GPU
    /// has made finite: else it is infinite. `slot`: of a metric, which the GPU keeps in a ring.
    ///
    /// # Errors
    /// When the device is lost.
    ///
    /// # Panics
    /// When the twin's numbers are not finite: then nothing is compared.
    pub async fn difference(&self, id: ValueId, slot: Option<u32>) -> Result<f64> {
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&self.gpu.read(id).await?);
        let words = slot.map_or(&words[..], |slot| &words[slot as usize..][..1]);
        let same = |same: bool| if same { 0.0 } else { f64::INFINITY };
        let expected = match &self.cpu.tensor(id).data {
            Data::Floats(floats) => floats,
            Data::Ints(ints) => return Ok(same(words == ints)),
            Data::Bytes(bytes) => return Ok(same(bytemuck::cast_slice::<_, u8>(words).starts_with(bytes))),
        };
        if words.len() != expected.len() {
            return Ok(f64::INFINITY);
        }
        let scale = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!(scale.is_finite() && !expected.iter().any(|x| x.is_nan()), "the oracle is not finite");
        let differences = words.iter().zip(expected).map(|(&word, want)| {
            let difference = (f64::from(f32::from_bits(word)) - want).abs();
            if difference.is_nan() { f64::INFINITY } else { difference }
        });
        Ok(differences.fold(0.0, f64::max) / if scale == 0.0 { 1.0 } else { scale })
    }
}

/// As the GPU takes them: whole words.
fn bytes(data: &Data<f64>) -> Vec<u8> {
    match data {
        Data::Floats(floats) => floats.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect(),
        Data::Ints(ints) => bytemuck::cast_slice(ints).to_vec(),
        Data::Bytes(bytes) => {
            let mut words = bytes.clone();
            words.resize(bytes.len().next_multiple_of(4), 0);
            words
        }
    }
}
