//! Pictures of digits, made into what a network trained on MNIST expects.

use std::{io::Cursor, path::Path};

use super::{
    failure::{Failure, Of},
    input,
};
use crate::data::{
    digit::{SIDE, from_ink, ink_from_rgba},
    idx::Idx,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// A larger picture is no digit that anybody drew: 64 million pixels.
const MOST_PIXELS: usize = 64 << 20;
/// The border of a digit as MNIST has them is darker than this, its ink lighter.
const MIDDLE: u8 = 128;

/// The digits in a PNG or IDX file, 28 × 28 numbers in 0..=1 each, one after the other.
pub fn read(path: &Path) -> Result<Vec<f32>, Failure> {
    let bytes = input::bytes(path)?;
    if bytes.starts_with(PNG) { png(path, &bytes) } else { idx(path, &bytes) }
}

/// A PNG of pictures of numbers in 0..=1, one after the other, so many in a row.
///
/// # Errors
/// They have neither one nor three channels.
pub fn grid(
    numbers: &[f32],
    (channels, height, width): (usize, usize, usize),
    columns: usize,
) -> Result<Vec<u8>, Failure> {
    let color = match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => return Err(Failure::other(format!("pictures of {channels} channels can't be shown, expected 1 or 3"))),
    };
    let size = channels * height * width;
    let count = numbers.len() / size;
    let columns = columns.min(count);
    let rows = count.div_ceil(columns);
    let mut pixels = vec![0; rows * columns * size];
    for (picture, numbers) in numbers.chunks_exact(size).enumerate() {
        let (top, left) = (picture / columns * height, picture % columns * width);
        for (i, number) in numbers.iter().enumerate() {
            let (channel, y, x) = (i / (height * width), i / width % height, i % width);
            let at = ((top + y) * columns * width + left + x) * channels + channel;
            pixels[at] = (number.clamp(0.0, 1.0) * 255.0).round() as u8;
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, (columns * width) as u32, (rows * height) as u32);
    encoder.set_color(color);
    let wrong = |e: png::EncodingError| Failure::other(format!("PNG: {e}"));
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(&pixels).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(bytes)
}

fn idx(path: &Path, bytes: &[u8]) -> Result<Vec<f32>, Failure> {
    let fail = |message: String| Failure::input(path.display(), message);
    let images = Idx::parse("expected a PNG or an IDX file of images", bytes).of(path)?;
    match images.shape[..] {
        [count, SIDE, SIDE] if count > 0 => Ok(images.bytes.iter().map(|&b| f32::from(b) / 255.0).collect()),
        _ => Err(fail(format!("has shape {:?}, expected images [count, {SIDE}, {SIDE}]", images.shape))),
    }
}

fn png(path: &Path, bytes: &[u8]) -> Result<Vec<f32>, Failure> {
    let fail = |message: String| Failure::input(path.display(), message);
    let (rgba, width, height) = decode(bytes).map_err(|e| fail(format!("can't be read as PNG: {e}")))?;
    if (width, height) == (SIDE, SIDE) && is_ready(&rgba) {
        return Ok(rgba.iter().step_by(4).map(|&v| f32::from(v) / 255.0).collect());
    }
    let ink = ink_from_rgba(&rgba, width, height);
    let digit = from_ink(&ink, width, height);
    digit.map(Vec::from).ok_or_else(|| fail("shows next to no ink, expected a digit".into()))
}

/// Four bytes a pixel, width and height.
fn decode(bytes: &[u8]) -> Result<(Vec<u8>, usize, usize), String> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| e.to_string())?;
    let info = reader.info();
    if (info.width as usize).saturating_mul(info.height as usize) > MOST_PIXELS {
        return Err(format!("{}×{} is more than {MOST_PIXELS} pixels", info.width, info.height));
    }
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut raw = vec![0; size];
    let frame = reader.next_frame(&mut raw).map_err(|e| e.to_string())?;
    raw.truncate(frame.buffer_size());
    let rgba = match frame.color_type {
        png::ColorType::Grayscale => raw.iter().flat_map(|&v| [v, v, v, 255]).collect(),
        png::ColorType::GrayscaleAlpha => raw.as_chunks().0.iter().flat_map(|&[v, a]| [v, v, v, a]).collect(),
        png::ColorType::Rgb => raw.as_chunks().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
        png::ColorType::Rgba => raw,
        png::ColorType::Indexed => return Err("its palette is missing".into()),
    };
    Ok((rgba, frame.width as usize, frame.height as usize))
}

