//! What a run without a test binary came to.

use std::fmt;
use std::time::Duration;

use crate::case::Case;
use crate::event::CaseRun;
use crate::expectations::Status;
use crate::shown::escaped;
use crate::suite::Catalogue;
use crate::verdict::Verdict;

/// What a run of the suite came to. Its [`Display`](fmt::Display) form has a line for each case that is not as
/// expected, one for each problem, and the counts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Every case in every engine, in the order in which they ran.
    pub cases: Vec<CaseReport>,
    /// What kept cases or engines from running: a mistake in a file with its place, an engine that
    /// did not start.
    pub problems: Vec<String>,
}

/// One case in one engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseReport {
    /// The engine's name.
    pub runtime: String,
    /// The case's id.
    pub id: String,
    /// The sentence that is true where the case passes.
    pub title: String,
    /// The clauses of the specifications that make it so.
    pub spec: Vec<String>,
    /// Its outcome held against the specification.
    pub verdict: Verdict,
    /// Its verdict held against what is known.
    pub status: Status,
    /// Why it is no pass: the step, what was expected and what happened, or what the engine lacks.
    pub reason: Option<String>,
    /// Where it is filed, if it is known.
    pub link: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        Self { cases: Vec::new(), problems: catalogue.problems.iter().map(ToString::to_string).collect() }
    }

    /// Everything was as expected: no news, and no problem.
    pub fn is_as_expected(&self) -> bool {
        self.problems.is_empty() && self.news().next().is_none()
    }

    /// The cases that are not as expected: failures that nobody knew, and known ones that pass or
    /// fail in another way.
    pub fn news(&self) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(|case| case.status.is_news())
    }

    /// How many cases have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.cases.iter().filter(|case| case.verdict == verdict).count()
    }
}

impl CaseReport {
    pub(super) fn new(runtime: &str, case: &Case, run: &CaseRun) -> Self {
        Self {
            runtime: runtime.to_owned(),
            id: case.id.clone(),
            title: case.title.clone(),
            spec: case.spec.clone(),
            verdict: run.judgement.verdict,
            status: run.status,
            reason: run.judgement.reason.clone(),
            link: run.known.as_ref().map(|known| known.link.clone()),
            took: run.took,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        for case in self.news() {
            let reason = case.reason.as_deref().unwrap_or(case.status.name());
            writeln!(
                f,
                "{} {}: {} ({}): {}",
                case.runtime,
                case.id,
                case.verdict,
                case.status.name(),
                escaped(reason)
            )?;
        }
        let count = |verdict| self.count(verdict);
        write!(
            f,
            "{} pass, {} fail, {} unsupported, {} inconclusive, {} crash, {} timeout; {} not as expected",
            count(Verdict::Pass),
            count(Verdict::Fail),
            count(Verdict::Unsupported),
            count(Verdict::Inconclusive),
            count(Verdict::Crash),
            count(Verdict::Timeout),
            self.news().count(),
        )
    }
}
