//! What goes over the wire between the harness and whoever runs a test: one JSON document a line,
//! the answers behind a nonce. node-runner/litmus/README.md describes it for others.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::litmus::program::{Host, Test};

use super::BuildError;
use super::fault::Fault;
use super::layout::{Layout, OVERFLOW, SLOTS, Word};
use super::settings::Settings;
use super::{js, wasm};

/// The version of these messages.
pub(super) const VERSION: u32 = 1;

/// What the harness says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Request {
    /// Introduces itself; answers are to begin with the nonce.
    Hello { nonce: String },
    /// Makes everything that a test needs.
    Prepare { job: Box<Job> },
    /// Runs at most so many batches, and about so long at most.
    Slice { batches: u32, milliseconds: u64 },
    /// The end.
    Bye,
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Response {
    /// To `hello`.
    Hello { version: u32, runtime: Product, engine: Product, platform: String },
    /// To `prepare`.
    Ready {
        #[serde(default)]
        notes: Vec<String>,
    },
    /// To `prepare`: this runtime cannot run the test at all.
    Unsupported { reason: String },
    /// To `slice`.
    Slice(Slice),
    /// To `prepare` or `slice`: it went wrong, and the process is of no more use.
    Failed { message: String },
}

/// A program and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was seen in a slice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slice {
    pub batches: u64,
    /// How long the agents ran.
    pub nanoseconds: u64,
    /// Outcomes that were not counted, since there were too many different ones.
    #[serde(with = "text")]
    pub overflow: u64,
    /// In any order; one outcome may stand there several times.
    pub entries: Vec<Entry>,
}

/// An outcome's words and how often they were seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(with = "text")]
    pub count: u64,
    #[serde(with = "texts")]
    pub values: Vec<u64>,
}

/// A test made ready to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    /// The module, base64.
    pub wasm: String,
    pub agents: Vec<AgentCode>,
    /// Pages.
    pub initial: u32,
    pub maximum: u32,
    /// Each batch wants a memory of its own.
    pub fresh: bool,
    /// Addresses of the histograms.
    pub tables: Vec<u32>,
    pub slots: u32,
    /// Words of an outcome.
    pub words: u32,
    /// The address of the count of what found no place.
    pub overflow: u32,
    pub pin: bool,
    /// For the native baseline, which compiles nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<super::native::Shape>,
}

/// Whose code an agent runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AgentCode {
    /// An export of the module.
    Wasm(String),
    /// The body of a function of `memory` and the main instance's `exports`.
    Js(String),
}

/// A test's job, its module's text, and where the words of its outcomes come from.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub job: Job,
    pub wat: String,
    pub layout: Layout,
}

/// Makes a test ready.
///
/// # Errors
///
/// Where it cannot be run; see [`BuildError`].
pub(super) fn build(test: &Test, settings: &Settings, fault: Option<Fault>) -> Result<Built, BuildError> {
    if test.agents.is_empty() {
        return Err(BuildError::Empty);
    }
    let layout = Layout::new(test, settings)?;
    let wat = wasm::wat(test, &layout, settings, fault);
    let module = wat::parse_str(&wat).map_err(|error| BuildError::Module(error.to_string()))?;
    let agents = test.agents.iter().enumerate().map(|(place, agent)| match agent.host {
        Host::Wasm => Ok(AgentCode::Wasm(format!("agent{place}"))),
        Host::Js => Ok(AgentCode::Js(js::source(test, &layout, settings, fault, place)?)),
    });
    let job = Job {
        wasm: BASE64_STANDARD.encode(module),
        agents: agents.collect::<Result<_, BuildError>>()?,
        initial: layout.pages,
        maximum: layout.maximum(),
        fresh: layout.grows(),
        tables: layout.tables.clone(),
        slots: SLOTS,
        words: u32::try_from(layout.words.len()).unwrap_or(u32::MAX),
        overflow: OVERFLOW,
        pin: settings.pin,
        native: super::native::Shape::of(test, &layout),
    };
    Ok(Built { job, wat, layout })
}

impl Layout {
    /// An outcome out of its words.
    pub(super) fn outcome(&self, words: &[u64]) -> Vec<u128> {
        let mut outcome: Vec<u128> = Vec::new();
        for (value, word) in words.iter().zip(&self.words) {
            match word {
                Word::Cell { offset: 8, .. } => {
                    if let Some(low) = outcome.last_mut() {
                        *low |= u128::from(*value) << 64;
                    }
                }
                _ => outcome.push(u128::from(*value)),
            }
        }
        outcome
    }
}

mod text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

mod texts {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(values: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}
