//! The batch: gathered from resident data, or given.

use super::Purpose;
use crate::{
    data::{About, Augment, Column},
    error::{Error, Result},
    graph::{Graph, Shape, Type, ValueId},
    ops::{
        gather::{Element, Gather, Pick},
        narrow::Narrow,
    },
    spec::{Experiment, Task},
};

/// The values of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// \[batch, …\]
    pub x: ValueId,
    /// Labels, target tokens or numbers, \[batch, …\]; none in prediction.
    pub y: Option<ValueId>,
    /// Of sequence pairs: the target up to each token that is to be predicted, \[batch, time\].
    pub previous: Option<ValueId>,
}

/// What a sample's x and y are to the network: columns of the data set, or parts of them.
#[derive(Clone, Debug)]
pub struct Form {
    /// Of x.
    pub x: Pick,
    /// Of y.
    pub y: Pick,
    /// Whether y is a column of its own.
    pub own_y: bool,
    /// Whether y is a target sequence: begin … end, to be cut in two.
    pub pairs: bool,
}

impl Form {
    /// Of an experiment's data.
    ///
    /// # Errors
    /// When the task does not fit the data.
    pub fn new(experiment: &Experiment, about: &About) -> Result<Self> {
        let options = &experiment.data.common;
        let name = experiment.data.source.name();
        let whole = |column: &Column| Pick::whole(column.element(), Shape(column.shape.clone()));
        match options.task {
            // What has no labels can only be continued.
            Task::Label if about.y.is_some() => {
                let y = about.y.as_ref().unwrap_or(&about.x);
                let pairs = y.element() == Element::Class && !y.shape.is_empty();
                Ok(Self { x: whole(&about.x), y: whole(y), own_y: true, pairs })
            }
            Task::Next | Task::Label => {
                let [time] = about.x.shape[..] else {
                    return Err(Error::spec("data.task", format!("`{name}` has no sequences of tokens to go on with")));
                };
                if about.x.element() != Element::Class {
                    return Err(Error::spec("data.task", format!("`{name}` has numbers, `next` needs tokens")));
                }
                let (time, stride) = if about.stream { (time, 1) } else { (time - 1, time) };
                let pick = |offset| Pick { element: Element::Class, shape: [time].into(), stride, offset };
                Ok(Self { x: pick(0), y: pick(1), own_y: false, pairs: false })
            }
        }
    }
}

impl Form {
    /// Of text: tokens of a sample.
    pub fn window(&self) -> Option<usize> {
        (!self.own_y && self.x.stride == 1).then(|| self.x.shape.count())
    }

    /// Samples that so many items (of text: characters) make.
    pub fn samples(&self, items: usize) -> usize {
        self.window().map_or(items, |tokens| items.saturating_sub(1) / tokens)
    }

    /// Where a sample begins, in the units of the order.
    pub fn start(&self, sample: usize) -> usize {
        sample * self.window().unwrap_or(1)
    }
}

/// A batch of samples of this shape.
pub fn sample(batch: usize, shape: &[usize]) -> Shape {
    Shape([&[batch], shape].concat())
}

/// Adds the batch to the graph.
pub fn fields(g: &mut Graph, experiment: &Experiment, about: &About, purpose: Purpose, batch: usize) -> Result<Fields> {
    let Form { x, y, own_y, pairs } = Form::new(experiment, about)?;
    let ty = |pick: &Pick, batch| Type { dtype: pick.element.gathered(), shape: sample(batch, &pick.shape.0) };
    let augment = &experiment.data.common.augment;
    if let Some(augment) = augment {
        augment.fits(&about.x).map_err(|e| e.at("data.augment"))?;
    }
    g.layer = "data".into();
    let (x, mut y) = match purpose {
        Purpose::Train { samples, order, .. } | Purpose::Evaluate { samples, order } => {
            let training = matches!(purpose, Purpose::Train { .. });
            let augment = augment.filter(|augment| training && *augment != Augment::default());
            let column = |column: &Column| {
                let shape = if about.stream { vec![samples] } else { [&[samples], &column.shape[..]].concat() };
                Type { dtype: column.element().stored(), shape: Shape(shape) }
            };
            let items = g.input("items", column(&about.x));
            let labels = match &about.y {
                Some(y) if own_y => g.input("item_labels", column(y)),
                _ => items,
            };
            let order = g.input("order", Type::u32([order]));
            let gathered = g.apply(Gather { batch, picks: [x, y], augment }, &[items, labels, order])?;
            (gathered[0], Some(gathered[1]))
        }
        Purpose::Gradients { .. } => (g.input("x", ty(&x, batch)), Some(g.input("y", ty(&y, batch)))),
        Purpose::Predict => {
            let given = g.input("x", ty(&x, batch));
            // Only a decoder's input of a target is needed here.
            (given, pairs.then(|| g.input("y", ty(&y, batch))))
        }
        Purpose::Decode => {
            let token = g.input("x", Type::u32([1, 1]));
            return Ok(Fields { x: token, y: None, previous: pairs.then_some(token) });
        }
    };
    let x = match &experiment.data.common.normalize {
        Some(normalize) => g.apply1(normalize.op(), &[x]).map_err(|e| e.at("data.normalize"))?,
        None => x,
    };
    let mut previous = None;
    if let (true, Some(sequence)) = (pairs, y) {
        let time = g.shape(sequence).last() - 1;
        previous = Some(g.apply1(Narrow { axis: 1, start: 0, length: time }, &[sequence])?);
        y = Some(g.apply1(Narrow { axis: 1, start: 1, length: time }, &[sequence])?);
    }
    Ok(Fields { x, y, previous })
}
