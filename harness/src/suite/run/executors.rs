//! Who runs what: a first executor for each runtime, and further ones where the most is left to do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use super::journal::Journal;
use super::{Message, Options};
use crate::case::Case;
use crate::expectations::Expectations;
use crate::runtime::select::Choice;
use crate::runtime::{Cancel, Runtime, Spawned};
use crate::suite::run_case;
use crate::verdict::Verdict;

/// Fewer cases than this are not worth an executor of their own.
const CASES_AN_EXECUTOR: usize = 32;

/// How long a case is waited for that is known to hang: whether it still does is seen soon enough, and
/// one that has become slow instead is as good as known.
const KNOWN_TO_HANG: Duration = Duration::from_secs(1);

/// What the executors share.
pub(super) struct Shared<'a> {
    cases: &'a [Arc<Case>],
    choices: &'a [Choice],
    expectations: &'a Expectations,
    options: &'a Options,
    journal: Option<&'a Journal>,
    cancel: &'a Cancel,
    /// Set once nothing more is to be begun.
    stopped: AtomicBool,
    /// For each runtime, the next case.
    next: Vec<AtomicUsize>,
    board: Mutex<Board>,
    changed: Condvar,
}

/// Who is at work.
struct Board {
    /// How many runtimes were begun, in their order.
    begun: usize,
    columns: Vec<Column>,
}

/// One runtime's executors.
#[derive(Default)]
struct Column {
    /// How many there are.
    executors: usize,
    /// Whether one more would find something to do, as far as is known.
    open: bool,
}

/// What an executor is for.
enum Post {
    /// The first of a runtime: the one that says whether the runtime can be had.
    First(usize),
    /// A further one.
    Further(usize),
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        cases: &'a [Arc<Case>],
        choices: &'a [Choice],
        expectations: &'a Expectations,
        options: &'a Options,
        journal: Option<&'a Journal>,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            cases,
            choices,
            expectations,
            options,
            journal,
            cancel,
            stopped: AtomicBool::new(false),
            next: choices.iter().map(|_| AtomicUsize::new(0)).collect(),
            board: Mutex::new(Board {
                begun: 0,
                columns: choices.iter().map(|_| Column::default()).collect(),
            }),
            changed: Condvar::new(),
        }
    }

    /// Nothing more is to be begun.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn executor(&self, runtime: usize) -> Result<Spawned, String> {
        self.choices[runtime].start(self.options.limits, self.cancel).map_err(|error| error.to_string())
    }

    /// An executor has introduced itself: others may help it.
    fn open(&self, runtime: usize) {
        self.board().columns[runtime].open = true;
        self.changed.notify_all();
    }

    /// An executor of this runtime has ended: it found nothing more to do, or could not start.
    fn leave(&self, runtime: usize, sender: &Sender<Message>) {
        let mut board = self.board();
        let column = &mut board.columns[runtime];
        column.open = false;
        column.executors -= 1;
        if column.executors == 0 {
            let _ = sender.send(Message::Left(runtime));
        }
        drop(board);
        self.changed.notify_all();
    }

    /// The next thing to do: a runtime that was not begun, or else the one that has the most left to
    /// do for each of its executors. Nothing when all have ended.
    fn post(&self) -> Option<Post> {
        let mut board = self.board();
        loop {
            if board.begun < self.choices.len() {
                let runtime = board.begun;
                board.begun += 1;
                board.columns[runtime].executors = 1;
                return Some(Post::First(runtime));
            }
            if board.columns.iter().all(|column| column.executors == 0) {
                return None;
            }
            let share = |runtime: usize| {
                let begun = self.next[runtime].load(Ordering::SeqCst);
                self.cases.len().saturating_sub(begun) / (board.columns[runtime].executors + 1)
            };
            let open = (0..self.choices.len()).filter(|runtime| board.columns[*runtime].open);
            let most = open.max_by_key(|runtime| share(*runtime)).filter(|r| share(*r) >= CASES_AN_EXECUTOR);
            if let Some(runtime) = most {
                board.columns[runtime].executors += 1;
                return Some(Post::Further(runtime));
            }
            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Starts as many executors as there are jobs. The receiver ends when all runtimes are done.
pub(super) fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &'scope Shared<'_>,
) -> Receiver<Message> {
    let (sender, messages) = mpsc::channel();
    for _ in 0..shared.options.jobs.get() {
        let sender = sender.clone();
        scope.spawn(move || {
            while let Some(post) = shared.post() {
                let (Post::First(runtime) | Post::Further(runtime)) = post;
                match (shared.executor(runtime), post) {
                    (Ok(executor), Post::First(_)) => {
                        let handshake = executor.handshake();
                        if let Some(journal) = shared.journal {
                            journal.introduce(&shared.choices[runtime].name, handshake);
                        }
                        let _ = sender.send(Message::Ready(runtime, Box::new(handshake.clone())));
                        shared.open(runtime);
                        work(shared, runtime, executor, &sender);
                    }
                    (Err(reason), Post::First(_)) => {
                        let _ = sender.send(Message::Unavailable(runtime, reason));
                    }
                    (Ok(executor), Post::Further(_)) => work(shared, runtime, executor, &sender),
                    // The first one does its work.
                    (Err(_), Post::Further(_)) => {}
                }
                shared.leave(runtime, &sender);
            }
        });
    }
    messages
}

fn work(shared: &Shared<'_>, runtime: usize, mut executor: Spawned, sender: &Sender<Message>) {
    let Shared { options, cancel, expectations, .. } = shared;
    let name = &shared.choices[runtime].name;
    while !cancel.is_cancelled() && !shared.stopped.load(Ordering::SeqCst) {
        let index = shared.next[runtime].fetch_add(1, Ordering::SeqCst);
        let Some(case) = shared.cases.get(index) else { return };
        let ran = match shared.journal.and_then(|journal| journal.find(name, case)) {
            Some(ran) => ran,
            None => {
                let known = expectations.find(executor.handshake(), executor.variant(), &case.id);
                let hangs = known.is_some_and(|entry| entry.verdict == Verdict::Timeout);
                let timeout = if hangs { options.timeout.min(KNOWN_TO_HANG) } else { options.timeout };
                let Some(ran) = run_case(&mut executor, case, timeout, options.repeat, cancel) else {
                    return;
                };
                let news = options.confirm > 0 && ran.status(expectations, &executor, case).is_news();
                let again = news.then(|| run_case(&mut executor, case, timeout, options.confirm, cancel));
                let ran = match again {
                    Some(Some(again)) => ran.confirmed_by(&again),
                    Some(None) => return,
                    None => ran,
                };
                if let Some(journal) = shared.journal {
                    journal.add(name, case, &ran);
                }
                ran
            }
        };
        let run = ran.held_against(expectations, &executor, case, runtime);
        // Here, so that this executor begins nothing more; what others find out comes by `collected`.
        if options.fail_fast && run.status.is_news() {
            shared.stop();
        }
        if sender.send(Message::Ran { case: index, run: Box::new(run) }).is_err() {
            return;
        }
    }
}
