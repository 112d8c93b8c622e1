//! Verdicts: what happened in a runtime, held against what the specification demands. Pure
//! functions of a case and a record: no clock, no input, no output.
//!
//! What a single expectation demands is decided in [`check`]; how runtimes are held against each
//! other, in [`agreement`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::case::expect::{Expect, Expected};
use crate::case::plan::{Feature, Plan, Step};
use crate::protocol::{Observation, ObservedBy, StepResult};
use crate::runtime::{CrashKind, End, Record};

pub mod agreement;
pub mod check;
mod describe;
#[cfg(test)]
mod tests;

pub use describe::describe;

/// Outcome against expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every expectation was met.
    Pass,
    /// One was not.
    Fail,
    /// The runtime cannot run the case.
    Unsupported,
    /// A resource was refused where the specification lets it be.
    Inconclusive,
    /// The runtime broke.
    Crash,
    /// The case did not end in time.
    Timeout,
}

impl Verdict {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Fail, Self::Unsupported, Self::Inconclusive, Self::Crash, Self::Timeout];

    /// Its name in reports and expectations files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unsupported => "unsupported",
            Self::Inconclusive => "inconclusive",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
        }
    }

    /// Does it say how the runtime behaves, so that runtimes can be compared by it?
    pub fn is_outcome(self) -> bool {
        !matches!(self, Self::Unsupported | Self::Inconclusive)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A verdict and why.
///
/// Texts may hold what a guest or a runtime said, unescaped.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, unless it is a pass.
    pub reason: Option<String>,
    /// The step that decided, where one did.
    pub step: Option<u32>,
    /// The round of a repeated step, from 1.
    pub round: Option<u32>,
    /// How the runtime broke.
    pub crash: Option<CrashKind>,
    /// A pass of which the engine under test, or a runtime's own host side, decided no step: what
    /// was expected was observed of this project's embedding alone.
    pub by_embedding: bool,
}

impl Judgement {
    fn new(verdict: Verdict, step: Option<u32>, reason: String) -> Self {
        Self { verdict, reason: Some(reason), step, round: None, crash: None, by_embedding: false }
    }

    /// The judgement of a case that was not run, since the runtime lacks what it needs.
    pub fn lacking(feature: Feature, reason: &str) -> Self {
        Self::new(Verdict::Unsupported, None, format!("needs {feature}: {reason}"))
    }
}

/// Judges one run of a case.
///
/// A crash or a timeout outweighs what was observed before it; an unsupported step makes the case
/// unsupported; otherwise the first step that did not do what is expected decides.
pub fn judge(case: &Case, record: &Record) -> Judgement {
    let seen = &record.observations;
    match &record.end {
        End::Done => {}
        End::Cancelled => {
            let reason = "interrupted before it ended".to_owned();
            return Judgement::new(Verdict::Inconclusive, None, reason);
        }
        End::TimedOut { after_ms } => {
            let reason = format!("no end within {} s", *after_ms as f64 / 1000.0);
            return broken(case, seen, Verdict::Timeout, reason);
        }
        End::Crashed(crash) => {
            let mut reason = crash.message.clone();
            if let Some(last) = crash.stderr.lines().rev().find(|line| !line.trim().is_empty()) {
                reason.push_str("; its standard error ends: ");
                reason.push_str(last.trim());
            }
            let judgement = broken(case, seen, Verdict::Crash, reason);
            return Judgement { crash: Some(crash.kind), ..judgement };
        }
    }
    if let Some((step, reason)) = seen.iter().find_map(|o| unsupported(&o.result).map(|why| (o.step, why))) {
        return Judgement::new(Verdict::Unsupported, Some(step), reason.to_owned());
    }
    match first_fault(case, seen) {
        Some(fault) => fault.judgement(seen),
        None => {
            let decided = |o: &&Observation| demands(case, o.step);
            let own = |o: &Observation| o.observed_by == ObservedBy::Embedding;
            Judgement {
                verdict: Verdict::Pass,
                reason: None,
                step: None,
                round: None,
                crash: None,
                by_embedding: seen.iter().any(own) && seen.iter().filter(decided).all(own),
            }
        }
    }
}

/// Did one step do what is expected of it, whatever others did? None where that cannot be said: it
/// was not observed, could not be tried, or was refused a resource.
pub fn did_as_expected(case: &Case, record: &Record, step: u32) -> Option<bool> {
    let seen = &record.observations;
    let mut observed = seen.iter().filter(|observation| observation.step == step).peekable();
    observed.peek()?;
    if observed.any(|observation| unsupported(&observation.result).is_some()) {
        return None;
    }
    match faults(case, seen).into_iter().find(|fault| fault.step == step) {
        Some(fault) if fault.skipped || fault.refused => None,
        fault => Some(fault.is_none()),
    }
}

/// Does the case demand something of the step?
fn demands(case: &Case, step: u32) -> bool {
    case.expected
        .get(&step)
        .is_some_and(|expected| !matches!(expected.expect, Expect::Open | Expect::Completes))
}

/// A run that ended before its case did.
fn broken(case: &Case, seen: &[Observation], verdict: Verdict, mut reason: String) -> Judgement {
    let step = under_way(&case.plan, seen);
    if let Some(fault) = first_fault(case, seen).filter(|fault| fault.at.is_some() && !fault.refused) {
        reason.push_str(&format!("; before that, step {}: {}", fault.step, fault.reason));
    }
    Judgement::new(verdict, step, reason)
}

