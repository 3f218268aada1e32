//! The batch: gathered from resident data, or given.

use super::Purpose;
use crate::{
    data::{About, Column},
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
        let wrong = |field: &str, message: String| Err(Error::spec(format!("data.{field}"), message));
        if options.context.is_some() && about.stream.is_none() {
            return wrong("context", format!("`{name}` is no text: its samples have a size of their own"));
        }
        match options.task {
            Task::Next => {
                if about.x.element() != Element::Class || about.x.shape.len() != 1 && about.stream.is_none() {
                    return wrong("task", format!("`{name}` has no tokens: `next` is for text and names"));
                }
                let (time, stride) = match &options.context {
                    _ if about.stream.is_none() => (about.x.shape[0] - 1, about.x.shape[0]),
                    Some(context) => (context.0, 1),
                    None => return wrong("context", "is missing: how many characters are a sample?".into()),
                };
                if about.stream.is_some() && time + 1 > about.counts.into_iter().min().unwrap_or(0) {
                    return wrong("context", format!("{time} is longer than the text"));
                }
                let pick = |offset| Pick { element: Element::Class, shape: [time].into(), stride, offset };
                Ok(Self { x: pick(0), y: pick(1), own_y: false, pairs: false })
            }
            Task::Label if about.stream.is_some() => wrong("task", format!("`{name}` is text: expected \"next\"")),
            Task::Label => {
                let Some(y) = &about.y else {
                    return wrong("task", format!("`{name}` has no labels: expected \"next\""));
                };
                let pairs = y.element() == Element::Class && !y.shape.is_empty();
                Ok(Self { x: whole(&about.x), y: whole(y), own_y: true, pairs })
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
    g.layer = "data".into();
    let (x, mut y) = match purpose {
        Purpose::Train { samples, order, .. } | Purpose::Evaluate { samples, order } => {
            let column = |column: &Column| {
                let shape =
                    if about.stream.is_some() { vec![samples] } else { [&[samples], &column.shape[..]].concat() };
                Type { dtype: column.element().stored(), shape: Shape(shape) }
            };
            let items = g.input("items", column(&about.x));
            let labels = match &about.y {
                Some(y) if own_y => g.input("item_labels", column(y)),
                _ => items,
            };
            let order = g.input("order", Type::u32([order]));
            let gathered = g.apply(Gather { batch, picks: [x, y] }, &[items, labels, order])?;
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
    let mut previous = None;
    if let (true, Some(sequence)) = (pairs, y) {
        let time = g.shape(sequence).last() - 1;
        previous = Some(g.apply1(Narrow { axis: 1, start: 0, length: time }, &[sequence])?);
        y = Some(g.apply1(Narrow { axis: 1, start: 1, length: time }, &[sequence])?);
    }
    Ok(Fields { x, y, previous })
}
