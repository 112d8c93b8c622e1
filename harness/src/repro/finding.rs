//! What is wrong with a case in a runtime: the step, in which way, and whether a smaller case shows
//! the same. Pure functions of records.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{all_steps, within};
use super::script::Symptom;
use crate::case::Case;
use crate::case::expect::{Expect, Expected, Matcher};
use crate::case::plan::{Op, Plan, Step};
use crate::protocol::StepResult;
use crate::runtime::{CrashKind, End, Record};
use crate::verdict::agreement::compare;
use crate::verdict::{Verdict, describe, did_as_expected, judge};

/// A bug that a case shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The case; the step that shows the bug has an expectation, its own or what the other runtime did.
    pub case: Case,
    /// The step.
    pub step: u32,
    /// In which way.
    pub symptom: Symptom,
    /// What was wrong, in words; may hold what a runtime said.
    pub reason: String,
    /// What kinds of results the steps had in the suspect, and what kind the wrong one has.
    suspect: Kinds,
    /// The same of the runtime that is right.
    reference: Option<Kinds>,
}

type Kinds = BTreeMap<u32, String>;

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFinding {
    /// It does what is expected.
    #[error("it passes there, and does what the others do")]
    Passes,
    /// It cannot be said.
    #[error("it is {0} there: {1}")]
    NoOutcome(Verdict, String),
    /// The runtime broke in a way that is the runner's business.
    #[error("it does not run there: {0}")]
    Broken(String),
}

/// Looks for what is wrong.
///
/// # Errors
///
/// If nothing is.
pub fn find(case: &Case, suspect: &Record, other: Option<&Record>) -> Result<Finding, NoFinding> {
    let judgement = judge(case, suspect);
    let reason = judgement.reason.clone().unwrap_or_default();
    let (step, symptom) = match judgement.verdict {
        Verdict::Unsupported | Verdict::Inconclusive => {
            return Err(NoFinding::NoOutcome(judgement.verdict, reason));
        }
        Verdict::Crash if judgement.crash != Some(CrashKind::Exit) => return Err(NoFinding::Broken(reason)),
        Verdict::Crash => (judgement.step, Symptom::Crash),
        Verdict::Timeout => (judgement.step, Symptom::Timeout),
        Verdict::Fail | Verdict::Pass => {
            let step = judgement.step.filter(|step| was_tried(suspect, *step));
            let differing = || other.and_then(|other| first_difference(case, suspect, other));
            (step.or_else(differing), Symptom::Wrong)
        }
    };
    let last = case.plan.steps.last().map(|step| step.number);
    let step = match symptom {
        Symptom::Wrong => step.ok_or(NoFinding::Passes)?,
        Symptom::Crash | Symptom::Timeout => step.or(last).ok_or(NoFinding::Passes)?,
    };
    let mut case = case.clone();
    let mut reason = reason;
    if symptom == Symptom::Wrong && did_as_expected(&case, suspect, step) != Some(false) {
        let result = other.and_then(|other| result_of(other, step)).ok_or(NoFinding::Passes)?;
        let expect = as_expected(result).ok_or(NoFinding::Passes)?;
        case.expected.insert(step, Expected { expect, refused: None, may_be_refused: false });
        let did = result_of(suspect, step).map(describe).unwrap_or_default();
        reason = format!("the other one {}, it {did}", describe(result));
    }
    Ok(Finding { case, step, symptom, reason, suspect: kinds(suspect), reference: other.map(kinds) })
}

fn was_tried(record: &Record, step: u32) -> bool {
    result_of(record, step).is_some_and(|result| !matches!(result, StepResult::Skipped { .. }))
}

fn result_of(record: &Record, step: u32) -> Option<&StepResult> {
    record.observations.iter().find(|seen| seen.step == step).map(|seen| &seen.result)
}

fn first_difference(case: &Case, suspect: &Record, other: &Record) -> Option<u32> {
    let differing = compare(case, &[(0, suspect), (1, other)]).differing;
    differing
        .into_iter()
        .map(|(step, _)| step)
        .find(|step| was_tried(suspect, *step) && was_tried(other, *step))
}

/// What another runtime did, as what is expected.
fn as_expected(result: &StepResult) -> Option<Expect> {
    Some(match result {
        StepResult::Returned { values } => {
            Expect::Values(values.iter().map(|seen| Matcher::Is(seen.value.clone())).collect())
        }
        StepResult::Trap { .. } => Expect::Trap,
        StepResult::Exhaustion { .. } => Expect::Exhaustion,
        StepResult::Threw { error, .. } => Expect::Throws(error.clone()),
        StepResult::Repeated { runs, .. } => return as_expected(&runs.first()?.result),
        StepResult::Started | StepResult::Unsupported { .. } | StepResult::Skipped { .. } => return None,
    })
}

/// What kind of result a step had: values may change when other steps are gone.
fn kind(result: &StepResult) -> String {
    match result {
        StepResult::Returned { values } => format!("returned {}", values.len()),
        StepResult::Trap { .. } => "trap".to_owned(),
        StepResult::Exhaustion { .. } => "exhaustion".to_owned(),
        StepResult::Threw { error, .. } => format!("threw {error}"),
        StepResult::Started => "started".to_owned(),
        StepResult::Unsupported { .. } => "unsupported".to_owned(),
        StepResult::Skipped { .. } => "skipped".to_owned(),
        StepResult::Repeated { runs, .. } => {
            let kinds: BTreeSet<String> = runs.iter().map(|run| kind(&run.result)).collect();
            kinds.into_iter().collect::<Vec<_>>().join(", ")
        }
    }
}

