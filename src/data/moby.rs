//! Moby-Dick, character by character.

use serde::Deserialize;

use super::{About, Manifest, Source, described};
use crate::{
    error::{Error, Result},
    spec::Count,
};

/// `{"dataset": "moby", "length": 64}`: samples of `length` characters from anywhere in the text, and the character after each.
/// The last tenth of the book is the test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moby {
    #[serde(default = "length")]
    length: Count,
}

fn length() -> Count {
    Count(64)
}

impl Source for Moby {
    fn name(&self) -> &'static str {
        "moby"
    }

    fn files(&self) -> Option<&'static str> {
        Some("moby")
    }

    fn about(&self, manifest: Option<&Manifest>) -> Result<About> {
        let mut about = described(self.name(), manifest)?;
        let Count(length) = self.length;
        if let Some(count) = about.counts.into_iter().find(|&count| count <= length) {
            let message = format!("{length} is longer than a part of the text, {count} characters");
            return Err(Error::spec("data.length", message));
        }
        about.x.shape = vec![length];
        about.stream = true;
        Ok(about)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Manifest, manifest::tests::manifest, source};

    #[test]
    fn a_text_is_a_stream_of_characters() {
        let mut json = manifest();
        json["columns"] = json!({ "x": { "content": "classes", "count": 4, "shape": [] } });
        json["stream"] = true.into();
        json["splits"]["test"] = json["splits"]["train"].clone();
        // Five characters.
        let manifest = Manifest::parse(&json.to_string()).unwrap();
        let moby = |options| source("moby", options, "data").unwrap();
        let about = moby(json!({ "length": 2 })).about(Some(&manifest)).unwrap();
        assert_eq!((about.x.shape, about.stream, about.y, about.counts), (vec![2], true, None, [5, 5]));
        let error = moby(json!({ "length": 5 })).about(Some(&manifest)).unwrap_err().to_string();
        assert!(error.contains("data.length: 5 is longer than a part of the text, 5 characters"), "{error}");
        assert!(moby(json!({})).about(None).unwrap_err().to_string().contains("cargo xtask data"));
    }
}
