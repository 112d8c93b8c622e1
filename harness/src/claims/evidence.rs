//! From outcomes to conclusions: pure functions of claims and results, in which nothing is known of a
//! runtime but what was measured.

use serde::Serialize;

use super::{Claim, Claims, Open};
use crate::case::{Bearing, Case};
use crate::event::{CaseResult, CaseRun, Results};
use crate::protocol::{Observation, ObservedBy, StepResult};
use crate::verdict::{Verdict, did_as_expected};

/// What one case in one runtime says of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It is true there.
    Supports,
    /// It is false there.
    Refutes,
    /// Nothing.
    None {
        /// Why.
        reason: String,
    },
}

/// What all cases in one runtime say of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All evidence supports it, and nothing that could have refuted it is missing; an existential
    /// claim, some evidence supports.
    Holds,
    /// Some evidence refutes it; an existential claim, all.
    Refuted,
    /// Neither.
    Undecided {
        /// Why.
        reason: String,
    },
}

/// What all runtimes say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// It holds wherever it was decided.
    Holds,
    /// It is refuted wherever it was decided.
    Refuted,
    /// It holds in some runtimes and is refuted in others.
    Differs,
    /// No runtime decides it, or only a part of it.
    Undecided,
    /// It takes a measurement.
    NotMeasured,
}

impl Conclusion {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Holds, Self::Refuted, Self::Differs, Self::Undecided, Self::NotMeasured];

    /// Its name on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::Differs => "differs by runtime",
            Self::Undecided => "not decided",
            Self::NotMeasured => "not yet measured",
        }
    }
}

/// A case that bears on a claim, and what it says of it in each runtime that the claim is about.
#[derive(Clone, Debug)]
pub struct Witness<'r> {
    /// The case and its runs.
    pub result: &'r CaseResult,
    /// How it bears on the claim where it passes.
    pub bearing: Bearing,
    /// By the runtime's place; none for a case that only limits the claim.
    pub evidence: Vec<(usize, Evidence)>,
}

impl Witness<'_> {
    /// The steps that decide the claim for the case; none where the whole case does.
    pub fn steps(&self, claim: u32) -> Vec<u32> {
        deciding_steps(&self.result.case, claim)
    }
}

/// A claim and what came of it.
#[derive(Clone, Debug)]
pub struct Decision<'r> {
    /// The claim.
    pub claim: &'r Claim,
    /// Over all runtimes.
    pub conclusion: Conclusion,
    /// By the runtime's place, for the runtimes that could be had and that it is about.
    pub findings: Vec<(usize, Finding)>,
    /// The cases that bear on it, by id.
    pub witnesses: Vec<Witness<'r>>,
}

/// Decides claims by the results of the cases that bear on them.
pub fn decide<'r>(claims: &'r Claims, results: &'r Results) -> Vec<Decision<'r>> {
    claims.iter().map(|claim| decision(claim, results)).collect()
}

fn decision<'r>(claim: &'r Claim, results: &'r Results) -> Decision<'r> {
    let about: Vec<usize> = results
        .runtimes
        .iter()
        .enumerate()
        .filter(|(_, info)| {
            info.handshake().is_some_and(|handshake| is_about(claim, &handshake.runtime.name))
        })
        .map(|(place, _)| place)
        .collect();
    let witnesses: Vec<Witness<'r>> = results
        .cases
        .iter()
        .filter_map(|result| {
            let bearing = *result.case.claims.get(&claim.id)?;
            let runs = result.runs.iter().filter(|run| about.contains(&run.runtime));
            let evidence = runs
                .filter(|_| bearing != Bearing::Limits)
                .map(|run| (run.runtime, evidence(&result.case, claim.id, bearing, run)))
                .collect();
            Some(Witness { result, bearing, evidence })
        })
        .collect();
    let findings: Vec<(usize, Finding)> =
        about.into_iter().map(|place| (place, finding(claim, &witnesses, place))).collect();
    let conclusion = conclude(claim, findings.iter().map(|(_, finding)| finding));
    Decision { claim, conclusion, findings, witnesses }
}

fn is_about(claim: &Claim, kind: &str) -> bool {
    claim.about.is_empty() || claim.about.iter().any(|about| about == kind)
}

/// The steps of a case that decide a claim, by number.
fn deciding_steps(case: &Case, claim: u32) -> Vec<u32> {
    case.steps.iter().filter(|(_, info)| info.decides.contains(&claim)).map(|(number, _)| *number).collect()
}

