//! Field types whose errors say what was expected.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::ops::Padding;

/// The largest count: what a 32-bit `usize`, as in a browser, holds.
const MOST: u64 = u32::MAX as u64;
/// The largest window, stride or padding: their sums must not overflow.
const MOST_PIXELS: u64 = u16::MAX as u64;

/// A whole number of at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub usize);

/// `3` or `[3, 5]`: (height, width), each at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize, pub usize);

/// `"valid"`, `"same"`, `1` or `[1, 2]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaddingSpec(pub Padding);

impl Default for PaddingSpec {
    fn default() -> Self {
        Self(Padding::Valid)
    }
}

/// What is accepted: a number, and for some fields a pair or a word.
struct Numbers {
    least: u64,
    most: u64,
    pair: bool,
    words: &'static [&'static str],
}

/// What was found.
enum Found {
    One(usize),
    Two(usize, usize),
    Word(String),
}

impl Numbers {
    fn check<E: Error>(&self, n: u64) -> Result<usize, E> {
        match usize::try_from(n) {
            _ if n > self.most => Err(E::custom(format_args!("{n} is too large, at most {} is possible", self.most))),
            Ok(small) if n >= self.least => Ok(small),
            _ => Err(E::custom(format_args!("{n} is out of range, expected {}", Expected(self)))),
        }
    }
}

struct Expected<'a>(&'a Numbers);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

impl<'de> Visitor<'de> for &Numbers {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number of at least {}", self.least)?;
        if self.pair {
            write!(f, " or [height, width]")?;
        }
        self.words.iter().try_for_each(|word| write!(f, " or \"{word}\""))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<Found, E> {
        Ok(Found::One(self.check(n)?))
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<Found, E> {
        match u64::try_from(n) {
            Ok(n) => self.visit_u64(n),
            Err(_) => Err(E::custom(format_args!("{n} is negative, expected {}", Expected(self)))),
        }
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Found, E> {
        if self.words.contains(&word) {
            Ok(Found::Word(word.to_owned()))
        } else {
            Err(E::custom(format_args!("\"{word}\" is not known, expected {}", Expected(self))))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found, A::Error> {
        let wrong = || A::Error::custom(format_args!("expected {}", Expected(self)));
        if !self.pair {
            return Err(wrong());
        }
        let (Some(h), Some(w)) = (seq.next_element::<i64>()?, seq.next_element::<i64>()?) else {
            return Err(wrong());
        };
        if seq.next_element::<i64>()?.is_some() {
            return Err(wrong());
        }
        let number = |n: i64| u64::try_from(n).map_err(|_| wrong()).and_then(|n| self.check(n));
        Ok(Found::Two(number(h)?, number(w)?))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match d.deserialize_any(&Numbers { least: 1, most: MOST, pair: false, words: &[] })? {
            Found::One(n) | Found::Two(n, _) => Ok(Self(n)),
            Found::Word(_) => Err(D::Error::custom("expected a number")),
        }
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match d.deserialize_any(&Numbers { least: 1, most: MOST_PIXELS, pair: true, words: &[] })? {
            Found::One(n) => Ok(Self(n, n)),
            Found::Two(h, w) => Ok(Self(h, w)),
            Found::Word(_) => Err(D::Error::custom("expected a number")),
        }
    }
}

impl<'de> Deserialize<'de> for PaddingSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let padding =
            match d.deserialize_any(&Numbers { least: 0, most: MOST_PIXELS, pair: true, words: &["valid", "same"] })? {
                Found::One(n) => Padding::Explicit(n, n),
                Found::Two(h, w) => Padding::Explicit(h, w),
                Found::Word(word) if word == "same" => Padding::Same,
                Found::Word(_) => Padding::Valid,
            };
        Ok(Self(padding))
    }
}
