//! Text to tokens and back.

use super::{BEGIN, Column, END, PADDING};
use crate::error::{Error, Result};

/// The names of a column's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    names: Vec<String>,
    time: usize,
    special: bool,
}

impl Vocabulary {
    /// Of a column of tokens.
    ///
    /// # Errors
    /// When its tokens have no names.
    pub fn new(column: &Column) -> Result<Self> {
        if column.names.is_empty() {
            return Err(Error::data("vocabulary", "its tokens have no names"));
        }
        let time = column.shape.first().copied().unwrap_or(1);
        let special = column.names.first().is_some_and(|name| name == "<pad>");
        Ok(Self { names: column.names.clone(), time, special })
    }

    /// Whether sequences begin and end with tokens of their own.
    pub fn has_begin(&self) -> bool {
        self.names.get(usize::from(BEGIN)).is_some_and(|name| name == "<s>")
    }

    /// The tokens of a text; of a vocabulary of words, they are separated by spaces.
    ///
    /// # Errors
    /// Names the first character or word that is no token, and what is known.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let find = |piece: &str| {
            let found = self.names.iter().position(|name| name == piece).filter(|&i| !self.reserved(i));
            found.map(|i| i as u32).ok_or_else(|| {
                let known: Vec<_> = self.names.iter().enumerate().filter(|(i, _)| !self.reserved(*i)).collect();
                let known: Vec<String> = known.iter().map(|(_, name)| format!("{name:?}")).collect();
                Error::data(format!("{piece:?}"), format!("is no token; expected {}", known.join(" ")))
            })
        };
        if self.is_words() {
            return text.split_whitespace().map(find).collect();
        }
        text.chars().map(|c| find(c.encode_utf8(&mut [0; 4]))).collect()
    }

    /// As [`Vocabulary::encode`], filled up to an item's length.
    ///
    /// # Errors
    /// Also when the text is too long.
    pub fn padded(&self, text: &str) -> Result<Vec<u32>> {
        let mut tokens = self.encode(text)?;
        if tokens.len() > self.time {
            let message = format!("has {} tokens, at most {} are possible", tokens.len(), self.time);
            return Err(Error::data(format!("{text:?}"), message));
        }
        tokens.resize(self.time, PADDING.into());
        Ok(tokens)
    }

    /// The text of tokens, without padding, begin and end.
    pub fn decode(&self, tokens: &[u32]) -> String {
        let names = tokens.iter().filter(|&&token| !self.reserved(token as usize));
        let names: Vec<&str> = names.map(|&token| self.name(token)).collect();
        names.join(if self.is_words() { " " } else { "" })
    }

    /// A token's name.
    pub fn name(&self, token: u32) -> &str {
        self.names.get(token as usize).map_or("?", String::as_str)
    }

    fn reserved(&self, token: usize) -> bool {
        self.special && (token == usize::from(PADDING) || self.has_begin() && token <= usize::from(END))
    }

    /// Whether tokens are words, such as phonemes, rather than characters.
    fn is_words(&self) -> bool {
        self.names.iter().enumerate().any(|(i, name)| !self.reserved(i) && name.chars().count() > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(names: &[&str]) -> Vocabulary {
        Vocabulary::new(&Column::tokens(4, names.iter().map(|&n| n.into()).collect())).unwrap()
    }

    #[test]
    fn characters_there_and_back() {
        let letters = vocabulary(&["<pad>", "<s>", "</s>", "a", "b"]);
        assert_eq!(letters.padded("bab").unwrap(), [4, 3, 4, 0]);
        assert_eq!(letters.decode(&[1, 4, 3, 4, 2, 0]), "bab");
        let error = letters.encode("ac").unwrap_err().to_string();
        assert!(error.contains("\"c\"") && error.contains("\"a\" \"b\""), "{error}");
        let error = letters.padded("ababa").unwrap_err().to_string();
        assert!(error.contains("has 5 tokens, at most 4"), "{error}");
    }

    #[test]
    fn words_are_separated() {
        let phonemes = vocabulary(&["<pad>", "<s>", "</s>", "AH", "K"]);
        assert_eq!(phonemes.encode("K AH").unwrap(), [4, 3]);
        assert_eq!(phonemes.decode(&[4, 3, 2]), "K AH");
    }

    #[test]
    fn text_has_no_reserved_tokens() {
        let text = vocabulary(&["\n", "a"]);
        assert_eq!(text.encode("a\n").unwrap(), [1, 0]);
        assert_eq!(text.decode(&[0, 1]), "\na");
    }
}
