//! The machine-readable report: what stands in it, how it is written, and how it is read again.
//! What makes it of results is in `build`; its description for users is reports/README.md, and a
//! change of meaning there and here is a new [`SCHEMA`].
//!
//! Every other report that is a file is made of this one, so that it can be made later too.
//! Everything that changes between equal runs stands in [`Timing`] alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::plan::Feature;
use crate::event::Shard;
use crate::expectations::{Status, Unmatched};
use crate::protocol::{NameAndVersion, Observation, Support};
use crate::runtime::CrashKind;
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

mod build;
mod layout;
#[cfg(test)]
mod tests;

pub use build::{runtime, summary};

/// The version of the report's schema.
pub const SCHEMA: u32 = 1;

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of samebytes that made it.
    pub samebytes: String,
    /// Which part of a run it is, if not the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The runtimes, in the order in which they were chosen.
    pub runtimes: Vec<Runtime>,
    /// The text of the documents that the cases come from, by document.
    pub documents: BTreeMap<String, Document>,
    /// The cases that were run in at least one runtime, sorted by id.
    pub cases: Vec<Case>,
    /// Entries of expectations files that name no case.
    pub unmatched: Vec<Unmatched>,
    /// Counts.
    pub summary: Summary,
    /// Whatever changes between equal runs.
    pub timing: Timing,
}

/// A runtime of a run. Where it could not be had, most is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runtime {
    /// Its label everywhere else in the report.
    pub name: String,
    /// Whether it could be had.
    pub available: bool,
    /// If not, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// What it calls itself: `node`.
    pub kind: Option<String>,
    /// And its version.
    pub version: Option<String>,
    /// The virtual machine inside.
    pub engine: Option<NameAndVersion>,
    /// Told to run guests otherwise than it does by itself, and how that is called.
    pub variant: Option<String>,
    /// How it was started.
    pub command: String,
    /// `linux-x64`
    pub platform: Option<String>,
    /// For each feature whether it is there, or why not.
    pub features: Option<BTreeMap<Feature, Support>>,
}

/// A file of cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Where it was read.
    pub file: String,
    /// Its text.
    pub yaml: String,
}

/// One case over all runtimes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as the case says
pub struct Case {
    pub id: String,
    /// Its key in [`Report::documents`].
    pub document: String,
    pub title: String,
    pub category: String,
    pub spec: Vec<String>,
    pub claims: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contested: Option<Link>,
    /// How its steps and callbacks are written, by number.
    pub steps: BTreeMap<u32, Step>,
    /// Its guests as text, where they were written as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guests: BTreeMap<String, String>,
    pub agreement: Agreement,
    /// Something of it is not as expected.
    pub news: bool,
    /// Runtimes whose outcomes are the same, by name. What is no outcome is in none.
    pub groups: Vec<Vec<String>>,
    /// Where groups differ beyond what is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<Place>,
    /// Where the bytes behind differing digests begin to differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bytes: Vec<Bytes>,
    /// One a runtime.
    pub runs: Vec<Run>,
}

/// How a step is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The line in the document, from 1.
    pub line: usize,
    /// The verb; `callback` for the arguments of a callback's calls.
    pub verb: String,
    /// The step on one line.
    pub text: String,
}

/// A reason with a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Link {
    pub reason: String,
    pub link: String,
}

/// A step, and of one in a callback which call of it, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Place {
    pub step: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<u32>,
}

/// Where the bytes behind two digests begin to differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// The step that took the digests.
    pub step: u32,
    /// The first byte that differs, from the beginning of the buffer.
    pub offset: u64,
    /// Where the bytes that are shown begin.
    pub shown_from: u64,
    /// The two sides.
    pub sides: Vec<Side>,
}

/// One of two runtimes, and its bytes in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Side {
    pub runtime: String,
    pub bytes: String,
}

/// One case in one runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The runtime's name.
    pub runtime: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict against the expectations.
    pub status: Status,
    /// Repeating the case gave several verdicts.
    pub flaky: bool,
    /// A pass that the embedding alone decided.
    pub by_embedding: bool,
    /// Why, unless it is a pass.
    pub reason: Option<String>,
    /// The step that decided, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The round of a repeated step, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
    /// What the expectations say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Link>,
    /// How the runtime broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crash: Option<Crash>,
    /// The runtime, earlier in the list, whose observations were the same to the letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// What each step did, by step; empty where `same_as` says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<Observation>,
}

/// How an executor failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Crash {
    pub kind: CrashKind,
    pub message: String,
    pub stderr: String,
}

/// Counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Cases that were run in at least one runtime.
    pub cases: usize,
    /// Cases that were chosen and not run.
    pub not_run: usize,
    /// Somebody interrupted the run.
    pub interrupted: bool,
    /// Runs by verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// Runs by status.
    pub statuses: BTreeMap<String, usize>,
    /// Cases by agreement.
    pub agreements: BTreeMap<String, usize>,
    /// Runs whose pass the embedding alone decided.
    pub by_embedding: usize,
    /// Runs that are flaky.
    pub flaky: usize,
    /// Cases of which something is not as expected.
    pub news: usize,
}

/// Whatever changes between equal runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Seconds since 1970, when the report was made.
    pub finished: u64,
    /// In milliseconds.
    pub took_ms: u64,
    /// In milliseconds, by runtime and case.
    pub runs_ms: BTreeMap<String, BTreeMap<String, f64>>,
}

/// A text is not a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is not JSON, or ends too early, or something in it has another shape.
    #[error("this is no report of samebytes: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is one of another version.
    #[error("this report has version {0} of the schema, and this samebytes reads version {SCHEMA}")]
    Version(u64),
}

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    ///
    /// [`ReportError`]
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        match value.get("schema").and_then(serde_json::Value::as_u64) {
            Some(version) if version != u64::from(SCHEMA) => Err(ReportError::Version(version)),
            // From the text again, for errors that say the place.
            _ => Ok(serde_json::from_str(text)?),
        }
    }

    /// The report as text with a line feed at its end: a line for whatever somebody may look for,
    /// and no more.
    ///
    /// # Errors
    ///
    /// If it cannot be serialized, which no content leads to.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        layout::to_string(self)
    }
}

impl Case {
    /// What was observed in a run of this case, wherever it stands.
    pub fn observations<'a>(&'a self, run: &'a Run) -> &'a [Observation] {
        let other = run.same_as.as_ref().and_then(|name| self.runs.iter().find(|o| o.runtime == *name));
        &other.unwrap_or(run).observations
    }

    /// The run of this case in a runtime.
    pub fn run(&self, runtime: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.runtime == runtime)
    }
}
