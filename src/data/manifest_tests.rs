use serde_json::{Value, json};

use super::*;

fn shard(file: &str, start: usize, count: usize) -> Value {
    json!({ "file": file, "start": start, "count": count, "bytes": 9, "sha256": "0a".repeat(32) })
}

pub(crate) fn manifest() -> Value {
    json!({
        "name": "tiny", "source": "a test",
        "columns": {
            "x": { "content": "pixels", "shape": [1, 2, 2] },
            "y": { "content": "classes", "count": 3, "shape": [] },
        },
        "splits": {
            "train": { "count": 5, "shards": [shard("train-00.bin.gz", 0, 3), shard("train-01.bin.gz", 3, 2)] },
            "test": { "count": 1, "shards": [shard("test-00.bin.gz", 0, 1)] },
        },
    })
}

fn changed(pointer: &str, value: Value) -> Result<Manifest> {
    let mut json = manifest();
    *json.pointer_mut(pointer).unwrap() = value;
    Manifest::parse(&json.to_string())
}

#[test]
fn a_good_manifest() {
    let manifest = Manifest::parse(&manifest().to_string()).unwrap();
    assert_eq!((manifest.item_bytes(), manifest.counts()), ([4, 1], [5, 1]));
    assert_eq!(manifest.splits.train.shards[1].start, 3);
    assert_eq!((manifest.stream, manifest.padding), (false, None));
    assert_eq!(Manifest::parse(&serde_json::to_string(&manifest).unwrap()).unwrap(), manifest);
}

#[test]
fn bad_manifests_name_the_field() {
    let shard = "/splits/train/shards/1";
    let cases = [
        ("/columns/y/count".into(), json!(0), "columns.y.count: expected 1 to 256, found 0"),
        ("/columns/y".into(), json!({ "content": "sounds", "shape": [] }), "unknown variant `sounds`"),
        (
            "/columns/y".into(),
            json!({ "content": "classes", "count": 3, "shape": [], "names": ["one"] }),
            "columns.y.names: expected 3 or none, found 1",
        ),
        ("/columns/x/shape".into(), json!([1, 0, 28]), "columns.x.shape: expected lengths above 0"),
        ("/columns/x/shape".into(), json!([1_000_000, 1_000_000]), "columns.x.shape"),
        ("/splits/train/count".into(), json!(6), "splits.train.count: is 6, but the shards hold 5"),
        ("/splits/train/count".into(), json!(4), "splits.train.shards[1].count: expected 1 to 1, found 2"),
        ("/splits/test".into(), json!({ "count": 0, "shards": [] }), "splits.test.count"),
        (format!("{shard}/start"), json!(2), "shards[1].start: expected 3, found 2"),
        (format!("{shard}/count"), json!(0), "shards[1].count"),
        (format!("{shard}/file"), json!("../secret"), "shards[1].file: expected a plain file name"),
        (format!("{shard}/file"), json!(""), "shards[1].file"),
        (format!("{shard}/sha256"), json!("abc"), "shards[1].sha256"),
        ("/splits".into(), json!({}), "missing field `train`"),
        ("/columns".into(), json!({}), "missing field `x`"),
    ];
    for (pointer, value, expected) in cases {
        let found = changed(&pointer, value).unwrap_err().to_string();
        assert!(found.contains("manifest.json") && found.contains(expected), "{pointer}: {found}");
    }
    assert!(Manifest::parse("[").is_err());
}

#[test]
fn shards_are_split_and_checked() {
    let manifest = Manifest::parse(&manifest().to_string()).unwrap();
    let shard = &manifest.splits.train.shards[1];
    let raw = [1, 2, 3, 4, 5, 6, 7, 8, 0, 2];
    let samples = manifest.decode_shard(shard, &raw).unwrap();
    assert_eq!((samples.x.as_slice(), samples.y.as_slice()), (&raw[..8], &raw[8..]));
    let short = manifest.decode_shard(shard, &raw[1..]).unwrap_err().to_string();
    assert!(short.contains("train-01.bin.gz: expected 2 items of 4 bytes and as many of 1 byte"), "{short}");
    let label = [1, 2, 3, 4, 5, 6, 7, 8, 0, 3];
    let label = manifest.decode_shard(shard, &label).unwrap_err().to_string();
    assert!(label.contains("item 4 has label 3; expected one below 3"), "{label}");
}

#[test]
fn tokens_alone() {
    let mut json = manifest();
    json["columns"] = json!({ "x": { "content": "classes", "count": 4, "shape": [3] } });
    let manifest = Manifest::parse(&json.to_string()).unwrap();
    let shard = &manifest.splits.train.shards[1];
    let samples = manifest.decode_shard(shard, &[1, 2, 3, 3, 2, 1]).unwrap();
    assert_eq!((samples.x.len(), samples.y.len()), (6, 0));
    let token = manifest.decode_shard(shard, &[1, 2, 3, 3, 4, 1]).unwrap_err().to_string();
    assert!(token.contains("item 4 has token 4; expected one below 4"), "{token}");
}
