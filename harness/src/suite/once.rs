//! One case in one runtime, and one case over runtimes: what both the suite and `cargo test` do.

use std::time::{Duration, Instant};

use crate::case::Case;
use crate::event::{CaseRun, KnownFailure};
use crate::expectations::{self, Expectations, Status};
use crate::runtime::{Cancel, End, Record, Runtime, unmet_need};
use crate::verdict::agreement::{Agreement, Comparison, compare};
use crate::verdict::{Judgement, Verdict, judge};

/// A case that was run.
pub struct Ran {
    /// The verdict; of a repeated case, the first that was no pass.
    pub judgement: Judgement,
    /// What was observed.
    pub record: Record,
    /// Repetitions came to different verdicts.
    pub flaky: bool,
    /// How long all of it took.
    pub took: Duration,
}

/// Runs a case, unless the runtime lacks what it needs. None if it was cancelled meanwhile.
pub fn run_case(
    runtime: &mut dyn Runtime,
    case: &Case,
    timeout: Duration,
    repeat: u32,
    cancel: &Cancel,
) -> Option<Ran> {
    let begun = Instant::now();
    if let Some((feature, reason)) = unmet_need(&case.plan, runtime.handshake()) {
        let judgement = Judgement::lacking(feature, reason);
        let record = Record { observations: Vec::new(), end: End::Done };
        return Some(Ran { judgement, record, flaky: false, took: begun.elapsed() });
    }
    let mut worst: Option<(Judgement, Record)> = None;
    let mut flaky = false;
    for _ in 0..repeat.max(1) {
        let record = runtime.run(&case.plan, timeout, cancel);
        if record.end == End::Cancelled {
            return None;
        }
        let judgement = judge(case, &record);
        match &worst {
            None => worst = Some((judgement, record)),
            Some((first, _)) => {
                flaky |= first.verdict != judgement.verdict;
                if first.verdict == Verdict::Pass && judgement.verdict != Verdict::Pass {
                    worst = Some((judgement, record));
                }
            }
        }
    }
    let (judgement, record) = worst?;
    Some(Ran { judgement, record, flaky, took: begun.elapsed() })
}

impl Ran {
    /// What its verdict is worth.
    pub fn status(&self, expectations: &Expectations, runtime: &dyn Runtime, case: &Case) -> Status {
        let known = expectations.find(runtime.handshake(), runtime.variant(), &case.id);
        expectations::status(&self.judgement, known, case.contested.is_some())
    }

    /// The same, repeated to tell flaky from steady.
    pub fn confirmed_by(self, again: &Self) -> Self {
        let flaky = self.flaky || again.flaky || again.judgement.verdict != self.judgement.verdict;
        Self { flaky, took: self.took + again.took, ..self }
    }

    /// Adds what is known of the case in the runtime, whose place among the others is `place`.
    pub fn held_against(
        self,
        expectations: &Expectations,
        runtime: &dyn Runtime,
        case: &Case,
        place: usize,
    ) -> CaseRun {
        let known = expectations.find(runtime.handshake(), runtime.variant(), &case.id);
        let status = expectations::status(&self.judgement, known, case.contested.is_some());
        let known = known.map(|entry| KnownFailure {
            reason: entry.reason.clone(),
            link: entry.link.clone(),
            verdict: entry.verdict,
            place: entry.place.clone(),
        });
        let Self { judgement, record, flaky, took } = self;
        CaseRun { runtime: place, judgement, status, known, flaky, record, took }
    }
}

/// Compares a case's runs, and tells whether they diverge in a way that known failures do not
/// explain.
pub fn compare_runs(case: &Case, runs: &[CaseRun]) -> (Comparison, bool) {
    let outcomes = |wanted: fn(&CaseRun) -> bool| -> Vec<(usize, &Record)> {
        runs.iter()
            .filter(|run| run.judgement.verdict.is_outcome() && wanted(run))
            .map(|run| (run.runtime, &run.record))
            .collect()
    };
    let comparison = compare(case, &outcomes(|_| true));
    let unexplained = compare(case, &outcomes(|run| run.status != Status::Known));
    (comparison, unexplained.agreement == Agreement::Diverge)
}
