//! What was measured over a range of samples.

use serde_json::{Map, Value};

use super::engine::Evaluated;
use crate::{
    metrics::{ClassScores, Confusion, bits_per_character, perplexity},
    model::Measure,
    spec::Metric,
};

/// A batch's measures, summed up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Weighted sum of the terms.
    pub loss: f64,
    /// Labels that were right.
    pub correct: f64,
    /// Labels that count; 0 where nothing is right or wrong.
    pub count: f64,
}

impl Tally {
    /// Of the values of `measures` over `rows` samples.
    pub fn new(measures: &[Measure], values: &[f32], rows: u32) -> Self {
        let mut tally = Self::default();
        let mut judged = false;
        let mut counted = None;
        for (measure, &value) in measures.iter().zip(values) {
            tally.loss += f64::from(measure.weight) * f64::from(value);
            match measure.name.as_str() {
                "correct" => {
                    tally.correct = value.into();
                    judged = true;
                }
                "count" => counted = Some(f64::from(value)),
                _ => {}
            }
        }
        if judged {
            tally.count = counted.unwrap_or(rows.into());
        }
        tally
    }
}

/// What was measured over a range of samples.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// Mean: over labels where they are counted, else over samples.
    pub loss: f64,
    /// Share of the labels that was right; none where nothing is right or wrong.
    pub accuracy: Option<f64>,
    /// Samples.
    pub count: usize,
    /// Means of the other measures, by name: the terms of the loss where there are several.
    pub terms: Vec<(String, f64)>,
    /// Where the experiment asks for it.
    pub confusion: Option<Confusion>,
    /// Share of the labels among the five largest outputs, where the experiment asks for it.
    pub top5: Option<f64>,
    weight: f64,
    judged: f64,
    correct: f64,
    ranked: (f64, f64),
    classes: usize,
}

impl Evaluation {
    /// Of nothing so far.
    pub(super) fn new(measures: &[Measure], classes: usize) -> Self {
        let terms = measures.iter().filter(|m| m.weight != 0.0).map(|m| (m.name.clone(), 0.0));
        Self { terms: terms.collect(), classes, ..Self::default() }
    }

    /// Adds a batch of `rows` samples.
    pub(super) fn add(&mut self, measures: &[Measure], batch: &Evaluated, rows: u32) {
        let tally = Tally::new(measures, &batch.measures, rows);
        let weight = if tally.count > 0.0 { tally.count } else { rows.into() };
        self.weight += weight;
        self.loss += weight * tally.loss;
        self.correct += tally.correct;
        self.judged += tally.count;
        self.count += rows as usize;
        for (name, sum) in &mut self.terms {
            let value = measures.iter().zip(&batch.measures).find(|(m, _)| m.name == *name);
            *sum += weight * value.map_or(0.0, |(_, &value)| f64::from(value));
        }
        let valid = |all: &[u32]| all.len() / super::EVALUATION_BATCH * rows as usize;
        if !batch.labels.is_empty() {
            let confusion = self.confusion.get_or_insert_with(|| Confusion::new(self.classes));
            let valid = valid(&batch.labels);
            confusion.extend(&batch.labels[..valid], &batch.predicted[..valid]);
        }
        for &rank in batch.ranks.iter().take(valid(&batch.ranks)) {
            self.ranked.0 += if rank < 5 { 1.0 } else { 0.0 };
            self.ranked.1 += 1.0;
        }
    }

    /// All of it by name, as the experiment asks for it: `loss`, `accuracy`, `f1`, …
    pub fn report(&self, metrics: &[Metric]) -> Map<String, Value> {
        let mut map = Map::new();
        let mut put = |name: &str, value: f64| map.insert(name.into(), (value as f32).into());
        put("loss", self.loss);
        if let Some(accuracy) = self.accuracy {
            put("accuracy", accuracy);
        }
        if self.terms.len() > 1 {
            self.terms.iter().for_each(|(name, value)| drop(put(name, *value)));
        }
        if let Some(top5) = self.top5 {
            put("top5", top5);
        }
        for metric in metrics {
            match metric {
                Metric::Perplexity => drop(put("perplexity", perplexity(self.loss))),
                Metric::BitsPerCharacter => drop(put("bits_per_character", bits_per_character(self.loss))),
                _ => {}
            }
        }
        let Some(confusion) = &self.confusion else { return map };
        let mean = confusion.macro_average();
        for (metric, name, of) in [
            (Metric::Precision, "precision", (|s| s.precision) as fn(&ClassScores) -> f64),
            (Metric::Recall, "recall", |s| s.recall),
            (Metric::F1, "f1", |s| s.f1),
        ] {
            if metrics.contains(&metric) {
                let classes = (0..confusion.classes()).map(|class| Value::from(of(&confusion.class(class)) as f32));
                map.insert(name.into(), (of(&mean) as f32).into());
                map.insert(format!("{name}_per_class"), classes.collect());
            }
        }
        if metrics.contains(&Metric::ConfusionMatrix) {
            let rows = (0..confusion.classes()).map(|label| Value::from(confusion.row(label).to_vec()));
            map.insert("confusion_matrix".into(), rows.collect());
        }
        map
    }

    /// Sums to means.
    pub(super) fn finish(&mut self) {
        let weight = if self.weight > 0.0 { self.weight } else { 1.0 };
        self.loss /= weight;
        self.terms.iter_mut().for_each(|(_, sum)| *sum /= weight);
        self.accuracy = (self.judged > 0.0).then(|| self.correct / self.judged);
        self.top5 = (self.ranked.1 > 0.0).then(|| self.ranked.0 / self.ranked.1);
    }
}
