//! How often each outcome was seen.

use std::collections::BTreeMap;

use crate::litmus::program::Outcome;

use super::job::{Built, Slice};

/// Outcomes and how often each was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: BTreeMap<Outcome, u64>,
    /// Instances whose outcome could not be counted, since there were too many different ones.
    pub uncounted: u64,
}

/// One outcome of a histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the registers and locations held.
    pub outcome: Outcome,
    /// How often.
    pub count: u64,
    /// Whether the memory model allows it.
    pub allowed: bool,
    /// Whether it is the test's outcome of interest.
    pub interesting: bool,
}

impl Histogram {
    pub(super) fn add(&mut self, slice: &Slice, built: &Built) {
        for entry in &slice.entries {
            *self.counts.entry(built.layout.outcome(&entry.values)).or_default() += entry.count;
        }
        self.uncounted += slice.overflow;
    }

    /// How often an outcome was seen.
    pub fn count(&self, outcome: &[u128]) -> u64 {
        self.counts.get(outcome).copied().unwrap_or(0)
    }

    /// How many instances were counted.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many different outcomes were seen.
    pub fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// Outcomes and counts, in the order of their values.
    pub fn iter(&self) -> impl Iterator<Item = (&Outcome, u64)> {
        self.counts.iter().map(|(outcome, &count)| (outcome, count))
    }

    /// How much a histogram shows: first how many outcomes, then how often it shows the rarest.
    pub(super) fn spread(&self) -> (usize, u64) {
        let total = self.total().max(1);
        let rarest = self.counts.values().min().copied().unwrap_or(0);
        (self.distinct(), rarest.saturating_mul(1_000_000) / total)
    }
}
