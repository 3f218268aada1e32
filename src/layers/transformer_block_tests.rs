//! Blocks as a whole: token by token as all at once, padding, messages.

use serde_json::json;

use super::super::{Builder, Memory, Padding};
use crate::{
    cpu::{Interpreter, Step},
    error::Error,
    graph::{Graph, Type, ValueId},
    random,
    spec::{LayerSpec, Layers},
};

const VOCABULARY: usize = 11;
const TIME: usize = 7;

fn layers(value: serde_json::Value) -> Vec<LayerSpec> {
    serde_json::from_value::<Layers>(value).unwrap().0
}

fn gpt(options: &serde_json::Value) -> Vec<LayerSpec> {
    let mut block = json!({ "type": "transformer_block", "n_heads": 4, "causal": true });
    block.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    layers(json!([
        { "type": "embedding", "vocabulary": VOCABULARY, "size": 24 },
        { "type": "positional", "kind": "learned", "length": TIME },
        { "type": "positional", "kind": "sinusoidal", "length": TIME },
        block,
        { "type": "dense", "units": VOCABULARY, "tied": "model.0.weight" },
    ]))
}

/// A graph of the layers for `batch` × `time` tokens, and its output.
fn build(layers: &[LayerSpec], (batch, time): (usize, usize), decode: bool) -> Result<(Graph, ValueId), Error> {
    let mut g = Graph::new();
    let tokens = g.input("tokens", Type::u32([batch, time]));
    let mut b = Builder::new(&mut g, false);
    (b.decode, b.context, b.scope) = (decode, TIME, "model".into());
    let y = b.layers(layers, "model", tokens, |_, _, _| {})?;
    g.verify()?;
    Ok((g, y))
}

/// An interpreter with parameters at random, the same whenever the layers are.
fn interpreter(g: Graph) -> Interpreter<f64> {
    let parameters = g.parameters.clone();
    let mut cpu = Interpreter::new(g);
    for (stream, p) in parameters.iter().enumerate() {
        let numbers: Vec<f32> =
            (0..p.shape.count()).map(|i| 0.3 * random::normal(9, stream as u32, i as u32) as f32).collect();
        cpu.set_f32(p.value, &numbers);
    }
    cpu
}

fn tokens(count: usize) -> Vec<u32> {
    (0..count as u32).map(|i| 1 + random::bits(3, 4, i) % (VOCABULARY as u32 - 1)).collect()
}

fn give(cpu: &mut Interpreter<f64>, tokens: &[u32]) {
    let id = cpu.graph().find_input("tokens").unwrap();
    cpu.tensor_mut(id).ints_mut().copy_from_slice(tokens);
}

#[test]
fn token_by_token_is_as_all_at_once() {
    for options in [json!({}), json!({ "rotary": true, "n_kv_heads": 2, "normalization": "rms_norm", "bias": false })] {
        let layers = gpt(&options);
        let tokens = tokens(TIME);
        let (g, y) = build(&layers, (1, TIME), false).unwrap();
        let mut whole = interpreter(g);
        give(&mut whole, &tokens);
        whole.run(&Step::default());
        let whole = whole.get_f32(y);

        let (g, y) = build(&layers, (1, 1), true).unwrap();
        let carried = g.carried.clone();
        assert_eq!(carried.len(), 1);
        let mut one = interpreter(g);
        for (cursor, &token) in (0..).zip(&tokens) {
            give(&mut one, &[token]);
            one.run(&Step { cursor, ..Step::default() });
            for &(before, after) in &carried {
                let next = one.get_f32(after);
                one.set_f32(before, &next);
            }
            let expected = &whole[cursor as usize * VOCABULARY..][..VOCABULARY];
            for (got, want) in one.get_f32(y).iter().zip(expected) {
                assert!((got - want).abs() < 1e-5, "{options}: token {cursor}: {got} instead of {want}");
            }
        }
    }
}

