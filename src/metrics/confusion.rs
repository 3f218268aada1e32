//! The confusion matrix of a classifier, and what follows from it.

use super::share;

/// How often samples of a class were taken for which class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    /// Row-major: \[label, prediction\].
    counts: Vec<u64>,
}

/// What a classifier does with one class; each 0 where there is nothing to divide by, as in scikit-learn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassScores {
    /// Of those taken for the class, the share that belongs to it.
    pub precision: f64,
    /// Of those that belong to the class, the share taken for it.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Samples of the class.
    pub support: u64,
}

impl Confusion {
    /// An empty matrix.
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes] }
    }

    /// Counts a sample. What is no class (the label of padding) does not count.
    pub fn add(&mut self, label: u32, prediction: u32) {
        let (label, prediction) = (label as usize, prediction as usize);
        if label < self.classes && prediction < self.classes {
            self.counts[label * self.classes + prediction] += 1;
        }
    }

    /// Counts several samples.
    pub fn extend(&mut self, labels: &[u32], predictions: &[u32]) {
        for (&label, &prediction) in labels.iter().zip(predictions) {
            self.add(label, prediction);
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How the samples of a class were taken, by class.
    pub fn row(&self, label: usize) -> &[u64] {
        &self.counts[label * self.classes..][..self.classes]
    }

    /// Samples counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The share of samples that were taken for what they are.
    pub fn accuracy(&self) -> f64 {
        share((0..self.classes).map(|class| self.row(class)[class]).sum(), self.total())
    }

    /// Precision, recall and F1 of one class.
    pub fn class(&self, class: usize) -> ClassScores {
        let (hits, support, taken) = (self.row(class)[class], self.row(class).iter().sum(), self.taken(class));
        ClassScores {
            precision: share(hits, taken),
            recall: share(hits, support),
            f1: share(2 * hits, taken + support),
            support,
        }
    }

    /// Samples that were taken for a class.
    fn taken(&self, class: usize) -> u64 {
        (0..self.classes).map(|label| self.row(label)[class]).sum()
    }

    /// The plain means over the classes that occur, as label or as prediction (scikit-learn's `average="macro"`);
    /// `support` is the number of samples.
    pub fn macro_average(&self) -> ClassScores {
        let mut mean = ClassScores { support: self.total(), ..ClassScores::default() };
        let occur = (0..self.classes).filter(|&class| self.class(class).support + self.taken(class) > 0);
        let occurring: Vec<_> = occur.map(|class| self.class(class)).collect();
        for scores in &occurring {
            mean.precision += scores.precision / occurring.len() as f64;
            mean.recall += scores.recall / occurring.len() as f64;
            mean.f1 += scores.f1 / occurring.len() as f64;
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of class 0 (three) two are found, one is taken for 1; of class 1 (two) one is found, one is taken for 0;
    /// of class 2 (one) none is found. Class 3 never occurs.
    fn example() -> Confusion {
        let mut confusion = Confusion::new(4);
        confusion.extend(&[0, 1, 2, 0, 1, 0, 9], &[0, 0, 1, 0, 1, 1, 0]);
        confusion
    }

    #[test]
    fn the_matrix_has_labels_in_rows() {
        let confusion = example();
        assert_eq!(
            [0, 1, 2, 3].map(|label| confusion.row(label)),
            [[2, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
        );
        assert_eq!((confusion.total(), confusion.accuracy()), (6, 0.5));
    }

    #[test]
    fn scores_are_those_of_the_definitions() {
        let third = 1.0 / 3.0;
        let scores = |precision, recall, f1, support| ClassScores { precision, recall, f1, support };
        let confusion = example();
        assert_eq!(confusion.class(0), scores(2.0 * third, 2.0 * third, 2.0 / 3.0, 3));
        assert_eq!(confusion.class(1), scores(third, 0.5, 0.4, 2));
        assert_eq!(confusion.class(2), scores(0.0, 0.0, 0.0, 1));
        let mean = confusion.macro_average();
        for (got, want) in [
            (mean.precision, (2.0 / 3.0 + third) / 3.0),
            (mean.recall, (2.0 / 3.0 + 0.5) / 3.0),
            (mean.f1, (2.0 / 3.0 + 0.4) / 3.0),
        ] {
            assert!((got - want).abs() < 1e-12, "{got} instead of {want}");
        }
        assert_eq!(mean.support, 6);
    }

    #[test]
    fn nothing_counted_is_zero() {
        let empty = Confusion::new(3);
        assert_eq!((empty.accuracy(), empty.macro_average()), (0.0, ClassScores::default()));
    }
}
