//! Words, letter by letter, from files: first names, and how English words are said.

use serde::Deserialize;

use super::{About, Manifest, Source, described};
use crate::error::Result;

/// `{"dataset": "names"}`: x tokens \[14\], a first name between begin and end; y female or male. Names of both are left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {}

/// `{"dataset": "pronunciations"}`: x tokens \[12\], the letters of an English word; y tokens \[16\], its phonemes between begin and end
/// (ARPAbet without stress; CMU Pronouncing Dictionary).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pronunciations {}

impl Source for Names {
    fn name(&self) -> &'static str {
        "names"
    }

    fn files(&self) -> Option<&'static str> {
        Some("names")
    }

    fn about(&self, manifest: Option<&Manifest>) -> Result<About> {
        described(self.name(), manifest)
    }
}

impl Source for Pronunciations {
    fn name(&self) -> &'static str {
        "pronunciations"
    }

    fn files(&self) -> Option<&'static str> {
        Some("pronunciations")
    }

    fn about(&self, manifest: Option<&Manifest>) -> Result<About> {
        described(self.name(), manifest)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{BEGIN, END, PADDING, load, source};

    /// Counts, then that every sequence of a column is begin, tokens, end, padding.
    #[test]
    fn the_real_ones_load() {
        for (name, time, least) in [("names", 14, [5_000, 1_000]), ("pronunciations", 16, [90_000, 4_000])] {
            let data = load(&*source(name, json!({}), "data").unwrap()).unwrap();
            assert!(
                data.about.counts.iter().zip(least).all(|(count, least)| *count > least),
                "{:?}",
                data.about.counts
            );
            assert_eq!(data.about.padding, Some(PADDING));
            for split in &data.splits {
                let sequences = if name == "names" { &split.x } else { &split.y };
                for tokens in sequences.chunks_exact(time) {
                    let end = tokens.iter().position(|token| *token == END).unwrap();
                    assert!(tokens[0] == BEGIN && tokens[1..end].iter().all(|token| *token > END), "{tokens:?}");
                    assert!(tokens[end + 1..].iter().all(|token| *token == PADDING), "{tokens:?}");
                }
            }
        }
    }
}
