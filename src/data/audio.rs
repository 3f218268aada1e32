//! From sound to what a network that hears expects: mel-frequency cepstral coefficients (S. Davis and P. Mermelstein,
//! Comparison of parametric representations for monosyllabic word recognition, 1980).

use std::f32::consts::{PI, TAU};

/// Samples a second that features are computed from.
pub const RATE: f32 = 8_000.0;
/// Samples of an utterance: 0.9 s.
pub const UTTERANCE: usize = 7_200;
/// Coefficients of a frame, the zeroth (loudness) included.
pub const COEFFICIENTS: usize = 13;
/// Frames of an utterance.
pub const FRAMES: usize = frames(UTTERANCE);

/// Samples of a frame, 25 ms, and from one to the next, 20 ms.
const FRAME: usize = 200;
const HOP: usize = 160;
/// Points of the Fourier transform.
const POINTS: usize = 256;
const BINS: usize = POINTS / 2 + 1;
const FILTERS: usize = 26;
/// Softer is as soft: the logarithm of nothing has no bound.
const FLOOR: f32 = 1e-8;

/// Whole frames in so many samples.
const fn frames(samples: usize) -> usize {
    if samples < FRAME { 0 } else { 1 + (samples - FRAME) / HOP }
}

/// \[frames, 13\] of a sound in about -1..1, at `rate` samples a second: each coefficient with mean 0 and standard deviation 1.
///
/// 25 ms Hann windows every 20 ms, power spectrum, 26 triangular filters evenly on the mel scale up to 4 kHz, logarithm, orthonormal DCT-II.
#[must_use]
pub fn mfcc(samples: &[f32], rate: f32) -> Vec<f32> {
    Features::new().of(&resample(samples, rate))
}

/// The utterance in a recording: [`UTTERANCE`] samples at [`RATE`], the loudest 0.9 s, centred and with a peak of 1, as the data set
/// `spoken` has them. Feed [`mfcc`] with it.
#[must_use]
pub fn utterance(samples: &[f32], rate: f32) -> Vec<f32> {
    let mut sound = resample(samples, rate);
    // So that the window may hang over the ends.
    let edge = vec![0.0; UTTERANCE / 2];
    sound = [edge.as_slice(), &sound, &edge].concat();
    sound.resize(sound.len().max(UTTERANCE), 0.0);
    let power = |v: &f32| f64::from(v * v);
    let mut energy: f64 = sound[..UTTERANCE].iter().map(power).sum();
    let mut loudest = (energy, 0, 0);
    for at in UTTERANCE..sound.len() {
        energy += power(&sound[at]) - power(&sound[at - UTTERANCE]);
        let start = at + 1 - UTTERANCE;
        // Of equally loud windows, the one in the middle: there is silence on both sides.
        if energy > loudest.0 * (1.0 + 1e-3) {
            loudest = (energy, start, start);
        } else if energy > loudest.0 * (1.0 - 1e-3) {
            loudest.2 = start;
        }
    }
    let start = usize::midpoint(loudest.1, loudest.2);
    let mut window = sound[start..start + UTTERANCE].to_vec();
    let peak = window.iter().fold(1e-6, |peak: f32, v| peak.max(v.abs()));
    window.iter_mut().for_each(|v| *v /= peak);
    window
}

/// To [`RATE`]: the mean over each sample's time where there are more, linear between two where there are fewer.
fn resample(samples: &[f32], rate: f32) -> Vec<f32> {
    let step = f64::from(rate) / f64::from(RATE);
    if !step.is_finite() || step <= 0.0 || samples.is_empty() {
        return Vec::new();
    }
    if (step - 1.0).abs() < 1e-9 {
        return samples.to_vec();
    }
    let at = |n: usize| samples[n.min(samples.len() - 1)];
    // The integral from 0 to a time, of lines from sample to sample; f64, or a minute of it would be coarse.
    let mut sums = Vec::with_capacity(samples.len() + 1);
    let mut sum = 0.0;
    for n in 0..=samples.len() {
        sums.push(sum);
        sum += f64::from(at(n) + at(n + 1)) / 2.0;
    }
    let integral = |time: f64| {
        let time = time.clamp(0.0, samples.len() as f64);
        let (n, share) = (time as usize, time.fract());
        let (from, to) = (f64::from(at(n)), f64::from(at(n + 1)));
        sums[n] + share * (from + share * (to - from) / 2.0)
    };
    (0..(samples.len() as f64 / step) as usize)
        .map(|n| {
            let middle = n as f64 * step;
            if step > 1.0 {
                let (from, to) = ((middle - step / 2.0).max(0.0), middle + step / 2.0);
                ((integral(to) - integral(from)) / (to - from)) as f32
            } else {
                let (n, share) = (middle as usize, middle.fract() as f32);
                at(n) + share * (at(n + 1) - at(n))
            }
        })
        .collect()
}

