//! Generated pairs of texts, character by character: for sequence-to-sequence models.

use super::{
    About, Column, Dataset, Samples,
    dataset::{BEGIN, END, PADDING, SPECIAL},
    draws::{self, Draws},
};
use crate::{
    error::{Error, Result},
    random,
};

/// What is in the pairs. Inputs have only padding as a special token; targets have all three.
pub struct Pairs<'a> {
    /// Characters of the inputs, and of the targets.
    pub characters: [&'a str; 2],
    /// The longest input and target.
    pub longest: [usize; 2],
    /// Train and test together.
    pub samples: usize,
    /// Of the draws.
    pub seed: u32,
}

/// One pair.
pub struct Pair {
    /// The input.
    pub x: String,
    /// The target.
    pub y: String,
    /// What it is about: pairs with the same subject are in the same split.
    pub subject: String,
}

impl Pairs<'_> {
    /// x: \[longest input\]; y: \[longest target + 2\], with begin and end.
    pub fn about(&self) -> About {
        let names = |special: &[&str], characters: &str| -> Vec<String> {
            special.iter().map(|&name| name.to_owned()).chain(characters.chars().map(String::from)).collect()
        };
        let [x, y] = self.characters;
        About {
            x: Column::tokens(self.longest[0], names(&SPECIAL[..1], x)),
            y: Some(Column::tokens(self.longest[1] + 2, names(&SPECIAL, y))),
            counts: draws::counts(self.samples),
            stream: false,
            padding: Some(PADDING),
        }
    }

    /// Draws pairs until both splits are full. Four of five subjects are trained on, the others tested.
    ///
    /// # Errors
    /// A pair does not fit what was said of it.
    pub fn generate(&self, mut draw: impl FnMut(&mut Draws) -> Pair) -> Result<Dataset> {
        let about = self.about();
        let mut draws = Draws::new(self.seed, 5);
        let mut splits = [Samples::default(), Samples::default()];
        let mut missing = about.counts;
        while missing != [0, 0] {
            let pair = draw(&mut draws);
            let split = usize::from(hash(&pair.subject, self.seed) % 5 == 4);
            if missing[split] == 0 {
                continue;
            }
            missing[split] -= 1;
            let [x, y] = self.tokens(&pair)?;
            splits[split].x.extend(x);
            splits[split].y.extend(y);
        }
        Ok(Dataset { about, splits })
    }

    fn tokens(&self, pair: &Pair) -> Result<[Vec<u8>; 2]> {
        let encode = |side: usize, text: &str, first: u8| -> Result<Vec<u8>> {
            let place = |c| self.characters[side].chars().position(|known| known == c).map(|at| at as u8 + first);
            let tokens: Option<Vec<u8>> = text.chars().map(place).collect();
            tokens.filter(|tokens| tokens.len() <= self.longest[side]).ok_or_else(|| {
                let message = format!("expected at most {} of `{}`", self.longest[side], self.characters[side]);
                Error::data(format!("generated text `{text}`"), message)
            })
        };
        let mut x = encode(0, &pair.x, SPECIAL[..1].len() as u8)?;
        x.resize(self.longest[0], PADDING);
        let mut y = vec![BEGIN];
        y.extend(encode(1, &pair.y, SPECIAL.len() as u8)?);
        y.push(END);
        y.resize(self.longest[1] + 2, PADDING);
        Ok([x, y])
    }
}

fn hash(text: &str, seed: u32) -> u32 {
    text.bytes().fold(random::hash(seed ^ 0x5eed), |h, byte| random::hash(h ^ u32::from(byte)))
}

#[cfg(test)]
pub mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::super::{Column, draws::tests::generated};

    /// The texts of a generated data set, train and test; checks what holds for all of them.
    pub fn pairs(name: &str, options: Value) -> [Vec<(String, String)>; 2] {
        let data = generated(name, options);
        let y = data.about.y.unwrap();
        let splits = data.splits.map(|split| {
            let x = split.x.chunks(data.about.x.elements()).map(|tokens| text(&data.about.x, tokens));
            let targets = split.y.chunks(y.elements()).map(|tokens| {
                let text = text(&y, tokens);
                text.strip_prefix("<s>").unwrap().strip_suffix("</s>").unwrap().to_owned()
            });
            x.zip(targets).collect::<Vec<_>>()
        });
        let train: HashSet<&String> = splits[0].iter().map(|(x, _)| x).collect();
        assert!(splits[1].iter().all(|(x, _)| !train.contains(x)), "{name}: the test has been trained on");
        // No room is wasted.
        let longest = splits.iter().flatten().map(|(x, _)| x.len()).max();
        assert!(longest > Some(data.about.x.elements() * 4 / 5), "{name}: {longest:?} of {:?}", data.about.x.shape);
        splits
    }

    fn text(column: &Column, tokens: &[u8]) -> String {
        let end = tokens.iter().rposition(|token| *token != 0).map_or(0, |at| at + 1);
        tokens[..end].iter().map(|token| column.names[usize::from(*token)].as_str()).collect()
    }
}
