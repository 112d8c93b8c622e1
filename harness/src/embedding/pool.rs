//! Threads for agents, kept between runs. One that is parked for ever is simply never idle again.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Room for a guest's stack, and for the host's frames between a guest and the guest it calls.
const STACK: usize = 8 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// Idle threads.
#[derive(Clone, Default)]
pub struct Pool {
    idle: Arc<Mutex<Vec<Sender<Job>>>>,
}

impl Pool {
    /// Runs a job, which must not panic, on an idle or a new thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn run(&self, job: Job) -> std::io::Result<()> {
        let mut job = job;
        while let Some(thread) = self.take() {
            match thread.send(job) {
                Ok(()) => return Ok(()),
                Err(unsent) => job = unsent.0,
            }
        }
        let idle = Arc::downgrade(&self.idle);
        thread::Builder::new().name("agent".to_owned()).stack_size(STACK).spawn(move || {
            job();
            loop {
                // The sender is the pool's alone, so that the thread ends with the pool.
                let (sender, receiver) = channel::<Job>();
                let Some(idle) = idle.upgrade() else { return };
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
                drop(idle);
                let Ok(job) = receiver.recv() else { return };
                job();
            }
        })?;
        Ok(())
    }

    fn take(&self) -> Option<Sender<Job>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
