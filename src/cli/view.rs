//! What a person sees of a run: a progress bar on a terminal, a line now and then elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use super::log::{Common, Epoch};

/// Between lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);

/// Where it is shown.
pub enum View {
    /// On a terminal.
    Bar(ProgressBar),
    /// In a file or a pipe: steps in all, and when the last line was written.
    Lines(u32, Instant),
}

impl View {
    /// Of a run of so many steps.
    pub fn new(steps: u32) -> Self {
        if !stderr().is_terminal() {
            return Self::Lines(steps, Instant::now());
        }
        let bar = ProgressBar::new(steps.into());
        let template = "{bar:30} step {pos}/{len}  {msg}  {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::Bar(bar)
    }

    /// A step was measured.
    pub fn step(&mut self, line: &Common) {
        match self {
            Self::Bar(bar) => {
                bar.set_position(line.step.into());
                bar.set_message(measured(line));
            }
            Self::Lines(steps, last) => {
                if last.elapsed() >= PAUSE {
                    eprintln!("step {}/{steps}  {}", line.step, measured(line));
                    *last = Instant::now();
                }
            }
        }
    }

    /// An epoch is over.
    pub fn epoch(&mut self, line: &Epoch) {
        let text = format!(
            "epoch {}  {}  validation: {}",
            line.common.epoch,
            measured(&line.common),
            told(&line.validation, "val_")
        );
        match self {
            Self::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
            Self::Lines(_, last) => {
                eprintln!("{text}");
                *last = Instant::now();
            }
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn measured(line: &Common) -> String {
    let accuracy = line.accuracy.map_or(String::new(), |accuracy| format!(", accuracy {:.2} %", 100.0 * accuracy));
    format!("loss {:.4}{accuracy}, {:.0} samples/s", line.loss, line.samples_per_s)
}

/// The single numbers of an evaluation, for people; names begin with `prefix`.
pub fn told(report: &Map<String, Value>, prefix: &str) -> String {
    let number = |(name, value): (&String, &Value)| {
        let name = name.strip_prefix(prefix).unwrap_or(name).replace('_', " ");
        let value = value.as_f64()?;
        Some(match name.as_str() {
            "accuracy" | "top5" | "precision" | "recall" | "f1" | "exact match" | "token error rate" => {
                format!("{name} {:.2} %", 100.0 * value)
            }
            _ => format!("{name} {value:.4}"),
        })
    };
    report.iter().filter_map(number).collect::<Vec<_>>().join(", ")
}
