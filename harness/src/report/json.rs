//! The machine-readable report. Its schema is described in reports/README.md; a change of meaning
//! there and here is a new [`SCHEMA`].
//!
//! Everything that changes between equal runs stands in `timing` alone.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::case::plan::Feature;
use crate::event::{CaseResult, CaseRun, Results, RuntimeInfo, RuntimeState};
use crate::expectations::Status;
use crate::protocol::{NameAndVersion, Observation, Support};
use crate::runtime::{CrashKind, End};
use crate::value::hex;
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

/// The version of the report's schema.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    samebytes: &'a str,
    runtimes: Vec<Runtime<'a>>,
    cases: Vec<Case<'a>>,
    summary: Summary,
    timing: Timing,
}

#[derive(Serialize)]
pub(super) struct Runtime<'a> {
    name: &'a str,
    available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    unavailable: Option<&'a str>,
    kind: Option<&'a str>,
    version: Option<&'a str>,
    engine: Option<&'a NameAndVersion>,
    variant: Option<&'a str>,
    command: &'a str,
    platform: Option<&'a str>,
    features: Option<&'a BTreeMap<Feature, Support>>,
}

#[derive(Serialize)]
struct Case<'a> {
    id: &'a str,
    title: &'a str,
    category: &'a str,
    spec: &'a [String],
    claims: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contested: Option<Link<'a>>,
    agreement: Agreement,
    news: bool,
    groups: Vec<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differing: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bytes: Vec<Bytes<'a>>,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Link<'a> {
    reason: &'a str,
    link: &'a str,
}

#[derive(Serialize)]
struct Step {
    step: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    invocation: Option<u32>,
}

#[derive(Serialize)]
struct Bytes<'a> {
    step: u32,
    offset: u64,
    shown_from: u64,
    sides: Vec<Side<'a>>,
}

#[derive(Serialize)]
struct Side<'a> {
    runtime: &'a str,
    bytes: String,
}

#[derive(Serialize)]
struct Run<'a> {
    runtime: &'a str,
    verdict: Verdict,
    status: Status,
    flaky: bool,
    by_embedding: bool,
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Link<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crash: Option<Crash<'a>>,
    observations: Vec<&'a Observation>,
}

#[derive(Serialize)]
struct Crash<'a> {
    kind: CrashKind,
    message: &'a str,
    stderr: &'a str,
}

#[derive(Serialize)]
struct Summary {
    cases: usize,
    not_run: usize,
    interrupted: bool,
    verdicts: BTreeMap<&'static str, usize>,
    statuses: BTreeMap<&'static str, usize>,
    agreements: BTreeMap<&'static str, usize>,
    by_embedding: usize,
    flaky: usize,
    news: usize,
}

#[derive(Serialize)]
struct Timing {
    /// Seconds since 1970, when the report was made.
    finished: u64,
    /// In milliseconds.
    took_ms: u128,
    /// In milliseconds, by runtime and case.
    runs_ms: BTreeMap<String, BTreeMap<String, f64>>,
}

/// The report as text, indented and with a line feed at its end.
///
/// # Errors
///
/// If it cannot be serialized, which no content leads to.
pub fn json(results: &Results) -> Result<String, serde_json::Error> {
    let name = |place: usize| results.runtimes.get(place).map_or("", |info| info.name.as_str());
    let report = Report {
        schema: SCHEMA,
        samebytes: env!("CARGO_PKG_VERSION"),
        runtimes: results.runtimes.iter().map(runtime).collect(),
        cases: results.cases.iter().map(|result| case(result, &name)).collect(),
        summary: summary(results),
        timing: timing(results, &name),
    };
    serde_json::to_string_pretty(&report).map(|text| text + "\n")
}

