//! Ten steps of training: in f64, step by step as the CPU engine does them, and on the engines.

use std::collections::BTreeMap;

use trainyard::{
    cpu::{Data, Interpreter, Step},
    graph::{Role, ValueId},
    model::{Built, METRIC, Purpose, build},
    optim::Subject,
    train::{Device, Engine, Graphs, Rules, Split},
};

use super::run::{Run, STEPS, TOTAL};

/// What a phase was given in a step.
pub struct Given {
    /// x and y, where it looks at them.
    pub batch: Option<[Data<f64>; 2]>,
    /// In the order of the graph.
    pub noise: Vec<Data<f64>>,
}

/// What a run of [`STEPS`] steps gave.
pub struct Course {
    /// Step by step, phase by phase.
    pub losses: Vec<Vec<f64>>,
    /// As `losses`; of the oracle only.
    pub given: Vec<Vec<Given>>,
    /// Of the first step, phase by phase; of the oracle only.
    pub gradients: Vec<BTreeMap<String, Vec<f64>>>,
}

/// Consecutive whole batches: of each step, one entry a phase.
fn steps(run: &Run) -> Vec<Vec<Step>> {
    let step = |index: u32| {
        let phase = |phase: &trainyard::spec::PhaseSpec| {
            let optimizer = &*phase.optimizer;
            let rate = optimizer.learning_rate() * optimizer.common().schedule.factor(index, TOTAL);
            Step {
                slot: index,
                index,
                cursor: index * run.batch as u32,
                rows: run.batch as u32,
                seed: run.experiment.training.seed,
                padding: [0; 3],
                hyper: optimizer.hyper(rate, index),
            }
        };
        run.experiment.phases.iter().map(phase).collect()
    };
    (0..STEPS as u32).map(step).collect()
}

/// A phase in f64.
struct Phase<'a> {
    built: &'a Built,
    cpu: Interpreter<f64>,
    moments: Vec<Vec<Vec<f64>>>,
}

/// Everything in f64, but for the optimizers' constants.
pub fn oracle(run: &Run) -> Course {
    let phase = |(built, spec): (&'_ Built, &trainyard::spec::PhaseSpec)| {
        let mut cpu = Interpreter::<f64>::new(built.graph.clone());
        for (name, bytes) in [("items", &run.samples.x), ("item_labels", &run.samples.y)] {
            if let Some(id) = built.graph.find_input(name) {
                cpu.tensor_mut(id).data = Run::column(built.graph.ty(id), bytes, f64::from);
            }
        }
        if let Some(id) = built.graph.find_input("order") {
            cpu.tensor_mut(id).ints_mut().copy_from_slice(&run.order);
        }
        let size = |&(index, _): &(usize, ValueId)| built.graph.parameters[index].shape.count();
        let moments = built.gradients.iter().map(|g| vec![vec![0.0; size(g)]; spec.optimizer.moments()]).collect();
        (cpu, moments)
    };
    let mut phases: Vec<Phase<'_>> = Vec::new();
    for (built, spec) in run.train.iter().zip(&run.experiment.phases) {
        let (cpu, moments) = phase((built, spec));
        phases.push(Phase { built, cpu, moments });
    }
    let mut weights: Vec<Vec<f64>> = run.weights.iter().map(|w| w.iter().map(|&x| f64::from(x)).collect()).collect();
    let mut course = Course { losses: Vec::new(), given: Vec::new(), gradients: Vec::new() };
    for step in steps(run) {
        let (mut losses, mut given) = (Vec::new(), Vec::new());
        for ((phase, spec), step) in phases.iter_mut().zip(&run.experiment.phases).zip(&step) {
            phase.put(&weights);
            phase.cpu.run(step);
            losses.push(phase.loss());
            given.push(phase.given());
            if step.index == 0 {
                let read = |&(index, id): &(usize, ValueId)| run.in_file(index, phase.cpu.tensor(id).floats());
                course.gradients.push(phase.built.gradients.iter().map(read).collect());
            }
            phase.update(spec, step);
            phase.take(&mut weights);
        }
        course.losses.push(losses);
        course.given.push(given);
    }
    course
}

