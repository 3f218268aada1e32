//! `gather`: the batch of a step, out of a data set that stays on the device as it was on disk.

use super::{Case, Fill, Lowering, Op, operands};
use crate::{
    data::Augment,
    graph::{DType, Shape, Type},
    kernel,
    kernels::{Call, Number, groups_1d},
};

kernel!(GATHER, "data/columns", "data/gather");
kernel!(GATHER_AUGMENTED, "data/columns", "data/gather_augmented");

/// The random numbers that vary images; the next stream is their noise.
pub const STREAM: u32 = 0x6175_676d;

/// What the elements of a data set's column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Bytes that become f32 in 0..1.
    Pixel,
    /// Bytes that become u32: labels, tokens.
    Class,
    /// f32 as they are.
    Number,
}

impl Element {
    /// On disk and on the device.
    pub fn stored(self) -> DType {
        if self == Self::Number { DType::F32 } else { DType::U8 }
    }

    /// In a batch.
    pub fn gathered(self) -> DType {
        if self == Self::Class { DType::U32 } else { DType::F32 }
    }
}

/// Which elements of a column a sample takes: those from `order[…] · stride + offset` on.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What they are.
    pub element: Element,
    /// Shape of a sample.
    pub shape: Shape,
    /// Elements from one number of the order to the next: a sample's, or 1 where the order counts elements.
    pub stride: usize,
    /// Elements left out before the first.
    pub offset: usize,
}

impl Pick {
    /// Whole samples that lie one after the other.
    pub fn whole(element: Element, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self { element, stride: shape.count(), shape, offset: 0 }
    }

    fn ty(&self, batch: usize) -> Type {
        Type { dtype: self.element.gathered(), shape: Shape([&[batch], &self.shape.0[..]].concat()) }
    }
}

/// Inputs: column of x, column of y (which may be the same), order u32 \[n\]. Outputs: x and y of the samples
/// `order[step.cursor..]`, \[batch, …\].
#[derive(Clone, Debug)]
pub struct Gather {
    /// Samples of a batch.
    pub batch: usize,
    /// Of x and y.
    pub picks: [Pick; 2],
    /// How x, images \[channels, height, width\] of pixels, is varied.
    pub augment: Option<Augment>,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, y, order] = operands::<3>(inputs)?;
        let stored = self.picks.each_ref().map(|pick| pick.element.stored());
        if [x.dtype, y.dtype] != stored || order.dtype != DType::U32 {
            return Err(format!("expected columns of {stored:?} and an order of u32"));
        }
        let images = self.picks[0].element == Element::Pixel && self.picks[0].shape.rank() == 3;
        if self.augment.is_some() && !images {
            return Err("varies images [channels, height, width] of pixels only".into());
        }
        Ok(self.picks.iter().map(|pick| pick.ty(self.batch)).collect())
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        let [x, y] = &self.picks;
        let bytes = x.element != Element::Number && self.augment.is_none();
        let words = bytes && [x.shape.count(), x.stride, x.offset].iter().all(|n| n % 4 == 0);
        let each = if words { 4 } else { 1 };
        let elements = (outputs[0].shape.count() / each).max(outputs[1].shape.count());
        let kind = |pick: &Pick| pick.element as usize;
        let constants = [
            ("BATCH", self.batch.into()),
            ("X_SIZE", x.shape.count().into()),
            ("X_STRIDE", x.stride.into()),
            ("X_OFFSET", x.offset.into()),
            ("Y_KIND", kind(y).into()),
            ("Y_SIZE", y.shape.count().into()),
            ("Y_STRIDE", y.stride.into()),
            ("Y_OFFSET", y.offset.into()),
        ];
        let groups = groups_1d(elements);
        let call = match (&self.augment, &x.shape.0[..]) {
            (Some(augment), &[_, height, width]) => Call::new(&GATHER_AUGMENTED, 3, 2, groups).with([
                ("HEIGHT", height.into()),
                ("WIDTH", width.into()),
                ("STREAM", Number::U32(STREAM)),
                ("SHIFT", augment.shift.into()),
                ("ROTATE", (augment.rotate / 360.0).into()),
                ("SHEAR", (augment.shear / 360.0).into()),
                ("SCALE", augment.scale.into()),
                ("FLIP", augment.flip.into()),
                ("CROP", augment.crop.unwrap_or(1.0).into()),
                ("CUT_OUT", Number::U32(augment.cut_out)),
                ("NOISE", augment.noise.into()),
            ]),
            _ => Call::new(&GATHER, 3, 2, groups).with([("X_KIND", kind(x).into()), ("EACH", each.into())]),
        };
        Lowering::Kernel(call.with(constants))
    }
}

/// Every way to vary images alone, and all together.
fn augments() -> Vec<Augment> {
    let none = Augment::default();
    vec![
        none,
        Augment { shift: 2.5, ..none },
        Augment { rotate: 180.0, ..none },
        Augment { scale: 0.5, ..none },
        Augment { shear: 60.0, ..none },
        Augment { flip: true, ..none },
        Augment { crop: Some(0.5), ..none },
        Augment { noise: 0.5, ..none },
        Augment { cut_out: 3, ..none },
        Augment {
            shift: 1.0,
            rotate: 15.0,
            scale: 0.1,
            shear: 5.0,
            flip: true,
            crop: Some(0.75),
            noise: 0.125,
            cut_out: 2,
        },
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let augmented = |batch, x: &[usize], order: usize, augment| {
        let picks = [Pick::whole(Element::Pixel, Shape(x[1..].to_vec())), Pick::whole(Element::Class, [])];
        let mut case = Case::new(Gather { batch, picks, augment }, []).bytes(x).bytes(&x[..1]);
        case.inputs.push((Type::u32([order]), Fill::Below(x[0] as u32)));
        case
    };
    let case = |batch, x: &[usize], order| augmented(batch, x, order, None);
    // Windows of 5 tokens from anywhere in a text of 29, and the tokens after each.
    let window = |offset| Pick { element: Element::Class, shape: [5].into(), stride: 1, offset };
    let text = Gather { batch: 3, picks: [window(0), window(1)], augment: None };
    let mut text = Case::new(text, []).bytes(&[29]).bytes(&[29]);
    text.inputs.push((Type::u32([7]), Fill::Below(24)));
    // Points and what they map to.
    let picks = [Pick::whole(Element::Number, [2]), Pick::whole(Element::Number, [1])];
    let mut points = Case::new(Gather { batch: 4, picks, augment: None }, [&[11, 2], &[11, 1]]);
    points.inputs.push((Type::u32([9]), Fill::Below(11)));
    let mut cases = vec![
        case(1, &[1, 1], 1),
        case(5, &[7, 1, 3, 3], 11),
        case(7, &[13, 5], 3),
        case(5, &[7, 1, 6, 6], 9),
        text,
        points,
    ];
    for augment in augments() {
        for (batch, x) in [(5, [7, 1, 13, 11]), (3, [5, 3, 4, 9]), (2, [2, 1, 1, 7])] {
            cases.push(augmented(batch, &x, 6, Some(augment)));
        }
    }
    cases
}
