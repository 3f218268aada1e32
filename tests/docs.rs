//! docs/layers.md holds what the layers' own comments say, with the options and defaults that their parsers have.
//! `cargo xtask docs` runs this with `TRAINYARD_WRITE_DOCS` set, which writes the file instead of comparing it.

mod docs_common;

use std::{env, fmt::Write as _, fs};

use docs_common::{Item, Member, camel, items, snake};
use serde_json::{Map, Value};
use trainyard::layers::REGISTRY;

const FILE: &str = "docs/layers.md";

/// What a layer's comment must tell, as list items `- Formula: …`; and what it may tell.
const REQUIRED: [&str; 5] = ["Formula", "Shape", "PyTorch", "Source", "Example"];
const OPTIONAL: &str = "Parameters";

/// Choices that several layers have: told once, at the end.
const SHARED: [(&str, &str); 2] = [("Activation", "activation"), ("Init", "init")];

const INTRO: &str = "\
# Layers

Written by `cargo xtask docs` from the comments in `src/layers/`: change them there. A layer of a `model` is
`{\"type\": …}` with its options. Every layer may have three more: `name`, its part of its parameters' names in files (its
place in the list if absent), `frozen`: its parameters stay as they are; and `shared`, the full
name of a layer built before, of any network, whose parameters it uses as its own (`encoder.0`).

Shapes begin with the batch. Parameters have PyTorch's names, shapes and layout in files.
";

fn parse(kind: &str, options: Map<String, Value>) -> Result<String, String> {
    let (_, parse) = REGISTRY.iter().find(|(name, _)| *name == kind).unwrap();
    parse(Value::Object(options), kind).map(|layer| format!("{layer:?}")).map_err(|e| e.to_string())
}

/// The options that a layer's parser knows, from how it refuses one that nobody knows.
fn options(kind: &str) -> Vec<String> {
    let message = parse(kind, [("?".to_owned(), Value::Null)].into_iter().collect()).unwrap_err();
    let (_, known) = message.split_once("`?`").unwrap_or_else(|| panic!("{kind}: {message}"));
    known.split('`').skip(1).step_by(2).map(Into::into).collect()
}

/// The value of a field in what `Debug` prints of a struct.
fn field<'a>(debug: &'a str, name: &str) -> &'a str {
    let starts = [format!("{{ {name}: "), format!(", {name}: ")];
    let found = starts.iter().find_map(|start| Some(&debug[debug.find(start.as_str())? + start.len()..]));
    let rest = found.unwrap_or_else(|| panic!("no {name} in {debug}"));
    let mut depth = 0;
    let end = rest.find(|c| {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        depth < 0 || (depth == 0 && ", ".contains(c))
    });
    &rest[..end.unwrap_or(rest.len())]
}

/// A default as it stands in an experiment.
fn as_json(debug: &str, ty: &str) -> String {
    if ty.starts_with("Option<") {
        assert_eq!(debug, "None");
        return "–".into();
    }
    let inner = |wrapper: &str| debug.strip_prefix(wrapper)?.strip_suffix(')').map(str::to_owned);
    let pair = |text: String| match text.split_once(", ") {
        Some((a, b)) if a != b => format!("[{text}]"),
        _ => text.split(", ").next().unwrap_or_default().to_owned(),
    };
    let text = inner("PaddingSpec(").or_else(|| inner("Count(")).or_else(|| inner("Size(").map(pair));
    let text = text.unwrap_or_else(|| debug.into());
    if text.chars().next().is_some_and(char::is_uppercase) {
        format!("`\"{}\"`", snake(&text))
    } else {
        format!("`{text}`")
    }
}

/// A type in words.
fn words(ty: &str, known: &[Item]) -> String {
    let ty = ty.strip_prefix("Option<").and_then(|inner| inner.strip_suffix('>')).unwrap_or(ty);
    if let Some((_, anchor)) = SHARED.iter().find(|(name, _)| *name == ty) {
        return format!("[{anchor}](#{anchor})");
    }
    if let Some(choice) = known.iter().find(|item| item.name == ty && item.is_enum) {
        return choice.members.iter().map(|m| format!("`\"{}\"`", snake(&m.name))).collect::<Vec<_>>().join(" or ");
    }
    match ty {
        "Count" => "whole number from 1",
        "Size" => "whole number from 1, or [height, width]",
        "PaddingSpec" => "whole number, [height, width], `\"valid\"` or `\"same\"`",
        "f32" => "number",
        "u32" => "whole number",
        "bool" => "`true` or `false`",
        "String" => "text",
        "Vec<i64>" => "list of whole numbers",
        "Layers" => "list of layers",
        other => panic!("how is a `{other}` called? Say so in tests/docs.rs"),
    }
    .into()
}

/// Comments link to structs, the page to its own sections.
fn linked(text: &str) -> String {
    REGISTRY.iter().fold(text.to_owned(), |text, (name, _)| {
        text.replace(&format!("[`{}`]", camel(name)), &format!("[`{name}`](#{name})"))
    })
}

