//! The same graph on the GPU (f32) and in the interpreter (f64).

use std::sync::LazyLock;

use trainyard::{
    cpu::{Data, Interpreter, Step},
    gpu::{Executor, Gpu},
    graph::{Graph, ValueId},
    kernels::Target,
    plan::Plan,
};

/// The device of this test.
pub static GPU: LazyLock<Gpu> =
    LazyLock::new(|| pollster::block_on(Gpu::new()).expect("these tests need a Vulkan driver"));

/// A graph on the GPU and in the interpreter, with operands filled in.
pub struct Both {
    gpu: Executor,
    cpu: Interpreter<f64>,
}

impl Both {
    /// Plans for the adapter, compiles and fills in.
    pub fn new(g: &Graph, operands: &[(ValueId, Data<f64>)]) -> Self {
        Self::on(&GPU.target(), g, operands)
    }

    /// As [`Both::new`], with the kernels for a target.
    pub fn on(target: &Target, g: &Graph, operands: &[(ValueId, Data<f64>)]) -> Self {
        let plan = Plan::on(g, target).unwrap();
        let gpu = pollster::block_on(Executor::new(&GPU, plan, None)).unwrap();
        let mut cpu = Interpreter::new(g.clone());
        for (id, data) in operands {
            gpu.write(*id, &bytes(data)).unwrap();
            cpu.tensor_mut(*id).data = data.clone();
        }
        Self { gpu, cpu }
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

    /// Largest difference of an output, relative to its largest magnitude; whole numbers must be equal. `slot`: of a
    /// metric, which the GPU keeps in a ring.
    pub fn difference(&self, title: &str, id: ValueId, slot: Option<u32>) -> f64 {
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&pollster::block_on(self.gpu.read(id)).unwrap());
        let words = slot.map_or(&words[..], |slot| &words[slot as usize..][..1]);
        let expected = match &self.cpu.tensor(id).data {
            Data::Floats(floats) => floats,
            Data::Ints(ints) => {
                assert_eq!(words, ints, "{title}: whole numbers");
                return 0.0;
            }
            Data::Bytes(_) => panic!("{title}: no op makes bytes"),
        };
        assert_eq!(words.len(), expected.len(), "{title}");
        let scale = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!(scale.is_finite(), "{title}: the oracle is not finite");
        let got = words.iter().map(|&word| f64::from(f32::from_bits(word)));
        let differences = got.zip(expected).map(|(got, want)| {
            assert!(got.is_finite(), "{title}: {got} instead of {want}");
            (got - want).abs()
        });
        differences.fold(0.0, f64::max) / if scale == 0.0 { 1.0 } else { scale }
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
