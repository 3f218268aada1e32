use super::*;

/// Made once by 30 lines of Python that share nothing with ours: a plain Fourier sum in f64, triangles over hertz.
#[rustfmt::skip]
const EXPECTED: [[f32; COEFFICIENTS]; 6] = [
    [-1.3121, 1.4712, 0.8248, -0.9777, -0.4303, 0.1702, 0.7290, 0.5516, -0.8744, -1.3424, -0.2469, 1.1959, 1.4925],
    [1.4023, 1.0347, -1.2706, -1.6329, 0.7296, 1.7564, 0.3813, -1.3167, -1.2080, 0.5390, 1.3261, -0.1610, -0.0885],
    [0.9349, 0.1476, -1.2453, -0.0418, 1.5314, -0.1097, -2.0082, 0.2891, 1.1922, 0.1947, -1.2615, -0.8076, 0.4322],
    [-0.8194, -0.4951, -0.2596, 0.7779, 0.4209, -1.4534, -0.2530, 1.7375, -0.4228, -0.5978, 1.3025, -0.3212, -0.8782],
    [-0.7133, -0.7889, 0.6715, 1.0209, -0.7898, -0.7715, 1.1064, -0.4522, -0.1540, 1.7832, -0.9241, -1.3286, 0.6045],
    [0.5075, -1.3695, 1.2792, 0.8536, -1.4617, 0.4080, 0.0444, -0.8093, 1.4670, -0.5766, -0.1961, 1.4225, -1.5624],
];

fn tone(frequency: f32, rate: f32, samples: usize) -> Vec<f32> {
    (0..samples).map(|n| (TAU * frequency * n as f32 / rate).sin()).collect()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn coefficients_are_those_of_an_independent_computation() {
    let sound: Vec<f32> = (0..1000)
        .map(|n| {
            let turn = |hertz: f64| (std::f64::consts::TAU * hertz * f64::from(n) / 8000.0).sin();
            let grain = f64::from(n * 7919 % 101) / 50.0 - 1.0;
            (0.5 * turn(440.0) * f64::from(n) / 1000.0 + 0.3 * turn(f64::from(300 + n)) + 0.05 * grain) as f32
        })
        .collect();
    let difference = largest_difference(&mfcc(&sound, RATE), EXPECTED.as_flattened());
    // Four digits are given, and f32 has a few parts in a million of logarithms of about 10.
    assert!(difference < 2e-4, "{difference}");
}

#[test]
fn loudness_does_not_matter() {
    // With grain, so that no filter is silent.
    let word = |(n, tone): (usize, f32)| tone * (n as f32 / 900.0).sin() + (n * 7919 % 101) as f32 / 500.0;
    let sound: Vec<f32> = tone(300.0, RATE, UTTERANCE).into_iter().enumerate().map(word).collect();
    let soft: Vec<f32> = sound.iter().map(|v| v * 0.25).collect();
    let features = mfcc(&sound, RATE);
    assert_eq!(features.len(), FRAMES * COEFFICIENTS);
    assert!(largest_difference(&features, &mfcc(&soft, RATE)) < 1e-3);
}

#[test]
fn other_rates_sound_alike() {
    let sound = |rate: f32| resample(&tone(500.0, rate, (rate / 2.0) as usize), rate);
    let expected = sound(RATE);
    for rate in [16_000.0, 22_050.0, 44_100.0, 48_000.0] {
        let found = sound(rate);
        assert!(found.len().abs_diff(4_000) <= 1);
        assert!(largest_difference(&expected[1..3_900], &found[1..3_900]) < 0.03, "{rate}");
    }
    assert!(resample(&[1.0; 10], 0.0).is_empty() && resample(&[1.0; 10], f32::NAN).is_empty());
    assert!(mfcc(&[0.5; 10], RATE).is_empty() && mfcc(&[], 48_000.0).is_empty());
}

#[test]
fn the_utterance_is_found_and_centred() {
    for (before, after) in [(0, 0), (30_000, 5_000), (1_000, 60_000)] {
        let mut sound = vec![0.0; before];
        sound.extend(tone(440.0, 16_000.0, 6_400).iter().map(|v| v * 0.2));
        sound.resize(sound.len() + after, 0.0);
        let found = utterance(&sound, 16_000.0);
        let heard = |v: &f32| v.abs() > 0.1;
        let (first, last) = (found.iter().position(heard).unwrap(), found.iter().rposition(heard).unwrap());
        assert_eq!(found.len(), UTTERANCE);
        assert!(first.abs_diff(UTTERANCE - 1 - last) < 100, "{before} {after}: {first} {last}");
        assert!(found.iter().any(|v| v.abs() > 0.999));
    }
    assert_eq!(utterance(&[], 48_000.0), vec![0.0; UTTERANCE]);
}