pub(super) fn runtime(info: &RuntimeInfo) -> Runtime<'_> {
    let handshake = info.handshake();
    Runtime {
        name: &info.name,
        available: handshake.is_some(),
        unavailable: match &info.state {
            RuntimeState::Unavailable { reason } => Some(reason),
            _ => None,
        },
        kind: handshake.map(|h| h.runtime.name.as_str()),
        version: handshake.map(|h| h.runtime.version.as_str()),
        engine: handshake.map(|h| &h.engine),
        variant: handshake.filter(|h| h.runtime.name != info.name).map(|_| info.name.as_str()),
        command: &info.command,
        platform: handshake.map(|h| h.platform.as_str()),
        features: handshake.map(|h| &h.features),
    }
}

fn case<'a>(result: &'a CaseResult, name: &dyn Fn(usize) -> &'a str) -> Case<'a> {
    let case = &result.case;
    let comparison = &result.comparison;
    let key = |&(step, invocation): &(u32, Option<u32>)| Step { step, invocation };
    Case {
        id: &case.id,
        title: &case.title,
        category: &case.category,
        spec: &case.spec,
        claims: case.claims.keys().copied().collect(),
        contested: case.contested.as_ref().map(|c| Link { reason: &c.reason, link: &c.link }),
        agreement: comparison.agreement,
        news: result.is_news(),
        groups: comparison.groups.iter().map(|group| group.iter().map(|&p| name(p)).collect()).collect(),
        differing: comparison.differing.iter().map(key).collect(),
        bytes: result
            .bytes
            .iter()
            .map(|bytes| Bytes {
                step: bytes.step.0,
                offset: bytes.offset,
                shown_from: bytes.shown_from,
                sides: bytes.sides.iter().map(|(p, b)| Side { runtime: name(*p), bytes: hex(b) }).collect(),
            })
            .collect(),
        runs: result.runs.iter().map(|one| run(one, name)).collect(),
    }
}

fn run<'a>(run: &'a CaseRun, name: &dyn Fn(usize) -> &'a str) -> Run<'a> {
    let judgement = &run.judgement;
    let mut observations: Vec<&Observation> = run.record.observations.iter().collect();
    // Agents that run at the same time report in whatever order.
    observations.sort_by_key(|o| (o.step, o.invocation));
    Run {
        runtime: name(run.runtime),
        verdict: judgement.verdict,
        status: run.status,
        flaky: run.flaky,
        by_embedding: judgement.by_embedding,
        reason: judgement.reason.as_deref(),
        step: judgement.step,
        round: judgement.round,
        known: run.known.as_ref().map(|known| Link { reason: &known.reason, link: &known.link }),
        crash: match &run.record.end {
            End::Crashed(crash) => {
                Some(Crash { kind: crash.kind, message: &crash.message, stderr: &crash.stderr })
            }
            _ => None,
        },
        observations,
    }
}

fn summary(results: &Results) -> Summary {
    let runs = || results.cases.iter().flat_map(|result| &result.runs);
    let mut verdicts: BTreeMap<_, _> = Verdict::ALL.iter().map(|verdict| (verdict.name(), 0)).collect();
    let (mut statuses, mut agreements) = (BTreeMap::new(), BTreeMap::new());
    for run in runs() {
        *verdicts.entry(run.judgement.verdict.name()).or_default() += 1;
        *statuses.entry(run.status.name()).or_default() += 1;
    }
    for result in &results.cases {
        *agreements.entry(result.comparison.agreement.name()).or_default() += 1;
    }
    Summary {
        cases: results.cases.len(),
        not_run: results.not_run,
        interrupted: results.interrupted,
        verdicts,
        statuses,
        agreements,
        by_embedding: runs().filter(|run| run.judgement.by_embedding).count(),
        flaky: runs().filter(|run| run.flaky).count(),
        news: results.cases.iter().filter(|result| result.is_news()).count(),
    }
}

fn timing<'a>(results: &'a Results, name: &dyn Fn(usize) -> &'a str) -> Timing {
    let mut runs_ms: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for result in &results.cases {
        for run in &result.runs {
            let ms = (run.took.as_secs_f64() * 1e6).round() / 1e3;
            runs_ms.entry(name(run.runtime).to_owned()).or_default().insert(result.case.id.clone(), ms);
        }
    }
    let finished = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or(0);
    Timing { finished, took_ms: results.took.as_millis(), runs_ms }
}
