//! Matrix products against the definition: a direct loop over every index.

use crate::{
    cpu::{Interpreter, Step},
    graph::{Graph, Shape, Type},
    ops::{
        Op, Padding, Window,
        conv2d::{Conv2d, Conv2dInputGrad, Conv2dWeightGrad},
    },
    random::normal,
};

/// Sums of at most a few hundred products of normal numbers in f64.
const TOLERANCE: f64 = 1e-11;

fn numbers(stream: u32, count: usize) -> Vec<f64> {
    (0..count).map(|i| normal(11, stream, i as u32)).collect()
}

fn evaluate(op: impl Op + 'static, inputs: &[(&[usize], &[f64])]) -> Vec<(Shape, Vec<f64>)> {
    let mut g = Graph::new();
    let ids: Vec<_> = inputs.iter().map(|(shape, _)| g.input("x", Type::f32(Shape(shape.to_vec())))).collect();
    let outputs = g.apply(op, &ids).unwrap();
    let mut cpu = Interpreter::<f64>::new(g);
    for (&id, (_, data)) in ids.iter().zip(inputs) {
        cpu.tensor_mut(id).floats_mut().copy_from_slice(data);
    }
    cpu.run(&Step::default());
    cpu.run(&Step::default()); // what the first run left behind must not matter
    outputs.iter().map(|&id| (cpu.graph().shape(id).clone(), cpu.tensor(id).floats().to_vec())).collect()
}

fn assert_close(name: &str, window: &Window, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (i, (a, b)) in got.iter().zip(want).enumerate() {
        assert!((a - b).abs() < TOLERANCE, "{name} {window:?} [{i}]: {a} instead of {b}");
    }
}

#[test]
fn convolution_and_its_gradients_are_what_the_definition_says() {
    let explicit = |h, w| Padding::Explicit(h, w);
    let cases: [(Window, [usize; 4], usize); 10] = [
        (Window::square(1, 1, Padding::Valid), [1, 1, 1, 1], 1),
        (Window::square(1, 2, Padding::Valid), [2, 3, 5, 4], 2),
        (Window::square(3, 1, Padding::Valid), [3, 2, 15, 17], 4),
        (Window::square(3, 1, Padding::Same), [130, 2, 3, 4], 5), // two groups, the last not full
        (Window::square(3, 1, Padding::Same), [2, 1, 1, 1], 1),
        (Window::square(4, 2, Padding::Same), [2, 2, 7, 6], 3),
        (Window::square(5, 3, explicit(2, 1)), [2, 2, 11, 13], 7),
        (Window { kernel: (2, 5), stride: (2, 1), padding: Padding::Valid }, [3, 2, 7, 6], 2),
        (Window { kernel: (4, 3), stride: (1, 2), padding: explicit(0, 2) }, [2, 3, 5, 9], 4),
        (Window { kernel: (7, 1), stride: (1, 3), padding: explicit(6, 0) }, [1, 1, 3, 5], 2),
    ];
    for (window, [batch, channels, height, width], filters) in cases {
        let (kh, kw) = window.kernel;
        let (h, w) = window.over(height, width).unwrap();
        let pixels = h.output * w.output;
        let x = numbers(0, batch * channels * height * width);
        let weight = numbers(1, filters * channels * kh * kw);
        let bias = numbers(2, filters);
        let dy = numbers(3, batch * filters * pixels);

        let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
        let (mut dw, mut db) = (vec![0.0; weight.len()], vec![0.0; filters]);
        for b in 0..batch {
            for o in 0..filters {
                for i in 0..h.output {
                    for j in 0..w.output {
                        let at_y = ((b * filters + o) * h.output + i) * w.output + j;
                        y[at_y] += bias[o];
                        db[o] += dy[at_y];
                        for c in 0..channels {
                            for u in 0..kh {
                                for v in 0..kw {
                                    let (Some(r), Some(s)) = (h.at(i, u), w.at(j, v)) else { continue };
                                    let at_x = ((b * channels + c) * height + r) * width + s;
                                    let at_w = ((o * channels + c) * kh + u) * kw + v;
                                    y[at_y] += weight[at_w] * x[at_x];
                                    dx[at_x] += weight[at_w] * dy[at_y];
                                    dw[at_w] += x[at_x] * dy[at_y];
                                }
                            }
                        }
                    }
                }
            }
        }

        let (x_shape, y_shape) = ([batch, channels, height, width], [batch, filters, h.output, w.output]);
        let w_shape = [filters, channels, kh, kw];
        let forward = evaluate(Conv2d { window }, &[(&x_shape, &x), (&w_shape, &weight), (&[filters], &bias)]);
        assert_close("y", &window, &forward[0].1, &y);
        let size = (height, width);
        let input = evaluate(Conv2dInputGrad { window, size }, &[(&y_shape, &dy), (&w_shape, &weight)]);
        assert_close("dx", &window, &input[0].1, &dx);
        let weights = evaluate(Conv2dWeightGrad { window }, &[(&x_shape, &x), (&y_shape, &dy)]);
        assert_close("dw", &window, &weights[0].1, &dw);
        assert_close("db", &window, &weights[1].1, &db);
    }
}
