//! Moby-Dick, character by character.

use serde::Deserialize;

use super::{About, Manifest, Source, described};
use crate::{
    error::{Error, Result},
    spec::Count,
};

/// `{"dataset": "moby", "length": 64, "stride": length}`: windows of `length + 1` characters, so that each but the last has a next one.
/// Window `i` begins at character `i * stride`. The last tenth of the book is the test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moby {
    #[serde(default = "length")]
    length: Count,
    #[serde(default)]
    stride: Option<Count>,
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
        let (Count(length), Count(stride)) = (self.length, self.stride.unwrap_or(self.length));
        for count in &mut about.counts {
            let room = count.checked_sub(length).and_then(|room| room.checked_sub(1));
            let last = room.ok_or_else(|| {
                Error::spec("data.length", format!("{length} is longer than a part of the text, {count} characters"))
            })?;
            *count = last / stride + 1;
        }
        about.x.shape = vec![length + 1];
        about.stream = Some(stride);
        Ok(about)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Manifest, manifest::tests::manifest, source};

    #[test]
    fn windows_are_counted() {
        let mut json = manifest();
        json["columns"] = json!({ "x": { "content": "classes", "count": 4, "shape": [] } });
        json["stream"] = true.into();
        json["splits"]["test"] = json["splits"]["train"].clone();
        // Five characters.
        let manifest = Manifest::parse(&json.to_string()).unwrap();
        let moby = |options| source("moby", options, "data").unwrap();
        let counts = |options| moby(options).about(Some(&manifest)).unwrap().counts[0];
        assert_eq!(counts(json!({ "length": 1 })), 4);
        assert_eq!(counts(json!({ "length": 2 })), 2);
        assert_eq!(counts(json!({ "length": 2, "stride": 1 })), 3);
        assert_eq!(counts(json!({ "length": 4 })), 1);
        let about = moby(json!({ "length": 2 })).about(Some(&manifest)).unwrap();
        assert_eq!((about.x.shape, about.stream, about.y), (vec![3], Some(2), None));
        let error = moby(json!({ "length": 5 })).about(Some(&manifest)).unwrap_err().to_string();
        assert!(error.contains("data.length: 5 is longer than a part of the text, 5 characters"), "{error}");
        assert!(moby(json!({})).about(None).unwrap_err().to_string().contains("cargo xtask data"));
    }
}
