//! Functions of f32 without a branch or a call, so that loops over them become SIMD; the standard library's do not. Within
//! a few units in the last place, which the tests hold.

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::web::team::share as shared;

/// eˣ = 2ⁿ eʳ with |r| ≤ ½ ln 2, eʳ by its Taylor series: the next term is 5e-9. Less than −87 counts as −87; from
/// 88.4 on it is ∞.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// Added and subtracted, it rounds to a whole number, which is then in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 = 0.693359375 (few bits, so that n times it is exact) − 2.12194440e-4
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    let x = x.clamp(-87.0, 89.0);
    let sum = x * std::f32::consts::LOG2_E + ROUND;
    let n = sum - ROUND;
    let r = x - n * LN_2.0 - n * LN_2.1;
    let high = 1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)));
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * high)));
    series * f32::from_bits((sum.to_bits() << 23).wrapping_add(127 << 23))
}

/// The polynomial with these coefficients, the highest power's first.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// tanh x as a rational function of x (the minimax approximation of the Eigen library); beyond ± 7.9 it is that of 7.9, a unit from 1.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    const OVER: [f32; 7] =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_524_6e-3];
    const UNDER: [f32; 4] = [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525e-3];
    let x = x.clamp(-7.905_311, 7.905_311);
    let square = x * x;
    x * polynomial(square, OVER) / polynomial(square, UNDER)
}

/// 1 / (1 + e⁻ˣ)
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The error function, in the same way; beyond ± 4 it is that of 4.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    const OVER: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const UNDER: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    x * polynomial(square, OVER) / polynomial(square, UNDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error over −range .. range, relative to what is exact, or absolute below `floor`.
    fn worst(f: fn(f32) -> f32, exact: fn(f64) -> f64, range: f32, floor: f64) -> f64 {
        let errors = (-100_000..=100_000).map(|i| {
            let x = i as f32 * range / 100_000.0 + 1e-5;
            let exact = exact(x.into());
            (f64::from(f(x)) - exact).abs() / exact.abs().max(floor)
        });
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn errors_are_a_few_units_in_the_last_place() {
        // A unit is up to 1.2e-7 of a number.
        let found = [
            worst(exp, f64::exp, 87.0, 0.0),
            worst(tanh, f64::tanh, 12.0, 0.0),
            worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), 80.0, 0.0),
            worst(erf, libm::erf, 6.0, 0.0),
        ];
        println!("{found:?}");
        assert!(found.iter().zip([2.4e-7, 5e-7, 4e-7, 5e-7]).all(|(found, allowed)| *found < allowed), "{found:?}");
    }

    #[test]
    fn ends_are_limits_and_what_is_no_number_stays_so() {
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert!(exp(f32::NEG_INFINITY) < 2e-38);
        assert_eq!([sigmoid(f32::INFINITY), tanh(0.0), erf(0.0)], [1.0, 0.0, 0.0]);
        for end in [tanh(f32::INFINITY), -tanh(-9.0), erf(f32::INFINITY), -erf(-5.0)] {
            assert!(end <= 1.0 && end > 0.999_999_8, "{end}");
        }
        assert!([exp, tanh, sigmoid, erf].iter().all(|f| f(f32::NAN).is_nan()));
    }
}
