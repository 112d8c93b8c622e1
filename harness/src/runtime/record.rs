//! What running one plan in one runtime left behind. Judging it belongs to `verdict`.

use serde::{Deserialize, Serialize};

use crate::protocol::Observation;

/// One case in one runtime, as it was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What the steps did, in the order in which it was written down.
    pub observations: Vec<Observation>,
    /// How it ended.
    pub end: End,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The executor said that the case is over.
    Done,
    /// The deadline passed, and the executor was ended.
    TimedOut {
        /// The deadline, in milliseconds.
        after_ms: u64,
    },
    /// The executor failed.
    Crashed(Crash),
    /// Whoever wanted the run does not want it any more.
    Cancelled,
}

/// How an executor failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crash {
    /// In which way.
    pub kind: CrashKind,
    /// In words; may hold what the executor wrote, unescaped.
    pub message: String,
    /// The end of its standard error, unescaped.
    pub stderr: String,
}

/// The ways in which an executor fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrashKind {
    /// It ended, by a signal or with whatever status, before the case was over.
    Exit,
    /// It wrote more than it may.
    OutputLimit,
    /// Something wrote to its standard output beside the protocol.
    Garbage,
    /// It broke the protocol.
    Protocol,
    /// It said that it cannot run the plan.
    ExecutorError,
    /// It could not be started again after an earlier case.
    Restart,
}

impl CrashKind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::OutputLimit => "output-limit",
            Self::Garbage => "garbage",
            Self::Protocol => "protocol",
            Self::ExecutorError => "executor-error",
            Self::Restart => "restart",
        }
    }
}
