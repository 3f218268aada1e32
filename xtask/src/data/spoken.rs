//! Spoken digits, synthesised: zero to nine by eSpeak NG (npm package @echogarden/espeak-ng-emscripten) in many
//! voices. The voices of the test never train.

use std::{f64::consts::PI, fs};

use serde::Serialize;

use super::{
    PACKAGES, Source, hash,
    shards::{Column, Content, Part, Set},
};
use crate::{
    node,
    process::{Result, root, run, target_dir},
};

const MODULE: Source = Source {
    file: "@echogarden/espeak-ng-emscripten/espeak-ng.js",
    sha256: "3502d997af2640e54518a06845776c8507bfeebd8ff75f80176370e35de9896b",
};
const VOICES: Source = Source {
    file: "@echogarden/espeak-ng-emscripten/espeak-ng.data",
    sha256: "f7f8eff5685c709db9dae81e88a0e0556867d60514f7308ae99e0579369397b5",
};
const SCRIPT: &str = "xtask/src/data/spoken.mjs";
const WORDS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const ACCENTS: [&str; 8] =
    ["en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"];
/// eSpeak's variants that could be people.
const TRAIN: [&str; 32] = [
    "m1", "m2", "m3", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f5", "Alex", "Andy", "Annie", "Denis", "Diogo",
    "Gene", "Jacky", "Lee", "Marco", "Mario", "Mike", "adam", "anika", "antonio", "belinda", "benjamin", "boris",
    "john", "paul", "rob", "travis",
];
const TEST: [&str; 8] = ["m4", "f4", "Andrea", "Hugo", "Michael", "david", "linda", "steph"];
/// Each variant says all words so many times, in different accents, at different speeds and pitches.
const TAKES: usize = 4;
const CUT: (usize, usize) = (640, 640);

/// Samples a second: eSpeak's, and ours.
const SPOKEN_RATE: f64 = 22_050.0;
const RATE: f64 = 8_000.0;
/// Samples of an item: 0.9 s.
const LENGTH: usize = 7_200;
/// Softer than this share of the loudest is silence at the ends.
const SILENCE: f64 = 0.02;
/// Half the width of the resampling filter, in our samples.
const REACH: f64 = 16.0;

#[derive(Serialize)]
struct Job {
    voice: String,
    /// Words a minute.
    rate: u32,
    /// 0 to 99; 50 is usual.
    pitch: u32,
    word: &'static str,
}

pub fn make() -> Result<Set> {
    MODULE.read()?;
    VOICES.read()?;
    let mut jobs_of_all = jobs(&TRAIN);
    let train = jobs_of_all.len();
    jobs_of_all.extend(jobs(&TEST));
    let sounds = speak(&jobs_of_all)?;
    let (train, test) = sounds.split_at(train);
    let part = |sounds: &[Vec<i16>]| {
        let labels = (0..WORDS.len() as u8).cycle().take(sounds.len());
        let mut items: Vec<(u8, Vec<u8>)> = labels.zip(sounds.iter().map(|sound| fit(sound))).collect();
        // The first steps see all voices.
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|at| hash(&format!("order {at}")));
        Part {
            y: order.iter().map(|&at| items[at].0).collect(),
            x: order.iter().flat_map(|&at| std::mem::take(&mut items[at].1)).collect(),
            cut: CUT,
        }
    };
    Ok(Set {
        source:
            "Synthetic speech: eSpeak NG, npm @echogarden/espeak-ng-emscripten 0.3.5; the test has voices of its own"
                .into(),
        x: Column { content: Content::Pixels, shape: vec![LENGTH], names: Vec::new() },
        y: Some(Column::classes(&[], WORDS.map(String::from).into())),
        stream: false,
        padding: None,
        parts: [part(train), part(test)],
    })
}

/// The words in turn, of each take of each variant.
fn jobs(variants: &[&str]) -> Vec<Job> {
    let takes = variants.iter().flat_map(|variant| (0..TAKES).map(move |take| (variant, take)));
    takes
        .flat_map(|(variant, take)| {
            let accent = ACCENTS[(hash(variant) as usize + take * 3) % ACCENTS.len()];
            WORDS.map(|word| {
                let draw = |what: &str, below: u32| hash(&format!("{variant} {take} {word} {what}")) % below;
                let (rate, pitch) = (130 + draw("rate", 80), 32 + draw("pitch", 36));
                Job { voice: format!("{accent}+{variant}"), rate, pitch, word }
            })
        })
        .collect()
}