impl Phase<'_> {
    fn put(&mut self, weights: &[Vec<f64>]) {
        for (parameter, weights) in self.built.graph.parameters.iter().zip(weights) {
            self.cpu.tensor_mut(parameter.value).floats_mut().copy_from_slice(weights);
        }
    }

    fn take(&self, weights: &mut [Vec<f64>]) {
        for (parameter, weights) in self.built.graph.parameters.iter().zip(weights) {
            weights.copy_from_slice(self.cpu.tensor(parameter.value).floats());
        }
    }

    fn loss(&self) -> f64 {
        let measure = |m: &trainyard::model::Measure| {
            let id = self.built.graph.find_output(&format!("{METRIC}{}", m.name)).unwrap();
            f64::from(m.weight) * self.cpu.tensor(id).floats()[0]
        };
        self.built.measures.iter().filter(|m| m.weight != 0.0).map(measure).sum()
    }

    fn given(&self) -> Given {
        let outputs = |name: &str| -> Vec<Data<f64>> {
            let nodes = self.built.graph.nodes.iter().filter(|node| node.op.name() == name);
            nodes.flat_map(|node| &node.outputs).map(|&id| self.cpu.tensor(id).data.clone()).collect()
        };
        Given { batch: outputs("gather").try_into().ok(), noise: outputs("noise") }
    }

    fn update(&mut self, spec: &trainyard::spec::PhaseSpec, step: &Step) {
        let (optimizer, graph) = (&*spec.optimizer, &self.built.graph);
        let squares = |id: ValueId| self.cpu.tensor(id).floats().iter().map(|g| g * g).sum::<f64>();
        let factor = optimizer.common().clip_factor(self.built.gradients.iter().map(|g| squares(g.1)).sum());
        for (&(index, gradient), moments) in self.built.gradients.iter().zip(&mut self.moments) {
            let parameter = &graph.parameters[index];
            let subject = Subject { matrix: parameter.shape.rank() >= 2, factor };
            let (p, g) = self.cpu.update(parameter.value, gradient);
            optimizer.update_f64(step.hyper, subject, p, g, moments);
        }
        for parameter in graph.parameters.iter().filter(|p| p.role == Role::Running) {
            if let Some(measured) = graph.find_output(&format!("gradient:{}", parameter.name)) {
                let (statistic, measured) = self.cpu.update(parameter.value, measured);
                for (statistic, measured) in statistic.iter_mut().zip(measured) {
                    *statistic += f64::from(Role::MOMENTUM) * (measured - *statistic);
                }
            }
        }
    }
}

/// The losses that an engine reports.
pub async fn on_an_engine(run: &Run, device: &Device) -> Course {
    let graphs = Graphs {
        train: run.train.clone(),
        evaluate: [None, None],
        predict: build(&run.experiment, &run.about, Purpose::Predict, 1).unwrap(),
    };
    let measures = graphs.measures();
    let optimizers = run.experiment.phases.iter().map(|phase| &*phase.optimizer).collect();
    let rules = Rules { optimizers, accumulate: 1 };
    let mut engine = Engine::new(device, graphs, &[Vec::new(), Vec::new()], &rules).await.unwrap();
    engine.write_data(Split::Train, 0, &run.samples).unwrap();
    engine.write_order(&run.order).unwrap();
    engine.set_parameters(&run.weights).unwrap();
    let steps: Vec<_> = steps(run).into_iter().flatten().map(Some).collect();
    engine.train(&steps, &rules).await.unwrap();
    let metrics = engine.metrics(true).await.unwrap();
    let losses = |numbers: Vec<f32>| {
        let mut numbers = numbers.into_iter();
        let phase = |measures: &Vec<trainyard::model::Measure>| {
            let weighted = measures.iter().zip(&mut numbers).filter(|(m, _)| m.weight != 0.0);
            weighted.map(|(m, x)| f64::from(m.weight) * f64::from(x)).sum()
        };
        measures.iter().map(phase).collect()
    };
    Course { losses: metrics.into_iter().map(losses).collect(), given: Vec::new(), gradients: Vec::new() }
}
