//! One test in one runtime: searched, run for as long as was asked for, and judged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::expectations::Expectations;
use crate::litmus::model::{self, TooLarge};
use crate::litmus::program::{Op, Outcome, Test};
use crate::protocol::{Handshake, NameAndVersion, VERSION};
use crate::runtime::Cancel;
use crate::verdict as case_verdict;

use super::fault::Fault;
use super::histogram::{Histogram, Row};
use super::job::{Built, Product, build};
use super::layout::any;
use super::session::{Session, Trouble};
use super::settings::Settings;

/// How long a slice is; between two of them the harness looks whether it is to go on.
const SLICE: Duration = Duration::from_millis(400);
/// How long each settings are tried in a search.
const TRIAL: Duration = Duration::from_millis(100);
/// What a growth that was refused counts as.
const REFUSED: u128 = 0xffff_ffff;

/// A test and what the memory model allows it to do.
#[derive(Clone, Debug)]
pub struct Task {
    /// The test.
    pub test: Test,
    /// Every outcome that is allowed.
    pub allowed: BTreeSet<Outcome>,
    /// Whether an agent may wait for ever, so that a hang shows nothing.
    pub may_wait: bool,
}

impl Task {
    /// A test, and what the oracle says of it.
    ///
    /// # Errors
    ///
    /// If the test is too large for the oracle.
    pub fn of(test: &Test) -> Result<Self, TooLarge> {
        let outcomes = model::outcomes(test)?;
        Ok(Self {
            test: test.clone(),
            allowed: outcomes.allowed().cloned().collect(),
            may_wait: outcomes.stuck.as_ref().is_some_and(model::Verdict::is_allowed),
        })
    }
}

/// How long a test is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// At least so many instances, in whole batches.
    Iterations(u64),
    /// About so long.
    Time(Duration),
}

/// How tests are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long.
    pub budget: Budget,
    /// With which settings, or from which a search begins.
    pub settings: Settings,
    /// Whether to look for the settings that show most.
    pub search: bool,
    /// A fault to put into the test's instructions, as a proof that it is noticed.
    pub fault: Option<Fault>,
    /// How much longer than a slice an answer may take, until it counts as a hang.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            budget: Budget::Iterations(1_000_000),
            settings: Settings::default(),
            search: false,
            fault: None,
            patience: Duration::from_secs(20),
        }
    }
}

/// What a test came to in a runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing but allowed outcomes.
    Pass,
    /// An outcome that the memory model forbids.
    Forbidden,
    /// An agent never came back: a wake-up was lost, or something else hangs.
    Hang {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The runtime crashed, failed, or said something else than the protocol's.
    Crash {
        /// What happened.
        reason: String,
    },
    /// The runtime cannot run such a test.
    Unsupported {
        /// Why.
        reason: String,
    },
    /// Nothing could be counted, such as where growth was refused.
    Inconclusive {
        /// Why.
        reason: String,
    },
    /// It was stopped before anything was counted.
    Interrupted,
}

impl Verdict {
    /// Its name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Forbidden => "forbidden",
            Self::Hang { .. } => "hang",
            Self::Crash { .. } => "crash",
            Self::Unsupported { .. } => "unsupported",
            Self::Inconclusive { .. } => "inconclusive",
            Self::Interrupted => "interrupted",
        }
    }

    /// Is it one that must not be?
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Forbidden | Self::Hang { .. } | Self::Crash { .. })
    }

    /// More than its name.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Hang { seconds } => Some(format!("an agent did not come back within {seconds} seconds")),
            Self::Crash { reason } | Self::Unsupported { reason } | Self::Inconclusive { reason } => {
                Some(reason.clone())
            }
            Self::Pass | Self::Forbidden | Self::Interrupted => None,
        }
    }
}

/// A test in a runtime, and what came of it.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// The runtime's label.
    pub runtime: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Every outcome that was seen.
    pub rows: Vec<Row>,
    /// Allowed outcomes that were not seen.
    pub unseen: Vec<Outcome>,
    /// Instances in which growth was refused, which the specification lets happen: they say nothing.
    pub refused: u64,
    /// Instances whose outcome was not counted.
    pub uncounted: u64,
    /// Instances that ran.
    pub iterations: u64,
    /// How long the agents ran.
    pub took: Duration,
    /// With which settings.
    pub settings: Settings,
    /// What the executor had to remark.
    pub notes: Vec<String>,
    /// Where a failure is known.
    pub known: Option<Known>,
}

