//! Layers alone, on small made-up numbers, against PyTorch: `tests/golden/layers.py` prints the expected ones.

use trainyard::{
    autodiff::gradients,
    cpu::{Interpreter, Step},
    graph::{Graph, Parameter, Role, Shape, Type},
    layers::{Builder, REGISTRY},
    ops::regression::Regression,
};

type Digest = [f64; 2];

/// Layer, shape of its input, whether it trains, then Σ yᵢ and Σ (i mod 7 − 3) yᵢ of its output, and of the gradients
/// of the mean squared error for its input and its parameters.
#[rustfmt::skip] // as the script prints it
const LAYERS: &[(&str, &[usize], bool, Digest, Digest)] = &[
    (r#"{"type": "layer_norm"}"#, &[2, 3, 5], false, [19.578671963680648, -9.427351196450791], [0.483106995022896, 0.36730386287682526]),
    (r#"{"type": "rms_norm"}"#, &[2, 3, 5], false, [19.946904573133057, -4.610928454731969], [-0.5150206298215041, -0.8526786012079461]),
    (r#"{"type": "batch_norm"}"#, &[4, 6], true, [22.21484375, -10.456118714291698], [0.7279728649211707, -0.024084954947775072]),
    (r#"{"type": "batch_norm"}"#, &[4, 6], false, [4.394007858497279, -11.623816113753128], [-2.2232896613186224, 0.589108977062501]),
    (r#"{"type": "batch_norm"}"#, &[2, 3, 4, 5], true, [78.26829927884614, 6.672957818228744], [0.657727382624534, -2.1982936912877293]),
    (r#"{"type": "batch_norm"}"#, &[2, 3, 4, 5], false, [21.545426932581687, 7.66467510719596], [-2.4785678078017472, -3.586507003143304]),
    (r#"{"type": "silu"}"#, &[4, 6], false, [15.187353998842148, -3.843593578015014], [-0.3281875428570938, 0.03502070300371339]),
    (r#"{"type": "softplus"}"#, &[4, 6], false, [29.481658538868935, -7.383676623986689], [0.525646120461152, -0.16767274465414994]),
    (r#"{"type": "softmax"}"#, &[2, 3, 5], false, [6.000000000000001, -1.3741357316624567], [-3.2959746043559335e-17, -0.00409880308528409]),
    (r#"{"type": "reshape", "shape": [2, -1]}"#, &[4, 6], false, [20.375, -5.0], [-0.020833333333333322, -0.06250000000000001]),
    (r#"{"type": "residual", "layers": [{"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"}]}"#, &[2, 3, 4, 5], false, [1970.734375, 12.46875], [1204.56064453125, 12.393424479166672]),
    (r#"{"type": "concat", "layers": [{"type": "conv2d", "filters": 3, "kernel": 3, "padding": "same"}]}"#, &[2, 3, 4, 5], false, [1970.734375, 86.671875], [556.248291015625, 5.717805989583319]),
    (r#"{"type": "concat", "layers": [{"type": "tanh"}]}"#, &[2, 3, 5], false, [44.064460489291825, 7.803325889200396], [-0.27456347067412235, -0.10814704609797887]),
    (r#"{"type": "highway"}"#, &[2, 3, 5], false, [130.96982328352541, -24.70311968204996], [70.19790171565718, -12.842399257956325]),
    (r#"{"type": "dense", "units": 4, "activation": "gelu"}"#, &[4, 6], false, [84.98312404796295, -29.046883021225625], [104.26671340626973, -5.425154666076609]),
    (r#"{"type": "conv_transpose2d", "filters": 2, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}"#, &[2, 3, 4, 5], false, [1563.859375, -30.609375], [109.6510986328125, -2.6551269531250004]),
    (r#"{"type": "conv_transpose2d", "filters": 4, "kernel": [2, 3], "stride": [1, 2]}"#, &[2, 3, 4, 5], false, [2557.828125, -10.78125], [150.65350674715907, 11.132688210227276]),
    (r#"{"type": "upsample", "factor": 3}"#, &[2, 3, 4, 5], false, [934.875, -5.375], [-0.02013888888888891, -0.05324074074074069]),
    (r#"{"type": "global_avg_pool"}"#, &[2, 3, 4, 5], false, [5.1937500000000005, -2.60625], [-0.14375, 0.029479166666666654]),
];

/// Number `i` of tensor `k`; the input is tensor 0, parameters count from 1. Positive, for variances.
fn number(k: usize, i: usize) -> f64 {
    ((i * 29 + 7 * k) % 13 + 1) as f64 / 8.0
}

/// Runs a layer with made-up parameters; its output and what it measured, and the gradients.
fn run(json: &str, shape: &[usize], training: bool) -> [Vec<f64>; 2] {
    let mut options: serde_json::Value = serde_json::from_str(json).unwrap();
    let kind = options.as_object_mut().unwrap().remove("type").unwrap();
    let (_, parse) = REGISTRY.iter().find(|(name, _)| kind == *name).unwrap();
    let layer = parse(options, "layer").unwrap();
    let mut g = Graph::new();
    let x = g.input("x", Type::f32(Shape(shape.to_vec())));
    let mut b = Builder::new(&mut g, training);
    b.scope = "layer".into();
    let y = layer.build(&mut b, x).unwrap_or_else(|e| panic!("{json}: {e}"));
    let measured: Vec<_> = g.outputs.iter().map(|(_, id)| *id).collect();
    let target = g.input("target", g.ty(y).clone());
    let loss = g.apply(Regression::default(), &[y, target]).unwrap()[0];
    let parameters = g.parameters.clone();
    let trained = parameters.iter().filter(|p| p.role == Role::Trained);
    // Files hold some matrices transposed.
    let turned = |p: &Parameter| p.transposed.then(|| p.shape.0[1]);
    let wanted: Vec<_> = [(x, None)].into_iter().chain(trained.map(|p| (p.value, turned(p)))).collect();
    let ids: Vec<_> = wanted.iter().map(|(id, _)| *id).collect();
    let gradients = gradients(&mut g, &[(loss, 1.0)], &ids).unwrap();
    g.verify().unwrap();
    let mut cpu = Interpreter::<f64>::new(g);
    let tensors = [(x, None)].into_iter().chain(parameters.iter().map(|p| (p.value, turned(p)))).enumerate();
    for (k, (id, turned)) in tensors.chain([(50, (target, None))]) {
        let tensor = cpu.tensor_mut(id).floats_mut();
        let numbers: Vec<_> = (0..tensor.len()).map(|i| number(k, i)).collect();
        tensor
            .copy_from_slice(&turned.map_or(numbers.clone(), |columns| transposed(&numbers, numbers.len() / columns)));
    }
    cpu.run(&Step { rows: u32::MAX, ..Step::default() });
    let outputs = [y].into_iter().chain(measured).flat_map(|id| cpu.tensor(id).floats().to_vec()).collect();
    let gradients = gradients.iter().zip(wanted).flat_map(|(gradient, (_, turned))| {
        let numbers = cpu.tensor(gradient.unwrap()).floats();
        turned.map_or(numbers.to_vec(), |columns| transposed(numbers, columns))
    });
    [outputs, gradients.collect()]
}

/// Of a matrix with so many columns.
fn transposed(numbers: &[f64], columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|column| numbers.iter().skip(column).step_by(columns).copied()).collect()
}

#[test]
fn layers_do_what_pytorchs_do() {
    for &(json, shape, training, output, gradients) in LAYERS {
        let both = run(json, shape, training);
        for (what, numbers, expected) in [("output", &both[0], output), ("gradients", &both[1], gradients)] {
            let weighted = numbers.iter().enumerate().map(|(i, y)| ((i % 7) as f64 - 3.0) * y).sum::<f64>();
            for (got, want) in [numbers.iter().sum(), weighted].into_iter().zip(expected) {
                // Epsilons are rounded to f32 here.
                assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{json}, {what}: {got} instead of {want}");
            }
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
