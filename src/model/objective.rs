//! The terms of a phase's loss, and what is measured beside them.

use super::{Measure, Model};
use crate::{
    error::{Error, Result},
    graph::{DType, Graph, Shape, ValueId},
    ops::{
        Reduction,
        accuracy::Accuracy,
        binary_cross_entropy::BinaryCrossEntropy,
        cross_entropy::CrossEntropy,
        distillation::Distillation,
        narrow::Narrow,
        one_hot::OneHot,
        regression::{ErrorTerm, Regression},
    },
    spec::{Loss, Target, TermSpec},
};

/// Begins the names of outputs that each step writes to its slot of a ring.
pub const METRIC: &str = "metric:";

impl Model<'_> {
    /// Adds the terms of a phase; the answer is the output of the first.
    pub(super) fn objective(
        &mut self,
        phase: usize,
        measures: &mut Vec<Measure>,
        terms: &mut Vec<(ValueId, f32)>,
    ) -> Result<ValueId> {
        let phase = &self.experiment.phases[phase];
        let single = phase.terms.len() == 1;
        let mut first = None;
        for (index, term) in phase.terms.iter().enumerate() {
            let output = self.through(&term.path)?;
            self.builder.graph.layer = "loss".into();
            let Outcome { loss, correct, count } = self.term(term, output)?;
            let auxiliary = std::mem::take(&mut self.builder.auxiliary);
            let name = match (&term.name, single && auxiliary.is_empty()) {
                (Some(name), _) => name.clone(),
                (None, true) => "loss".into(),
                (None, false) => format!("loss_{}", index + 1),
            };
            self.measure(measures, &name, loss, term.weight);
            terms.push((loss, term.weight));
            for (name, value, weight) in auxiliary {
                self.measure(measures, &name, value, weight * term.weight);
                terms.push((value, weight * term.weight));
            }
            if first.is_none() {
                for (name, value) in [("correct", correct), ("count", count)] {
                    if let Some(value) = value {
                        self.measure(measures, name, value, 0.0);
                    }
                }
                first = Some(output);
            }
        }
        first.ok_or_else(|| Error::spec("phases", "a phase needs at least one term"))
    }

    fn measure(&mut self, measures: &mut Vec<Measure>, name: &str, value: ValueId, weight: f32) {
        let taken = |name: &str, measures: &[Measure]| measures.iter().any(|m| m.name == name);
        let mut unique = name.to_owned();
        let mut n = 2;
        while taken(&unique, measures) {
            unique = format!("{name}_{n}");
            n += 1;
        }
        self.builder.graph.output(format!("{METRIC}{unique}"), value);
        measures.push(Measure { name: unique, weight });
    }

    fn term(&mut self, term: &TermSpec, output: ValueId) -> Result<Outcome> {
        if let Loss::Distillation { teacher, temperature } = &term.loss {
            let training = std::mem::replace(&mut self.builder.training, false);
            let taught = self.through(std::slice::from_ref(teacher));
            self.builder.training = training;
            let taught = taught?;
            let op = Distillation { temperature: *temperature };
            let outputs = self.builder.graph.apply(op, &[output, taught])?;
            return Ok(Outcome { loss: outputs[0], correct: None, count: None });
        }
        let (x, y) = (self.fields.x, self.fields.y);
        let labels = y.ok_or_else(|| Error::data("loss", "there is nothing to compare with"))?;
        let last = self.experiment.network(&term.path[term.path.len() - 1])?;
        let at = format!("{}[{}]", last.path, last.layers.len() - 1);
        let classes = self.classes;
        let g = &mut *self.builder.graph;
        let target = |g: &mut Graph, target: Target| -> Result<ValueId> {
            match target {
                Target::Label => labelled(g, output, labels, classes, &at),
                Target::Input => same_size(g, output, x, &at),
                Target::Number(number) => Ok(g.constant(g.shape(output).clone(), number)),
            }
        };
        let mut regression = |what: Target, error: ErrorTerm, reduction: Reduction| {
            let target = target(g, what)?;
            let loss = g.apply(Regression { error, reduction }, &[output, target])?[0];
            Ok(Outcome { loss, correct: hits(g, output, labels, what)?, count: None })
        };
        match &term.loss {
            Loss::CrossEntropy { label_smoothing, ignore } => {
                check_classes(g, output, labels, classes, &at)?;
                let ignore = ignore.or(self.ignored(labels));
                let op = CrossEntropy { ignore, smoothing: *label_smoothing };
                let outputs = self.builder.graph.apply(op, &[output, labels])?;
                Ok(Outcome { loss: outputs[0], correct: Some(outputs[1]), count: Some(outputs[2]) })
            }
            Loss::BinaryCrossEntropy { target: what, reduction } => {
                let target = target(g, *what)?;
                let outputs = g.apply(BinaryCrossEntropy { reduction: *reduction }, &[output, target])?;
                let judged = *what == Target::Label;
                let [correct, count] = [1, 2].map(|i| judged.then_some(outputs[i]));
                Ok(Outcome { loss: outputs[0], correct, count })
            }
            Loss::Mse { target: what, reduction } => regression(*what, ErrorTerm::Squared, *reduction),
            Loss::Mae { target: what, reduction } => regression(*what, ErrorTerm::Absolute, *reduction),
            Loss::Huber { delta, target: what, reduction } => {
                regression(*what, ErrorTerm::Huber { delta: *delta }, *reduction)
            }
            Loss::Distillation { .. } => Err(Error::data("loss", "distillation has no target")),
        }
    }

    /// Target tokens that fill up short sequences.
    fn ignored(&self, labels: ValueId) -> Option<u32> {
        let sequence = self.builder.graph.shape(labels).rank() > 1;
        self.about.padding.filter(|_| sequence).map(u32::from)
    }
}

