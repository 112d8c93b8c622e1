//! The machine-readable report of a litmus run. Values are strings, since 128 bits fit no JSON
//! number that everybody reads alike. Everything that changes between equal runs is in it: a race
//! has no equal runs.

use serde::Serialize;

use crate::litmus::program::Test;

use super::campaign::{Known, Task, TestRun, Verdict};
use super::control::Sensitivity;
use super::job::Product;
use super::settings::Settings;

/// The report. `schema` changes when something is taken away or changes its meaning.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    schema_version: u32,
    /// The runtimes, in the order in which they were asked for.
    pub runtimes: Vec<Runtime>,
    /// The runs, test by test.
    pub runs: Vec<Run>,
    /// Whether somebody stopped it.
    pub interrupted: bool,
}

/// A runtime.
#[derive(Clone, Debug, Serialize)]
pub struct Runtime {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<Product>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<Product>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    /// Why it is not to be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    unavailable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<Control>,
}

#[derive(Clone, Debug, Serialize)]
struct Control {
    weak_per_million: u64,
    insensitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A test in a runtime.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    test: String,
    runtime: String,
    /// `pass`, `insensitive`, `forbidden`, `hang`, `crash`, `unsupported`, `inconclusive` or
    /// `interrupted`.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Where the failure is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Known>,
    /// Names of what the values of an outcome are, in their order.
    places: Vec<String>,
    histogram: Vec<Row>,
    allowed_unseen: Vec<Vec<String>>,
    positive: u64,
    negative: u64,
    growth_refused: u64,
    uncounted: u64,
    iterations: u64,
    seconds: f64,
    million_per_second: f64,
    settings: Settings,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// The file with a reproduction, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    reproduction: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    values: Vec<String>,
    count: u64,
    allowed: bool,
    interesting: bool,
}

impl Default for Document {
    fn default() -> Self {
        Self { schema_version: 1, runtimes: Vec::new(), runs: Vec::new(), interrupted: false }
    }
}

impl Runtime {
    /// One that runs.
    pub fn here(name: &str, products: (Product, Product, String), control: &Sensitivity) -> Self {
        let (runtime, engine, platform) = products;
        Self {
            name: name.to_owned(),
            runtime: Some(runtime),
            engine: Some(engine),
            platform: Some(platform),
            unavailable: None,
            control: Some(Control {
                weak_per_million: control.per_million,
                insensitive: control.is_insensitive(),
                reason: control.reason.clone(),
            }),
        }
    }

    /// One that is not to be had.
    pub fn missing(name: &str, reason: &str) -> Self {
        Self {
            name: name.to_owned(),
            runtime: None,
            engine: None,
            platform: None,
            unavailable: Some(reason.to_owned()),
            control: None,
        }
    }
}

impl Run {
    /// A run as it is reported.
    pub fn of(task: &Task, run: &TestRun, insensitive: bool, reproduction: Option<String>) -> Self {
        let texts = |outcome: &[u128]| outcome.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (positive, negative) = run.positive_and_negative();
        Self {
            test: task.test.id.clone(),
            runtime: run.runtime.clone(),
            verdict: match &run.verdict {
                Verdict::Pass if insensitive => "insensitive",
                verdict => verdict.name(),
            },
            reason: run.verdict.reason(),
            known: run.known.clone(),
            places: places(&task.test),
            histogram: run
                .rows
                .iter()
                .map(|row| Row {
                    values: texts(&row.outcome),
                    count: row.count,
                    allowed: row.allowed,
                    interesting: row.interesting,
                })
                .collect(),
            allowed_unseen: run.unseen.iter().map(|outcome| texts(outcome)).collect(),
            positive,
            negative,
            growth_refused: run.refused,
            uncounted: run.uncounted,
            iterations: run.iterations,
            seconds: run.took.as_secs_f64(),
            million_per_second: run.rate(),
            settings: run.settings.clone(),
            notes: run.notes.clone(),
            reproduction,
        }
    }
}

fn places(test: &Test) -> Vec<String> {
    let finals = test.finals.iter().filter_map(|&location| test.locations.get(location));
    test.registers.iter().cloned().chain(finals.map(|location| location.name.clone())).collect()
}
