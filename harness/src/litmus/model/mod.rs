//! The oracle.

mod axiom;
mod candidate;
mod event;
mod order;
mod reads;
mod relation;
mod run;
mod waiters;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use axiom::Axiom;
pub use event::{Does, Event, Range, Waiting, What, Who};
pub use relation::{MOST_EVENTS, Relation};

use crate::litmus::program::{Condition, Outcome, Test};

/// What may come of a test.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// Every outcome that the values which the programs write can make up, with its verdict. What is
    /// not here is made up of values that nobody writes, and is forbidden too.
    pub verdicts: BTreeMap<Outcome, Verdict>,
    /// Whether some agent may wait for ever. `None` if no agent could come to it.
    pub stuck: Option<Verdict>,
}

/// What the model says of an outcome.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// An execution gives it.
    Allowed(Box<Execution>),
    /// No execution gives it.
    Forbidden(Forbidden),
}

/// Why no execution gives an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// How many candidates each axiom ruled out first, in the order of [`Axiom::ALL`].
    violated: [u64; Axiom::COUNT],
}

/// An execution.
#[derive(Clone, Debug)]
pub struct Execution {
    /// Its events; elsewhere they are numbers in this list. Those of one agent are in its order.
    pub events: Vec<Event>,
    /// Where each byte of each read comes from.
    pub sources: Vec<Source>,
    /// Writes and the reads that synchronize with them.
    pub synchronizes_with: Vec<(usize, usize)>,
    /// happens-before.
    pub happens_before: Relation,
    /// A total order of all events that the model admits.
    pub order: Vec<usize>,
}

/// Where a byte that is read comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The read.
    pub read: usize,
    /// Which byte of the location.
    pub byte: u8,
    /// The write.
    pub write: usize,
}

impl Forbidden {
    /// The axioms that ruled out candidates and how many each, the one that ruled out the last of
    /// them at the end: that is the one to name where one is named.
    pub fn axioms(&self) -> impl Iterator<Item = (Axiom, u64)> {
        Axiom::ALL.into_iter().zip(self.violated).filter(|(_, candidates)| *candidates > 0)
    }

    /// The axiom that ruled out the last candidates.
    pub fn axiom(&self) -> Axiom {
        self.axioms().last().map_or(Axiom::WaiterLists, |(axiom, _)| axiom)
    }
}

impl Verdict {
    /// Whether an execution gives the outcome.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

impl Outcomes {
    /// Whether the model allows this outcome.
    pub fn allows(&self, outcome: &[u128]) -> bool {
        self.verdicts.get(outcome).is_some_and(Verdict::is_allowed)
    }

    /// The outcomes that the model allows.
    pub fn allowed(&self) -> impl Iterator<Item = &Outcome> {
        self.verdicts.iter().filter(|(_, verdict)| verdict.is_allowed()).map(|(outcome, _)| outcome)
    }

    /// Whether the model allows an outcome of which the condition holds.
    pub fn allows_any(&self, condition: &Condition) -> bool {
        self.allowed().any(|outcome| condition.holds(outcome))
    }
}

/// Why a test has no verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// A read may see too many values.
    #[error("a read of this test may see too many values")]
    Values,
    /// There are too many ways through a program.
    #[error("there are too many ways through an agent's program")]
    Ways,
    /// There are too many combinations of them.
    #[error("there are too many combinations of the ways through the agents' programs")]
    Combinations,
    /// There are too many events.
    #[error("this test has more than {MOST_EVENTS} events")]
    Events,
}

/// Every outcome that the test may have, with its verdict.
///
/// # Errors
///
/// If the test is too large to be decided by trying everything.
pub fn outcomes(test: &Test) -> Result<Outcomes, TooLarge> {
    candidate::outcomes(test)
}
