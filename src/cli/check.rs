//! `check`: whether this GPU computes an experiment as the CPU does in double precision.

mod optimizer;

use std::path::PathBuf;

use super::{
    Failure, Outcome,
    compare::{deviation, rounded, widened},
    device,
    failure::Of,
    input::{self, Loaded},
    once::Once,
    output,
};
use crate::{
    cpu::{Data, Interpreter, Step},
    error::Error,
    graph::{Graph, Node, Parameter, Source, Type, Value, ValueId},
    model::{Purpose, Samples, build},
    ops::{Lowering, cases},
    random,
    spec::Experiment,
    train::{Device, DeviceChoice},
};

/// An op's, unless its cases say otherwise.
const TOLERANCE: f64 = 1e-5;
/// Of a whole step: rounding adds up over a dozen ops, and may tip a kink (0 of relu, a tie of pooling) the other way.
const STEP_TOLERANCE: f64 = 1e-4;
/// The noise on initial parameters: biases start at 0, which would hide what they do.
const NOISE: f64 = 0.05;
/// Its stream of random numbers; those before it make the parameters themselves.
const STREAM: u32 = 0x4000_0000;

/// Arguments of `check`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
}

/// Checks; exit status 1 when something deviates by more than it may.
///
/// # Errors
/// Bad input, or no GPU.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let Loaded { data, about } = input::dataset(&experiment)?;
    let device = device::open(DeviceChoice::Gpu)?;
    let batch = experiment.training.batch_size.0.min(about.counts[0]);
    let items = data.train.images[..batch * about.samples.shape.count()].to_vec();
    let mut check = Check { device, experiment, samples: about.samples, batch, rows: Vec::new() };
    let [x, y] = check.ops(items, data.train.labels[..batch].to_vec()).of(&args.experiment)?;
    check.step(&x, &y).of(&args.experiment)?;
    check.optimizer()?;
    output::print(&check.report())?;
    Ok(u8::from(check.rows.iter().any(|row| !row.passes())))
}

struct Check {
    device: Device,
    experiment: Experiment,
    samples: Samples,
    batch: usize,
    rows: Vec<Row>,
}

/// The largest deviation of what goes by one name.
struct Row {
    what: String,
    count: usize,
    deviation: f64,
    tolerance: f64,
}

impl Row {
    fn passes(&self) -> bool {
        self.deviation <= self.tolerance
    }
}

impl Check {
    fn note(&mut self, what: &str, deviation: f64, tolerance: f64) {
        match self.rows.iter_mut().find(|row| row.what == what) {
            Some(row) => {
                row.count += 1;
                row.deviation = row.deviation.max(deviation);
            }
            None => self.rows.push(Row { what: what.into(), count: 1, deviation, tolerance }),
        }
    }

    fn parameters(&self, graph: &Graph) -> Vec<Vec<f32>> {
        let seed = self.experiment.training.seed;
        let value = |(parameter, stream): (&Parameter, u32)| {
            let mut value = parameter.init.sample(seed, stream, parameter.shape.count(), parameter.fans);
            for (index, x) in value.iter_mut().enumerate() {
                *x += (NOISE * random::normal(seed, STREAM + stream, index as u32)) as f32;
            }
            value
        };
        graph.parameters.iter().zip(0..).map(value).collect()
    }

    fn step_of_batch(&self) -> Step {
        Step { rows: self.batch as u32, seed: self.experiment.training.seed, ..Step::default() }
    }

    /// Every node of a training step by itself, dropout and the gathering of the batch included, on what it gets
    /// in that step; the answer is the batch.
    fn ops(&mut self, items: Vec<u8>, labels: Vec<u8>) -> Result<[Data<f32>; 2], Failure> {
        let purpose = Purpose::Train { samples: self.batch, order: self.batch };
        let graph = build(&self.experiment, &self.samples, purpose, self.batch)?.graph;
        let mut cpu = Interpreter::<f64>::new(graph.clone());
        let inputs = [
            ("items", Data::Bytes(items)),
            ("item_labels", Data::Bytes(labels)),
            ("order", Data::Ints((0..self.batch as u32).collect())),
        ];
        for (name, data) in inputs {
            let id = graph.find_input(name).ok_or_else(|| Error::data(name, "the graph has no such input"))?;
            cpu.tensor_mut(id).data = data;
        }
        for (parameter, value) in graph.parameters.iter().zip(self.parameters(&graph)) {
            cpu.set_f32(parameter.value, &value);
        }
        let step = self.step_of_batch();
        cpu.run(&step);
        for node in &graph.nodes {
            let types = |ids: &[ValueId]| ids.iter().map(|&id| graph.ty(id).clone()).collect::<Vec<Type>>();
            let (inputs, outputs) = (types(&node.inputs), types(&node.outputs));
            if matches!(node.op.lower(&inputs, &outputs), Lowering::View) {
                continue; // nothing is computed
            }
            let operands: Vec<_> = node.inputs.iter().map(|&id| rounded(&cpu.tensor(id).data)).collect();
            let deviation = self.op(node, (&inputs, &outputs), &operands, &step)?;
            let name = node.op.name();
            let own = cases().iter().filter(|case| case.op.name() == name).map(|case| case.tolerance).reduce(f64::max);
            self.note(name, deviation, own.unwrap_or(TOLERANCE));
        }
        // The batch is what the first node gathered.
        let gathered = graph.nodes.first().map(|node| &node.outputs[..]);
        let Some(&[x, y]) = gathered else { return Err(Error::data("graph", "gathers no batch").into()) };
        Ok([x, y].map(|id| rounded(&cpu.tensor(id).data)))
    }

