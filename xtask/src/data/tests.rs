use std::io::Read;

use flate2::read::GzDecoder;

use super::{
    shards::{MANIFEST, Manifest, Split, cuts, gzip},
    *,
};

#[test]
fn every_item_is_in_exactly_one_shard() {
    for (total, cut) in [(60_000, (5_000, 5_000)), (10_000, (1_000, 3_000)), (7, (10, 10)), (11, (10, 10))] {
        let mut next = 0;
        for (_, start, count) in cuts("train", total, cut) {
            assert_eq!(start, next);
            next += count;
        }
        assert_eq!(next, total);
    }
    let sizes: Vec<_> = cuts("test", 10_000, (1_000, 3_000)).map(|(_, _, count)| count).collect();
    assert_eq!(sizes, [1_000, 3_000, 3_000, 3_000]);
}

/// Reads what `cargo xtask data` wrote, against what it was made of; `cargo xtask test` has it written.
#[test]
fn shards_hold_what_the_packages_hold() {
    ensure().unwrap();
    for (name, version, make) in SETS {
        let folder = root().join(FOLDER).join(name);
        assert!(shards::is_complete(&folder, *version) && !shards::is_complete(&folder, version + 1));
        let manifest: Manifest = serde_json::from_slice(&fs::read(folder.join(MANIFEST)).unwrap()).unwrap();
        let set = make().unwrap();
        let x_bytes = set.x.item_bytes();
        let mut packed = 0;
        for (part, split) in set.parts.iter().zip([&manifest.splits.train, &manifest.splits.test]) {
            let (x, y) = read(&folder, split, x_bytes);
            assert!(x == part.x && y == part.y, "{name}");
            packed += split.shards.iter().map(|s| s.bytes).sum::<u64>();
        }
        // A visitor waits for the first shard, and may pay for all of them.
        assert!(manifest.splits.train.shards[0].bytes < 1_200_000, "{name}");
        assert!(*name == "mnist" || packed < 3_000_000, "{name}: {packed}");
    }
}

fn read(folder: &Path, split: &Split, x_bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for shard in &split.shards {
        let zipped = fs::read(folder.join(&shard.file)).unwrap();
        assert_eq!(zipped.len() as u64, shard.bytes, "{}", shard.file);
        assert_eq!(hex(&Sha256::digest(&zipped)), shard.sha256, "{}", shard.file);
        let mut bytes = Vec::new();
        GzDecoder::new(&*zipped).read_to_end(&mut bytes).unwrap();
        y.extend(bytes.split_off(shard.count * x_bytes));
        x.append(&mut bytes);
    }
    (x, y)
}

#[test]
fn gzip_is_deterministic() {
    let once = gzip(&[b"pixels", b"labels"]).unwrap();
    assert_eq!(once, gzip(&[b"pixelslabels"]).unwrap());
    assert_eq!(once[4..8], [0; 4], "a date");
}

#[test]
fn a_changed_source_is_refused() {
    let folder = std::env::temp_dir().join(format!("xtask-data-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let source = Source { file: "some.txt", sha256: "0000" };
    assert!(source.read_in(&folder).unwrap_err().contains("npm ci"));
    fs::write(folder.join(source.file), b"something else").unwrap();
    let message = source.read_in(&folder).unwrap_err();
    assert!(message.contains(source.sha256) && message.contains(source.file), "{message}");
    fs::remove_dir_all(&folder).unwrap();
}
