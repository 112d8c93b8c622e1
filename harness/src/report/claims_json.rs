//! The machine-readable report on claims, described in reports/README.md.

use std::collections::BTreeMap;

use serde::Serialize;

use super::document::{self, Runtime, SCHEMA};
use crate::case::Bearing;
use crate::claims::{Conclusion, Decision, Evidence, Finding, Open, Witness};
use crate::event::{CaseRun, Results};
use crate::protocol::Observation;
use crate::verdict::Verdict;

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    samebytes: &'a str,
    interrupted: bool,
    runtimes: Vec<Runtime>,
    claims: Vec<Claim<'a>>,
    summary: BTreeMap<Conclusion, usize>,
    timing: Timing,
}

#[derive(Serialize)]
struct Claim<'a> {
    id: u32,
    slug: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    about: &'a [String],
    open: Option<Open>,
    conclusion: Conclusion,
    findings: Vec<Found<'a>>,
    cases: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    runtime: &'a str,
    finding: &'static str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Case<'a> {
    id: &'a str,
    title: &'a str,
    bearing: Bearing,
    steps: BTreeMap<u32, &'a str>,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    runtime: &'a str,
    verdict: Verdict,
    evidence: &'static str,
    reason: Option<&'a str>,
    observations: Vec<&'a Observation>,
}

#[derive(Serialize)]
struct Timing {
    /// In milliseconds.
    took_ms: u128,
}

/// The report as text, indented and with a line feed at its end.
///
/// # Errors
///
/// If it cannot be serialized, which no content leads to.
pub fn claims_json(results: &Results, decisions: &[Decision<'_>]) -> Result<String, serde_json::Error> {
    let mut summary: BTreeMap<Conclusion, usize> = Conclusion::ALL.map(|conclusion| (conclusion, 0)).into();
    for decision in decisions {
        *summary.entry(decision.conclusion).or_default() += 1;
    }
    let report = Report {
        schema: SCHEMA,
        samebytes: env!("CARGO_PKG_VERSION"),
        interrupted: results.interrupted,
        runtimes: results.runtimes.iter().map(document::runtime).collect(),
        claims: decisions.iter().map(|decision| claim(results, decision)).collect(),
        summary,
        timing: Timing { took_ms: results.took.as_millis() },
    };
    serde_json::to_string_pretty(&report).map(|text| text + "\n")
}

fn name(results: &Results, place: usize) -> &str {
    results.runtimes.get(place).map_or("", |info| info.name.as_str())
}

fn claim<'a>(results: &'a Results, decision: &'a Decision<'a>) -> Claim<'a> {
    let claim = decision.claim;
    let found = |(place, finding): &'a (usize, Finding)| {
        let (finding, reason) = match finding {
            Finding::Holds => ("holds", None),
            Finding::Refuted => ("refuted", None),
            Finding::Undecided { reason } => ("undecided", Some(reason.as_str())),
        };
        Found { runtime: name(results, *place), finding, reason }
    };
    Claim {
        id: claim.id,
        slug: &claim.slug,
        text: &claim.text,
        about: &claim.about,
        open: claim.open,
        conclusion: decision.conclusion,
        findings: decision.findings.iter().map(found).collect(),
        cases: decision.witnesses.iter().map(|witness| case(results, claim.id, witness)).collect(),
    }
}

fn case<'a>(results: &'a Results, claim: u32, witness: &'a Witness<'a>) -> Case<'a> {
    let case = &witness.result.case;
    let steps = witness.steps(claim);
    let text = |step: &u32| Some((*step, case.steps.get(step)?.text.as_str()));
    Case {
        id: &case.id,
        title: &case.title,
        bearing: witness.bearing,
        steps: steps.iter().filter_map(text).collect(),
        runs: witness.result.runs.iter().map(|one| run(results, witness, &steps, one)).collect(),
    }
}

fn run<'a>(results: &'a Results, witness: &'a Witness<'a>, steps: &[u32], run: &'a CaseRun) -> Run<'a> {
    let found = witness.evidence.iter().find(|(place, _)| *place == run.runtime);
    let verdict_reason = run.judgement.reason.as_deref();
    let (evidence, reason) = match found.map(|(_, evidence)| evidence) {
        Some(Evidence::Supports) => ("supports", verdict_reason),
        Some(Evidence::Refutes) => ("refutes", verdict_reason),
        Some(Evidence::None { reason }) => ("none", Some(reason.as_str())),
        None => ("none", verdict_reason),
    };
    let shown = |o: &&Observation| steps.contains(&o.step) || run.judgement.step == Some(o.step);
    let mut observations: Vec<&Observation> = run.record.observations.iter().filter(shown).collect();
    observations.sort_by_key(|o| (o.step, o.invocation));
    Run {
        runtime: name(results, run.runtime),
        verdict: run.judgement.verdict,
        evidence,
        reason,
        observations,
    }
}
