//! How far what the GPU computed is from what its CPU twin did.

use crate::cpu::Data;

/// Largest difference, relative to the largest magnitude of the expected. Infinite where one is not finite, whole
/// numbers differ, or sizes do.
pub fn deviation(got: &Data<f32>, expected: &Data<f64>) -> f64 {
    match (got, expected) {
        (Data::Floats(got), Data::Floats(expected)) if got.len() == expected.len() => {
            let scale = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let difference = got.iter().zip(expected).fold(0.0, |most: f64, (&got, &expected)| {
                let difference = (f64::from(got) - expected).abs();
                if difference.is_finite() { most.max(difference) } else { f64::INFINITY }
            });
            if scale == 0.0 { difference } else { difference / scale }
        }
        (Data::Ints(got), Data::Ints(expected)) if got == expected => 0.0,
        _ => f64::INFINITY,
    }
}

/// In the precision of the GPU.
pub fn rounded(data: &Data<f64>) -> Data<f32> {
    match data {
        Data::Floats(floats) => Data::Floats(floats.iter().map(|&x| x as f32).collect()),
        Data::Ints(ints) => Data::Ints(ints.clone()),
        Data::Bytes(bytes) => Data::Bytes(bytes.clone()),
    }
}

/// Exact.
pub fn widened(data: &Data<f32>) -> Data<f64> {
    match data {
        Data::Floats(floats) => Data::Floats(floats.iter().map(|&x| x.into()).collect()),
        Data::Ints(ints) => Data::Ints(ints.clone()),
        Data::Bytes(bytes) => Data::Bytes(bytes.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_are_relative_to_the_largest() {
        let expected = Data::Floats(vec![0.0, -4.0, 1.0]);
        assert_eq!(deviation(&Data::Floats(vec![0.5, -4.0, 1.0]), &expected), 0.125);
        assert_eq!(deviation(&Data::Floats(vec![f32::NAN, -4.0, 1.0]), &expected), f64::INFINITY);
        assert_eq!(deviation(&Data::Floats(vec![0.0]), &expected), f64::INFINITY);
        assert_eq!(deviation(&Data::Floats(vec![0.5]), &Data::Floats(vec![0.0])), 0.5);
        assert_eq!(deviation(&Data::Ints(vec![1, 2]), &Data::Ints(vec![1, 2])), 0.0);
        assert_eq!(deviation(&Data::Ints(vec![1, 2]), &Data::Ints(vec![1, 3])), f64::INFINITY);
    }
}
