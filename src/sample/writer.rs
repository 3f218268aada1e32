//! Texts with a network's present parameters, for people: characters or words in and out.

use serde::Serialize;

use super::{Alignment, Choice, Sampler};
use crate::{
    data::{About, BEGIN, END, Vocabulary},
    error::Result,
    model::Form,
    spec::Experiment,
};

/// Writes sequences, token by token, or makes them of others.
pub struct Writer {
    sampler: Sampler,
    /// Of what is read, and of what is written.
    source: Vocabulary,
    vocabulary: Vocabulary,
    alignment: Option<Alignment>,
    choice: Choice,
    probabilities: Vec<f32>,
    written: u32,
}

/// What was made of a sequence.
#[derive(Clone, Debug, Serialize)]
pub struct Translation {
    /// Tokens of the source.
    pub source: Vec<String>,
    /// Tokens that were made.
    pub output: Vec<String>,
    /// The same as a text.
    pub text: String,
    /// \[output, source\]: how much each was made from each; empty where nothing attends.
    pub weights: Vec<f32>,
}

impl Writer {
    /// For an experiment that says tokens; `values`: all parameters, in the engine's layout.
    ///
    /// # Errors
    /// When it says something else, or its tokens have no names.
    pub fn new(experiment: &Experiment, about: &About, values: &[Vec<f32>]) -> Result<Self> {
        let mut sampler = Sampler::new(experiment, about)?;
        sampler.set_values(values);
        let source = Vocabulary::new(&about.x)?;
        let target = about.y.as_ref().filter(|_| Form::new(experiment, about).is_ok_and(|form| form.pairs));
        let vocabulary = target.map_or_else(|| Ok(source.clone()), Vocabulary::new)?;
        // Not every decoder attends.
        let mut alignment = target.and_then(|_| Alignment::new(experiment, about).ok());
        if let Some(alignment) = &mut alignment {
            alignment.set_values(values);
        }
        let (choice, probabilities) = (Choice::GREEDY, Vec::new());
        Ok(Self { sampler, source, vocabulary, alignment, choice, probabilities, written: 0 })
    }

    /// Begins a text that goes on from `prompt`.
    ///
    /// # Errors
    /// When the prompt has characters that are no tokens, or a source is needed.
    pub fn begin(&mut self, prompt: &str, choice: Choice) -> Result<()> {
        let mut tokens = self.vocabulary.encode(prompt)?;
        if self.vocabulary.has_begin() {
            tokens.insert(0, BEGIN.into());
        } else if tokens.is_empty() {
            // Where texts have no beginning, a line has.
            tokens = self.vocabulary.encode("\n")?;
        }
        self.choice = choice;
        self.written = 0;
        self.sampler.start(&[])?;
        for token in tokens {
            self.probabilities = self.sampler.push(token).to_vec();
        }
        Ok(())
    }

    /// The next token's text; none at the end, or before a beginning.
    pub fn token(&mut self) -> Option<String> {
        if self.probabilities.is_empty() {
            return None;
        }
        let token = self.choice.choose(&self.probabilities, self.written);
        if self.vocabulary.has_begin() && token <= u32::from(END) {
            return None;
        }
        self.written += 1;
        self.probabilities = self.sampler.push(token).to_vec();
        Some(self.vocabulary.name(token).to_owned())
    }

    /// The most probable sequence made of a text.
    ///
    /// # Errors
    /// When the text has other characters or is too long.
    pub fn translate(&mut self, text: &str) -> Result<Translation> {
        let padded = self.source.padded(text)?;
        let length = self.source.encode(text)?.len();
        let made = self.sampler.translate(&padded)?;
        let all = self.alignment.as_mut().map_or(Vec::new(), |alignment| alignment.of(&padded, &made));
        Ok(Translation {
            source: padded[..length].iter().map(|&token| self.source.name(token).to_owned()).collect(),
            output: made.iter().map(|&token| self.vocabulary.name(token).to_owned()).collect(),
            text: self.vocabulary.decode(&made),
            weights: all.chunks(padded.len()).flat_map(|row| &row[..length]).copied().collect(),
        })
    }
}
