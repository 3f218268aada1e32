//! `sample`: text from a language model, sequences from sequences, pictures from noise.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Failure, Outcome, device,
    failure::Of,
    input,
    once::Once,
    output::{self, Target},
    picture,
};
use crate::{
    cpu::{Data, Step},
    data::{BEGIN, END, Vocabulary},
    graph::Graph,
    model::{Form, Purpose, all_parameters, build},
    random,
    sample::{Choice, Sampler},
    spec::{Experiment, Loss},
    train::DeviceChoice,
};

/// The stream of random numbers that noise is drawn from.
const STREAM: u32 = 0x6100_0000;
/// Pictures in a row.
const COLUMNS: usize = 8;

/// Arguments of `sample`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Trained parameters, a safetensors file
    #[arg(long)]
    pub weights: PathBuf,
    /// What text begins with
    #[arg(long, default_value = "")]
    pub prompt: String,
    /// What a sequence is made from; may be given several times
    #[arg(long)]
    pub input: Vec<String>,
    /// Texts or pictures
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub count: u32,
    /// Tokens of a text at most
    #[arg(long, default_value_t = 500)]
    pub length: usize,
    /// 0 takes the most probable token; above 1, the improbable become more probable
    #[arg(long, default_value_t = 0.8)]
    pub temperature: f32,
    /// Only so many of the most probable tokens; 0: all
    #[arg(long, default_value_t = 0)]
    pub top_k: usize,
    /// Only the most probable tokens that together have this probability
    #[arg(long, default_value_t = 1.0)]
    pub top_p: f32,
    /// The same seed makes the same samples
    #[arg(long, default_value_t = 1)]
    pub seed: u32,
    /// Where pictures go, a PNG
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Classify the pictures by this experiment, too …
    #[arg(long, requires = "judge_weights", value_name = "EXPERIMENT")]
    pub judge: Option<PathBuf>,
    /// … with these parameters; prints how often each class was made, and the mean confidence
    #[arg(long, requires = "judge", value_name = "WEIGHTS")]
    pub judge_weights: Option<PathBuf>,
}

/// Samples.
///
/// # Errors
/// Bad input, or an experiment that makes nothing.
pub fn run(args: &Args) -> Outcome {
    if !(args.temperature >= 0.0 && args.temperature.is_finite()) {
        return Err(Failure::input("--temperature", format!("must be at least 0, got {}", args.temperature)));
    }
    if !(args.top_p > 0.0 && args.top_p <= 1.0) {
        return Err(Failure::input("--top-p", format!("must be in (0, 1], got {}", args.top_p)));
    }
    let experiment = input::experiment(&args.experiment)?;
    let about = input::about(&experiment)?;
    let parameters = all_parameters(&experiment, &about).of(&args.experiment)?;
    let weights = input::weights(&args.weights, &parameters)?;
    let prediction = build(&experiment, &about, Purpose::Predict, COLUMNS).of(&args.experiment)?.graph;
    if prediction.find_input("noise").is_some() {
        return pictures(args, &experiment, prediction, &weights);
    }
    let form = Form::new(&experiment, &about).of(&args.experiment)?;
    let mut sampler = Sampler::new(&experiment, &about).of(&args.experiment)?;
    sampler.set_values(&weights);
    let source = Vocabulary::new(&about.x).of(&args.experiment)?;
    if form.pairs {
        let said = Vocabulary::new(about.y.as_ref().unwrap_or(&about.x)).of(&args.experiment)?;
        if args.input.is_empty() {
            return Err(Failure::input("--input", "is missing: what is the sequence to be made from?"));
        }
        for text in &args.input {
            let made = sampler.translate(&source.padded(text)?)?;
            output::print(&format!("{}\n", said.decode(&made)))?;
        }
        return Ok(0);
    }
    let prompt = source.encode(&args.prompt)?;
    for index in 0..args.count {
        text(args, &mut sampler, &source, &prompt, args.seed.wrapping_add(index))?;
    }
    Ok(0)
}

