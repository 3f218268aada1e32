//! How images are varied while training, and what range they are brought to.

use serde::Deserialize;

use super::{Column, Content};
use crate::{
    error::{Error, Result},
    ops::normalize,
};

/// Random changes of training images, drawn anew each time an image is seen. All default to none. What comes from outside
/// of an image is 0; between pixels it is interpolated linearly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// At most so many pixels in each direction, fractions of pixels too.
    pub shift: f32,
    /// At most so many degrees in each sense.
    pub rotate: f32,
    /// Larger or smaller by at most this factor, as 0.1 for 0.9 to 1.1.
    pub scale: f32,
    /// At most so many degrees.
    pub shear: f32,
    /// Left and right are swapped in every second image.
    pub flip: bool,
    /// A part of at least this share of the side is cut out and enlarged to the whole: 1 is none.
    pub crop: Option<f32>,
    /// Standard deviation of normal noise that is added, of pixels in 0..1, where the sums are kept.
    pub noise: f32,
    /// Side of a square that is blanked, in pixels; its centre is anywhere (DeVries and Taylor, 2017).
    pub cut_out: u32,
}

impl Augment {
    /// # Errors
    /// [`Error::Spec`] with the option that is out of range.
    pub fn check(&self) -> Result<()> {
        let within = |name: &str, value: f32, most: f32| {
            let ok = (0.0..=most).contains(&value);
            ok.then_some(()).ok_or_else(|| Error::spec(name, format!("must be in [0, {most}], got {value}")))
        };
        within("shift", self.shift, 64.0)?;
        within("rotate", self.rotate, 180.0)?;
        within("scale", self.scale, 0.9)?;
        within("shear", self.shear, 60.0)?;
        within("noise", self.noise, 1.0)?;
        match self.crop {
            Some(crop) if !(0.1..=1.0).contains(&crop) => {
                Err(Error::spec("crop", format!("must be in [0.1, 1], got {crop}")))
            }
            _ => Ok(()),
        }
    }

    /// Checks that a column can be varied so.
    ///
    /// # Errors
    /// [`Error::Spec`] when it is no images, or images of fewer pixels.
    pub fn fits(&self, column: &Column) -> Result<()> {
        let (Content::Pixels, &[_, height, width]) = (column.content, &column.shape[..]) else {
            let what = match column.content {
                Content::Pixels => "pixels",
                Content::Numbers => "numbers",
                Content::Classes { .. } => "tokens",
            };
            let message = format!(
                "varies images [channels, height, width] of pixels; this data's x is {what} of shape {:?}",
                column.shape
            );
            return Err(Error::spec("", message));
        };
        let side = height.min(width);
        for (name, pixels) in [("shift", self.shift), ("cut_out", self.cut_out as f32)] {
            if pixels > side as f32 {
                return Err(Error::spec(name, format!("{pixels} pixels are more than an image's {side}")));
            }
        }
        Ok(())
    }
}

/// Images are brought to mean 0 and deviation 1: (x − mean) / std, per channel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalize {
    /// Of each channel, of pixels in 0..1.
    pub mean: Vec<f32>,
    /// Of each channel.
    pub std: Vec<f32>,
}

impl Normalize {
    /// As an op.
    pub fn op(&self) -> normalize::Normalize {
        normalize::Normalize { mean: self.mean.clone(), std: self.std.clone() }
    }
}
