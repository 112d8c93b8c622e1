//! Many cases in many runtimes, side by side, as events. One case in one runtime is `once`'s.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::TIMEOUT;
use crate::case::Case;
use crate::event::{CaseRun, Event, Reporter, Results, RuntimeInfo, RuntimeState};
use crate::expectations::Expectations;
use crate::protocol::Handshake;
use crate::runtime::select::Choice;
use crate::runtime::{Cancel, Limits};

mod bytes;
mod collect;
mod executors;
mod journal;

pub use journal::{Journal, JournalError};

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long one case may take in one runtime.
    pub timeout: Duration,
    /// How many executors there may be at once over all runtimes.
    pub jobs: NonZeroUsize,
    /// Stop at the first news.
    pub fail_fast: bool,
    /// How often each case is run.
    pub repeat: u32,
    /// How often a case that is news is run again, to tell flaky from steady.
    pub confirm: u32,
    /// What an executor may take.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: TIMEOUT,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            fail_fast: false,
            repeat: 1,
            confirm: 0,
            limits: Limits::default(),
        }
    }
}

/// What executors tell.
enum Message {
    Ready(usize, Box<Handshake>),
    Unavailable(usize, String),
    Ran {
        case: usize,
        run: Box<CaseRun>,
    },
    /// This runtime runs no more cases.
    Left(usize),
}

/// Runs every case in every runtime.
///
/// Runtimes run side by side. Everything that went wrong is in the results. What `journal` knows
/// already is not run again, and what is run is added to it.
pub fn run(
    cases: &[Arc<Case>],
    choices: &[Choice],
    expectations: &Expectations,
    options: &Options,
    journal: Option<&Journal>,
    cancel: &Cancel,
    reporter: &mut dyn Reporter,
) -> Results {
    let begun = Instant::now();
    reporter.event(&Event::Started { cases: cases.len(), runtimes: choices.len() });
    let shared = executors::Shared::new(cases, choices, expectations, options, journal, cancel);
    let infos = choices.iter().map(|choice| RuntimeInfo {
        name: choice.name.clone(),
        command: choice.command_text(),
        variant: choice.variant().map(str::to_owned),
        required: choice.required,
        state: RuntimeState::Starting,
    });
    let mut collected = collect::Collected::new(cases, infos.collect());
    thread::scope(|scope| {
        let messages = executors::start(scope, &shared);
        for message in messages {
            let news = collected.take(message, reporter);
            if news && options.fail_fast {
                shared.stop();
            }
        }
    });
    let mut results = collected.finish();
    if !cancel.is_cancelled() {
        bytes::locate(&mut results, choices, options, cancel);
    }
    results.interrupted = cancel.is_cancelled();
    results.took = begun.elapsed();
    reporter.event(&Event::Finished(&results));
    results
}
