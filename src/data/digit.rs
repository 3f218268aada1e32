//! From a drawing or a picture to what a network trained on MNIST expects.
//!
//! MNIST was made so, and 99.99 % of its digits still show it: the digit's longer side is 20
//! pixels, and its centre of mass lies within half a pixel of pixel (14, 14) of the 28 × 28. A
//! network that never saw anything else does much better on a drawing that is treated alike.

use std::ops::Range;

/// Pixels of a side of the result.
pub const SIDE: usize = 28;
/// Pixels of the digit's longer side within it.
const BOX: usize = 20;
/// Where the centre of mass goes, counted from the middle of the first pixel.
const CENTRE: f64 = 14.0;
/// The digit ends where the ink is fainter than this share of the darkest.
const EDGE: f32 = 0.02;
/// Fainter ink than this everywhere, or less of it in full pixels, is an empty drawing.
const FAINTEST: f32 = 0.1;
const LEAST: f32 = 1.0;
/// Pictures with less contrast than this are blank; the range of luminance is 1.
const BLANK: f32 = 0.1;
/// Grain and compression change a picture's background by up to this share of its contrast.
const GRAIN: f32 = 0.12;

/// Turns `ink` into 28 × 28 values in 0..=1, row by row, 1 being full ink as in MNIST.
///
/// `ink` holds `width * height` values, row by row; what is outside 0..=1 is clamped. The digit
/// is cut out, scaled to a longer side of 20 pixels with its aspect ratio kept, put with its
/// centre of mass in the middle as far as its ink stays inside, and its darkest pixel becomes 1.
///
/// `None` if there is next to no ink, or if the length is not `width * height`.
#[must_use]
pub fn from_ink(ink: &[f32], width: usize, height: usize) -> Option<[f32; SIDE * SIDE]> {
    if ink.len() != width.checked_mul(height)? {
        return None;
    }
    let clean = |v: &f32| if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) };
    let ink: Vec<f32> = ink.iter().map(clean).collect();
    let darkest = ink.iter().copied().fold(0.0, f32::max);
    if darkest < FAINTEST || ink.iter().sum::<f32>() < LEAST {
        return None;
    }
    let (columns, rows) = bounds(&ink, width, darkest * EDGE)?;
    // Source pixels per pixel of the result, the same in both directions.
    let step = columns.len().max(rows.len()) as f32 / BOX as f32;
    let across = taps(&columns, step);
    let down = taps(&rows, step);
    let mut digit = vec![0.0; across.len() * down.len()];
    for (line, row_taps) in digit.chunks_exact_mut(across.len()).zip(&down) {
        for &(y, row_weight) in row_taps {
            let source = &ink[y * width..][..width];
            for (pixel, column_taps) in line.iter_mut().zip(&across) {
                let value: f32 = column_taps.iter().map(|&(x, w)| w * source[x]).sum();
                *pixel += row_weight * value;
            }
        }
    }
    Some(place(&digit, across.len()))
}

/// The columns and rows with ink above `threshold`.
fn bounds(ink: &[f32], width: usize, threshold: f32) -> Option<(Range<usize>, Range<usize>)> {
    let inked = |(at, value): (usize, &f32)| (*value > threshold).then_some((at % width, at / width));
    let mut pixels = ink.iter().enumerate().filter_map(inked);
    let (x, y) = pixels.next()?;
    let widen = |range: Range<usize>, at: usize| range.start.min(at)..range.end.max(at + 1);
    Some(pixels.fold((x..x + 1, y..y + 1), |(columns, rows), (x, y)| (widen(columns, x), widen(rows, y))))
}

