//! Sequences made token by token: text, names, translations. On the CPU: a single token is a matrix-vector product per
//! layer, too little for a GPU's dispatches, and what earlier tokens left (keys and values, hidden states) stays where
//! it is read.

mod alignment;
mod choose;
mod part;
mod score;
mod writer;

pub use alignment::Alignment;
pub use choose::Choice;
pub use part::Part;
pub use score::score;
pub use writer::{Translation, Writer};

use crate::{
    cpu::{Data, Step},
    data::{About, BEGIN, END},
    error::{Error, Result},
    graph::ValueId,
    model::{self, Purpose},
    spec::{Experiment, Input},
};

/// Makes sequences with a network's present parameters.
pub struct Sampler {
    decoder: Part,
    /// Networks whose output the decoder refers to: where it goes.
    encoders: Vec<(Part, ValueId)>,
    token: ValueId,
    memory_tokens: Option<ValueId>,
    /// Where the next token stands.
    position: u32,
    /// Tokens since the start.
    history: Vec<u32>,
    /// Positions that the network knows.
    context: usize,
    tokens: usize,
}

impl Sampler {
    /// For an experiment that says tokens: text, names, or sequences from sequences.
    ///
    /// # Errors
    /// When it does not, or a layer can't go on token by token; the message names it.
    pub fn new(experiment: &Experiment, about: &About) -> Result<Self> {
        let form = model::Form::new(experiment, about)?;
        if form.y.shape.rank() == 0 {
            let name = experiment.data.source.name();
            return Err(Error::data("sample", format!("nothing is made token by token from `{name}`")));
        }
        let decoder = model::build(experiment, about, Purpose::Decode, 1)?.graph;
        let token = decoder.find_input("x").ok_or_else(|| Error::data("x", "the network reads no tokens"))?;
        let mut encoders = Vec::new();
        for network in experiment.networks.iter().filter(|n| n.input == Input::X) {
            if let Some(memory) = decoder.find_input(&format!("memory:{}", network.name)) {
                encoders.push((Part::of(model::build_network(experiment, about, &network.name, 1)?)?, memory));
            }
        }
        let context = form.y.shape.last() - usize::from(form.pairs);
        Ok(Self {
            memory_tokens: decoder.find_input("memory_tokens"),
            decoder: Part::of(decoder)?,
            encoders,
            token,
            position: 0,
            history: Vec::new(),
            context,
            tokens: model::classes(experiment, about),
        })
    }

    /// Takes over all parameters, in the engine's layout.
    pub fn set_values(&mut self, values: &[Vec<f32>]) {
        self.decoder.set_values(values);
        self.encoders.iter_mut().for_each(|(encoder, _)| encoder.set_values(values));
    }

    /// Positions that the network knows: a sequence from a sequence is no longer.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Begins a sequence. `source`: what it is made from, padded, where the network reads a sequence.
    ///
    /// # Errors
    /// When the source has the wrong length.
    pub fn start(&mut self, source: &[u32]) -> Result<()> {
        self.history.clear();
        self.forget();
        for (encoder, memory) in &mut self.encoders {
            let Some(x) = encoder.graph.graph().find_input("x") else { continue };
            let expected = encoder.graph.graph().shape(x).count();
            if source.len() != expected {
                let message = format!("{} tokens, expected {expected}, padded", source.len());
                return Err(Error::data("source", message));
            }
            encoder.write(x, source);
            encoder.graph.run(&Step { rows: 1, ..Step::default() });
            let made = encoder.graph.get_f32(encoder.output);
            self.decoder.graph.set_f32(*memory, &made);
        }
        if let Some(id) = self.memory_tokens {
            self.decoder.write(id, source);
        }
        Ok(())
    }

    /// Forgets what earlier tokens left.
    fn forget(&mut self) {
        self.position = 0;
        for (carried, _) in self.decoder.graph.graph().carried.clone() {
            self.decoder.graph.tensor_mut(carried).floats_mut().fill(0.0);
        }
    }

    /// Adds a token; the answer: the probability of each token that may follow. Where the network's context is full,
    /// its younger half is read again, and the sequence goes on.
    pub fn push(&mut self, token: u32) -> &[f32] {
        self.history.push(token);
        if self.position as usize == self.context {
            self.forget();
            let from = self.history.len() - (self.context / 2).max(1);
            for index in from..self.history.len() - 1 {
                self.step(self.history[index]);
            }
        }
        self.step(token);
        let all = self.decoder.graph.tensor(self.decoder.output).floats();
        &all[..self.tokens.min(all.len())]
    }

    fn step(&mut self, token: u32) {
        self.decoder.write(self.token, &[token]);
        let graph = &mut self.decoder.graph;
        graph.run(&Step { rows: 1, cursor: self.position, ..Step::default() });
        for (carried, next) in graph.graph().carried.clone() {
            let next = graph.tensor(next).data.clone();
            if let (Data::Floats(to), Data::Floats(from)) = (&mut graph.tensor_mut(carried).data, &next) {
                to.copy_from_slice(from);
            }
        }
        self.position += 1;
    }

    /// The most probable sequence, token by token, from a padded source: up to its end, which is not part of it.
    ///
    /// # Errors
    /// As [`Sampler::start`].
    pub fn translate(&mut self, source: &[u32]) -> Result<Vec<u32>> {
        self.start(source)?;
        let mut made = Vec::new();
        let mut token = u32::from(BEGIN);
        while made.len() < self.context {
            token = Choice::GREEDY.choose(self.push(token), 0);
            if token <= u32::from(END) {
                break;
            }
            made.push(token);
        }
        Ok(made)
    }
}