/// The first step in the written order of which nothing was observed.
fn under_way(plan: &Plan, seen: &[Observation]) -> Option<u32> {
    plan.steps.iter().map(|step| step.number).find(|number| !seen.iter().any(|o| o.step == *number))
}

fn unsupported(result: &StepResult) -> Option<&str> {
    match result {
        StepResult::Unsupported { reason } => Some(reason),
        StepResult::Repeated { runs, .. } => runs.iter().find_map(|run| unsupported(&run.result)),
        _ => None,
    }
}

/// A step that did not do what was expected of it.
struct Fault {
    step: u32,
    round: Option<u32>,
    reason: String,
    /// The place of the observation among the others; none where nothing was observed.
    at: Option<usize>,
    /// A resource was refused, which the specification allows.
    refused: bool,
    skipped: bool,
}

impl Fault {
    fn judgement(self, seen: &[Observation]) -> Judgement {
        let verdict = if self.refused { Verdict::Inconclusive } else { Verdict::Fail };
        let mut reason = self.reason;
        // What could not be tried is explained by what went wrong first.
        if self.skipped
            && let Some(cause) = seen.iter().find(|o| went_wrong(&o.result))
        {
            reason = format!("{reason}, since step {} {}", cause.step, describe(&cause.result));
        }
        Judgement { round: self.round, ..Judgement::new(verdict, Some(self.step), reason) }
    }
}

fn went_wrong(result: &StepResult) -> bool {
    match result {
        StepResult::Trap { .. } | StepResult::Exhaustion { .. } | StepResult::Threw { .. } => true,
        StepResult::Repeated { runs, .. } => runs.iter().any(|run| went_wrong(&run.result)),
        _ => false,
    }
}

/// The fault that decides: the first by step number, unless a resource was refused before any other
/// fault was observed, since what follows a refusal says nothing.
fn first_fault(case: &Case, seen: &[Observation]) -> Option<Fault> {
    let mut faults = faults(case, seen);
    let arrival = |fault: &Fault| fault.at.unwrap_or(usize::MAX);
    if let Some(first) = (0..faults.len()).min_by_key(|&index| arrival(&faults[index]))
        && faults[first].refused
    {
        return Some(faults.swap_remove(first));
    }
    faults.sort_by_key(|fault| (fault.skipped, fault.step, fault.at));
    faults.into_iter().find(|fault| !fault.refused)
}

fn faults(case: &Case, seen: &[Observation]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, observation) in seen.iter().enumerate() {
        let at = Some(at);
        let step = observation.step;
        let expected = case.expected.get(&step);
        match (&observation.result, expected) {
            (StepResult::Skipped { reason }, _) => {
                let reason = format!("it could not be tried: {reason}");
                faults.push(Fault { step, round: None, reason, at, refused: false, skipped: true });
            }
            (result, Some(expected)) => {
                if let Some((round, reason, refused)) = fault_of(case, expected, observation, seen, result) {
                    faults.push(Fault { step, round, reason, at, refused, skipped: false });
                }
            }
            (_, None) => {}
        }
    }
    for number in case.expected.keys() {
        if demands(case, *number) && !seen.iter().any(|o| o.step == *number) {
            let reason = "nothing was observed of it".to_owned();
            faults.push(Fault {
                step: *number,
                round: None,
                reason,
                at: None,
                refused: false,
                skipped: false,
            });
        }
    }
    faults
}

/// What is wrong with one observation: the round, the reason, and whether a resource was refused.
fn fault_of(
    case: &Case,
    expected: &Expected,
    observation: &Observation,
    seen: &[Observation],
    result: &StepResult,
) -> Option<(Option<u32>, String, bool)> {
    let kept = check::Kept::new(seen, observation);
    let one = |result: &StepResult| {
        let refused = check::is_refusal(expected, result);
        // What is refused explains what cannot be tried after it, even where nothing is demanded.
        let open = expected.expect == Expect::Open;
        if refused && open {
            return Some((format!("a resource was refused: it {}", describe(result)), true));
        }
        (!check::meets(&expected.expect, result, &kept)).then(|| {
            let demanded = check::demand(&expected.expect, &kept);
            let what = if refused { "a resource was refused: " } else { "" };
            (format!("{what}expected {demanded}, it {}", describe(result)), refused)
        })
    };
    let StepResult::Repeated { runs, unrecorded } = result else {
        return one(result).map(|(reason, refused)| (None, reason, refused));
    };
    let mut before = 0_u32;
    for run in runs {
        if let Some((reason, refused)) = one(&run.result) {
            let round = before.saturating_add(1);
            return Some((Some(round), format!("round {round}: {reason}"), refused));
        }
        before = before.saturating_add(run.rounds);
    }
    let wanted = repeat_of(&case.plan, observation.step);
    if *unrecorded > 0 {
        let reason =
            format!("{unrecorded} rounds differed too much to be recorded, so nobody can judge them");
        return Some((None, reason, true));
    }
    (before < wanted).then(|| {
        (Some(before.saturating_add(1)), format!("only {before} of {wanted} rounds were done"), false)
    })
}

/// How often a step is done; 1 for what is no step.
fn repeat_of(plan: &Plan, number: u32) -> u32 {
    fn find(steps: &[Step], number: u32) -> Option<u32> {
        steps.iter().find_map(|step| match step.number == number {
            true => Some(step.repeat),
            false => step.op.blocks().into_iter().find_map(|steps| find(steps, number)),
        })
    }
    let callbacks = plan.callbacks.iter().map(|callback| callback.steps.as_slice());
    [plan.steps.as_slice()].into_iter().chain(callbacks).find_map(|steps| find(steps, number)).unwrap_or(1)
}