fn kinds(record: &Record) -> Kinds {
    record.observations.iter().map(|seen| (seen.step, kind(&seen.result))).collect()
}

impl Finding {
    /// The case with a smaller plan.
    pub fn case_of(&self, plan: &Plan) -> Case {
        smaller(&self.case, plan)
    }

    /// Does the suspect's run of a smaller case show the same?
    pub fn shows(&self, case: &Case, record: &Record) -> bool {
        if !like(&self.suspect, &kinds(record)) {
            return false;
        }
        match (self.symptom, &record.end) {
            (Symptom::Wrong, End::Done) => did_as_expected(case, record, self.step) == Some(false),
            (Symptom::Crash, End::Crashed(crash)) => crash.kind == CrashKind::Exit,
            (Symptom::Timeout, End::TimedOut { .. }) => judge(case, record).step == Some(self.step),
            _ => false,
        }
    }

    /// Is the other runtime's run of a smaller case right?
    pub fn is_right(&self, case: &Case, record: &Record) -> bool {
        let as_before = self.reference.as_ref().is_none_or(|before| like(before, &kinds(record)));
        as_before && right(case, record, self.step, self.symptom)
    }

    /// The steps that did not complete in one of the two.
    pub fn failing(&self) -> BTreeSet<u32> {
        let of = |kinds: &Kinds| -> Vec<u32> {
            let bad = |kind: &&String| !(kind.starts_with("returned") || *kind == "started");
            kinds.iter().filter(|(_, kind)| bad(kind)).map(|(step, _)| *step).collect()
        };
        let mut failing: BTreeSet<u32> = of(&self.suspect).into_iter().collect();
        failing.extend(self.reference.iter().flat_map(of));
        if self.symptom == Symptom::Wrong
            && let Some(expected) = self.case.expected.get(&self.step)
            && may_fail(&expected.expect)
        {
            failing.insert(self.step);
        }
        failing
    }

    /// May a step go without anybody having to say whether later steps do as they should then? It
    /// only looks, or makes what is used by nobody else, or is expected to fail.
    pub fn changes_nothing(&self, step: &Step) -> bool {
        let fails = || self.case.expected.get(&step.number).is_some_and(|expected| fails(&expected.expect));
        match &step.op {
            Op::Size { .. }
            | Op::Same { .. }
            | Op::Property { .. }
            | Op::Detached { .. }
            | Op::Get { .. }
            | Op::DataGet { .. }
            | Op::Read { .. }
            | Op::Digest { .. }
            | Op::View { .. }
            | Op::Subarray { .. }
            | Op::Slice { .. } => true,
            _ => fails(),
        }
    }

    /// Without what comes after the step that shows the bug, and without what could not be tried.
    pub fn upto(&self) -> Plan {
        let mut plan = self.case.plan.clone();
        if let Some(at) = plan.steps.iter().position(|step| has(step, self.step)) {
            plan.steps.truncate(at + 1);
        }
        let skipped = |number: &u32| self.suspect.get(number).is_some_and(|kind| kind == "skipped");
        plan.steps.retain(|step| has(step, self.step) || !skipped(&step.number));
        let left: BTreeSet<u32> = all_steps(&plan).iter().map(|step| step.number).collect();
        plan.steps.retain(|step| !matches!(step.op, Op::Join { started } if !left.contains(&started)));
        plan
    }
}

/// Is it that step, or does that run in the middle of it?
fn has(step: &Step, number: u32) -> bool {
    step.number == number || within(step).iter().any(|inner| inner.number == number)
}

fn may_fail(expect: &Expect) -> bool {
    match expect {
        Expect::Trap | Expect::Exhaustion | Expect::Throws(_) => true,
        Expect::Any(several) => several.iter().any(may_fail),
        _ => false,
    }
}

fn fails(expect: &Expect) -> bool {
    matches!(expect, Expect::Throws(_))
}

/// The case with a smaller plan, and no expectations of what is gone.
fn smaller(case: &Case, plan: &Plan) -> Case {
    let mut numbers: BTreeSet<u32> = all_steps(plan).iter().map(|step| step.number).collect();
    numbers.extend(plan.callbacks.iter().map(|callback| callback.number));
    let mut case = Case { plan: plan.clone(), ..case.clone() };
    case.expected.retain(|step, _| numbers.contains(step));
    case
}

/// Did a runtime do the step that shows the bug elsewhere as expected?
pub fn right(case: &Case, record: &Record, step: u32, symptom: Symptom) -> bool {
    record.end == End::Done
        && (symptom != Symptom::Wrong || did_as_expected(case, record, step) == Some(true))
}

/// Are the steps' results of the kinds that they were before? A step that does something else now
/// makes a case another one.
fn like(before: &Kinds, now: &Kinds) -> bool {
    now.iter().all(|(step, kind)| before.get(step).is_none_or(|before| before == kind))
}
