//! Counter-based random numbers: the n-th number of a stream depends on (seed, stream, n) only, so
//! CPU and GPU draw the same ones in any order. Twin of `shaders/common/random.wgsl`.

/// Mixes 32 bits (C. Wellons, "lowbias32": bias 0.17).
pub const fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// The `index`-th 32 bits of a stream.
pub const fn bits(seed: u32, stream: u32, index: u32) -> u32 {
    hash(index ^ hash(stream ^ hash(seed.wrapping_add(0x9e37_79b9))))
}

/// Uniform in [0, 1), 24 bits: exact in f32.
pub fn uniform(seed: u32, stream: u32, index: u32) -> f32 {
    (bits(seed, stream, index) >> 8) as f32 / 16_777_216.0
}

/// Standard normal (Box and Muller, 1958), in f64 for the sake of the tails.
pub fn normal(seed: u32, stream: u32, index: u32) -> f64 {
    let u = 1.0 - f64::from(uniform(seed, stream, 2 * index));
    let v = f64::from(uniform(seed, stream, 2 * index + 1));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// Shuffles in place (Fisher and Yates).
pub fn shuffle<T>(items: &mut [T], seed: u32, stream: u32) {
    for i in (1..items.len()).rev() {
        let bits = u64::from(bits(seed, stream, i as u32));
        let j = (bits * (i as u64 + 1)) >> 32;
        items.swap(i, j as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_has_the_moments_of_the_uniform_distribution() {
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|i| f64::from(uniform(7, 3, i))).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        // Five standard errors: 5 / sqrt(12 n) and about as much for the variance.
        assert!((mean - 0.5).abs() < 0.0046, "{mean}");
        assert!((variance - 1.0 / 12.0).abs() < 0.0013, "{variance}");
    }

    #[test]
    fn normal_has_the_moments_of_the_normal_distribution() {
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|i| normal(7, 3, i)).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.016, "{mean}");
        assert!((variance - 1.0).abs() < 0.023, "{variance}");
    }

    #[test]
    fn shuffle_is_a_permutation_and_depends_on_the_stream() {
        let (mut a, mut b): (Vec<u32>, Vec<u32>) = ((0..1000).collect(), (0..1000).collect());
        shuffle(&mut a, 1, 0);
        shuffle(&mut b, 1, 1);
        assert_ne!(a, b);
        a.sort_unstable();
        assert!(a.iter().copied().eq(0..1000));
    }
}
