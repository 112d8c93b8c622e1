//! Makes a report of results.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{
    Bytes, Case, Crash, Document, Link, Place, Report, Run, Runtime, SCHEMA, Side, Step, Summary, Timing,
};
use crate::event::{CaseResult, CaseRun, Results, RuntimeInfo, RuntimeState};
use crate::protocol::Observation;
use crate::runtime::End;
use crate::value::hex;
use crate::verdict::Verdict;

impl From<&Results> for Report {
    fn from(results: &Results) -> Self {
        let cases: Vec<Case> = results.cases.iter().map(|result| case(results, result)).collect();
        let documents = results.cases.iter().map(|result| {
            let case = &result.case;
            let document = Document { file: case.source.file.clone(), yaml: case.source.text.clone() };
            (document_of(&case.id).to_owned(), document)
        });
        Self {
            schema: SCHEMA,
            samebytes: env!("CARGO_PKG_VERSION").to_owned(),
            shard: None,
            runtimes: results.runtimes.iter().map(runtime).collect(),
            documents: documents.collect(),
            summary: summary(&cases, results.not_run, results.interrupted),
            cases,
            unmatched: results.unmatched.clone(),
            timing: timing(results),
        }
    }
}

/// A case's id without its parameters.
fn document_of(id: &str) -> &str {
    id.split_once('[').map_or(id, |(document, _)| document)
}

fn name(results: &Results, place: usize) -> String {
    results.runtimes.get(place).map_or_else(String::new, |info| info.name.clone())
}

/// A runtime as a report has it.
pub fn runtime(info: &RuntimeInfo) -> Runtime {
    let handshake = info.handshake();
    Runtime {
        name: info.name.clone(),
        available: handshake.is_some(),
        unavailable: match &info.state {
            RuntimeState::Unavailable { reason } => Some(reason.clone()),
            _ => None,
        },
        kind: handshake.map(|h| h.runtime.name.clone()),
        version: handshake.map(|h| h.runtime.version.clone()),
        engine: handshake.map(|h| h.engine.clone()),
        variant: info.variant.clone(),
        command: info.command.clone(),
        platform: handshake.map(|h| h.platform.clone()),
        features: handshake.map(|h| h.features.clone()),
    }
}

fn case(results: &Results, result: &CaseResult) -> Case {
    let case = &result.case;
    let comparison = &result.comparison;
    let name = |place: usize| name(results, place);
    let side = |(place, bytes): &(usize, Vec<u8>)| Side { runtime: name(*place), bytes: hex(bytes) };
    let bytes = result.bytes.iter().map(|bytes| Bytes {
        step: bytes.step.0,
        offset: bytes.offset,
        shown_from: bytes.shown_from,
        sides: bytes.sides.iter().map(side).collect(),
    });
    let steps = case.steps.iter().map(|(number, info)| {
        let step = Step { line: info.line, verb: info.verb.clone(), text: info.text.trim().to_owned() };
        (*number, step)
    });
    let mut runs: Vec<Run> = Vec::new();
    for one in &result.runs {
        let mut run = run(one, name(one.runtime));
        let same =
            runs.iter().find(|other| other.same_as.is_none() && other.observations == run.observations);
        if let (Some(same), false) = (same, run.observations.is_empty()) {
            run.same_as = Some(same.runtime.clone());
            run.observations = Vec::new();
        }
        runs.push(run);
    }
    Case {
        id: case.id.clone(),
        document: document_of(&case.id).to_owned(),
        title: case.title.clone(),
        category: case.category.clone(),
        spec: case.spec.clone(),
        claims: case.claims.keys().copied().collect(),
        contested: case.contested.as_ref().map(|c| Link { reason: c.reason.clone(), link: c.link.clone() }),
        steps: steps.collect(),
        guests: case.wat.clone(),
        agreement: comparison.agreement,
        news: result.is_news(),
        groups: comparison.groups.iter().map(|group| group.iter().map(|p| name(*p)).collect()).collect(),
        differing: comparison
            .differing
            .iter()
            .map(|&(step, invocation)| Place { step, invocation })
            .collect(),
        bytes: bytes.collect(),
        runs,
    }
}

fn run(run: &CaseRun, runtime: String) -> Run {
    let judgement = &run.judgement;
    let mut observations: Vec<Observation> = run.record.observations.clone();
    // Agents that run at the same time report in whatever order.
    observations.sort_by_key(|o| (o.step, o.invocation));
    let known = run.known.as_ref();
    Run {
        runtime,
        verdict: judgement.verdict,
        status: run.status,
        flaky: run.flaky,
        by_embedding: judgement.by_embedding,
        reason: judgement.reason.clone(),
        step: judgement.step,
        round: judgement.round,
        known: known.map(|known| Link { reason: known.reason.clone(), link: known.link.clone() }),
        crash: match &run.record.end {
            End::Crashed(crash) => {
                Some(Crash { kind: crash.kind, message: crash.message.clone(), stderr: crash.stderr.clone() })
            }
            _ => None,
        },
        same_as: None,
        observations,
    }
}

/// The counts of cases and their runs.
pub fn summary(cases: &[Case], not_run: usize, interrupted: bool) -> Summary {
    let runs = || cases.iter().flat_map(|case| &case.runs);
    let mut counts = Summary { cases: cases.len(), not_run, interrupted, ..Summary::default() };
    counts.verdicts = Verdict::ALL.iter().map(|verdict| (verdict.name().to_owned(), 0)).collect();
    let count = |counts: &mut BTreeMap<String, usize>, name: &str| {
        *counts.entry(name.to_owned()).or_default() += 1;
    };
    for run in runs() {
        count(&mut counts.verdicts, run.verdict.name());
        count(&mut counts.statuses, run.status.name());
    }
    for case in cases {
        count(&mut counts.agreements, case.agreement.name());
    }
    counts.by_embedding = runs().filter(|run| run.by_embedding).count();
    counts.flaky = runs().filter(|run| run.flaky).count();
    counts.news = cases.iter().filter(|case| case.news).count();
    counts
}

fn timing(results: &Results) -> Timing {
    let mut runs_ms: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for result in &results.cases {
        for run in &result.runs {
            let ms = (run.took.as_secs_f64() * 1e6).round() / 1e3;
            runs_ms.entry(name(results, run.runtime)).or_default().insert(result.case.id.clone(), ms);
        }
    }
    let finished = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or(0);
    let took_ms = u64::try_from(results.took.as_millis()).unwrap_or(u64::MAX);
    Timing { finished, took_ms, runs_ms }
}