    fn op(
        &self,
        node: &Node,
        (inputs, outputs): (&[Type], &[Type]),
        operands: &[Data<f32>],
        step: &Step,
    ) -> Result<f64, Failure> {
        let mut graph = Graph::new();
        let ids: Vec<_> = inputs.iter().enumerate().map(|(i, ty)| graph.input(format!("x{i}"), ty.clone())).collect();
        let mut results = Vec::new();
        for (output, ty) in outputs.iter().enumerate() {
            results.push(ValueId(graph.values.len() as u32));
            graph.values.push(Value { ty: ty.clone(), source: Source::Node { node: 0, output } });
        }
        graph.nodes.push(Node { inputs: ids.clone(), outputs: results.clone(), ..node.clone() });
        for (i, &id) in results.iter().enumerate() {
            graph.output(format!("y{i}"), id);
        }
        let mut cpu = Interpreter::<f64>::new(graph.clone());
        let mut gpu = Once::new(&self.device, graph)?;
        for (&id, data) in ids.iter().zip(operands) {
            gpu.write(id, data)?;
            cpu.tensor_mut(id).data = widened(data);
        }
        gpu.run(step);
        cpu.run(step);
        results.iter().try_fold(0.0, |most: f64, &id| Ok(most.max(deviation(&gpu.read(id)?, &cpu.tensor(id).data))))
    }

    /// Forward and backward through all of it, as `grad` does: fused, and with memory used again.
    fn step(&mut self, x: &Data<f32>, y: &Data<f32>) -> Result<(), Failure> {
        let graph = build(&self.experiment, &self.samples, Purpose::Gradients, self.batch)?.graph;
        let mut cpu = Interpreter::<f64>::new(graph.clone());
        let mut gpu = Once::new(&self.device, graph.clone())?;
        let values = self.parameters(&graph);
        gpu.write_parameters(&values)?;
        for (parameter, value) in graph.parameters.iter().zip(&values) {
            cpu.set_f32(parameter.value, value);
        }
        for (name, data) in [("x", x), ("y", y)] {
            let id = gpu.input(name)?;
            gpu.write(id, data)?;
            cpu.tensor_mut(id).data = widened(data);
        }
        let step = self.step_of_batch();
        gpu.run(&step);
        cpu.run(&step);
        for (name, id) in &graph.outputs {
            let what =
                name.strip_prefix("gradient:").map_or(format!("step: {name}"), |p| format!("step: gradient of {p}"));
            self.note(&what, deviation(&gpu.read(*id)?, &cpu.tensor(*id).data), STEP_TOLERANCE);
        }
        Ok(())
    }

    fn optimizer(&mut self) -> Result<(), Failure> {
        let Device::Gpu(gpu) = &self.device else { return Err(Failure::other("there is no GPU to check")) };
        let deviation = optimizer::check(gpu, &*self.experiment.optimizer)?;
        self.note(&format!("optimizer: {}", self.experiment.optimizer.name()), deviation, TOLERANCE);
        Ok(())
    }

    fn report(&self) -> String {
        let width = self.rows.iter().map(|row| row.what.len()).max().unwrap_or(0);
        let mut text = format!("{:width$}  times  deviation  tolerance\n", "what");
        for Row { what, count, deviation, tolerance } in &self.rows {
            let verdict = if deviation <= tolerance { "ok" } else { "FAILS" };
            text += &format!("{what:width$}  {count:>5}  {deviation:>9.1e}  {tolerance:>9.1e}  {verdict}\n");
        }
        let failed = self.rows.iter().filter(|row| !row.passes()).count();
        text + &match failed {
            0 => "the GPU agrees with the CPU in double precision\n".to_owned(),
            n => format!("{n} of {} deviate by more than they may\n", self.rows.len()),
        }
    }
}
