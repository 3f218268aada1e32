//! `check`: whether this GPU computes an experiment as the CPU does in double precision.

mod optimizer;

use std::path::PathBuf;

use super::{
    Failure, Outcome,
    compare::{deviation, rounded, widened},
    device,
    failure::Of,
    input,
    once::Once,
    output,
};
use crate::{
    cpu::{Data, Interpreter, Step},
    data::{About, Samples},
    graph::{DType, Graph, Node, Parameter, Source, Type, Value, ValueId},
    model::{Form, METRIC, Purpose, build},
    ops::{Lowering, cases},
    random,
    spec::{Experiment, PhaseSpec},
    train::{Device, DeviceChoice, sizes},
};

/// An op's, unless its cases say otherwise.
const TOLERANCE: f64 = 1e-5;
/// Of a whole step: rounding adds up over dozens of ops, and may tip a kink (0 of relu, a tie of pooling) the other way:
/// among the two million pre-activations of shapes-cnn's first layer some are within rounding of 0, and each that tips
/// moves a gradient by one pixel's share (measured: 1.1e-4).
const STEP_TOLERANCE: f64 = 5e-4;
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
    let data = input::dataset(&experiment)?;
    let device = device::open(DeviceChoice::Gpu)?;
    let about = data.about.clone();
    let (counts, trained) = sizes(&experiment, &about).of(&args.experiment)?;
    let batch = experiment.training.batch_size.of(trained).min(counts[0]);
    let mut check = Check { device, experiment, about, batch, rows: Vec::new() };
    let mut given = None;
    for phase in 0..check.experiment.phases.len() {
        given = given.or(check.ops(phase, &data.splits[0]).of(&args.experiment)?);
    }
    for phase in 0..check.experiment.phases.len() {
        check.step(phase, given.as_ref()).of(&args.experiment)?;
    }
    check.optimizers()?;
    output::print(&check.report())?;
    Ok(u8::from(check.rows.iter().any(|row| !row.passes())))
}

struct Check {
    device: Device,
    experiment: Experiment,
    about: About,
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
    /// in that step; the answer is the batch, if the phase gathers one.
    fn ops(&mut self, phase: usize, samples: &Samples) -> Result<Option<[Data<f32>; 2]>, Failure> {
        let form = Form::new(&self.experiment, &self.about)?;
        let items = self.about.counts[0].min(form.start(self.batch) + usize::from(form.window().is_some()));
        let purpose = Purpose::Train { phase, samples: items, order: self.batch };
        let graph = build(&self.experiment, &self.about, purpose, self.batch)?.graph;
        let mut cpu = Interpreter::<f64>::new(graph.clone());
        let order = Data::Ints((0..self.batch).map(|sample| form.start(sample) as u32).collect());
        for (name, bytes) in [("items", &samples.x), ("item_labels", &samples.y)] {
            let Some(id) = graph.find_input(name) else { continue };
            let count = graph.shape(id).count();
            cpu.tensor_mut(id).data = match graph.ty(id).dtype {
                DType::F32 => {
                    let numbers = bytemuck::pod_collect_to_vec::<u8, f32>(&bytes[..4 * count]);
                    Data::Floats(numbers.into_iter().map(f64::from).collect())
                }
                _ => Data::Bytes(bytes[..count].to_vec()),
            };
        }
        if let Some(id) = graph.find_input("order") {
            cpu.tensor_mut(id).data = order;
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
        let gather = graph.nodes.iter().find(|node| node.op.name() == "gather");
        Ok(gather.map(|node| [0, 1].map(|i| rounded(&cpu.tensor(node.outputs[i]).data))))
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
    fn step(&mut self, phase: usize, given: Option<&[Data<f32>; 2]>) -> Result<(), Failure> {
        let graph = build(&self.experiment, &self.about, Purpose::Gradients { phase }, self.batch)?.graph;
        let mut cpu = Interpreter::<f64>::new(graph.clone());
        let mut gpu = Once::new(&self.device, graph.clone())?;
        let values = self.parameters(&graph);
        gpu.write_parameters(&values)?;
        for (parameter, value) in graph.parameters.iter().zip(&values) {
            cpu.set_f32(parameter.value, value);
        }
        let noise = graph.find_input("noise").map(|id| {
            let count = graph.shape(id).count() as u32;
            Data::Floats((0..count).map(|i| random::normal(1, STREAM, i) as f32).collect())
        });
        let [x, y] = [0, 1].map(|i| given.map(|given| given[i].clone()));
        for (name, data) in [("x", x), ("y", y), ("noise", noise)] {
            if let (Some(id), Some(data)) = (graph.find_input(name), data) {
                gpu.write(id, &data)?;
                cpu.tensor_mut(id).data = widened(&data);
            }
        }
        let step = self.step_of_batch();
        gpu.run(&step);
        cpu.run(&step);
        for (name, id) in &graph.outputs {
            let name = name.strip_prefix(METRIC).unwrap_or(name);
            let what =
                name.strip_prefix("gradient:").map_or(format!("step: {name}"), |p| format!("step: gradient of {p}"));
            self.note(&what, deviation(&gpu.read(*id)?, &cpu.tensor(*id).data), STEP_TOLERANCE);
        }
        Ok(())
    }

    fn optimizers(&mut self) -> Result<(), Failure> {
        let Device::Gpu(gpu) = &self.device else { return Err(Failure::other("there is no GPU to check")) };
        let check = |phase: &PhaseSpec| Ok((phase.optimizer.name(), optimizer::check(gpu, &*phase.optimizer)?));
        let deviations = self.experiment.phases.iter().map(check).collect::<Result<Vec<_>, Failure>>()?;
        for (name, deviation) in deviations {
            self.note(&format!("optimizer: {name}"), deviation, TOLERANCE);
        }
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
