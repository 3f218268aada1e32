//! Weights and batches of the workloads: from files, so that every library has the same, or made up.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    bench::{Training, Workload},
    cli::Failure,
    data::{About, Samples},
    graph::Parameter,
    random,
};

/// A folder that bench/runner/exchange.ts writes.
pub struct Inputs {
    folder: PathBuf,
}

/// Batches by number of the step.
pub struct Batches {
    batch: usize,
    item: usize,
    x: Vec<u8>,
    y: Vec<u8>,
    /// Where each sample begins in `x`, in items; none: one after the other.
    starts: Vec<usize>,
}

impl Inputs {
    /// Of a folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let path = self.folder.join(name);
        fs::read(&path).map_err(|e| Failure::input(path.display(), e))
    }

    /// Little-endian f32, one tensor after the other.
    fn floats(&self, name: &str) -> Result<Vec<f32>, Failure> {
        let bytes = self.bytes(name)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(Failure::input(self.folder.join(name).display(), "is no file of f32"));
        }
        Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
    }

    /// The initial parameters of a workload.
    pub fn parameters(&self, workload: Workload, of: &[Parameter]) -> Result<Vec<Vec<f32>>, Failure> {
        let name = format!("{}.f32", workload.name);
        let numbers = self.floats(&name)?;
        let expected: usize = of.iter().map(|p| p.shape.count()).sum();
        if numbers.len() != expected {
            let message = format!("has {} numbers, expected {expected}", numbers.len());
            return Err(Failure::input(self.folder.join(name).display(), message));
        }
        let mut rest = &numbers[..];
        Ok(of
            .iter()
            .map(|p| {
                let (own, others) = rest.split_at(p.shape.count());
                rest = others;
                own.to_vec()
            })
            .collect())
    }

    /// The batches of a workload.
    pub fn batches(&self, training: &Training) -> Result<Batches, Failure> {
        let (batch, item) = (training.batch(), training.about().x.item_bytes());
        if training.about().y.is_some() {
            let (x, y) = (self.bytes("mnist-images.u8")?, self.bytes("mnist-labels.u8")?);
            return Ok(Batches { batch, item, x, y, starts: Vec::new() });
        }
        let (x, starts) = (self.bytes("text.u8")?, self.bytes("text-starts.u32")?);
        let starts = starts.as_chunks::<4>().0.iter().map(|&start| u32::from_le_bytes(start) as usize).collect();
        Ok(Batches { batch, item, x, y: Vec::new(), starts })
    }

    /// Matrices A and C of a product.
    pub fn matrices(&self, n: usize) -> Result<[Vec<f32>; 2], Failure> {
        let name = format!("W4-{n}.f32");
        let mut a = self.floats(&name)?;
        if a.len() != 2 * n * n {
            return Err(Failure::input(self.folder.join(name).display(), format!("expected two {n} × {n} matrices")));
        }
        let c = a.split_off(n * n);
        Ok([a, c])
    }
}

impl Batches {
    /// Made up: as good as any others for timing.
    pub fn made_up(about: &About, batch: usize) -> Self {
        let (count, item) = (about.counts[0], about.x.item_bytes());
        let classes = about.x.classes().unwrap_or(256) as u32;
        let x = (0..(count * item) as u32).map(|i| (random::bits(1, 0, i) % classes) as u8).collect();
        let labels = about.y.as_ref().and_then(crate::data::Column::classes);
        let y = labels
            .map_or(Vec::new(), |n| (0..count as u32).map(|i| (random::bits(1, 1, i) % n as u32) as u8).collect());
        Self { batch, item, x, y, starts: Vec::new() }
    }

    /// The batch of a step, from 0; after the last sample comes the first.
    pub fn at(&self, step: usize) -> Samples {
        let count = if self.starts.is_empty() { self.x.len() / self.item } else { self.starts.len() };
        let mut samples = Samples { x: Vec::with_capacity(self.batch * self.item), y: Vec::new() };
        for row in 0..self.batch {
            let sample = (step * self.batch + row) % count;
            let from = self.starts.get(sample).copied().unwrap_or(sample * self.item);
            samples.x.extend_from_slice(&self.x[from..from + self.item]);
            samples.y.extend(self.y.get(sample));
        }
        samples
    }
}

/// Made-up n × n matrices with the scale of the real ones: N(0, 1/n).
pub fn made_up_matrices(n: usize) -> [Vec<f32>; 2] {
    let scale = (n as f64).sqrt();
    [1, 2].map(|stream| (0..(n * n) as u32).map(|i| (random::normal(1, stream, i) / scale) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;

    #[test]
    fn batches_go_round() {
        let batches = Batches { batch: 2, item: 2, x: (0..6).collect(), y: vec![7, 8, 9], starts: Vec::new() };
        let samples = batches.at(1);
        assert_eq!((samples.x, samples.y), (vec![4, 5, 0, 1], vec![9, 7]));
        let windows = Batches { batch: 1, item: 3, x: (0..6).collect(), y: Vec::new(), starts: vec![3, 1] };
        assert_eq!(windows.at(3).x, [1, 2, 3]);
    }

    #[test]
    fn what_is_made_up_is_in_range() {
        let (x, y) = (Column::tokens(3, vec![String::new(); 5]), Some(Column::labels(2)));
        let about = About { x, y, counts: [20, 2], stream: false, padding: None };
        let samples = Batches::made_up(&about, 4).at(6);
        assert_eq!((samples.x.len(), samples.y.len()), (12, 4));
        assert!(samples.x.iter().all(|&token| token < 5) && samples.y.iter().all(|&label| label < 2));
    }
}
