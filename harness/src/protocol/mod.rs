//! The protocol between the harness and an executor: JSON Lines over stdin and stdout.
//!
//! The contract for people who write executors is node-runner/README.md. Reading and writing lines
//! belongs to `runtime` (harness side) and `executor` (the other side).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::plan::{Feature, Plan};

mod observation;

pub use observation::{MAX_RUNS, Observation, ObservedBy, Run, Seen, StepResult};

/// The version of the protocol that this crate speaks.
pub const VERSION: u32 = 1;

/// What the harness sends: one JSON object a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Request {
    /// The first line.
    Hello {
        /// [`VERSION`].
        protocol: u32,
        /// What every line of the executor must begin with, followed by a space.
        nonce: String,
        /// What an executor of the same command said of its features shortly before. It may
        /// answer with them instead of probing again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        features: Option<BTreeMap<Feature, Support>>,
    },
    /// Run a case.
    Case {
        /// Ascending, unique within a session.
        sequence: u64,
        /// What to do.
        plan: Plan,
    },
    /// No more cases: exit with 0. The end of stdin means the same.
    Bye,
}

/// What an executor sends: `NONCE JSON`, one a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Response {
    /// The answer to `hello`.
    Hello(Handshake),
    /// A step was done.
    Observation {
        /// The case's.
        sequence: u64,
        /// What was seen.
        #[serde(flatten)]
        observation: Observation,
    },
    /// The case is over.
    Done {
        /// The case's.
        sequence: u64,
        /// The executor must not be used for another case.
        #[serde(default)]
        retire: bool,
    },
    /// The executor cannot run the plan, through a fault of its own or of the plan.
    Error {
        /// The case's.
        sequence: u64,
        /// Why.
        message: String,
    },
    /// The executor is about to exit although it was not told to.
    Exiting {
        /// Why, as far as it knows.
        reason: String,
    },
}

/// Who an executor is and what it can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handshake {
    /// The protocol that it speaks.
    pub protocol: u32,
    /// The runtime: `node`, `20.20.2`.
    pub runtime: NameAndVersion,
    /// Its engine: `v8`, `11.3.244.8-node.33`.
    pub engine: NameAndVersion,
    /// Operating system and processor: `linux-x64`.
    pub platform: String,
    /// Every feature, probed.
    pub features: BTreeMap<Feature, Support>,
}

/// A name and a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct NameAndVersion {
    pub name: String,
    pub version: String,
}

/// Whether a feature is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Support {
    /// On the wire: `true`.
    Supported(True),
    /// On the wire: the reason, as a string.
    Unsupported(String),
}

/// The JSON value `true`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct True;

impl Serialize for True {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(true)
    }
}

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            Ok(Self)
        } else {
            Err(serde::de::Error::custom("true, or the reason why not"))
        }
    }
}
