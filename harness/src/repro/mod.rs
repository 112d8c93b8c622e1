//! Reproductions: a divergence as something that can be filed, and the first version that shows it.
//!
//! [`find`] says what is wrong, [`minimize`] leaves out what does not matter, [`script`] writes it as
//! plain code and [`issue`] as a report. Which runtimes there are, and what is printed on the way, is
//! the caller's.

use std::time::{Duration, Instant};

use crate::case::Case;
use crate::case::plan::{Plan, Step};
use crate::runtime::select::{Choice, Launch, StartError};
use crate::runtime::{Cancel, End, Limits, Record, Runtime as _, Spawned, unmet_need};

pub mod bisect;
mod finding;
mod guest;
pub mod issue;
pub mod launch;
pub mod minimize;
mod parts;
pub mod project;
pub mod script;

pub use finding::{Finding, NoFinding, find, right};
use guest::guest_text;
use script::Symptom;

/// How often a smaller case is tried.
pub const BUDGET: u32 = 200;
/// The same where each costs a deadline.
const BUDGET_OF_TIMEOUTS: u32 = 24;
/// How long a smaller case may take, since many of them do not end.
const SHORT: Duration = Duration::from_secs(2);
/// For how long smaller cases are looked for.
const LONGEST: Duration = Duration::from_secs(60);
/// How often a case is run that does not show its bug every time.
pub const TRIES: u32 = 5;

/// A runtime that was started.
pub struct Side {
    /// How it is had.
    pub choice: Choice,
    runtime: Spawned,
    timeout: Duration,
}

impl Side {
    /// Starts a runtime.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub fn start(choice: Choice, timeout: Duration, cancel: &Cancel) -> Result<Self, StartError> {
        let runtime = choice.start(Limits::default(), cancel)?;
        Ok(Self { choice, runtime, timeout })
    }

    /// Who it is.
    pub fn handshake(&self) -> &crate::protocol::Handshake {
        self.runtime.handshake()
    }

    /// What the case needs and the runtime lacks, in words.
    pub fn lacks(&self, case: &Case) -> Option<String> {
        let (feature, reason) = unmet_need(&case.plan, self.handshake())?;
        Some(format!("it lacks {feature}: {reason}"))
    }

    /// Runs a case once; none if nobody waits any more.
    pub fn run(&mut self, case: &Case, cancel: &Cancel) -> Option<Record> {
        let record = self.runtime.run(&case.plan, self.timeout, cancel);
        (record.end != End::Cancelled).then_some(record)
    }

    /// Does it run scripts?
    pub fn runs_scripts(&self) -> bool {
        matches!(self.choice.launch, Launch::Runner(_))
    }
}

/// What was left out.
pub struct Shrunk {
    /// The smaller case.
    pub case: Case,
    /// How often a smaller case was run.
    pub asked: u32,
}

/// Leaves out what does not matter: steps first, then what of the guests nobody uses. `tries` says
/// how often the suspect is asked before its answer is no; `tell` is called before each run.
///
/// Without a runtime that is right nobody could say whether a smaller case still demands what its
/// steps are for, so that only steps go that look and change nothing.
pub fn shrink(
    finding: &Finding,
    suspect: &mut Side,
    mut reference: Option<&mut Side>,
    tries: u32,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u32, usize),
) -> Shrunk {
    let whole = suspect.timeout;
    let budget = match finding.symptom {
        Symptom::Timeout => BUDGET_OF_TIMEOUTS,
        _ => BUDGET,
    };
    suspect.timeout = whole.min(SHORT);
    let until = Instant::now() + LONGEST;
    let may_all_go = reference.is_some();
    let mut asked = 0;
    let mut still = |case: &Case| {
        asked += 1;
        tell(asked, case.plan.steps.len());
        if cancel.is_cancelled() || Instant::now() > until {
            return false;
        }
        let mut shows = || suspect.run(case, cancel).is_some_and(|record| finding.shows(case, &record));
        let is_right = |side: &mut &mut Side| {
            side.timeout = whole.min(SHORT);
            let record = side.run(case, cancel);
            side.timeout = whole;
            record.is_some_and(|record| finding.is_right(case, &record))
        };
        (0..tries.max(1)).any(|_| shows()) && reference.as_mut().is_none_or(is_right)
    };
    let upto = finding.upto();
    let seed = if still(&finding.case_of(&upto)) { upto } else { finding.case.plan.clone() };
    let may_go = |step: &Step| may_all_go || finding.changes_nothing(step);
    let mut question = |plan: &Plan| still(&finding.case_of(plan));
    let plan = minimize::minimize(&seed, finding.step, budget, &may_go, &mut question).plan;
    let case = match may_all_go {
        true => guest::smaller_guests(&finding.case_of(&plan), &mut still),
        false => finding.case_of(&plan),
    };
    suspect.timeout = whole;
    Shrunk { case, asked }
}
