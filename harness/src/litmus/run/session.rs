//! An executor of litmus tests in a process of its own. Whatever goes wrong in it costs the test that
//! it was at; the next one gets a fresh process.

use std::io;
use std::time::{Duration, Instant};

use crate::runtime::process::{Process, Received};
use crate::runtime::{Cancel, Invocation, wire};

use super::job::{Job, Product, Request, Response, Slice, VERSION};

/// How long an executor may take to introduce itself, and to make a test ready.
const START: Duration = Duration::from_secs(30);
/// The longest line, in bytes.
const LINE: usize = 4 << 20;

/// An executor is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program could not be started.
    #[error("cannot start it: {0}")]
    Spawn(#[from] io::Error),
    /// It is of another version.
    #[error("it speaks version {0} of the litmus messages, and this is version {VERSION}")]
    Version(u32),
    /// It does not introduce itself.
    #[error("it does not introduce itself: {0}")]
    Silent(Trouble),
}

/// Why an executor gives no answer.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot run such a test at all.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// It did not answer in time.
    #[error("no answer within {seconds} seconds")]
    Hang {
        /// How long it was waited for.
        seconds: u64,
    },
    /// It ended, failed, or answered something else.
    #[error("{message}{}", said(stderr))]
    Crash {
        /// What happened.
        message: String,
        /// The end of its standard error.
        stderr: String,
    },
    /// Whoever waits was asked to stop.
    #[error("interrupted")]
    Cancelled,
}

fn said(stderr: &str) -> String {
    match stderr.trim() {
        "" => String::new(),
        text => format!("; it said: {text}"),
    }
}

/// A running executor.
pub struct Session {
    /// Taken when it is of no more use.
    process: Option<Process>,
    nonce: String,
    /// What runs the tests.
    pub runtime: Product,
    /// Its engine.
    pub engine: Product,
    /// Its operating system and architecture.
    pub platform: String,
    /// Which variant of the runtime it is, if not the runtime as it comes.
    pub variant: Option<String>,
}

impl Session {
    /// Starts an executor.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not introduce itself.
    pub fn start(invocation: &Invocation, cancel: &Cancel) -> Result<Self, StartError> {
        let process = Process::spawn(invocation, LINE)?;
        let nonce = wire::nonce();
        let nothing = || Product { name: String::new(), version: String::new() };
        let mut session = Self {
            process: Some(process),
            nonce: nonce.clone(),
            runtime: nothing(),
            engine: nothing(),
            platform: String::new(),
            variant: invocation.variant.clone(),
        };
        match session.ask(&Request::Hello { nonce }, START, cancel).map_err(StartError::Silent)? {
            Response::Hello { version: VERSION, runtime, engine, platform } => {
                (session.runtime, session.engine, session.platform) = (runtime, engine, platform);
                Ok(session)
            }
            Response::Hello { version, .. } => Err(StartError::Version(version)),
            other => Err(StartError::Silent(session.unexpected(&other))),
        }
    }

    /// Is it fit for another test?
    pub fn is_alive(&self) -> bool {
        self.process.is_some()
    }

    /// Makes a test ready; gives what the executor has to remark.
    pub(super) fn prepare(&mut self, job: Job, cancel: &Cancel) -> Result<Vec<String>, Trouble> {
        match self.ask(&Request::Prepare { job: Box::new(job) }, START, cancel)? {
            Response::Ready { notes } => Ok(notes),
            Response::Unsupported { reason } => Err(Trouble::Unsupported(reason)),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Runs at most so many batches for about so long, and waits `patience` longer for an answer.
    pub(super) fn slice(
        &mut self,
        batches: u32,
        time: Duration,
        patience: Duration,
        cancel: &Cancel,
    ) -> Result<Slice, Trouble> {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        match self.ask(&Request::Slice { batches, milliseconds }, time + patience, cancel)? {
            Response::Slice(slice) => Ok(slice),
            other => Err(self.unexpected(&other)),
        }
    }

    fn unexpected(&mut self, response: &Response) -> Trouble {
        let stderr = self.process.take().map(Process::end_now).unwrap_or_default();
        let message = match response {
            Response::Failed { message } => message.clone(),
            other => format!("another answer came: {}", wire::shorten(&format!("{other:?}"), 200)),
        };
        Trouble::Crash { message, stderr }
    }

    fn ask(&mut self, request: &Request, patience: Duration, cancel: &Cancel) -> Result<Response, Trouble> {
        let crash = |message: String, stderr| Trouble::Crash { message, stderr };
        let Some(mut process) = self.process.take() else {
            return Err(crash("it has ended before".to_owned(), String::new()));
        };
        // Requests hold strings, numbers and lists alone, which always serialize.
        process.send(serde_json::to_vec(request).unwrap_or_default());
        let deadline = Instant::now() + patience;
        loop {
            let line = match process.receive(deadline, cancel) {
                Received::Line(line) => line,
                Received::HalfLine(_) => continue,
                Received::TooLong => {
                    return Err(crash(format!("a line of more than {LINE} bytes"), process.end_now()));
                }
                Received::Ended => {
                    let (status, stderr) = process.end_of_output();
                    let how = status.map_or_else(|| "it closed its output".to_owned(), |s| s.to_string());
                    return Err(crash(format!("it ended ({how})"), stderr));
                }
                Received::Deadline => {
                    process.end_now();
                    return Err(Trouble::Hang { seconds: patience.as_secs() });
                }
                Received::Cancelled => {
                    process.end_now();
                    return Err(Trouble::Cancelled);
                }
            };
            let text = String::from_utf8_lossy(&line);
            // What a wrapper or a runtime prints by itself has no nonce.
            let payload = match (request, text.split_once(&self.nonce)) {
                (_, Some((_, payload))) => payload.trim(),
                (_, None) => continue,
            };
            match serde_json::from_str(payload) {
                Ok(response) => {
                    self.process = Some(process);
                    return Ok(response);
                }
                Err(error) => {
                    let message = format!("{error} in `{}`", wire::shorten(payload, 200));
                    return Err(crash(message, process.end_now()));
                }
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.dismiss(serde_json::to_vec(&Request::Bye).unwrap_or_default());
        }
    }
}
