//! What a data set is: columns of bytes, and what they mean.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    ops::gather::Element,
};

/// The token that fills up short sequences.
pub const PADDING: u8 = 0;
/// The token that every target sequence begins with.
pub const BEGIN: u8 = 1;
/// The token that ends a target sequence; padding follows.
pub const END: u8 = 2;
/// Names of the three, where a column has them.
pub const SPECIAL: [&str; 3] = ["<pad>", "<s>", "</s>"];

/// What the elements of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "content", rename_all = "snake_case")]
pub enum Content {
    /// Bytes 0..=255 that the network sees as 0..1.
    Pixels,
    /// f32, as they are.
    Numbers,
    /// Whole numbers below `count`, stored as bytes: labels (item shape \[\]) or tokens (item shape \[time\]).
    Classes {
        /// At most 256.
        count: usize,
    },
}

/// One of the two things that a sample consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What its elements are.
    #[serde(flatten)]
    pub content: Content,
    /// Of one item; \[\] is a single element.
    pub shape: Vec<usize>,
    /// Names of the classes or tokens, for people, in order. Empty: numbers speak for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl Column {
    /// Pixels: \[channels, height, width\].
    #[must_use]
    pub fn pixels(shape: &[usize]) -> Self {
        Self { content: Content::Pixels, shape: shape.into(), names: Vec::new() }
    }

    /// f32.
    #[must_use]
    pub fn numbers(shape: &[usize]) -> Self {
        Self { content: Content::Numbers, shape: shape.into(), names: Vec::new() }
    }

    /// Labels 0..`count`.
    #[must_use]
    pub fn labels(count: usize) -> Self {
        Self { content: Content::Classes { count }, shape: Vec::new(), names: Vec::new() }
    }

    /// As many tokens as there are names, `time` of them an item.
    #[must_use]
    pub fn tokens(time: usize, names: Vec<String>) -> Self {
        Self { content: Content::Classes { count: names.len() }, shape: vec![time], names }
    }

    /// With names.
    #[must_use]
    pub fn named(mut self, names: &[&str]) -> Self {
        self.names = names.iter().map(|&name| name.into()).collect();
        self
    }

    /// The number of classes, if that is what it has.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        match self.content {
            Content::Classes { count } => Some(count),
            Content::Pixels | Content::Numbers => None,
        }
    }

    /// As the gather op sees them.
    #[must_use]
    pub fn element(&self) -> Element {
        match self.content {
            Content::Pixels => Element::Pixel,
            Content::Numbers => Element::Number,
            Content::Classes { .. } => Element::Class,
        }
    }

    /// Elements of an item.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes of an item.
    #[must_use]
    pub fn item_bytes(&self) -> usize {
        self.elements() * self.element_bytes()
    }

    fn element_bytes(&self) -> usize {
        match self.content {
            Content::Numbers => 4,
            Content::Pixels | Content::Classes { .. } => 1,
        }
    }

    /// Lengths are above 0, an item fits a file, there are 1 to 256 classes and a name for each or for none.
    pub(super) fn check(&self) -> Result<()> {
        let bytes = self
            .shape
            .iter()
            .try_fold(self.element_bytes() as u32, |product, n| product.checked_mul(u32::try_from(*n).ok()?));
        if bytes.is_none_or(|bytes| bytes == 0) {
            return Err(Error::data("shape", format!("expected lengths above 0, found {:?}", self.shape)));
        }
        let count = self.classes();
        if let Some(count) = count
            && !(1..=256).contains(&count)
        {
            return Err(Error::data("count", format!("expected 1 to 256, found {count}")));
        }
        if !self.names.is_empty() && Some(self.names.len()) != count {
            let expected = count.map_or("none".into(), |count| format!("{count} or none"));
            return Err(Error::data("names", format!("expected {expected}, found {}", self.names.len())));
        }
        Ok(())
    }

    /// The first element that is no class, as (place, class).
    pub(super) fn no_class(&self, bytes: &[u8]) -> Option<(usize, u8)> {
        let count = self.classes().filter(|count| *count < 256)?;
        let at = bytes.iter().position(|class| usize::from(*class) >= count)?;
        Some((at, bytes[at]))
    }
}