/// For each pixel of the result, the source pixels it is made of and their weights: the mean over
/// its area where the digit shrinks, interpolation between two where it grows.
fn taps(range: &Range<usize>, step: f32) -> Vec<Vec<(usize, f32)>> {
    let length = range.len() as f32;
    let count = (length / step - 1e-3).ceil().max(1.0);
    // Both ends overhang alike, or a symmetric digit would come out lopsided.
    let first = (length - count * step) / 2.0;
    (0..count as usize)
        .map(|pixel| {
            let left = first + pixel as f32 * step;
            let taps = if step >= 1.0 {
                area(left, left + step, range.len())
            } else {
                between(left + step / 2.0, range.len())
            };
            taps.into_iter().map(|(at, weight)| (range.start + at, weight)).collect()
        })
        .collect()
}

/// The mean from `left` to `right`, with nothing outside `0..length`.
fn area(left: f32, right: f32, length: usize) -> Vec<(usize, f32)> {
    let from = left.max(0.0) as usize;
    let to = (right.ceil() as usize).min(length);
    (from..to)
        .map(|at| (at, right.min(at as f32 + 1.0) - left.max(at as f32)))
        .filter(|(_, covered)| *covered > 0.0)
        .map(|(at, covered)| (at, covered / (right - left)))
        .collect()
}

/// Linear between the middles of two pixels; the outermost reach to their edge and beyond.
fn between(position: f32, length: usize) -> Vec<(usize, f32)> {
    let position = (position - 0.5).clamp(0.0, (length - 1) as f32);
    let (at, share) = (position as usize, position.fract());
    vec![(at, 1.0 - share), ((at + 1).min(length - 1), share)]
}

/// Puts the digit into the 28 × 28, moved by whole pixels as MNIST's digits were.
fn place(digit: &[f32], width: usize) -> [f32; SIDE * SIDE] {
    let height = digit.len() / width;
    let (mut mass, mut moment_x, mut moment_y) = (0.0, 0.0, 0.0);
    for (at, &value) in digit.iter().enumerate() {
        mass += f64::from(value);
        moment_x += f64::from(value) * (at % width) as f64;
        moment_y += f64::from(value) * (at / width) as f64;
    }
    // Halves go down: what is symmetric ends up in the middle of the 28 pixels.
    let offset = |moment: f64, length: usize| {
        let wanted = (CENTRE - moment / mass - 0.5 - 1e-4).ceil();
        wanted.clamp(0.0, (SIDE - length) as f64) as usize
    };
    let darkest = digit.iter().copied().fold(0.0, f32::max);
    let (left, top) = (offset(moment_x, width), offset(moment_y, height));
    let mut out = [0.0; SIDE * SIDE];
    for (y, line) in digit.chunks_exact(width).enumerate() {
        let target = &mut out[(top + y) * SIDE + left..][..width];
        for (pixel, value) in target.iter_mut().zip(line) {
            *pixel = (value / darkest).min(1.0);
        }
    }
    out
}

/// Finds the ink in a picture: 0 where it is background, up to 1 where it differs most from it.
///
/// `rgba` holds 4 bytes per pixel, row by row, alpha not multiplied in. The background is the
/// median luminance along the border, so dark on light and light on dark both work; where the
/// border is mostly transparent, all that is opaque is ink, whatever its colour. Grain is
/// removed, and a picture without contrast has no ink. The result holds `width * height` values,
/// or none if `rgba` has another length.
#[must_use]
pub fn ink_from_rgba(rgba: &[u8], width: usize, height: usize) -> Vec<f32> {
    let pixels = width.checked_mul(height);
    if pixels.and_then(|n| n.checked_mul(4)) != Some(rgba.len()) {
        return Vec::new();
    }
    let pixels: Vec<(f32, f32)> = rgba.chunks_exact(4).map(luminance_and_alpha).collect();
    let Some(background) = background(&pixels, width) else {
        return pixels.iter().map(|(_, alpha)| *alpha).collect();
    };
    let differences: Vec<f32> = pixels.iter().map(|(luminance, alpha)| (luminance - background) * alpha).collect();
    // The ink is on the side where there is more of a difference; squares let strokes outweigh
    // a background that drifts a little.
    let weight = |side: f32| -> f32 {
        let one_side = differences.iter().map(|d| (d * side).max(0.0));
        one_side.map(|d| d * d).sum()
    };
    let side = if weight(1.0) >= weight(-1.0) { 1.0 } else { -1.0 };
    let contrast = differences.iter().map(|d| d * side).fold(0.0, f32::max);
    if contrast < BLANK {
        return vec![0.0; differences.len()];
    }
    let ink = |d: &f32| ((d * side / contrast - GRAIN) / (1.0 - GRAIN)).clamp(0.0, 1.0);
    differences.iter().map(ink).collect()
}