/// A failure that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Why, in a sentence.
    pub reason: String,
    /// Where it is filed.
    pub link: String,
}

impl TestRun {
    /// Looks the verdict up in what is known of the runtime. A pass where a failure is known is no
    /// news: a race depends on chance.
    #[must_use]
    pub fn held_against(self, expectations: &Expectations, session: &Session, test: &str) -> Self {
        let kind = match self.verdict {
            Verdict::Forbidden => case_verdict::Verdict::Fail,
            Verdict::Hang { .. } => case_verdict::Verdict::Timeout,
            Verdict::Crash { .. } => case_verdict::Verdict::Crash,
            _ => return self,
        };
        let named = |product: &Product| NameAndVersion {
            name: product.name.clone(),
            version: product.version.clone(),
        };
        let handshake = Handshake {
            protocol: VERSION,
            runtime: named(&session.runtime),
            engine: named(&session.engine),
            platform: session.platform.clone(),
            features: BTreeMap::new(),
        };
        let entry = expectations.find(&handshake, session.variant.as_deref(), test);
        let known = entry.filter(|entry| entry.verdict == kind);
        let known = known.map(|entry| Known { reason: entry.reason.clone(), link: entry.link.clone() });
        Self { known, ..self }
    }

    /// Is it a failure that nobody knew?
    pub fn is_news(&self) -> bool {
        self.verdict.is_failure() && self.known.is_none()
    }

    /// Millions of instances a second.
    pub fn rate(&self) -> f64 {
        let seconds = self.took.as_secs_f64();
        if seconds > 0.0 { self.iterations as f64 / seconds / 1e6 } else { 0.0 }
    }

    /// How often the outcome of interest was seen, and how often any other.
    pub fn positive_and_negative(&self) -> (u64, u64) {
        let of = |wanted: bool| self.rows.iter().filter(|r| r.interesting == wanted).map(|r| r.count).sum();
        (of(true), of(false))
    }
}

/// What was counted so far.
struct Count {
    histogram: Histogram,
    batches: u64,
    took: Duration,
    notes: Vec<String>,
}

/// Runs a test in an executor.
pub fn run_test(
    session: &mut Session,
    runtime: &str,
    task: &Task,
    options: &Options,
    cancel: &Cancel,
) -> TestRun {
    let begin = Instant::now();
    let mut settings = options.settings.clone();
    let mut count =
        Count { histogram: Histogram::default(), batches: 0, took: Duration::ZERO, notes: Vec::new() };
    let result = match options.search {
        false => Ok(settings.clone()),
        true => search(session, task, options, cancel),
    };
    let mut batch = 0;
    let result = result.and_then(|best| {
        settings = best;
        let built = make(task, &settings, options)?;
        batch = built.layout.batch;
        settings.batch = batch;
        settings.stride = built.layout.stride;
        count.notes = session.prepare(built.job.clone(), cancel)?;
        // A search is part of the time that was asked for, but some is left in any case.
        let budget = match options.budget {
            Budget::Time(time) => Budget::Time(time.saturating_sub(begin.elapsed()).max(SLICE)),
            iterations => iterations,
        };
        // A fault is noticed or not; how often does not matter.
        let enough = |seen: &Histogram| {
            options.fault.is_some() && seen.iter().any(|(outcome, _)| !task.allowed.contains(outcome))
        };
        go_on(session, &built, budget, options.patience, cancel, &enough, &mut count)
    });
    judge(runtime, task, settings, batch, count, result)
}

fn make(task: &Task, settings: &Settings, options: &Options) -> Result<Built, Trouble> {
    build(&task.test, settings, options.fault).map_err(|error| Trouble::Unsupported(error.to_string()))
}