/// What a term's loss op gives.
struct Outcome {
    loss: ValueId,
    correct: Option<ValueId>,
    count: Option<ValueId>,
}

fn wrong<T>(at: &str, message: String) -> Result<T> {
    Err(Error::spec(at, message))
}

fn check_classes(g: &Graph, output: ValueId, labels: ValueId, classes: usize, at: &str) -> Result<()> {
    if g.ty(labels).dtype != DType::U32 {
        return wrong(at, "cross_entropy needs classes to compare with, the data's y are numbers: mse fits".into());
    }
    let shape = g.shape(output);
    let expected = Shape([&g.shape(labels).0[..], &[classes]].concat());
    if *shape == expected {
        return Ok(());
    }
    let one = Shape(shape.0[1..].to_vec());
    if expected.rank() == 2 {
        let message = format!(
            "the last layer must give {classes} numbers a sample, one for each class of the data; it gives {one}"
        );
        return wrong(at, message);
    }
    let wanted = Shape(expected.0[1..].to_vec());
    wrong(
        at,
        format!("the last layer must give {wanted} a sample, a number for each token at each place; it gives {one}"),
    )
}

/// Labels as floats of the output's shape: numbers as they are, a single output's class 0 or 1, else one-hot rows.
fn labelled(g: &mut Graph, output: ValueId, labels: ValueId, classes: usize, at: &str) -> Result<ValueId> {
    if g.ty(labels).dtype == DType::F32 {
        return same_size(g, output, labels, at);
    }
    let shape = g.shape(output).clone();
    let own = g.shape(labels).clone();
    let width = shape.last();
    if shape.rank() != own.rank() + 1 || !(width == classes || width == 1 && classes == 2) {
        let one = Shape(shape.0[1..].to_vec());
        return wrong(
            at,
            format!("the last layer must give {classes} numbers a sample (1 is enough for 2 classes); it gives {one}"),
        );
    }
    let rows = g.apply1(OneHot { classes }, &[labels])?;
    if width == classes {
        return Ok(rows);
    }
    g.apply1(Narrow { axis: shape.rank() - 1, start: 1, length: 1 }, &[rows])
}

fn same_size(g: &mut Graph, output: ValueId, target: ValueId, at: &str) -> Result<ValueId> {
    let (shape, own) = (g.shape(output).clone(), g.shape(target).clone());
    if g.ty(target).dtype != DType::F32 {
        return wrong(at, "what its output is compared with are tokens, expected numbers".into());
    }
    if shape == own {
        return Ok(target);
    }
    if shape.count() != own.count() {
        let [one, other] = [&shape, &own].map(|s| Shape(s.0[1..].to_vec()));
        return wrong(at, format!("the last layer gives {one} a sample; what it is compared with is {other}"));
    }
    g.apply1(crate::ops::reshape::Reshape { shape }, &[target])
}

/// Rows whose largest output is the label's, where labels are classes.
fn hits(g: &mut Graph, output: ValueId, labels: ValueId, target: Target) -> Result<Option<ValueId>> {
    let classes = g.ty(labels).dtype == DType::U32 && g.shape(output).last() > 1;
    if target != Target::Label || !classes {
        return Ok(None);
    }
    g.apply1(Accuracy, &[output, labels]).map(Some)
}
