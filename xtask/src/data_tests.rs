use std::io::Read;

use flate2::read::GzDecoder;

use super::*;

#[test]
fn every_item_is_in_exactly_one_shard() {
    for part in &PARTS {
        let mut next = 0;
        for (_, start, count) in cuts(part) {
            assert_eq!(start, next);
            next += count;
        }
        assert_eq!(next, part.count);
    }
    let sizes: Vec<_> = cuts(&PARTS[1]).map(|(_, _, count)| count).collect();
    assert_eq!(sizes, [1_000, 3_000, 3_000, 3_000]);
    assert_eq!(cuts(&PARTS[0]).count(), 12);
}

/// Reads what `cargo xtask data` wrote, against the package; `cargo xtask test` has it written.
#[test]
fn shards_hold_what_the_package_holds() {
    ensure().unwrap();
    let folder = root().join(FOLDER);
    let json = fs::read(folder.join(MANIFEST)).unwrap();
    let manifest: Manifest = serde_json::from_slice(&json).unwrap();
    assert_eq!(manifest.item_shape.iter().product::<usize>(), PIXELS);
    for (part, split) in PARTS.iter().zip([&manifest.splits.train, &manifest.splits.test]) {
        let images = read_source(&part.images, &root().join(PACKAGE)).unwrap();
        let labels = read_source(&part.labels, &root().join(PACKAGE)).unwrap();
        let (mut seen_images, mut seen_labels) = (Vec::new(), Vec::new());
        for shard in &split.shards {
            let zipped = fs::read(folder.join(&shard.file)).unwrap();
            assert_eq!(zipped.len() as u64, shard.bytes, "{}", shard.file);
            assert_eq!(hex(&Sha256::digest(&zipped)), shard.sha256, "{}", shard.file);
            let mut bytes = Vec::new();
            GzDecoder::new(&*zipped).read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes.len(), shard.count * (PIXELS + 1));
            seen_labels.extend(bytes.split_off(shard.count * PIXELS));
            seen_images.append(&mut bytes);
        }
        assert!(seen_images == images && seen_labels == labels, "{}", part.name);
    }
    assert!(manifest.splits.train.shards[0].bytes < 1_000_000);
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
    let source = &PARTS[0].labels;
    assert!(read_source(source, &folder).unwrap_err().contains("npm ci"));
    fs::write(folder.join(source.file), b"something else").unwrap();
    let message = read_source(source, &folder).unwrap_err();
    assert!(message.contains(source.sha256) && message.contains(source.file), "{message}");
    fs::remove_dir_all(&folder).unwrap();
}
