//! Spoken digits, synthesised.

use serde::Deserialize;

use super::{
    About, Column, Manifest, Samples, Shard, Source,
    audio::{COEFFICIENTS, FRAMES, Features, UTTERANCE},
    described,
    draws::{self, Draws},
};
use crate::error::{Error, Result};

/// `{"dataset": "spoken", "noise": 0.03}`: x numbers \[44, 13\], what [`super::audio::mfcc`] makes of a word of 0.9 s; y the digit that is said.
/// Files hold the sounds: 8,000 bytes a second, 128 is silence. The voices of the test never train.
///
/// Rooms are never as silent as a synthesiser: each sound gets normal noise whose standard deviation lies between a tenth of `noise` and
/// `noise` (0 to 0.3; a sound's peak is 1).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spoken {
    #[serde(default = "noise")]
    noise: f32,
    #[serde(default)]
    seed: u32,
}

fn noise() -> f32 {
    0.03
}

impl Source for Spoken {
    fn name(&self) -> &'static str {
        "spoken"
    }

    fn check(&self) -> Result<()> {
        draws::in_range("noise", self.noise, 0.0, 0.3)
    }

    fn files(&self) -> Option<&'static str> {
        Some("spoken")
    }

    fn about(&self, manifest: Option<&Manifest>) -> Result<About> {
        Ok(About { x: Column::numbers(&[FRAMES, COEFFICIENTS]), ..described(self.name(), manifest)? })
    }

    fn decode(&self, manifest: &Manifest, shard: &Shard, raw: &[u8]) -> Result<Samples> {
        let Samples { x: sounds, y } = manifest.decode_shard(shard, raw)?;
        if manifest.columns.x.item_bytes() != UTTERANCE {
            let message = format!("expected sounds of {UTTERANCE} bytes, found {:?}", manifest.columns.x.shape);
            return Err(Error::data(&shard.file, message));
        }
        let features = Features::new();
        let mut x = Vec::with_capacity(y.len() * FRAMES * COEFFICIENTS * 4);
        // Each shard has a stream of its own: it doesn't matter which comes first.
        let stream = shard.file.bytes().fold(6, |h, byte| crate::random::hash(h ^ u32::from(byte)));
        let mut draws = Draws::new(self.seed, stream);
        for sound in sounds.chunks_exact(UTTERANCE) {
            let deviation = self.noise * 0.1f32.powf(draws.uniform());
            let noisy = |byte: &u8| f32::from(*byte) / 127.0 - 128.0 / 127.0 + deviation * draws.rough_normal();
            let samples: Vec<f32> = sound.iter().map(noisy).collect();
            x.extend(draws::bytes(features.of(&samples)));
        }
        Ok(Samples { x, y })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{
        draws::tests::{balanced, numbers},
        load, source,
    };

    #[test]
    fn the_real_one_loads() {
        let data = load(&*source("spoken", json!({}), "data").unwrap()).unwrap();
        assert_eq!((data.about.counts, data.about.x.shape), ([1280, 320], vec![44, 13]));
        for (split, count) in data.splits.iter().zip(data.about.counts) {
            balanced(&split.y, 10);
            let x = numbers(&split.x);
            assert_eq!(x.len(), count * 44 * 13);
            assert!(x.iter().all(|v| v.abs() < 6.7), "no further from the mean of 44 than that can be");
        }
    }
}