/// Whether a picture of 28 × 28 is as MNIST has them: grey, opaque, the border dark and some ink light.
fn is_ready(rgba: &[u8]) -> bool {
    let pixels = rgba.as_chunks::<4>().0;
    let grey = pixels.iter().all(|&[r, g, b, a]| r == g && g == b && a == 255);
    let on_border = |at: usize| {
        let (x, y) = (at % SIDE, at / SIDE);
        x == 0 || y == 0 || x + 1 == SIDE || y + 1 == SIDE
    };
    let border = pixels.iter().enumerate().filter(|(at, _)| on_border(*at)).map(|(_, pixel)| pixel[0]);
    let (mut dark, mut light) = (0, 0);
    border.for_each(|v| if v < MIDDLE { dark += 1 } else { light += 1 });
    grey && dark > light && pixels.iter().any(|pixel| pixel[0] >= MIDDLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(color: png::ColorType, depth: png::BitDepth, width: usize, height: usize, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn stroke(at: usize, width: usize) -> bool {
        (width / 3..width / 2).contains(&(at % width)) && (width / 4..width * 3 / 4).contains(&(at / width))
    }

    #[test]
    fn colour_types_depths_and_polarities_give_the_same_digit() {
        let side = 60;
        let pixels = |ink: &[u8], paper: &[u8]| -> Vec<u8> {
            (0..side * side).flat_map(|at| if stroke(at, side) { ink.to_vec() } else { paper.to_vec() }).collect()
        };
        use png::{BitDepth::*, ColorType::*};
        let digits: Vec<_> = [
            (Grayscale, Eight, pixels(&[255], &[0])),
            (Grayscale, Eight, pixels(&[0], &[255])),
            (Grayscale, Sixteen, pixels(&[0, 0], &[255, 255])),
            (GrayscaleAlpha, Eight, pixels(&[0, 255], &[0, 0])),
            (Rgb, Eight, pixels(&[0, 0, 128], &[255, 255, 255])),
            (Rgba, Eight, pixels(&[200, 0, 0, 255], &[0, 0, 0, 0])),
            (Rgba, Sixteen, pixels(&[255; 8], &[0, 0, 0, 0, 0, 0, 255, 255])),
        ]
        .into_iter()
        .map(|(color, depth, data)| png(Path::new("x"), &png_of(color, depth, side, side, &data)).unwrap())
        .collect();
        for digit in &digits {
            let difference = digit.iter().zip(&digits[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference < 1e-4, "{difference}");
        }
    }

    #[test]
    fn white_on_black_of_the_right_size_is_taken_as_it_is() {
        let mut grey = vec![0; SIDE * SIDE];
        grey[3 * SIDE + 3..][..4].copy_from_slice(&[10, 200, 255, 40]); // neither centred nor scaled
        let bytes = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, SIDE, SIDE, &grey);
        let digit = png(Path::new("x"), &bytes).unwrap();
        assert_eq!(digit, grey.iter().map(|&v| f32::from(v) / 255.0).collect::<Vec<_>>());
        let inverted: Vec<u8> = grey.iter().map(|v| 255 - v).collect();
        let bytes = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, SIDE, SIDE, &inverted);
        assert_ne!(png(Path::new("x"), &bytes).unwrap(), digit);
    }

    #[test]
    fn errors_name_the_file_and_what_was_expected() {
        let blank = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, 40, 40, &[255; 1600]);
        let error = |failure: Failure| (failure.status, failure.message);
        assert_eq!(
            error(png(Path::new("a.png"), &blank).unwrap_err()),
            (2, "a.png: shows next to no ink, expected a digit".into())
        );
        let cut = error(png(Path::new("a.png"), &blank[..50]).unwrap_err());
        assert!(cut.0 == 2 && cut.1.starts_with("a.png: can't be read as PNG: "), "{cut:?}");
        let text = error(idx(Path::new("a.txt"), b"hello").unwrap_err());
        assert!(text.0 == 2 && text.1.starts_with("a.txt: expected a PNG or an IDX file of images"), "{text:?}");
        let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
        let labels = error(idx(Path::new("labels"), &labels).unwrap_err());
        assert_eq!(labels, (2, "labels: has shape [1], expected images [count, 28, 28]".into()));
    }
}
