//! Reads comments and fields out of the crate's sources, which rustfmt has put into one form.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A struct or an enum.
#[derive(Debug, Default)]
pub struct Item {
    pub name: String,
    /// Its comment: paragraphs and list items in one line each.
    pub comment: String,
    pub is_enum: bool,
    /// Fields or variants.
    pub members: Vec<Member>,
    /// Of `struct Name(Inner)`.
    pub inner: Option<String>,
}

/// A field or a variant.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    /// Its name in JSON.
    pub key: String,
    /// Empty for variants.
    pub ty: String,
    pub comment: String,
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The structs and enums of a file, or of the files of a folder.
pub fn items(path: &str) -> Vec<Item> {
    let path = root().join(path);
    let mut files: Vec<PathBuf> = if path.is_dir() {
        fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect()
    } else {
        vec![path]
    };
    files.sort();
    files.iter().flat_map(|file| parse(&fs::read_to_string(file).unwrap())).collect()
}

fn parse(source: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let (mut comment, mut item): (Vec<&str>, Option<Item>) = (Vec::new(), None);
    let mut rename = None;
    for line in source.lines() {
        let text = line.trim();
        if let Some(words) = text.strip_prefix("///") {
            comment.push(words.strip_prefix(' ').unwrap_or(words));
            continue;
        }
        if text.starts_with("#[") {
            rename = text.split_once("rename = \"").and_then(|(_, rest)| rest.split('"').next()).or(rename);
            continue;
        }
        match &mut item {
            Some(open) if line.starts_with("    ") && !line.starts_with("     ") => {
                let text = text.trim_start_matches("pub ").trim_end_matches(',');
                let (name, ty) = text.split_once(": ").unwrap_or((text, ""));
                let key = rename.unwrap_or(name).to_owned();
                open.members.push(Member { name: name.into(), key, ty: ty.into(), comment: joined(&comment) });
            }
            Some(_) if line == "}" => items.extend(item.take()),
            _ => {
                let text = text.trim_start_matches("pub ");
                let declared = text.strip_prefix("struct ").or_else(|| text.strip_prefix("enum "));
                if let (None, Some(rest), false) = (&item, declared, line.starts_with(' ')) {
                    let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                    let inner = rest.split_once('(').map(|(_, inner)| inner.trim_end_matches(");").to_owned());
                    let is_enum = text.starts_with("enum");
                    let new = Item { name, comment: joined(&comment), is_enum, inner, members: Vec::new() };
                    if rest.ends_with('{') { item = Some(new) } else { items.push(new) }
                }
            }
        }
        comment.clear();
        rename = None;
    }
    items
}

/// Lines of a paragraph or a list item joined.
fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        text += match line {
            _ if text.is_empty() || text.ends_with('\n') => "",
            "" => "\n\n",
            _ if line.starts_with("- ") => "\n",
            _ => " ",
        };
        text += line;
    }
    text.trim().to_owned()
}

/// `max_pool2d` → `MaxPool2d`
pub fn camel(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// `HeNormal` → `he_normal`, as serde does it
pub fn snake(name: &str) -> String {
    let mut text = String::new();
    for (i, c) in name.char_indices() {
        if c.is_uppercase() && i > 0 {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}
