//! What a run of the suite tells while it goes on, and what it comes to in the end. The suite emits
//! events and reporters consume them; neither knows the other.

use std::sync::Arc;
use std::time::Duration;

use crate::case::Case;
use crate::expectations::{Status, Unmatched};
use crate::protocol::Handshake;
use crate::runtime::Record;
use crate::verdict::agreement::{Comparison, StepKey};
use crate::verdict::{Judgement, Verdict};

mod shard;

pub use shard::Shard;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run begins.
    Started {
        /// How many cases there are.
        cases: usize,
        /// How many runtimes were chosen.
        runtimes: usize,
    },
    /// A runtime introduced itself, or could not be had.
    Runtime(&'a RuntimeInfo),
    /// A case was run in a runtime.
    RunFinished {
        /// The case.
        case: &'a Case,
        /// The runtime.
        runtime: &'a RuntimeInfo,
        /// What came of it.
        run: &'a CaseRun,
    },
    /// A case was run in every runtime.
    CaseFinished(&'a CaseResult),
    /// The run is over.
    Finished(&'a Results),
}

/// Consumes events.
pub trait Reporter {
    /// Takes note of one.
    fn event(&mut self, event: &Event<'_>);
}

/// What a run comes to.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The runtimes, in the order in which they were chosen.
    pub runtimes: Vec<RuntimeInfo>,
    /// The cases that were run in at least one runtime, in the suite's order.
    pub cases: Vec<CaseResult>,
    /// Entries of expectations files that name no case of the suite.
    pub unmatched: Vec<Unmatched>,
    /// Cases that were chosen and not run at all.
    pub not_run: usize,
    /// Somebody interrupted the run.
    pub interrupted: bool,
    /// How long it took; it is not the same from run to run.
    pub took: Duration,
}

/// A runtime of a run.
#[derive(Clone, Debug)]
pub struct RuntimeInfo {
    /// Its label.
    pub name: String,
    /// The command that starts it.
    pub command: String,
    /// Its variant, if it is one.
    pub variant: Option<String>,
    /// Asked for by name.
    pub required: bool,
    /// Whether it could be had.
    pub state: RuntimeState,
}

/// Whether a runtime could be had.
#[derive(Clone, Debug)]
pub enum RuntimeState {
    /// Nobody knows yet.
    Starting,
    /// It introduced itself.
    Ready(Box<Handshake>),
    /// It could not be had.
    Unavailable {
        /// Why; may hold what it said, unescaped.
        reason: String,
    },
}

impl RuntimeInfo {
    /// What it said of itself, if it is there.
    pub fn handshake(&self) -> Option<&Handshake> {
        match &self.state {
            RuntimeState::Ready(handshake) => Some(handshake),
            _ => None,
        }
    }

    /// Was it asked for, and could it not be had?
    pub fn is_missed(&self) -> bool {
        self.required && matches!(self.state, RuntimeState::Unavailable { .. })
    }
}

/// One case over all runtimes.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case.
    pub case: Arc<Case>,
    /// Its runs, in the order of the runtimes.
    pub runs: Vec<CaseRun>,
    /// How they compare; `groups` names places in [`Results::runtimes`].
    pub comparison: Comparison,
    /// The runtimes diverge, and known failures do not explain it.
    pub divergence_is_news: bool,
    /// Where the bytes behind differing digests differ.
    pub bytes: Vec<BytesDiffer>,
}

impl CaseResult {
    /// Is anything of it not as expected?
    pub fn is_news(&self) -> bool {
        self.divergence_is_news || self.runs.iter().any(|run| run.status.is_news())
    }
}

/// One case in one runtime.
#[derive(Clone, Debug)]
pub struct CaseRun {
    /// The runtime's place in [`Results::runtimes`].
    pub runtime: usize,
    /// The verdict.
    pub judgement: Judgement,
    /// The verdict against the expectations file.
    pub status: Status,
    /// What the expectations file says of it.
    pub known: Option<KnownFailure>,
    /// Repeating the case gave other verdicts too.
    pub flaky: bool,
    /// What was observed.
    pub record: Record,
    /// How long it took; it is not the same from run to run.
    pub took: Duration,
}

impl CaseRun {
    /// Is it a pass that nobody needs to read about?
    pub fn is_plain_pass(&self) -> bool {
        self.judgement.verdict == Verdict::Pass && self.status == Status::Expected && !self.flaky
    }
}

/// What an expectations file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFailure {
    /// Why, in a sentence.
    pub reason: String,
    /// Where it is filed.
    pub link: String,
    /// The verdict that is known.
    pub verdict: Verdict,
    /// Where the entry is written, as `file:line`.
    pub place: String,
}

/// The first place at which the bytes behind two differing digests differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesDiffer {
    /// The step that took the digests.
    pub step: StepKey,
    /// The first differing byte, counted from the beginning of the buffer.
    pub offset: u64,
    /// Where the bytes that are shown begin.
    pub shown_from: u64,
    /// Each runtime's place, and its bytes.
    pub sides: [(usize, Vec<u8>); 2],
}

/// Hands every event to several reporters.
pub struct Several<'r>(pub Vec<&'r mut dyn Reporter>);

impl Reporter for Several<'_> {
    fn event(&mut self, event: &Event<'_>) {
        for reporter in &mut self.0 {
            reporter.event(event);
        }
    }
}