#[test]
fn padding_changes_nothing_before_it() {
    let layers = layers(json!([
        { "type": "embedding", "vocabulary": VOCABULARY, "size": 12, "padding": 0 },
        { "type": "transformer_block", "n_heads": 3, "norm": "post", "activation": "relu", "mlp": 5 },
    ]));
    let short = tokens(4);
    let (g, y) = build(&layers, (1, 4), false).unwrap();
    let mut cpu = interpreter(g);
    give(&mut cpu, &short);
    cpu.run(&Step::default());
    let expected = cpu.get_f32(y);
    let (g, y) = build(&layers, (1, TIME), false).unwrap();
    let mut cpu = interpreter(g);
    give(&mut cpu, &[&short[..], &[0; TIME - 4]].concat());
    cpu.run(&Step::default());
    for (got, want) in cpu.get_f32(y).iter().zip(&expected) {
        assert!((got - want).abs() < 1e-6, "{got} instead of {want}");
    }
}

#[test]
fn cross_attention_shows_what_it_attends_to() {
    let mut g = Graph::new();
    let x = g.input("x", Type::f32([2, 3, 8]));
    let source = g.input("source", Type::u32([2, 5]));
    let memory = g.input("memory", Type::f32([2, 5, 8]));
    let mut b = Builder::new(&mut g, false);
    b.alignments = true;
    b.scope = "decoder".into();
    let padding = Some(Padding { tokens: source, token: 0 });
    b.memories.insert("encoder".into(), Memory { value: memory, padding });
    let block = layers(json!([
        { "type": "transformer_block", "n_heads": 2, "causal": true, "memory": "encoder", "name": "block" }
    ]));
    b.layers(&block, "decoder", x, |_, _, _| {}).unwrap();
    g.verify().unwrap();
    let names: Vec<_> = g.parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        &names[6..10],
        [
            "decoder.block.norm2.weight",
            "decoder.block.norm2.bias",
            "decoder.block.multihead_attn.in_proj_weight",
            "decoder.block.multihead_attn.in_proj_bias"
        ]
    );
    let weights = g.find_output("alignment:decoder.block.multihead_attn").unwrap();
    let mut cpu = interpreter(g);
    for id in [x, memory] {
        let numbers: Vec<f32> = (0..80).map(|i| random::normal(8, id.0, i) as f32).collect();
        cpu.set_f32(id, &numbers);
    }
    cpu.tensor_mut(source).ints_mut().copy_from_slice(&[1, 2, 3, 0, 0, 4, 0, 0, 0, 0]);
    cpu.run(&Step::default());
    for (row, p) in cpu.get_f32(weights).chunks(5).enumerate() {
        let seen = if row < 3 { 3 } else { 1 };
        assert!((p[..seen].iter().sum::<f32>() - 1.0).abs() < 1e-6 && p[seen..].iter().all(|&p| p == 0.0), "{p:?}");
    }
}

#[test]
fn messages_say_both_numbers() {
    let of = |layer: serde_json::Value, decode| {
        let embedding = json!({ "type": "embedding", "vocabulary": 5, "size": 12 });
        build(&layers(json!([embedding, layer])), (1, TIME), decode).unwrap_err().to_string()
    };
    let attention = |options: serde_json::Value| {
        let mut layer = json!({ "type": "multi_head_attention", "n_heads": 4 });
        layer.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        of(layer, false)
    };
    let expected = "model[1].n_heads: 5 heads don't divide the 12 numbers of a step evenly";
    assert_eq!(attention(json!({ "n_heads": 5 })), expected);
    assert!(attention(json!({ "n_kv_heads": 3 })).contains("3 heads of keys and values can't serve 4 heads"));
    assert!(attention(json!({ "rotary": true })).contains("3 numbers a head"));
    assert!(attention(json!({ "memory": "encoder" })).contains("network `encoder`"));
    assert!(attention(json!({ "dropout": 1.5 })).starts_with("model[1].dropout"));
    let long = of(json!({ "type": "positional", "kind": "learned", "length": 6 }), false);
    assert!(long.contains("sequence of 7 is longer than the 6 positions"), "{long}");
    let twice = of(json!({ "type": "embedding", "vocabulary": 5, "size": 12 }), false);
    assert!(twice.contains("needs tokens"), "{twice}");
    let tied = of(json!({ "type": "dense", "units": 6, "tied": "model.0.weight" }), false);
    assert!(tied.contains("[5, 12]") && tied.contains("[6, 12]"), "{tied}");
    let both_ways = of(json!({ "type": "multi_head_attention", "n_heads": 4 }), true);
    assert!(both_ways.contains("causal"), "{both_ways}");
}