/// Prints a text as it is made.
fn text(args: &Args, sampler: &mut Sampler, names: &Vocabulary, prompt: &[u32], seed: u32) -> Result<(), Failure> {
    let choice = Choice { temperature: args.temperature, top_k: args.top_k, top_p: args.top_p, seed };
    sampler.start(&[])?;
    // Where sequences begin with a token of their own, that one; else a line's end, if it is a token, or any.
    let begin = if names.has_begin() { u32::from(BEGIN) } else { names.encode("\n").map_or(0, |t| t[0]) };
    let mut given = vec![begin];
    given.extend(prompt);
    output::print(&names.decode(prompt))?;
    let mut next = 0;
    for index in 0..given.len() + args.length {
        let token = given.get(index).copied().unwrap_or(next);
        let most = if names.has_begin() { sampler.context() } else { usize::MAX };
        if index >= given.len() {
            if names.has_begin() && token <= u32::from(END) || index >= most {
                break;
            }
            output::print(&names.decode(&[token]))?;
        }
        next = choice.choose(sampler.push(token), index as u32);
    }
    output::print("\n")
}

/// Pictures from noise: a PNG, and what a classifier makes of them.
fn pictures(args: &Args, experiment: &Experiment, graph: Graph, weights: &[Vec<f32>]) -> Outcome {
    let target = args.out.as_ref().map(|path| Target::new("--out", path)).transpose()?;
    let cpu = device::open(DeviceChoice::Cpu)?;
    let mut once = Once::new(&cpu, graph.clone())?;
    once.write_parameters(weights)?;
    let (noise, made) = (once.input("noise")?, once.output("output")?);
    let size = graph.shape(noise).count();
    let mut all = Vec::new();
    for batch in 0..args.count.div_ceil(COLUMNS as u32) {
        let first = batch * size as u32;
        let numbers = (0..size as u32).map(|i| random::normal(args.seed, STREAM, first + i) as f32).collect();
        once.write(noise, &Data::Floats(numbers))?;
        once.run(&Step { rows: COLUMNS as u32, ..Step::default() });
        all.extend(once.floats(made)?);
    }
    let shape = &graph.shape(made).0[1..];
    all.truncate(args.count as usize * shape.iter().product::<usize>());
    let &[channels, height, width] = shape else {
        return Err(Failure::input(args.experiment.display(), format!("makes {shape:?}, no pictures")));
    };
    if let Some(target) = target {
        target.write(&picture::grid(&all, (channels, height, width), COLUMNS)?)?;
        eprintln!("wrote {}", target.path().display());
    }
    if let (Some(path), Some(judge_weights)) = (&args.judge, &args.judge_weights) {
        let judge = input::experiment(path)?;
        if judge.data.source.name() != experiment.data.source.name()
            || !matches!(judge.loss(), Loss::CrossEntropy { .. })
        {
            return Err(Failure::input(path.display(), "is no classifier of the same data set"));
        }
        let about = input::about(&judge)?;
        let count = args.count as usize;
        let graph = build(&judge, &about, Purpose::Predict, count).of(path)?.graph;
        let weights = input::weights(judge_weights, &graph.parameters)?;
        let mut once = Once::new(&cpu, graph)?;
        once.write_parameters(&weights)?;
        once.write(once.input("x")?, &Data::Floats(all))?;
        once.run(&Step { rows: args.count, ..Step::default() });
        let probabilities = once.floats(once.output("output")?)?;
        let classes = probabilities.len() / count;
        let mut counts = vec![0; classes];
        let mut confidence = 0.0;
        for row in probabilities.chunks(classes) {
            let best = Choice::GREEDY.choose(row, 0) as usize;
            counts[best] += 1;
            confidence += f64::from(row[best]) / count as f64;
        }
        output::print(&format!("{}\n", json!({ "samples": count, "classes": counts, "mean_confidence": confidence })))?;
    }
    Ok(0)
}