/// Both in 0..=1. As the eye weighs the colours (BT.709), on the values as they are stored.
fn luminance_and_alpha(pixel: &[u8]) -> (f32, f32) {
    let value = |at: usize| f32::from(pixel[at]) / 255.0;
    let luminance = 0.2126 * value(0) + 0.7152 * value(1) + 0.0722 * value(2);
    (luminance, value(3))
}

/// The median luminance of the border, or `None` if most of that is transparent.
fn background(pixels: &[(f32, f32)], width: usize) -> Option<f32> {
    let height = pixels.len().checked_div(width)?;
    let is_border = |at: usize| {
        let (x, y) = (at % width, at / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    };
    let border = pixels.iter().enumerate().filter(|(at, _)| is_border(*at));
    let (opaque, clear): (Vec<_>, Vec<_>) = border.map(|(_, pixel)| *pixel).partition(|p| p.1 > 0.5);
    if opaque.len() <= clear.len() {
        return None;
    }
    let mut values: Vec<f32> = opaque.into_iter().map(|(luminance, _)| luminance).collect();
    let middle = values.len() / 2;
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ink of `width * height`, 1 where `inside` says so.
    fn draw(width: usize, height: usize, inside: impl Fn(usize, usize) -> bool) -> Vec<f32> {
        let value = |at: usize| {
            if inside(at % width, at / width) { 1.0 } else { 0.0 }
        };
        (0..width * height).map(value).collect()
    }

    /// An L of 10 × 16 units, which is neither symmetric nor square.
    fn is_l(x: usize, y: usize) -> bool {
        x < 10 && y < 16 && (x < 3 || y >= 13)
    }

    fn centre_of_mass(digit: &[f32]) -> (f32, f32) {
        let mass: f32 = digit.iter().sum();
        let moment = |coordinate: fn(usize) -> usize| -> f32 {
            let parts = digit.iter().enumerate();
            parts.map(|(at, v)| v * coordinate(at) as f32).sum::<f32>() / mass
        };
        (moment(|at| at % SIDE), moment(|at| at / SIDE))
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn no_ink_is_no_digit() {
        assert!(from_ink(&[0.0; 100], 10, 10).is_none());
        assert!(from_ink(&[0.05; 100], 10, 10).is_none());
        assert!(from_ink(&[f32::NAN; 100], 10, 10).is_none());
        assert!(from_ink(&[], 0, 0).is_none());
        assert!(from_ink(&[1.0; 9], 2, 4).is_none());
        assert!(from_ink(&[1.0; 9], usize::MAX, 2).is_none());
    }

    #[test]
    fn a_square_fills_the_box_in_the_middle() {
        for side in [5, 20, 37, 120] {
            let ink = draw(200, 150, |x, y| (30..30 + side).contains(&x) && (7..7 + side).contains(&y));
            let digit = from_ink(&ink, 200, 150).unwrap();
            for (at, value) in digit.iter().enumerate() {
                let inside = (4..24).contains(&(at % SIDE)) && (4..24).contains(&(at / SIDE));
                let expected = if inside { 1.0 } else { 0.0 };
                assert!((value - expected).abs() < 1e-4, "side {side}, pixel {at}: {value}");
            }
        }
    }

    #[test]
    fn symmetric_shapes_stay_symmetric_and_centred() {
        let ring = |x: usize, y: usize| {
            let (x, y) = (x as f32 - 90.5, y as f32 - 60.5);
            let r = ((x / 30.0).powi(2) + (y / 47.0).powi(2)).sqrt();
            (0.7..1.0).contains(&r)
        };
        let digit = from_ink(&draw(180, 130, ring), 180, 130).unwrap();
        let (x, y) = centre_of_mass(&digit);
        assert!((x - 14.0).abs() <= 0.501 && (y - 14.0).abs() <= 0.501, "{x} {y}");
        let rows: Vec<_> = digit.chunks(SIDE).filter(|row| row.iter().sum::<f32>() > 0.0).collect();
        assert_eq!(rows.len(), 20);
        assert!(largest_difference(rows[0], rows[19]) < 1e-3);
        assert!(largest_difference(rows[4], rows[15]) < 1e-3);
    }

    #[test]
    fn the_place_in_the_drawing_does_not_matter() {
        let middle = from_ink(&draw(100, 100, |x, y| x >= 40 && y >= 40 && is_l(x - 40, y - 40)), 100, 100);
        let corner = from_ink(&draw(100, 100, is_l), 100, 100);
        let other = from_ink(&draw(61, 77, |x, y| x >= 51 && y >= 61 && is_l(x - 51, y - 61)), 61, 77);
        assert!(middle.is_some() && middle == corner && middle == other);
    }

    #[test]
    fn the_size_of_the_drawing_does_not_matter() {
        let base = from_ink(&draw(64, 64, |x, y| is_l(x / 4, y / 4)), 64, 64).unwrap();
        for unit in [5, 7, 10, 20] {
            let digit = from_ink(&draw(320, 320, |x, y| is_l(x / unit, y / unit)), 320, 320).unwrap();
            let difference = largest_difference(&base, &digit);
            assert!(difference < 0.02, "unit {unit}: {difference}");
        }
        // Enlarged, it is the same but for softer edges, which may tip the centre to the next pixel.
        let small = from_ink(&draw(16, 16, is_l), 16, 16).unwrap();
        let ratio = small.iter().sum::<f32>() / base.iter().sum::<f32>();
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
        let ((x, y), (small_x, small_y)) = (centre_of_mass(&base), centre_of_mass(&small));
        assert!((x - small_x).abs() < 1.0 && (y - small_y).abs() < 1.0);
    }

    #[test]
    fn the_aspect_ratio_is_kept_and_no_ink_is_lost() {
        // All of the mass is at one end: centred, the thin end would leave the picture.
        let club = |x: usize, y: usize| (x < 60 && y < 60) || ((28..32).contains(&y) && x < 200);
        let digit = from_ink(&draw(200, 60, club), 200, 60).unwrap();
        let columns = (0..SIDE).filter(|x| (0..SIDE).any(|y| digit[y * SIDE + x] > 0.0)).count();
        let rows = digit.chunks(SIDE).filter(|row| row.iter().any(|v| *v > 0.0)).count();
        assert_eq!((columns, rows), (20, 6));
        let (x, _) = centre_of_mass(&digit);
        assert!(x < 14.0 && digit[SIDE - 1..].iter().step_by(SIDE).all(|v| *v <= 1.0));
        assert!((digit.iter().sum::<f32>() - (3600.0 + 560.0) / 100.0).abs() < 0.01);
    }

    #[test]
    fn faint_ink_becomes_full() {
        let ink: Vec<f32> = draw(40, 40, is_l).iter().map(|v| v * 0.4).collect();
        let full = from_ink(&draw(40, 40, is_l), 40, 40).unwrap();
        assert!(largest_difference(&full, &from_ink(&ink, 40, 40).unwrap()) < 1e-4);
    }

    #[test]
    fn what_is_as_in_mnist_stays_as_it_is() {
        // 20 rows high, off the middle by less than a pixel, with grey edges.
        let mut digit = [0.0; SIDE * SIDE];
        for y in 4..24 {
            for x in 12..17 {
                digit[y * SIDE + x] = [0.3, 1.0, 1.0, 0.9, 0.15][x - 12];
            }
        }
        let again = from_ink(&digit, SIDE, SIDE).unwrap();
        assert!(largest_difference(&digit, &again) < 1e-5);
    }

    #[test]
    fn real_mnist_digits_stay_as_they_are() {
        let [_, test] = crate::data::load(&crate::data::mnist::Mnist {}).unwrap().splits;
        let changed = test.x.chunks_exact(SIDE * SIDE).filter(|image| {
            let ink: Vec<f32> = image.iter().map(|v| f32::from(*v) / 255.0).collect();
            largest_difference(&ink, &from_ink(&ink, SIDE, SIDE).unwrap()) > 0.025
        });
        // A few of the 10,000 were not made by the rule.
        let changed = changed.count();
        assert!(changed <= 20, "{changed} digits changed");
    }

    /// The L in one colour on another, as a picture of 40 × 40.
    fn picture(ink: [u8; 4], background: [u8; 4]) -> Vec<f32> {
        let pixel = |at: usize| {
            let (x, y) = (at % 40, at / 40);
            if x >= 9 && y >= 9 && is_l(x - 9, y - 9) { ink } else { background }
        };
        ink_from_rgba(&(0..1600).flat_map(pixel).collect::<Vec<u8>>(), 40, 40)
    }

    #[test]
    fn ink_is_found_on_any_background() {
        let expected = draw(40, 40, |x, y| x >= 9 && y >= 9 && is_l(x - 9, y - 9));
        let (black, white) = ([0, 0, 0, 255], [255; 4]);
        let cases = [
            (black, white),
            (white, black),
            ([200, 30, 30, 255], white),
            ([240, 230, 40, 255], [20, 40, 90, 255]),
            (black, [0; 4]),
            (white, [0; 4]),
            (white, [255, 255, 255, 0]),
            ([90, 90, 90, 255], [140, 140, 140, 255]),
        ];
        for (ink, background) in cases {
            let found = picture(ink, background);
            assert!(largest_difference(&expected, &found) < 1e-5, "{ink:?} on {background:?}");
        }
    }

    #[test]
    fn transparent_spots_are_background() {
        let mut rgba: Vec<u8> = [255; 1600].to_vec();
        // A hole whose hidden colour is black, and a half transparent black pixel.
        rgba[4 * 210..4 * 211].copy_from_slice(&[0, 0, 0, 0]);
        rgba[4 * 110..4 * 111].copy_from_slice(&[0, 0, 0, 255]);
        rgba[4 * 111..4 * 112].copy_from_slice(&[0, 0, 0, 128]);
        let ink = ink_from_rgba(&rgba, 20, 20);
        assert_eq!((ink[210], ink[110]), (0.0, 1.0));
        assert!((0.4..0.6).contains(&ink[111]));
    }

    #[test]
    fn a_picture_without_contrast_has_no_ink() {
        let grey = picture([128, 128, 128, 255], [133, 133, 133, 255]);
        assert!(grey.iter().all(|v| *v == 0.0));
        assert!(from_ink(&grey, 40, 40).is_none());
    }

    #[test]
    fn grain_is_removed() {
        let noisy: Vec<u8> = (0..1600u32)
            .flat_map(|at| {
                let grain = (at.wrapping_mul(2_654_435_761) >> 28) as u8; // 0..16
                let value = if is_l((at % 40) as usize, (at / 40) as usize + 1) { 20 } else { 232 };
                [value + grain, value + grain, value + grain, 255]
            })
            .collect();
        let ink = ink_from_rgba(&noisy, 40, 40);
        let outside = (0..1600).filter(|at| !is_l(at % 40, at / 40 + 1));
        assert!(outside.map(|at| ink[at]).fold(0.0, f32::max) < 0.01);
    }

    #[test]
    fn a_wrong_length_gives_nothing() {
        assert!(ink_from_rgba(&[0; 15], 2, 2).is_empty());
        assert!(ink_from_rgba(&[], 0, 0).is_empty());
        assert!(ink_from_rgba(&[0; 4], usize::MAX, usize::MAX).is_empty());
    }
}