/// What eSpeak says, job after job.
fn speak(jobs: &[Job]) -> Result<Vec<Vec<i16>>> {
    let folder = target_dir();
    let [list, sounds] =
        ["jobs.json", "sounds.bin"].map(|name| folder.join(format!("spoken-{}-{name}", std::process::id())));
    let json = serde_json::to_vec(jobs).map_err(|e| format!("spoken: {e}"))?;
    fs::write(&list, json).map_err(|e| format!("{}: {e}", list.display()))?;
    let module = root().join(PACKAGES).join(MODULE.file);
    let spoken = run(node::node().arg(root().join(SCRIPT)).args([&module, &list, &sounds]));
    let bytes = spoken.and_then(|()| fs::read(&sounds).map_err(|e| format!("{}: {e}", sounds.display())));
    // They are only on the way from one process to another; if one is not there, something else has failed.
    let _ = [&list, &sounds].map(fs::remove_file);
    let sounds = parse(&bytes?).filter(|sounds| sounds.len() == jobs.len());
    sounds.ok_or_else(|| format!("{SCRIPT} wrote another number of sounds than it was asked for"))
}

/// Lengths and samples, as the script writes them.
fn parse(mut bytes: &[u8]) -> Option<Vec<Vec<i16>>> {
    let mut sounds = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (sound, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize * 2)?;
        sounds.push(sound.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect());
        bytes = rest;
    }
    bytes.is_empty().then_some(sounds)
}

/// At our rate, as loud as possible, without silence at its ends, in the middle of [`LENGTH`] bytes; 128 is silence.
/// Even bytes only: 7 bits are enough for features, and pack into a fifth less.
fn fit(sound: &[i16]) -> Vec<u8> {
    let sound = resample(sound);
    let loudest = sound.iter().fold(1.0, |loudest: f64, v| loudest.max(v.abs()));
    let is_heard = |v: &f64| v.abs() > loudest * SILENCE;
    let from = sound.iter().position(is_heard).unwrap_or(0);
    let to = sound.iter().rposition(is_heard).map_or(from, |at| at + 1).min(from + LENGTH);
    let mut bytes = vec![128; LENGTH];
    let start = (LENGTH - (to - from)) / 2;
    for (byte, value) in bytes[start..].iter_mut().zip(&sound[from..to]) {
        *byte = (128.0 + 2.0 * (63.0 * value / loudest).round()) as u8;
    }
    bytes
}

/// From [`SPOKEN_RATE`] to [`RATE`], with a windowed sinc that keeps what is below 0.9 of our Nyquist frequency.
fn resample(sound: &[i16]) -> Vec<f64> {
    let step = SPOKEN_RATE / RATE;
    let cutoff = 0.9 / step;
    let reach = REACH * step;
    let weight = |distance: f64| {
        let sinc = if distance == 0.0 { 1.0 } else { (PI * cutoff * distance).sin() / (PI * cutoff * distance) };
        cutoff * sinc * (0.5 + 0.5 * (PI * distance / reach).cos())
    };
    (0..(sound.len() as f64 / step) as usize)
        .map(|at| {
            let middle = at as f64 * step;
            let from = (middle - reach).ceil().max(0.0) as usize;
            let to = ((middle + reach) as usize + 1).min(sound.len());
            (from..to).map(|n| f64::from(sound[n]) * weight(n as f64 - middle)).sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone at eSpeak's rate.
    fn tone(frequency: f64) -> Vec<i16> {
        (0..11_025).map(|n| (10_000.0 * (2.0 * PI * frequency * f64::from(n) / SPOKEN_RATE).sin()) as i16).collect()
    }

    #[test]
    fn resampling_keeps_what_fits_and_drops_what_does_not() {
        let loudest = |frequency: f64| {
            let sound = resample(&tone(frequency));
            sound[100..3_900].iter().fold(0.0, |loudest: f64, v| loudest.max(v.abs()))
        };
        assert!((9_800.0..10_200.0).contains(&loudest(1_000.0)), "{}", loudest(1_000.0));
        assert!(loudest(6_000.0) < 50.0, "{}", loudest(6_000.0));
    }

    #[test]
    fn sounds_are_centred_and_loud() {
        let mut sound = vec![0; 9_000];
        sound.extend(tone(440.0));
        let bytes = fit(&sound);
        assert_eq!(bytes.len(), LENGTH);
        let first = bytes.iter().position(|b| *b != 128).unwrap();
        let last = bytes.iter().rposition(|b| *b != 128).unwrap();
        assert!(first.abs_diff(LENGTH - 1 - last) <= 2 && (1_590..1_615).contains(&first), "{first} {last}");
        assert!(bytes.iter().max() >= Some(&250));
        assert!(fit(&vec![1; 60_000]).len() == LENGTH && fit(&[]).len() == LENGTH);
    }

    #[test]
    fn test_voices_never_train() {
        assert!(TEST.iter().all(|voice| !TRAIN.contains(voice)));
        let jobs = jobs(&TEST);
        assert_eq!(jobs.len(), TEST.len() * TAKES * WORDS.len());
        assert!(jobs.iter().all(|job| (130..210).contains(&job.rate) && (32..68).contains(&job.pitch)));
    }
}
