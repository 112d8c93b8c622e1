//! Who runs what: a first executor for each runtime, and further ones where the most is left to do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

use super::once::run_case;
use super::{Message, Options};
use crate::case::Case;
use crate::expectations::Expectations;
use crate::runtime::select::Choice;
use crate::runtime::{Cancel, Runtime, Spawned};

/// Fewer cases than this are not worth an executor of their own.
const CASES_AN_EXECUTOR: usize = 32;

/// What the executors share.
pub(super) struct Shared<'a> {
    cases: &'a [Arc<Case>],
    choices: &'a [Choice],
    expectations: &'a Expectations,
    options: &'a Options,
    cancel: &'a Cancel,
    /// Set once nothing more is to be begun.
    stopped: AtomicBool,
    /// For each runtime, the next case.
    next: Vec<AtomicUsize>,
    board: Mutex<Vec<Column>>,
    changed: Condvar,
}

/// One runtime's executors.
struct Column {
    /// How many there are.
    executors: usize,
    /// Whether one more would find something to do, as far as is known.
    open: bool,
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        cases: &'a [Arc<Case>],
        choices: &'a [Choice],
        expectations: &'a Expectations,
        options: &'a Options,
        cancel: &'a Cancel,
    ) -> Self {
        // Nobody helps a runtime that has not yet introduced itself.
        let column = || Column { executors: 1, open: false };
        Self {
            cases,
            choices,
            expectations,
            options,
            cancel,
            stopped: AtomicBool::new(false),
            next: choices.iter().map(|_| AtomicUsize::new(0)).collect(),
            board: Mutex::new(choices.iter().map(|_| column()).collect()),
            changed: Condvar::new(),
        }
    }

    /// Nothing more is to be begun.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    fn board(&self) -> MutexGuard<'_, Vec<Column>> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn executor(&self, runtime: usize) -> Result<Spawned, String> {
        self.choices[runtime].start(self.options.limits, self.cancel).map_err(|error| error.to_string())
    }

    /// An executor has introduced itself: others may help it.
    fn open(&self, runtime: usize) {
        self.board()[runtime].open = true;
        self.changed.notify_all();
    }

    /// An executor of this runtime has ended: it found nothing more to do, or could not start.
    fn leave(&self, runtime: usize, sender: &Sender<Message>) {
        let mut board = self.board();
        board[runtime].open = false;
        board[runtime].executors -= 1;
        if board[runtime].executors == 0 {
            let _ = sender.send(Message::Left(runtime));
        }
        drop(board);
        self.changed.notify_all();
    }

    /// Joins the runtime that has the most left to do for each of its executors, once there is room
    /// among the jobs; nothing when all have ended.
    fn join(&self) -> Option<usize> {
        let mut board = self.board();
        loop {
            let running: usize = board.iter().map(|column| column.executors).sum();
            if running == 0 {
                return None;
            }
            let share = |runtime: usize| {
                let begun = self.next[runtime].load(Ordering::SeqCst);
                self.cases.len().saturating_sub(begun) / (board[runtime].executors + 1)
            };
            let open = (0..board.len()).filter(|runtime| board[*runtime].open);
            let most = open.max_by_key(|runtime| share(*runtime)).filter(|r| share(*r) >= CASES_AN_EXECUTOR);
            if let Some(runtime) = most.filter(|_| running < self.options.jobs.get()) {
                board[runtime].executors += 1;
                return Some(runtime);
            }
            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Starts all executors. The receiver ends when they have.
pub(super) fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &'scope Shared<'_>,
) -> Receiver<Message> {
    let (sender, messages) = mpsc::channel();
    for runtime in 0..shared.choices.len() {
        let sender = sender.clone();
        scope.spawn(move || {
            lead(shared, runtime, &sender);
            shared.leave(runtime, &sender);
        });
    }
    for _ in 1..shared.options.jobs.get().min(shared.cases.len().div_ceil(CASES_AN_EXECUTOR)) {
        let sender = sender.clone();
        scope.spawn(move || {
            while let Some(runtime) = shared.join() {
                // If it cannot be had, the first one does its work.
                if let Ok(executor) = shared.executor(runtime) {
                    work(shared, runtime, executor, &sender);
                }
                shared.leave(runtime, &sender);
            }
        });
    }
    messages
}

/// The first executor of a runtime: the one that says whether the runtime can be had.
fn lead(shared: &Shared<'_>, runtime: usize, sender: &Sender<Message>) {
    match shared.executor(runtime) {
        Ok(executor) => {
            let _ = sender.send(Message::Ready(runtime, Box::new(executor.handshake().clone())));
            shared.open(runtime);
            work(shared, runtime, executor, sender);
        }
        Err(reason) => {
            let _ = sender.send(Message::Unavailable(runtime, reason));
        }
    }
}

fn work(shared: &Shared<'_>, runtime: usize, mut executor: Spawned, sender: &Sender<Message>) {
    while !shared.cancel.is_cancelled() && !shared.stopped.load(Ordering::SeqCst) {
        let index = shared.next[runtime].fetch_add(1, Ordering::SeqCst);
        let Some(case) = shared.cases.get(index) else { return };
        let options = shared.options;
        let Some(ran) = run_case(&mut executor, case, options.timeout, options.repeat, shared.cancel) else {
            return;
        };
        let run = ran.held_against(shared.expectations, &executor, case, runtime);
        // Here, so that this executor begins nothing more; what others find out comes by `collected`.
        if options.fail_fast && run.status.is_news() {
            shared.stop();
        }
        if sender.send(Message::Ran { case: index, run: Box::new(run) }).is_err() {
            return;
        }
    }
}
