//! Puts the executors' messages together: which case is complete, and what it comes to.

use std::sync::Arc;

use super::Message;
use crate::case::Case;
use crate::event::{CaseResult, CaseRun, Event, Reporter, Results, RuntimeInfo, RuntimeState};
use crate::suite::compare_runs;

/// What has come in so far.
pub(super) struct Collected<'a> {
    cases: &'a [Arc<Case>],
    runtimes: Vec<RuntimeInfo>,
    /// For each case, its runs by runtime.
    runs: Vec<Vec<Option<CaseRun>>>,
    /// Runtimes that still run cases.
    active: Vec<bool>,
    finished: Vec<Option<CaseResult>>,
}

impl<'a> Collected<'a> {
    pub(super) fn new(cases: &'a [Arc<Case>], runtimes: Vec<RuntimeInfo>) -> Self {
        Self {
            cases,
            runs: cases.iter().map(|_| runtimes.iter().map(|_| None).collect()).collect(),
            active: vec![true; runtimes.len()],
            finished: cases.iter().map(|_| None).collect(),
            runtimes,
        }
    }

    /// Takes a message and emits the events that it gives cause for. Is any of it news?
    pub(super) fn take(&mut self, message: Message, reporter: &mut dyn Reporter) -> bool {
        match message {
            Message::Ready(runtime, handshake) => {
                self.runtimes[runtime].state = RuntimeState::Ready(handshake);
                reporter.event(&Event::Runtime(&self.runtimes[runtime]));
                false
            }
            Message::Unavailable(runtime, reason) => {
                self.runtimes[runtime].state = RuntimeState::Unavailable { reason };
                reporter.event(&Event::Runtime(&self.runtimes[runtime]));
                false
            }
            Message::Left(runtime) => {
                self.active[runtime] = false;
                let mut news = false;
                for case in 0..self.cases.len() {
                    news |= self.finish_if_complete(case, reporter);
                }
                news
            }
            Message::Ran { case, run } => {
                let news = run.status.is_news();
                let runtime = &self.runtimes[run.runtime];
                reporter.event(&Event::RunFinished { case: &self.cases[case], runtime, run: &run });
                let place = run.runtime;
                self.runs[case][place] = Some(*run);
                self.finish_if_complete(case, reporter) || news
            }
        }
    }

    fn finish_if_complete(&mut self, case: usize, reporter: &mut dyn Reporter) -> bool {
        let waiting = self.runs[case].iter().zip(&self.active).any(|(run, active)| run.is_none() && *active);
        if waiting || self.finished[case].is_some() || self.runs[case].iter().all(Option::is_none) {
            return false;
        }
        let runs: Vec<CaseRun> = self.runs[case].iter_mut().filter_map(Option::take).collect();
        let (comparison, divergence_is_news) = compare_runs(&self.cases[case], &runs);
        let case_of = Arc::clone(&self.cases[case]);
        let result = CaseResult { case: case_of, runs, comparison, divergence_is_news, bytes: Vec::new() };
        reporter.event(&Event::CaseFinished(&result));
        let news = result.is_news();
        self.finished[case] = Some(result);
        news
    }

    pub(super) fn finish(self) -> Results {
        let chosen = self.cases.len();
        let cases: Vec<CaseResult> = self.finished.into_iter().flatten().collect();
        Results { runtimes: self.runtimes, not_run: chosen - cases.len(), cases, ..Results::default() }
    }
}
