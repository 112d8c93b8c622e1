//! Runs cases in runtimes, side by side, and emits events. What the events look like on a screen or
//! in a file is the reporters' business.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::event::{CaseRun, Event, Reporter, Results, RuntimeInfo, RuntimeState};
use crate::expectations::Expectations;
use crate::protocol::Handshake;
use crate::runtime::select::Choice;
use crate::runtime::{Cancel, Limits, Spawned};

mod bytes;
mod collect;
mod once;
mod source;

pub use once::{Ran, compare_runs, run_case};
pub use source::{Source, Suite};

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long one case may take in one runtime.
    pub timeout: Duration,
    /// How many executors there may be at once over all runtimes; every runtime gets one.
    pub jobs: NonZeroUsize,
    /// Stop at the first news.
    pub fail_fast: bool,
    /// How often each case is run.
    pub repeat: u32,
    /// What an executor may take.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            fail_fast: false,
            repeat: 1,
            limits: Limits::default(),
        }
    }
}

/// Fewer cases than this are not worth an executor of their own.
const CASES_AN_EXECUTOR: usize = 32;

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

/// What the executors share.
struct Shared<'a> {
    cases: &'a [Arc<Case>],
    choices: &'a [Choice],
    expectations: &'a Expectations,
    options: &'a Options,
    cancel: &'a Cancel,
    /// Set once nothing more is to be begun.
    stop: AtomicBool,
    /// For each runtime, the next case.
    next: Vec<AtomicUsize>,
}

/// Runs every case in every runtime.
///
/// Runtimes run side by side. Everything that went wrong is in the results.
pub fn run(
    cases: &[Arc<Case>],
    choices: &[Choice],
    expectations: &Expectations,
    options: &Options,
    cancel: &Cancel,
    reporter: &mut dyn Reporter,
) -> Results {
    let begun = Instant::now();
    reporter.event(&Event::Started { cases: cases.len(), runtimes: choices.len() });
    let shared = Shared {
        cases,
        choices,
        expectations,
        options,
        cancel,
        stop: AtomicBool::new(false),
        next: choices.iter().map(|_| AtomicUsize::new(0)).collect(),
    };
    let infos = choices.iter().map(|choice| RuntimeInfo {
        name: choice.name.clone(),
        command: choice.command_text(),
        required: choice.required,
        state: RuntimeState::Starting,
    });
    let mut collected = collect::Collected::new(cases, infos.collect());
    let executors =
        (options.jobs.get() / choices.len().max(1)).clamp(1, cases.len().div_ceil(CASES_AN_EXECUTOR).max(1));
    thread::scope(|scope| {
        let (sender, messages) = mpsc::channel();
        for runtime in 0..choices.len() {
            let (sender, shared) = (sender.clone(), &shared);
            scope.spawn(move || {
                thread::scope(|inner| {
                    for _ in 1..executors {
                        let sender = sender.clone();
                        inner.spawn(move || helper(shared, runtime, &sender));
                    }
                    leader(shared, runtime, &sender);
                });
                let _ = sender.send(Message::Left(runtime));
            });
        }
        drop(sender);
        for message in messages {
            let news = collected.take(message, reporter);
            if news && options.fail_fast {
                shared.stop.store(true, Ordering::SeqCst);
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

/// The first executor of a runtime: the one that says whether the runtime can be had.
fn leader(shared: &Shared<'_>, runtime: usize, sender: &Sender<Message>) {
    match start(shared, runtime) {
        Ok(executor) => {
            let handshake = crate::runtime::Runtime::handshake(&executor).clone();
            let _ = sender.send(Message::Ready(runtime, Box::new(handshake)));
            work(shared, runtime, executor, sender);
        }
        Err(reason) => {
            let _ = sender.send(Message::Unavailable(runtime, reason));
        }
    }
}

/// A further executor of a runtime. If it cannot be had, the first one does its work.
fn helper(shared: &Shared<'_>, runtime: usize, sender: &Sender<Message>) {
    if let Ok(executor) = start(shared, runtime) {
        work(shared, runtime, executor, sender);
    }
}

fn start(shared: &Shared<'_>, runtime: usize) -> Result<Spawned, String> {
    shared.choices[runtime].start(shared.options.limits, shared.cancel).map_err(|error| error.to_string())
}

fn work(shared: &Shared<'_>, runtime: usize, mut executor: Spawned, sender: &Sender<Message>) {
    while !shared.cancel.is_cancelled() && !shared.stop.load(Ordering::SeqCst) {
        let index = shared.next[runtime].fetch_add(1, Ordering::SeqCst);
        let Some(case) = shared.cases.get(index) else { return };
        let options = shared.options;
        let Some(ran) = run_case(&mut executor, case, options.timeout, options.repeat, shared.cancel) else {
            return;
        };
        let run = ran.held_against(shared.expectations, &executor, case, runtime);
        // Here, so that this executor begins nothing more; what others find out comes by `collected`.
        if options.fail_fast && run.status.is_news() {
            shared.stop.store(true, Ordering::SeqCst);
        }
        if sender.send(Message::Ran { case: index, run: Box::new(run) }).is_err() {
            return;
        }
    }
}
