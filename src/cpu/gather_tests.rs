use super::*;
use crate::{
    cpu::Interpreter,
    graph::{Graph, Type},
    ops::gather::Pick,
};

const SIDE: usize = 9;

/// An image's pixels, no two the same, drawn as a batch of `batch` under `augment`.
fn batch(augment: Option<Augment>, batch: usize, step: &Step) -> Vec<Vec<f64>> {
    let image: Vec<u8> = (0..SIDE * SIDE).map(|i| 255 - i as u8).collect();
    batch_of(&image, augment, batch, step)
}

fn batch_of(image: &[u8], augment: Option<Augment>, batch: usize, step: &Step) -> Vec<Vec<f64>> {
    let picks = [Pick::whole(Element::Pixel, [1, SIDE, SIDE]), Pick::whole(Element::Class, [])];
    let mut g = Graph::new();
    let (x, y) = (g.input("x", Type::u8([1, 1, SIDE, SIDE])), g.input("y", Type::u8([1])));
    let order = g.input("order", Type::u32([1]));
    let gathered = g.apply(Gather { batch, picks, augment }, &[x, y, order]).unwrap();
    let mut cpu = Interpreter::<f64>::new(g);
    cpu.tensor_mut(x).bytes_mut().copy_from_slice(image);
    cpu.run(step);
    cpu.tensor(gathered[0]).floats().chunks(SIDE * SIDE).map(<[f64]>::to_vec).collect()
}

const NONE: Augment =
    Augment { shift: 0.0, rotate: 0.0, scale: 0.0, shear: 0.0, flip: false, crop: None, noise: 0.0, cut_out: 0 };
const ALL: Augment =
    Augment { shift: 2.0, rotate: 20.0, scale: 0.2, shear: 10.0, flip: true, crop: Some(0.8), noise: 0.1, cut_out: 3 };

fn step(seed: u32, index: u32) -> Step {
    Step { seed, index, rows: 1, ..Step::default() }
}

#[test]
fn without_options_images_stay_as_they_are() {
    assert_eq!(batch(Some(NONE), 3, &step(1, 2)), batch(None, 3, &step(1, 2)));
}

#[test]
fn a_seed_and_a_step_make_a_picture() {
    let first = batch(Some(ALL), 4, &step(1, 2));
    assert_eq!(first, batch(Some(ALL), 4, &step(1, 2)));
    assert_ne!(first, batch(Some(ALL), 4, &step(1, 3)));
    assert_ne!(first, batch(Some(ALL), 4, &step(2, 2)));
    assert!((1..4).all(|i| first[i] != first[0]), "each sample has its own");
}

#[test]
fn half_of_the_images_are_flipped() {
    let image = batch(None, 1, &step(0, 0)).remove(0);
    let mirrored: Vec<f64> = image.chunks(SIDE).flat_map(|row| row.iter().rev().copied()).collect();
    let n = 1000;
    let images = batch(Some(Augment { flip: true, ..NONE }), n, &step(5, 6));
    assert!(images.iter().all(|x| *x == image || *x == mirrored));
    let flipped = images.iter().filter(|x| **x == mirrored).count();
    assert!(flipped.abs_diff(n / 2) < 80, "{flipped} of {n}: five standard errors are 79");
}

/// Mean column and row of the light, and its sum.
fn centre(image: &[f64]) -> [f64; 3] {
    let light = image.iter().sum::<f64>();
    let mean = |place: fn(usize) -> usize| image.iter().enumerate().map(|(i, x)| x * place(i) as f64).sum::<f64>();
    [mean(|i| i % SIDE) / light, mean(|i| i / SIDE) / light, light]
}

#[test]
fn shifts_are_at_most_as_far_as_asked() {
    let mut spot = vec![0; SIDE * SIDE];
    spot[SIDE * SIDE / 2] = 255;
    let images = batch_of(&spot, Some(Augment { shift: 2.0, ..NONE }), 500, &step(3, 1));
    let mut most = [0.0f64; 2];
    for image in &images {
        let [x, y, light] = centre(image);
        assert!((light - 1.0).abs() < 1e-9, "nothing is lost");
        most = [most[0].max((x - 4.0).abs()), most[1].max((y - 4.0).abs())];
    }
    assert!(most.iter().all(|&most| most <= 2.0 && most > 1.9), "{most:?}");
}

#[test]
fn rotation_turns_about_the_centre_and_scale_keeps_it() {
    let mut cross = vec![0; SIDE * SIDE];
    for i in 2..7 {
        cross[4 * SIDE + i] = 200;
        cross[i * SIDE + 4] = 200;
    }
    for augment in [Augment { rotate: 180.0, ..NONE }, Augment { scale: 0.3, ..NONE }] {
        for image in batch_of(&cross, Some(augment), 50, &step(9, 9)) {
            let [x, y, _] = centre(&image);
            assert!((x - 4.0).abs() < 1e-9 && (y - 4.0).abs() < 1e-9, "{augment:?}: {x}, {y}");
        }
    }
}

#[test]
fn crops_show_a_part_and_nothing_of_the_outside() {
    let white = vec![255; SIDE * SIDE];
    for image in batch_of(&white, Some(Augment { crop: Some(0.3), ..NONE }), 100, &step(1, 1)) {
        assert!(image.iter().all(|x| (x - 1.0).abs() < 1e-9));
    }
}

#[test]
fn cut_out_blanks_a_square_and_noise_stays_in_range() {
    let white = vec![255; SIDE * SIDE];
    let images = batch_of(&white, Some(Augment { cut_out: 3, ..NONE }), 200, &step(1, 1));
    let blank: Vec<_> = images.iter().map(|x| x.iter().filter(|x| **x == 0.0).count()).collect();
    assert!(blank.iter().all(|n| [4, 6, 9].contains(n)) && blank.contains(&9), "squares, cut at the border: {blank:?}");
    let images = batch(Some(Augment { noise: 0.5, ..NONE }), 200, &step(1, 1));
    assert!(images.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
    assert!(images.iter().flatten().any(|x| *x == 0.0) && images.iter().flatten().any(|x| *x == 1.0));
}
