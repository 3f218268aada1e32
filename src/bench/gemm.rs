//! Products of square matrices, each of the one before: C ← A · C.

use crate::{
    cpu::{Interpreter, Step},
    error::{Error, Result},
    gpu::{Executor, Gpu, MAX_STEPS},
    graph::{Graph, Type, ValueId},
    ops::Matmul,
    plan::{Kind, Plan},
    train::Device,
};

/// A chain of products on a device.
pub struct Gemm {
    n: usize,
    steps: usize,
    graph: Graph,
    on: On,
}

enum On {
    /// The product of c into d and of d into c, and the steps not submitted yet.
    Gpu {
        gpu: Gpu,
        plans: Box<[Executor; 2]>,
        staged: Vec<Option<Step>>,
    },
    Cpu(Interpreter<f32>),
}

/// a, c and d = a · c.
fn values(graph: &Graph) -> Result<[ValueId; 3]> {
    let found = [graph.find_input("a"), graph.find_input("c"), graph.find_output("d")];
    let missing = || Error::data("gemm", "the graph lacks a matrix");
    Ok([found[0].ok_or_else(missing)?, found[1].ok_or_else(missing)?, found[2].ok_or_else(missing)?])
}

impl Gemm {
    /// Of n × n matrices, row by row.
    ///
    /// # Errors
    /// When sizes differ, or the device refuses.
    pub async fn new(n: usize, a: &[f32], c: &[f32], device: &Device) -> Result<Self> {
        if a.len() != n * n || c.len() != n * n {
            return Err(Error::data("gemm", format!("expected {n} × {n} numbers")));
        }
        let mut graph = Graph::new();
        let (left, right) = (graph.input("a", Type::f32([n, n])), graph.input("c", Type::f32([n, n])));
        let product = graph.apply1(Matmul::default(), &[left, right])?;
        graph.output("d", product);
        let on = match device {
            Device::Cpu { .. } => {
                let mut interpreter = Interpreter::new(graph.clone());
                interpreter.set_f32(left, a);
                interpreter.set_f32(right, c);
                On::Cpu(interpreter)
            }
            Device::Gpu(gpu) => {
                let there = Plan::on(&graph, &gpu.target())?;
                let mut back = there.clone();
                back.dispatches[0].operands.swap(1, 2);
                let first = Executor::new(gpu, there, None).await?;
                let kinds = [Kind::Input("a".into()), Kind::Input("c".into()), Kind::Output("d".into())];
                let second = Executor::new(gpu, back, Some((&first, &kinds))).await?;
                first.write(left, bytemuck::cast_slice(a))?;
                first.write(right, bytemuck::cast_slice(c))?;
                On::Gpu { gpu: gpu.clone(), plans: Box::new([first, second]), staged: Vec::new() }
            }
        };
        Ok(Self { n, steps: 0, graph, on })
    }

    /// C ← A · C.
    ///
    /// # Errors
    /// None in practice: the matrices are there.
    pub fn step(&mut self) -> Result<()> {
        match &mut self.on {
            On::Cpu(interpreter) => {
                interpreter.run(&Step::default());
                let [_, c, d] = values(&self.graph)?;
                interpreter.swap(c, d);
            }
            On::Gpu { staged, .. } => {
                let pair = if self.steps.is_multiple_of(2) { [true, false] } else { [false, true] };
                staged.extend(pair.map(|runs| runs.then(Step::default)));
                if staged.len() == 2 * MAX_STEPS {
                    self.submit();
                }
            }
        }
        self.steps += 1;
        Ok(())
    }

    fn submit(&mut self) {
        if let On::Gpu { gpu, plans, staged } = &mut self.on {
            let [first, second] = &**plans;
            drop(gpu.submit(Executor::encode_in_turn(&[first, second], staged)));
            staged.clear();
        }
    }

    /// Waits for all products; the first row of C.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn finish(&mut self) -> Result<Vec<f32>> {
        self.submit();
        let [_, c, d] = values(&self.graph)?;
        let mut numbers = match &self.on {
            On::Cpu(interpreter) => interpreter.get_f32(c),
            On::Gpu { plans, .. } => {
                let id = if self.steps.is_multiple_of(2) { c } else { d };
                bytemuck::pod_collect_to_vec(&plans[0].read(id).await?)
            }
        };
        numbers.truncate(self.n);
        Ok(numbers)
    }
}
