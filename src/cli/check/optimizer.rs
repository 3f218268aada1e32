//! The optimizer's update is no op of the graph: it is checked by itself.

use super::super::{Failure, compare::deviation};
use crate::{
    cpu::{Data, Step},
    error::Error,
    gpu::{Executor, Gpu},
    graph::{Graph, Parameter, Role, Type, ValueId},
    ops::Scale,
    optim::{Optimizer, Subject},
    plan::{Plan, Update},
    random,
    spec::Init,
};

/// Numbers updated, and how often: the later updates use the moments of the first.
const COUNT: usize = 1000;
const STEPS: u32 = 3;

/// How far the parameters are off after some updates. They start as small as an update, else it would drown.
pub fn check(gpu: &Gpu, optimizer: &dyn Optimizer) -> Result<f64, Failure> {
    let mut graph = Graph::new();
    let input = graph.input("gradient", Type::f32([COUNT]));
    let parameter = graph.parameter(Parameter {
        name: "p".into(),
        value: ValueId(0),
        shape: [COUNT].into(),
        transposed: false,
        init: Init::Zeros,
        fans: (1, 1),
        role: Role::Trained,
    });
    let gradient = graph.apply1(Scale { factor: 1.0 }, &[input])?;
    graph.output("gradient:p", gradient);
    let plan = Plan::new(&graph)?.with_update(&graph, &Update { optimizer, parameters: &[0], accumulate: 1 })?;
    let executor = pollster::block_on(Executor::new(gpu, plan, None))?;

    let rate = optimizer.learning_rate();
    let draw = |stream, scale: f32| (0..COUNT as u32).map(move |i| scale * random::normal(1, stream, i) as f32);
    let start: Vec<f32> = draw(0, rate).collect();
    executor.write(parameter, bytemuck::cast_slice(&start))?;
    let mut cpu: Vec<f64> = start.iter().map(|&x| x.into()).collect();
    let mut moments = vec![vec![0.0; COUNT]; optimizer.moments()];
    for index in 0..STEPS {
        let gradient: Vec<f32> = draw(1 + index, 1.0).collect();
        let step = Step { index, rows: 1, hyper: optimizer.hyper(rate, index), ..Step::default() };
        executor.write(input, bytemuck::cast_slice(&gradient))?;
        pollster::block_on(gpu.wait(executor.run(&[step])))?;
        let gradient: Vec<f64> = gradient.into_iter().map(Into::into).collect();
        let factor = optimizer.common().clip_factor(gradient.iter().map(|g| g * g).sum());
        let subject = Subject { matrix: false, factor };
        optimizer.update_f64(step.hyper, subject, &mut cpu, &gradient, &mut moments);
    }
    let bytes = pollster::block_on(executor.read(parameter))?;
    let got: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
    if got.len() != COUNT {
        return Err(Error::gpu("the parameters came back with another size").into());
    }
    Ok(deviation(&Data::Floats(got), &Data::Floats(cpu)))
}
