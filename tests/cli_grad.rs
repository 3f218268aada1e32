//! `grad` and `check`: what the engine computes, for other programs to compare.

mod cli_common;

use std::{collections::HashMap, fs, path::Path};

use cli_common::{arg, digits, example, folder, run, succeed, train};
use trainyard::export::{NamedTensor, TensorData, read, write};

fn by_name(path: &Path) -> HashMap<String, NamedTensor> {
    read(&fs::read(path).unwrap()).unwrap().into_iter().map(|t| (t.name.clone(), t)).collect()
}

fn floats(tensor: &NamedTensor) -> &[f32] {
    if let TensorData::F32(data) = &tensor.data { data } else { panic!("{} holds whole numbers", tensor.name) }
}

fn labels(shape: &[usize], labels: Vec<i32>) -> NamedTensor {
    NamedTensor { name: "y".into(), shape: shape.to_vec(), data: TensorData::I32(labels) }
}

#[test]
fn gradients_come_in_the_layout_of_the_weights() {
    let folder = folder("grad");
    let (weights, _) = train(&folder, "w.safetensors", "1");
    let digits = digits();
    let rows = 5;
    let x: Vec<f32> = digits.x[..rows * 784].iter().map(|&b| f32::from(b) / 255.0).collect();
    let y = digits.y[..rows].iter().map(|&l| l.into()).collect();
    let batch = folder.join("batch.safetensors");
    fs::write(&batch, write(&[NamedTensor::f32("x", [rows, 1, 28, 28], x), labels(&[rows], y)]).unwrap()).unwrap();
    let grad = |weights: &Path, device: &str| {
        let out = folder.join("g.safetensors");
        let mlp = example("mnist-mlp.json");
        succeed(&[
            "grad",
            &mlp,
            "--weights",
            arg(weights),
            "--batch",
            arg(&batch),
            "--out",
            arg(&out),
            "--device",
            device,
        ]);
        by_name(&out)
    };
    let gradients = grad(Path::new(&weights), "cpu");
    let parameters = by_name(Path::new(&weights));
    assert_eq!(gradients.len(), parameters.len() + 2);
    for (name, parameter) in &parameters {
        assert_eq!(gradients[name].shape, parameter.shape, "{name}");
    }
    assert_eq!(gradients["loss"].shape, [1]);
    assert_eq!(gradients["output"].shape, [rows, 10]);
    for (name, gpu) in grad(Path::new(&weights), "gpu") {
        let scale = floats(&gradients[&name]).iter().fold(0f32, |most, x| most.max(x.abs()));
        let off = floats(&gradients[&name]).iter().zip(floats(&gpu)).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(off <= 1e-5 * scale, "{name}: {off} of {scale}");
    }

    // That each number lies where the weight's does shows when one weight is moved: by 1e-2 along the gradient's
    // largest element, the loss changes by the gradient, but for the curvature and the rounding of f32.
    let name = "model.2.weight";
    let (at, &slope) =
        floats(&gradients[name]).iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap();
    let step = 1e-2;
    let loss = |by: f32| {
        let mut moved: Vec<NamedTensor> = parameters.values().cloned().collect();
        let tensor = moved.iter_mut().find(|t| t.name == name).unwrap();
        if let TensorData::F32(data) = &mut tensor.data {
            data[at] += by;
        }
        let path = folder.join("moved.safetensors");
        fs::write(&path, write(&moved).unwrap()).unwrap();
        floats(&grad(&path, "cpu")["loss"])[0]
    };
    let measured = (loss(step) - loss(-step)) / (2.0 * step);
    assert!((measured - slope).abs() < 1e-2 * slope.abs(), "{measured} measured, {slope} computed");
}

#[test]
fn batches_that_do_not_fit_are_refused_by_tensor() {
    let folder = folder("batches");
    let (weights, _) = train(&folder, "w.safetensors", "1");
    let x = |shape: &[usize]| NamedTensor::f32("x", shape, vec![0.5; shape.iter().product()]);
    let mut nan = x(&[2, 1, 28, 28]);
    if let TensorData::F32(data) = &mut nan.data {
        data[5] = f32::NAN;
    }
    let good = || x(&[2, 1, 28, 28]);
    let out = folder.join("g.safetensors");
    fs::write(&out, "mine").unwrap();
    for (tensors, expected) in [
        (vec![good()], "tensor `y`: is missing, expected labels [2]"),
        (vec![labels(&[2], vec![1, 2])], "tensor `x`: is missing, expected samples along its first dimension"),
        (
            vec![x(&[2, 28, 28]), labels(&[2], vec![1, 2])],
            "tensor `x`: has shape [2, 28, 28], expected [batch, 1, 28, 28]",
        ),
        (
            vec![x(&[0, 1, 28, 28]), labels(&[0], vec![])],
            "tensor `x`: is missing, expected samples along its first dimension",
        ),
        (vec![good(), labels(&[3], vec![1, 2, 3])], "tensor `y`: has shape [3], expected labels [2]"),
        (vec![good(), labels(&[2], vec![1, 10])], "tensor `y`: element 1 is 10, expected 0 to 9"),
        (vec![good(), labels(&[2], vec![-1, 1])], "tensor `y`: element 0 is -1, expected 0 to 9"),
        (vec![good(), NamedTensor::f32("y", [2], vec![1.0, 2.0])], "tensor `y`: holds floats, expected labels [2]"),
        (vec![nan, labels(&[2], vec![1, 2])], "tensor `x`: element 5 is NaN, expected finite numbers"),
    ] {
        let batch = folder.join("batch.safetensors");
        fs::write(&batch, write(&tensors).unwrap()).unwrap();
        let mlp = example("mnist-mlp.json");
        let ran =
            run(&["grad", &mlp, "--weights", &weights, "--batch", arg(&batch), "--out", arg(&out), "--device", "cpu"]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("batch.safetensors: {expected}")), "{expected}: {}", ran.stderr);
        assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    }
}

#[test]
fn the_gpu_computes_the_examples_as_the_cpu_does() {
    for name in ["mnist-mlp.json", "mnist-cnn.json"] {
        let report = succeed(&["check", &example(name)]);
        assert!(report.contains("gather") && report.contains("step: gradient of model."), "{report}");
        assert!(report.contains("optimizer: adam") && !report.contains("FAILS"), "{report}");
    }
}