/// The tables that features are computed with.
pub(super) struct Features {
    window: [f32; FRAME],
    /// cos and -sin of n / [`POINTS`] of a turn.
    turns: [(f32, f32); POINTS / 2],
    /// The first bin of each filter, and the weights from there.
    filters: Vec<(usize, Vec<f32>)>,
    dct: [[f32; FILTERS]; COEFFICIENTS],
}

impl Features {
    pub(super) fn new() -> Self {
        let fraction = |n: usize, of: usize| n as f32 / of as f32;
        Self {
            window: std::array::from_fn(|n| 0.5 - 0.5 * (TAU * fraction(n, FRAME)).cos()),
            turns: std::array::from_fn(|n| {
                let (sin, cos) = (TAU * fraction(n, POINTS)).sin_cos();
                (cos, -sin)
            }),
            filters: filters(),
            dct: std::array::from_fn(|k| {
                let scale = (if k == 0 { 1.0 } else { 2.0 } / FILTERS as f32).sqrt();
                std::array::from_fn(|n| scale * (PI * k as f32 * (n as f32 + 0.5) / FILTERS as f32).cos())
            }),
        }
    }

    /// \[frames, 13\] of samples at [`RATE`].
    pub(super) fn of(&self, samples: &[f32]) -> Vec<f32> {
        let count = frames(samples.len());
        let mut features = Vec::with_capacity(count * COEFFICIENTS);
        for at in 0..count {
            features.extend(self.frame(&samples[at * HOP..][..FRAME]));
        }
        for k in 0..COEFFICIENTS {
            let column = || features.iter().skip(k).step_by(COEFFICIENTS);
            let mean = column().sum::<f32>() / count as f32;
            let variance = column().map(|v| (v - mean).powi(2)).sum::<f32>() / count as f32;
            let scale = (variance + 1e-5).sqrt().recip();
            features.iter_mut().skip(k).step_by(COEFFICIENTS).for_each(|v| *v = (*v - mean) * scale);
        }
        features
    }

    fn frame(&self, samples: &[f32]) -> [f32; COEFFICIENTS] {
        let power = self.power(samples);
        let mut logs = [0.0; FILTERS];
        for (log, (first, weights)) in logs.iter_mut().zip(&self.filters) {
            let energy: f32 = weights.iter().zip(&power[*first..]).map(|(w, p)| w * p).sum();
            *log = energy.max(FLOOR).ln();
        }
        self.dct.map(|row| row.iter().zip(&logs).map(|(w, log)| w * log).sum())
    }

    /// |Fourier transform|² / [`POINTS`], by radix 2 (Cooley and Tukey, 1965).
    fn power(&self, samples: &[f32]) -> [f32; BINS] {
        let mut values = [(0.0f32, 0.0f32); POINTS];
        for (n, (sample, weight)) in samples.iter().zip(&self.window).enumerate() {
            values[n.reverse_bits() >> (usize::BITS - POINTS.ilog2())].0 = sample * weight;
        }
        let mut half = 1;
        while half < POINTS {
            let turn = POINTS / 2 / half;
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for ((a, b), (cos, sin)) in low.iter_mut().zip(high).zip(self.turns.iter().step_by(turn)) {
                    let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            half *= 2;
        }
        std::array::from_fn(|n| (values[n].0 * values[n].0 + values[n].1 * values[n].1) / POINTS as f32)
    }
}

/// Triangles from one centre to the one after the next; centres lie evenly on the mel scale, m = 2595 log10(1 + f / 700).
fn filters() -> Vec<(usize, Vec<f32>)> {
    let mel = |hertz: f32| 2595.0 * (1.0 + hertz / 700.0).log10();
    let hertz = |mel: f32| 700.0 * (10f32.powf(mel / 2595.0) - 1.0);
    let centre = |n: usize| hertz(mel(RATE / 2.0) * n as f32 / (FILTERS + 1) as f32) * POINTS as f32 / RATE;
    (0..FILTERS)
        .map(|n| {
            let (left, middle, right) = (centre(n), centre(n + 1), centre(n + 2));
            let first = left.ceil() as usize;
            let last = (right.floor() as usize).min(BINS - 1);
            let weight = |bin: usize| {
                let bin = bin as f32;
                ((bin - left) / (middle - left)).min((right - bin) / (right - middle)).max(0.0)
            };
            (first, (first..=last).map(weight).collect())
        })
        .collect()
}

#[cfg(test)]
#[path = "audio_tests.rs"]
mod tests;
