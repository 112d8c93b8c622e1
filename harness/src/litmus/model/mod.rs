//! The oracle: which outcomes of a litmus test the memory model allows, found by trying everything.
//!
//! # The model
//!
//! WebAssembly and JavaScript share memories, and their models are meant to be one. The texts are
//! ECMA-262 (section "Memory Model", <https://tc39.es/ecma262/#sec-memory-model>), which has the
//! corrections of Watt et al., "Repairing and mechanising the JavaScript relaxed memory model" (PLDI
//! 2020, <https://arxiv.org/abs/2005.10554>), and the threads proposal
//! (<https://webassembly.github.io/threads/core/exec/relaxed.html>, below: "the proposal"), which
//! derives from "Weakening WebAssembly" (OOPSLA 2019). A candidate execution is one way through each
//! agent's program ([`Event`]s with the values that they read and write) and a write for each byte of
//! each read (reads-bytes-from, <https://tc39.es/ecma262/#sec-reads-bytes-from>; in the proposal
//! "reads-each-from"). It is an execution if it obeys these axioms:
//!
//! | [`Axiom`] | in ECMA-262 | in the proposal, "Consistency" |
//! |---|---|---|
//! | (values) | Valid Chosen Reads `#sec-valid-chosen-reads` | "value-consistent" |
//! | `WaiterLists` | EnterCriticalSection and the waiter lists, `#sec-waiterlist-objects` | "suspensions-consistent" |
//! | `HappensBefore` | happens-before is a strict partial order, `#sec-valid-executions`; its parts: `#sec-agent-order`, `#sec-synchronizes-with`, `#sec-happens-before` | the time stamps' order; "hb-consistent", second line |
//! | `CoherentReads` | `#sec-coherent-reads` | "hb-consistent", first and third line |
//! | `TearFreeReads` | `#sec-tear-free-aligned-reads` | "no-tear" |
//! | `SequentiallyConsistentAtomics` | `#sec-memory-order` | "sc-last-visible" |
//!
//! What is above `CoherentReads` builds happens-before: agent order; a write and a read synchronize
//! where both are sequentially consistent, their ranges are equal and the read takes a byte from the
//! write; all events at one list of waiters are ordered; everything follows from the beginning and
//! comes before the end.
//!
//! # Where the texts differ, or say too little
//!
//! - The proposal's "sc-last-visible" names its premise `W hb R` with the wrong variable bound and its
//!   "reads-from" passes it a list. Read as the paper has it, its three lines are ECMA-262's three
//!   conditions, which are what `order` checks. The last condition of ECMA-262's clause, that an atomic
//!   write is seen in finite time, has no meaning for programs that end.
//! - `notears`: the proposal uses a function that it does not define; its note says that naturally
//!   aligned accesses of at most four bytes do not tear. ECMA-262 says so of integer typed arrays, and
//!   of nothing that a `DataView` does. An aligned access is made by a typed array and an unaligned one
//!   by a `DataView` here, so that one rule serves both languages: an access does not tear if it is
//!   atomic, or aligned and of at most four bytes.
//! - The values at the beginning are not events of order `Init`, but plain writes of whole locations by
//!   the harness, which resets them before each round, and happen before everything. (By the letter,
//!   bytes of an `Init` event, whose range is the whole block, may mix with those of a write in a read
//!   that does not tear.) Whoever runs tests resets locations by accesses of their width.
//! - The final values are plain reads of whole locations, which everything happens before.
//! - `atomic.fence` performs an action without a location (`exec-memory-atomic-fence`), and no rule of
//!   the proposal's consistency says anything of it. It is an event in its agent's order and in the
//!   total order, and orders nothing between agents. Overview.md means it to do what C++'s fences do;
//!   the text does not say so yet, so what fences should forbid is allowed here.
//! - The length of a memory is a location of its own. A growth that succeeds is an atomic
//!   read-modify-write of it (`exec-memory-grow`), `memory.size` an atomic read (`exec-memory-size`). A
//!   bounds check is a plain read of it, which is left out: tests stay within the pages that were there
//!   at the beginning, and whatever length it reads is enough, so it can always read the last one that
//!   happens before it. Growth may be refused; such an outcome is not the model's.
//! - In JavaScript, the size is that of the buffer that the memory hands out, and the texts disagree on
//!   when an agent gets a new one after another's growth (the JS API's text: its own growth alone;
//!   Overview.md: whenever the lengths differ). So such a read sees its own agent's growths and may
//!   miss any other: nothing that happens before it by another agent is taken to replace what it reads.
//! - A wait that finds another value does not enlist. In ECMA-262 it still enters the critical section,
//!   in the proposal it performs no action at the list. Each language is taken by its word.
//! - A wait that times out may do so at any time, and one without a timeout may wait for ever:
//!   [`Outcomes::stuck`] is the verdict for that.
//! - Values out of thin air: the axioms alone allow a value that a cycle of reads and writes makes up.
//!   Here every value comes from constants and initial values in as many steps as there are writes, and
//!   other values make no outcome.
//!
//! # How it is computed
//!
//! `run` walks each agent's program by itself, once for each value that a read may see; `candidate`
//! puts the ways together; `reads` chooses writes for reads, gives up where a part of the choice
//! already breaks an axiom, and holds the rest against the axioms; `waiters` orders the events at
//! lists; `order` finds the total order by propagation, never by listing orders. The first execution
//! that gives an outcome ends the search for it.

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
