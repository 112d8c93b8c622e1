//! Observations: what one step did, as an executor saw it.

use serde::{Deserialize, Serialize};

use crate::value::Value;

/// What one step did, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The step's number in the plan, or a callback's own number for its arguments.
    pub step: u32,
    /// The agent that did it.
    pub agent: String,
    /// For steps inside callbacks: which call of the callback this was, from 0, counted over the
    /// whole case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<u32>,
    /// Whose behaviour was observed.
    pub observed_by: ObservedBy,
    /// What happened.
    #[serde(flatten)]
    pub result: StepResult,
}

/// Whose behaviour an observation shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObservedBy {
    /// The WebAssembly engine itself.
    Engine,
    /// This project's embedding around an engine that has no JavaScript.
    Embedding,
    /// A JavaScript runtime's own host side.
    Host,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum StepResult {
    /// It completed, with these values.
    Returned {
        /// None for an operation that returns nothing, several for a multi-value call.
        values: Vec<Seen>,
    },
    /// The guest trapped.
    Trap {
        /// The kind, where the runtime tells one; shown, never compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// The runtime's own words.
        message: String,
    },
    /// The call stack was exhausted.
    Exhaustion {
        /// The runtime's own words.
        message: String,
    },
    /// The host threw.
    Threw {
        /// The error's class: `RangeError`, `DataCloneError`, ...
        error: String,
        /// The runtime's own words.
        message: String,
    },
    /// It was started; its result comes under the number of its `join`.
    Started,
    /// The runtime cannot do this.
    Unsupported {
        /// Why.
        reason: String,
    },
    /// It could not be tried, because something before it failed.
    Skipped {
        /// What is missing.
        reason: String,
    },
    /// A repeated step: its rounds, equal neighbours folded.
    Repeated {
        /// In order.
        runs: Vec<Run>,
        /// Rounds that were done beyond [`MAX_RUNS`] runs and not recorded.
        #[serde(default)]
        unrecorded: u32,
    },
}

/// How many runs of equal rounds a repeated step records.
pub const MAX_RUNS: usize = 1024;

/// Rounds that gave the same result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// How many.
    pub rounds: u32,
    /// What each did; never itself repeated.
    #[serde(flatten)]
    pub result: Box<StepResult>,
}

/// A value, and how JavaScript saw it where a JavaScript host observed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The value, by the guest's signature or the operation's.
    #[serde(flatten)]
    pub value: Value,
    /// A Wasm value as JavaScript saw it: a `usize` may be a negative number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub js: Option<Value>,
}

impl From<Value> for Seen {
    fn from(value: Value) -> Self {
        Self { value, js: None }
    }
}
