//! Layers alone, on small made-up numbers, against PyTorch: `tests/golden/layers.py` prints the expected ones.

use trainyard::{
    cpu::{Interpreter, Step},
    graph::{Graph, Type},
    layers::{Builder, REGISTRY},
};

/// Layer, shape of its input, whether it trains, Σ yᵢ and Σ (i mod 7 − 3) yᵢ.
const LAYERS: &[(&str, &[usize], bool, [f64; 2])] = &[
    (r#"{"type": "layer_norm"}"#, &[2, 3, 5], false, [19.578671963680648, -9.427351196450791]),
    (r#"{"type": "rms_norm"}"#, &[2, 3, 5], false, [19.946904573133057, -4.610928454731969]),
    (r#"{"type": "batch_norm"}"#, &[4, 6], true, [22.21484375, -10.456118714291698]),
    (r#"{"type": "batch_norm"}"#, &[4, 6], false, [4.394007858497279, -11.623816113753128]),
    (r#"{"type": "batch_norm"}"#, &[2, 3, 4, 5], true, [78.26829927884614, 6.672957818228744]),
    (r#"{"type": "batch_norm"}"#, &[2, 3, 4, 5], false, [21.545426932581687, 7.66467510719596]),
    (r#"{"type": "silu"}"#, &[4, 6], false, [15.187353998842148, -3.843593578015014]),
    (r#"{"type": "softplus"}"#, &[4, 6], false, [29.481658538868935, -7.383676623986689]),
    (r#"{"type": "softmax"}"#, &[2, 3, 5], false, [6.000000000000001, -1.3741357316624567]),
    (r#"{"type": "reshape", "shape": [2, -1]}"#, &[4, 6], false, [20.375, -5.0]),
    (
        r#"{"type": "residual", "layers": [{"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"}]}"#,
        &[2, 3, 4, 5],
        false,
        [1970.734375, 12.46875],
    ),
    (
        r#"{"type": "concat", "layers": [{"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"}]}"#,
        &[2, 3, 4, 5],
        false,
        [1970.734375, 86.671875],
    ),
    (r#"{"type": "concat", "layers": [{"type": "tanh"}]}"#, &[2, 3, 5], false, [44.064460489291825, 7.803325889200396]),
    (
        r#"{"type": "conv_transpose2d", "filters": 2, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}"#,
        &[2, 3, 4, 5],
        false,
        [1563.859375, -30.609375],
    ),
    (
        r#"{"type": "conv_transpose2d", "filters": 4, "kernel": [2, 3], "stride": [1, 2]}"#,
        &[2, 3, 4, 5],
        false,
        [2557.828125, -10.78125],
    ),
    (r#"{"type": "upsample", "factor": 3}"#, &[2, 3, 4, 5], false, [934.875, -5.375]),
    (r#"{"type": "global_avg_pool"}"#, &[2, 3, 4, 5], false, [5.1937500000000005, -2.60625]),
];

/// Number `i` of tensor `k`; the input is tensor 0, parameters count from 1. Positive, for variances.
fn number(k: usize, i: usize) -> f64 {
    ((i * 29 + 7 * k) % 13 + 1) as f64 / 8.0
}

/// Runs a layer with made-up parameters; its output, then what it measured.
fn run(json: &str, shape: &[usize], training: bool) -> Vec<Vec<f64>> {
    let mut options: serde_json::Value = serde_json::from_str(json).unwrap();
    let kind = options.as_object_mut().unwrap().remove("type").unwrap();
    let (_, parse) = REGISTRY.iter().find(|(name, _)| kind == *name).unwrap();
    let layer = parse(options, "layer").unwrap();
    let mut g = Graph::new();
    let x = g.input("x", Type::f32(trainyard::graph::Shape(shape.to_vec())));
    let mut b = Builder::new(&mut g, training);
    b.scope = "layer".into();
    let y = layer.build(&mut b, x).unwrap_or_else(|e| panic!("{json}: {e}"));
    g.output("y", y);
    g.verify().unwrap();
    let wanted = [vec![y], g.outputs.iter().map(|(_, id)| *id).filter(|id| *id != y).collect()].concat();
    let parameters: Vec<_> = g.parameters.iter().map(|p| p.value).collect();
    let mut cpu = Interpreter::<f64>::new(g);
    for (k, id) in [vec![x], parameters].concat().into_iter().enumerate() {
        for (i, slot) in cpu.tensor_mut(id).floats_mut().iter_mut().enumerate() {
            *slot = number(k, i);
        }
    }
    cpu.run(&Step { rows: u32::MAX, ..Step::default() });
    wanted.iter().map(|&id| cpu.tensor(id).floats().to_vec()).collect()
}

#[test]
fn layers_do_what_pytorchs_do() {
    for &(json, shape, training, expected) in LAYERS {
        let outputs = run(json, shape, training).concat();
        let weighted = outputs.iter().enumerate().map(|(i, y)| ((i % 7) as f64 - 3.0) * y).sum::<f64>();
        for (got, want) in [outputs.iter().sum(), weighted].into_iter().zip(expected) {
            // Epsilons are rounded to f32 here.
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{json}: {got} instead of {want}");
        }
    }
}

#[test]
fn branches_of_other_shapes_are_refused() {
    let build = |json: &str| {
        let (_, parse) = REGISTRY.iter().find(|(name, _)| *name == "residual").unwrap();
        let layer = parse(serde_json::from_str(json).unwrap(), "model[0]").unwrap();
        let mut g = Graph::new();
        let x = g.input("x", Type::f32([2, 3]));
        layer.build(&mut Builder::new(&mut g, false), x).map_err(|e| e.to_string())
    };
    let message = build(r#"{"layers": [{"type": "dense", "units": 4}]}"#).unwrap_err();
    assert!(message.contains("[2, 4]") && message.contains("[2, 3]"), "{message}");
    let projected = r#"{"layers": [{"type": "dense", "units": 4}], "shortcut": [{"type": "dense", "units": 4}]}"#;
    assert!(build(projected).is_ok());
    assert!(build(r#"{"layers": []}"#).unwrap_err().contains("at least one"));
}