/// Runs slices until the budget is used up.
fn go_on(
    session: &mut Session,
    built: &Built,
    budget: Budget,
    patience: Duration,
    cancel: &Cancel,
    enough: &dyn Fn(&Histogram) -> bool,
    count: &mut Count,
) -> Result<(), Trouble> {
    let begin = Instant::now();
    loop {
        let (batches, time) = match budget {
            Budget::Iterations(wanted) => {
                let left = wanted.div_ceil(u64::from(built.layout.batch)).saturating_sub(count.batches);
                (u32::try_from(left).unwrap_or(u32::MAX).min(i32::MAX as u32), SLICE)
            }
            Budget::Time(time) => (i32::MAX as u32, SLICE.min(time.saturating_sub(begin.elapsed()))),
        };
        if batches == 0 || time.is_zero() || enough(&count.histogram) {
            return Ok(());
        }
        let slice = session.slice(batches, time, patience, cancel)?;
        count.histogram.add(&slice, built);
        count.batches += slice.batches;
        count.took += Duration::from_nanos(slice.nanoseconds);
    }
}

/// The settings that show the most different outcomes, and of several such those that show the
/// rarest most often.
fn search(
    session: &mut Session,
    task: &Task,
    options: &Options,
    cancel: &Cancel,
) -> Result<Settings, Trouble> {
    let mut best: Option<((usize, u64), Settings)> = None;
    for settings in options.settings.candidates() {
        let built = make(task, &settings, options)?;
        let mut count =
            Count { histogram: Histogram::default(), batches: 0, took: Duration::ZERO, notes: Vec::new() };
        session.prepare(built.job.clone(), cancel)?;
        go_on(session, &built, Budget::Time(TRIAL), options.patience, cancel, &|_| false, &mut count)?;
        let spread = count.histogram.spread();
        if best.as_ref().is_none_or(|(most, _)| spread > *most) {
            best = Some((spread, settings));
        }
    }
    Ok(best.map_or_else(|| options.settings.clone(), |(_, settings)| settings))
}

fn judge(
    runtime: &str,
    task: &Task,
    settings: Settings,
    batch: u32,
    count: Count,
    result: Result<(), Trouble>,
) -> TestRun {
    let grown: Vec<usize> = (0..task.test.registers.len())
        .filter(|register| {
            let grows = |op: &Op| matches!(op, Op::Grow { into, .. } if into == register);
            task.test.agents.iter().any(|agent| any(&agent.body, &grows))
        })
        .collect();
    let mut refused = 0;
    let mut rows = Vec::new();
    for (outcome, count) in count.histogram.iter() {
        if grown.iter().any(|&register| outcome[register] == REFUSED) {
            refused += count;
            continue;
        }
        let allowed = task.allowed.contains(outcome);
        let interesting = task.test.interest.holds(outcome);
        rows.push(Row { outcome: outcome.clone(), count, allowed, interesting });
    }
    let unseen = task.allowed.iter().filter(|outcome| count.histogram.count(outcome) == 0).cloned().collect();
    let verdict = match result {
        // What was seen counts whatever happened afterwards.
        _ if rows.iter().any(|row| !row.allowed) => Verdict::Forbidden,
        Err(Trouble::Hang { .. }) if task.may_wait => {
            Verdict::Inconclusive { reason: "an agent waits for ever, which it may".to_owned() }
        }
        Err(Trouble::Hang { seconds }) => Verdict::Hang { seconds },
        Err(Trouble::Unsupported(reason)) => Verdict::Unsupported { reason },
        Err(trouble @ Trouble::Crash { .. }) => Verdict::Crash { reason: trouble.to_string() },
        Err(Trouble::Cancelled) if rows.is_empty() => Verdict::Interrupted,
        _ if rows.is_empty() && refused > 0 => {
            Verdict::Inconclusive { reason: "every growth was refused".to_owned() }
        }
        _ if rows.is_empty() => Verdict::Inconclusive { reason: "nothing was counted".to_owned() },
        _ => Verdict::Pass,
    };
    TestRun {
        runtime: runtime.to_owned(),
        verdict,
        rows,
        unseen,
        refused,
        uncounted: count.histogram.uncounted,
        iterations: count.batches * u64::from(batch),
        took: count.took,
        settings,
        notes: count.notes,
        known: None,
    }
}