fn choices(page: &mut String, item: &Item) {
    for member in &item.members {
        assert!(!member.comment.is_empty(), "{}::{} has no text", item.name, member.name);
        let _ = writeln!(page, "- `\"{}\"`: {}", snake(&member.name), linked(&member.comment));
    }
}

fn rows(page: &mut String, kind: &str, members: &[Member], example: &Map<String, Value>, known: &[Item]) {
    let names: Vec<_> = members.iter().map(|m| m.key.clone()).collect();
    assert_eq!(names, options(kind), "{kind}: the fields of its struct, and what its parser knows");
    if members.is_empty() {
        return;
    }
    *page += "\n| option | | default | |\n|---|---|---|---|\n";
    for Member { name, key, ty, comment } in members {
        assert!(!comment.is_empty(), "{kind}: option `{key}` has no text");
        let mut without = example.clone();
        without.remove(key);
        let default = match parse(kind, without) {
            Ok(debug) => as_json(field(&debug, name), ty),
            Err(message) => {
                assert!(message.contains("is missing"), "{kind} without {key}: {message}");
                "required".into()
            }
        };
        let _ = writeln!(page, "| `{key}` | {} | {default} | {} |", words(ty, known), linked(comment));
    }
    for Member { ty, .. } in members {
        let choice = known.iter().find(|item| item.is_enum && item.name == *ty);
        if let Some(choice) = choice.filter(|choice| !SHARED.iter().any(|(name, _)| *name == choice.name)) {
            *page += "\n";
            choices(page, choice);
        }
    }
}

fn section(page: &mut String, kind: &str, known: &[Item]) {
    let find = |name: &str| known.iter().find(|item| !item.is_enum && item.name == name);
    let item = find(&camel(kind)).unwrap_or_else(|| panic!("src/layers has no struct {}", camel(kind)));
    let (summary, list) = item.comment.split_once("\n\n").unwrap_or((&item.comment, ""));
    let entries: Vec<(&str, &str)> = list.lines().filter_map(|l| l.strip_prefix("- ")?.split_once(": ")).collect();
    for (label, _) in &entries {
        assert!(REQUIRED.contains(label) || *label == OPTIONAL, "{kind}: `- {label}:` is not known");
    }
    let told = |label: &str| entries.iter().find(|(l, text)| *l == label && !text.is_empty()).map(|(_, text)| *text);
    for label in REQUIRED {
        assert!(told(label).is_some(), "{kind}: the comment of {} lacks a line `- {label}: …`", item.name);
    }
    let source = told("Source").unwrap();
    let year =
        |word: &str| (1900..2100).any(|year| word.trim_matches(|c: char| !c.is_ascii_digit()) == year.to_string());
    assert!(source.starts_with("none") || source.split(' ').any(year), "{kind}: when was {source}?");
    let example = told("Example").unwrap().trim_matches('`');
    let mut options: Map<String, Value> =
        serde_json::from_str(example).unwrap_or_else(|e| panic!("{kind}: its example is not JSON: {e}"));
    assert_eq!(options.remove("type"), Some(kind.into()), "{kind}: the type of its example");
    if let Err(message) = parse(kind, options.clone()) {
        panic!("{kind}: its example does not parse: {message}");
    }
    let _ = writeln!(page, "\n## {kind}\n\n{}\n", linked(summary));
    for (label, text) in entries.iter().filter(|(label, _)| *label != "Example") {
        let _ = writeln!(page, "- **{label}**: {}", linked(text));
    }
    let _ = writeln!(page, "\n```json\n{example}\n```");
    let members = item.inner.as_deref().and_then(find).map_or(&item.members, |inner| &inner.members);
    rows(page, kind, members, &options, known);
}

#[test]
fn the_page_of_layers_is_what_their_comments_say() {
    let mut known = items("src/layers");
    known.extend(items("src/spec/init.rs"));
    let mut page = INTRO.to_owned();
    page += "\n";
    let links: Vec<_> = REGISTRY.iter().map(|(name, _)| format!("[{name}](#{name})")).collect();
    for line in links.chunks(8) {
        let _ = writeln!(page, "{}", line.join(" · "));
    }
    for (kind, _) in REGISTRY {
        section(&mut page, kind, &known);
    }
    for (name, anchor) in SHARED {
        let item = known.iter().find(|item| item.is_enum && item.name == name).unwrap();
        let _ = writeln!(page, "\n## {anchor}\n\n{}\n", linked(&item.comment));
        choices(&mut page, item);
    }
    let path = docs_common::root().join(FILE);
    if env::var_os("TRAINYARD_WRITE_DOCS").is_some() {
        fs::write(path, page).unwrap();
        return;
    }
    let written = fs::read_to_string(path).unwrap_or_default().replace('\r', "");
    let line = page.lines().zip(written.lines()).position(|(a, b)| a != b).unwrap_or(0) + 1;
    assert!(written == page, "{FILE} is stale from line {line} on: `cargo xtask docs` writes it anew");
}