/// What a data set is: known before its samples are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// What the network gets.
    pub x: Column,
    /// What it shall say. None: `x` itself, one token later.
    pub y: Option<Column>,
    /// Samples of the splits train and test.
    pub counts: [usize; 2],
    /// Text: the splits are streams of tokens that are counted one by one; a sample is `x.shape[0]` of them from
    /// anywhere. Otherwise items lie one after the other.
    pub stream: bool,
    /// The token that fills up short sequences, of both columns.
    pub padding: Option<u8>,
}

impl About {
    /// Checks items that begin at `start`; the answer is how many they are. Of text, characters are items.
    ///
    /// # Errors
    /// When the columns don't fit each other, a class is none, or a number is not finite; with the item.
    pub fn check(&self, samples: &Samples, start: usize) -> Result<usize> {
        let size = if self.stream { 1 } else { self.x.item_bytes() };
        let count = samples.x.len() / size;
        let sizes = [Some((&self.x, &samples.x, size)), self.y.as_ref().map(|y| (y, &samples.y, y.item_bytes()))];
        for (name, (column, bytes, size)) in ["x", "y"].into_iter().zip(sizes.into_iter().flatten()) {
            if bytes.len() != count * size {
                let message = format!("{} bytes are no {count} items of {size} bytes", bytes.len());
                return Err(Error::data(format!("samples, {name}"), message));
            }
            let item = |element: usize| start + element / (size / column.element_bytes()).max(1);
            if let Some((at, class)) = column.no_class(bytes) {
                let classes = column.classes().unwrap_or(0);
                let message = format!("item {} has class {class}; expected one below {classes}", item(at));
                return Err(Error::data(format!("samples, {name}"), message));
            }
            if column.content == Content::Numbers {
                let numbers = bytes.as_chunks::<4>().0.iter().map(|&number| f32::from_le_bytes(number));
                if let Some((at, number)) = numbers.enumerate().find(|(_, number)| !number.is_finite()) {
                    let message = format!("item {} has {number}; expected finite numbers", item(at));
                    return Err(Error::data(format!("samples, {name}"), message));
                }
            }
        }
        Ok(count)
    }
}

/// Samples of a split: the columns' bytes, little-endian, item after item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// What the network gets.
    pub x: Vec<u8>,
    /// What it shall say; empty where there is no such column.
    pub y: Vec<u8>,
}

impl Samples {
    /// Adds later ones.
    pub fn append(&mut self, mut later: Self) {
        self.x.append(&mut later.x);
        self.y.append(&mut later.y);
    }
}

/// A data set in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What it is.
    pub about: About,
    /// Train and test.
    pub splits: [Samples; 2],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_items() {
        assert_eq!(Column::pixels(&[3, 32, 32]).item_bytes(), 3072);
        assert_eq!(Column::numbers(&[44, 13]).item_bytes(), 44 * 13 * 4);
        assert_eq!(Column::numbers(&[]).item_bytes(), 4);
        assert_eq!(Column::labels(10).item_bytes(), 1);
        assert_eq!(Column::tokens(9, vec!["a".into(); 5]).item_bytes(), 9);
    }

    #[test]
    fn columns_as_json() {
        let labels = Column::labels(2).named(&["no", "yes"]);
        let json = serde_json::to_string(&labels).unwrap();
        assert_eq!(json, r#"{"content":"classes","count":2,"shape":[],"names":["no","yes"]}"#);
        assert_eq!(serde_json::from_str::<Column>(&json).unwrap(), labels);
        let pixels = serde_json::from_str::<Column>(r#"{"content":"pixels","shape":[1,28,28]}"#).unwrap();
        assert_eq!(pixels, Column::pixels(&[1, 28, 28]));
    }
}
