//! Pooling of a small image, by hand.

use crate::{
    cpu::{Interpreter, Step},
    graph::{Graph, Type},
    ops::{
        Op, Padding, Window,
        pool2d::{AvgPool2d, AvgPool2dGrad, MaxPool2d, MaxPool2dGrad},
    },
};

const IMAGE: [f32; 12] = [
    1.0, 5.0, 2.0, 2.0, //
    5.0, 5.0, -3.0, 0.0, //
    -7.0, -8.0, -9.0, -6.0,
];

/// Applies `op` to `x` (and whole numbers `at`); the output and, of max pooling, the places.
fn pool(op: impl Op + 'static, shape: [usize; 4], x: &[f32], at: Option<&[u32]>) -> (Vec<f32>, Vec<u32>) {
    let mut g = Graph::new();
    let mut inputs = vec![g.input("x", Type::f32(shape))];
    if at.is_some() {
        inputs.push(g.input("at", Type::u32(shape)));
    }
    let outputs = g.apply(op, &inputs).unwrap();
    let mut cpu = Interpreter::<f32>::new(g);
    cpu.set_f32(inputs[0], x);
    if let Some(at) = at {
        cpu.tensor_mut(inputs[1]).ints_mut().copy_from_slice(at);
    }
    cpu.run(&Step::default());
    let places = outputs.get(1).map_or(Vec::new(), |&id| cpu.tensor(id).ints().to_vec());
    (cpu.get_f32(outputs[0]), places)
}

#[test]
fn of_equal_numbers_the_first_is_the_maximum() {
    let window = Window::square(2, 2, Padding::Valid);
    let (y, at) = pool(MaxPool2d { window }, [1, 1, 3, 4], &IMAGE, None);
    assert_eq!((y, at), (vec![5.0, 2.0], vec![1, 0]));
    let (dx, _) = pool(MaxPool2dGrad { window, size: (3, 4) }, [1, 1, 1, 2], &[10.0, 20.0], Some(&[1, 0]));
    assert_eq!(dx, [0.0, 10.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn padding_is_never_the_maximum() {
    let window = Window::square(2, 2, Padding::Explicit(1, 1));
    let (y, at) = pool(MaxPool2d { window }, [1, 1, 3, 4], &IMAGE, None);
    assert_eq!((y, at), (vec![1.0, 5.0, 2.0, 5.0, 5.0, 0.0], vec![3, 2, 2, 1, 0, 0]));
}

#[test]
fn overlapping_windows_add_their_gradients() {
    let window = Window { kernel: (1, 3), stride: (1, 1), padding: Padding::Valid };
    let (dx, _) = pool(MaxPool2dGrad { window, size: (1, 4) }, [1, 1, 1, 2], &[10.0, 20.0], Some(&[1, 0]));
    assert_eq!(dx, [0.0, 30.0, 0.0, 0.0]);
    let (dx, _) = pool(AvgPool2dGrad { window, size: (1, 4) }, [1, 1, 1, 2], &[3.0, 6.0], None);
    assert_eq!(dx, [1.0, 3.0, 3.0, 2.0]);
}

#[test]
fn padding_counts_as_zeros_in_the_mean() {
    let window = Window::square(2, 2, Padding::Explicit(1, 1));
    let (y, _) = pool(AvgPool2d { window }, [1, 1, 3, 4], &IMAGE, None);
    assert_eq!(y, [0.25, 1.75, 0.5, -0.5, -3.75, -1.5]);
}
