//! A runtime that the suite's tests run in: how it is started, and the executors of it that nobody
//! uses at the moment.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::engine::Engine;
use crate::runtime::{InProcess, Runtime};

/// How long an engine may take to show what it can do.
const STARTING: Duration = Duration::from_secs(60);

pub type Start = Box<dyn Fn() -> Result<Box<dyn Runtime>, String> + Send + Sync>;

pub struct Subject {
    pub name: String,
    /// Whether its absence is a failure.
    pub required: bool,
    start: Start,
    idle: Mutex<Vec<Box<dyn Runtime>>>,
}

impl Subject {
    pub fn new(name: &str, required: bool, start: Start) -> Self {
        Self { name: name.to_owned(), required, start, idle: Mutex::default() }
    }

    /// An engine of the user's.
    pub fn of_engine(engine: Arc<dyn Engine>) -> Self {
        let name = panic::catch_unwind(AssertUnwindSafe(|| engine.runtime().0));
        let start = move || -> Result<Box<dyn Runtime>, String> {
            let engine = Arc::clone(&engine);
            Ok(Box::new(guarded(STARTING, move || InProcess::new(engine))?))
        };
        Self::new(name.as_deref().unwrap_or("engine"), true, Box::new(start))
    }

    /// Starts an executor, whatever the adapter does.
    pub fn start(&self) -> Result<Box<dyn Runtime>, String> {
        panic::catch_unwind(AssertUnwindSafe(|| (self.start)()))
            .unwrap_or_else(|_| Err("starting it panicked".to_owned()))
    }

    /// An executor that nobody uses, or a new one.
    pub fn take(&self) -> Result<Box<dyn Runtime>, String> {
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        taken.map_or_else(|| self.start(), Ok)
    }

    /// Hands an executor back.
    pub fn keep(&self, runtime: Box<dyn Runtime>) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(runtime);
    }
}

/// Does something on a thread of its own, which is left behind when it takes too long.
fn guarded<T: Send + 'static>(
    most: Duration,
    action: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Where nobody waits any more, nobody wants it.
        let _ = sender.send(action());
    });
    receiver.recv_timeout(most).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => {
            format!("the engine did not say what it can do within {} s", most.as_secs())
        }
        mpsc::RecvTimeoutError::Disconnected => {
            "the engine panicked when it was asked what it can do".to_owned()
        }
    })
}