/// What a run says of a claim.
///
/// Where steps of the case decide the claim, what other steps did does not matter.
fn evidence(case: &Case, claim: u32, bearing: Bearing, run: &CaseRun) -> Evidence {
    let judgement = &run.judgement;
    let none = |reason: &str| Evidence::None { reason: reason.to_owned() };
    let steps = deciding_steps(case, claim);
    let passed = match judgement.verdict {
        Verdict::Pass => true,
        Verdict::Fail => {
            let did: Vec<(u32, Option<bool>)> =
                steps.iter().map(|step| (*step, did_as_expected(case, &run.record, *step))).collect();
            let failed = match steps.is_empty() {
                true => judgement.step,
                false => did.iter().find(|(_, did)| *did == Some(false)).map(|(step, _)| *step),
            };
            let said = did.iter().all(|(_, did)| did.is_some());
            // What builds on a step that could not be tried fails for that reason.
            let untried = run.record.observations.iter().find_map(|o| match &o.result {
                StepResult::Skipped { reason } if failed.is_some_and(|step| o.step < step) => {
                    Some(format!("step {} could not be tried: {reason}", o.step))
                }
                _ => None,
            });
            if let Some(reason) = untried {
                return Evidence::None { reason };
            }
            if failed.is_none() && !said {
                return none(&format!("{}: {}", judgement.verdict, reason_of(run)));
            }
            !steps.is_empty() && failed.is_none()
        }
        other => return none(&format!("{other}: {}", reason_of(run))),
    };
    let decisive = |o: &&Observation| match (steps.is_empty(), judgement.step) {
        (false, _) => steps.contains(&o.step),
        (true, step) => step.is_some_and(|step| o.step == step),
    };
    let mut decided = run.record.observations.iter().filter(decisive).peekable();
    let by_embedding = decided.peek().is_some() && decided.all(|o| o.observed_by == ObservedBy::Embedding);
    if by_embedding || (steps.is_empty() && judgement.by_embedding) {
        return none("the host side around this engine is samebytes' own");
    }
    if passed == (bearing == Bearing::Supports) { Evidence::Supports } else { Evidence::Refutes }
}

fn reason_of(run: &CaseRun) -> &str {
    run.judgement.reason.as_deref().unwrap_or("for no reason that it told")
}

/// What the cases say of a claim in one runtime.
///
/// One piece of evidence against it refutes it. It takes more than one in favour for it to hold: what
/// was made to refute it must have had its chance, and nothing may have failed or broken without
/// saying anything. Of an existential claim the opposite is true.
fn finding(claim: &Claim, witnesses: &[Witness<'_>], place: usize) -> Finding {
    let all: Vec<(&Witness<'_>, &Evidence)> = witnesses
        .iter()
        .flat_map(|witness| {
            witness.evidence.iter().filter(|(p, _)| *p == place).map(move |(_, evidence)| (witness, evidence))
        })
        .collect();
    let (one, others, of_one, of_others, made_for_one) = if claim.existential {
        (Evidence::Supports, Evidence::Refutes, Finding::Holds, Finding::Refuted, Bearing::Supports)
    } else {
        (Evidence::Refutes, Evidence::Supports, Finding::Refuted, Finding::Holds, Bearing::Refutes)
    };
    if all.iter().any(|(_, evidence)| **evidence == one) {
        return of_one;
    }
    let failed = |witness: &Witness<'_>| {
        let run = witness.result.runs.iter().find(|run| run.runtime == place);
        run.is_some_and(|run| {
            matches!(run.judgement.verdict, Verdict::Fail | Verdict::Crash | Verdict::Timeout)
        })
    };
    let missed = all.iter().find_map(|(witness, evidence)| match evidence {
        Evidence::None { reason } if witness.bearing == made_for_one || failed(witness) => Some(reason),
        _ => None,
    });
    if let Some(reason) = missed {
        return Finding::Undecided { reason: reason.clone() };
    }
    if all.iter().any(|(_, evidence)| **evidence == others) {
        return of_others;
    }
    let reason = all.iter().find_map(|(_, evidence)| match evidence {
        Evidence::None { reason } => Some(reason.clone()),
        _ => None,
    });
    Finding::Undecided { reason: reason.unwrap_or_else(|| "no case that bears on it was run".to_owned()) }
}

/// What the findings of all runtimes come to.
fn conclude<'f>(claim: &Claim, findings: impl Iterator<Item = &'f Finding> + Clone) -> Conclusion {
    let holds = findings.clone().any(|finding| *finding == Finding::Holds);
    let refuted = findings.clone().any(|finding| *finding == Finding::Refuted);
    match (claim.open, holds, refuted) {
        (Some(Open::Measurement), ..) => Conclusion::NotMeasured,
        (_, true, true) => Conclusion::Differs,
        (_, false, true) => Conclusion::Refuted,
        (Some(Open::Browser), ..) | (None, false, false) => Conclusion::Undecided,
        (None, true, false) => Conclusion::Holds,
    }
}
