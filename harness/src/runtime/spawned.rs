//! A runtime in a process of its own that speaks the protocol. It is kept from case to case; what
//! goes wrong costs the case that caused it, and the next case gets a fresh process.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use super::process::{Process, Received};
use super::wire::{self, Line};
use super::{Cancel, Crash, CrashKind, End, Record, Runtime};
use crate::case::plan::{Feature, Plan};
use crate::protocol::{Handshake, Request, Response, Support, VERSION};

/// What an executor may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take to introduce itself.
    pub handshake: Duration,
    /// The longest line, in bytes.
    pub line: usize,
    /// The most output for one case, in bytes.
    pub case: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { handshake: Duration::from_secs(15), line: 16 << 20, case: 64 << 20 }
    }
}

/// How many restarts in a row may fail before nothing more is tried.
const RESTARTS: u32 = 3;

/// Why a runtime is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The program could not be started.
    #[error("cannot start `{program}`: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// It ended before it introduced itself.
    #[error("it ended before its handshake ({status}){}", said(stderr))]
    Ended {
        /// Its exit status, or that it closed its output.
        status: String,
        /// The end of its standard error.
        stderr: String,
    },
    /// It said nothing.
    #[error("no handshake within {seconds} seconds{}", said(stderr))]
    Silent {
        /// How long it was waited for.
        seconds: f64,
        /// The end of its standard error.
        stderr: String,
    },
    /// It introduced itself in a way that cannot be understood.
    #[error("its handshake is not the protocol's: {0}")]
    Handshake(String),
    /// It speaks another protocol.
    #[error("it speaks version {theirs} of the protocol, and this is version {VERSION}")]
    Version {
        /// The version that it speaks.
        theirs: u32,
    },
    /// Whoever wanted it does not want it any more.
    #[error("interrupted")]
    Cancelled,
}

fn said(stderr: &str) -> String {
    match stderr.trim() {
        "" => String::new(),
        text => format!("; it said: {text}"),
    }
}

/// How a runtime is spawned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Variables of its environment, beside ours.
    pub environment: BTreeMap<String, String>,
    /// Which variant of the runtime that makes, if not the runtime as it comes.
    pub variant: Option<String>,
}

impl From<Vec<String>> for Invocation {
    fn from(argv: Vec<String>) -> Self {
        Self { argv, ..Self::default() }
    }
}

/// A spawned runtime.
pub struct Spawned {
    invocation: Invocation,
    limits: Limits,
    handshake: Handshake,
    /// None when the last case used it up.
    session: Option<Session>,
    failed_restarts: u32,
}

struct Session {
    process: Process,
    nonce: String,
    sequence: u64,
}

impl Spawned {
    /// Starts a command and waits for its handshake.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not introduce itself as the protocol asks.
    pub fn start(
        invocation: impl Into<Invocation>,
        limits: Limits,
        cancel: &Cancel,
    ) -> Result<Self, Unavailable> {
        let invocation = invocation.into();
        let (session, handshake) = Session::start(&invocation, None, limits, cancel)?;
        Ok(Self { invocation, limits, handshake, session: Some(session), failed_restarts: 0 })
    }

    fn session(&mut self, cancel: &Cancel) -> Result<Session, End> {
        if let Some(mut session) = self.session.take() {
            // Something that was written after the last case ended belongs to nobody now; whoever
            // wrote it may still be at it.
            if !session.process.has_more_output() {
                return Ok(session);
            }
        }
        if self.failed_restarts >= RESTARTS {
            return Err(restart_failed(format!("it could not be started again {RESTARTS} times in a row")));
        }
        // Probing takes longer than the start of a process.
        let known = Some(&self.handshake.features);
        match Session::start(&self.invocation, known, self.limits, cancel) {
            Ok((session, handshake)) => {
                self.failed_restarts = 0;
                self.handshake = handshake;
                Ok(session)
            }
            Err(Unavailable::Cancelled) => Err(End::Cancelled),
            Err(error) => {
                self.failed_restarts += 1;
                Err(restart_failed(format!("it could not be started again: {error}")))
            }
        }
    }
}

fn restart_failed(message: String) -> End {
    End::Crashed(Crash { kind: CrashKind::Restart, message, stderr: String::new() })
}

impl Runtime for Spawned {
    fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    fn variant(&self) -> Option<&str> {
        self.invocation.variant.as_deref()
    }

    fn run(&mut self, plan: &Plan, deadline: Duration, cancel: &Cancel) -> Record {
        match self.session(cancel) {
            Ok(session) => {
                let (record, session) = session.run(plan, deadline, self.limits, cancel);
                self.session = session;
                record
            }
            Err(end) => Record { observations: Vec::new(), end },
        }
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.dismiss();
        }
    }
}

impl Session {
    fn start(
        invocation: &Invocation,
        known: Option<&BTreeMap<Feature, Support>>,
        limits: Limits,
        cancel: &Cancel,
    ) -> Result<(Self, Handshake), Unavailable> {
        let program = || invocation.argv.first().cloned().unwrap_or_default();
        let mut process = Process::spawn(invocation, limits.line)
            .map_err(|source| Unavailable::Spawn { program: program(), source })?;
        let nonce = wire::nonce();
        let (nonce_told, features) = (nonce.clone(), known.cloned());
        process.send(encode(&Request::Hello { protocol: VERSION, nonce: nonce_told, features }));
        let deadline = Instant::now() + limits.handshake;
        let mut bytes = 0;
        loop {
            let line = match process.receive(deadline, cancel) {
                Received::Line(line) => line,
                Received::HalfLine(_) => continue,
                Received::Ended => {
                    let (status, stderr) = process.end_of_output();
                    let status = status.map_or_else(|| "it closed its output".to_owned(), |s| s.to_string());
                    return Err(Unavailable::Ended { status, stderr });
                }
                Received::TooLong => {
                    return Err(Unavailable::Handshake(format!("a line of more than {} bytes", limits.line)));
                }
                Received::Deadline => {
                    let stderr = process.end_now();
                    return Err(Unavailable::Silent { seconds: limits.handshake.as_secs_f64(), stderr });
                }
                Received::Cancelled => return Err(Unavailable::Cancelled),
            };
            bytes += line.len();
            if bytes > limits.case {
                return Err(Unavailable::Handshake(format!("more than {} bytes before it", limits.case)));
            }
            match wire::parse(&line, &nonce) {
                // A wrapper may announce itself before the runner starts.
                Line::Stray(_) => {}
                Line::Message { response, .. } => match *response {
                    Response::Hello(handshake) if handshake.protocol == VERSION => {
                        return Ok((Self { process, nonce, sequence: 0 }, handshake));
                    }
                    Response::Hello(handshake) => {
                        return Err(Unavailable::Version { theirs: handshake.protocol });
                    }
                    Response::Exiting { reason } => return Err(Unavailable::Handshake(reason)),
                    _ => return Err(Unavailable::Handshake("another message came instead".to_owned())),
                },
                Line::Nonsense(why) => {
                    // Another version's handshake may look different in everything but its version.
                    return Err(match protocol_of(&line, &nonce) {
                        Some(theirs) if theirs != VERSION => Unavailable::Version { theirs },
                        _ => Unavailable::Handshake(why),
                    });
                }
            }
        }
    }

    /// Runs a plan. The session comes back if it is fit for another one.
    fn run(
        mut self,
        plan: &Plan,
        patience: Duration,
        limits: Limits,
        cancel: &Cancel,
    ) -> (Record, Option<Self>) {
        self.sequence += 1;
        let deadline = Instant::now() + patience;
        self.process.send(encode(&Request::Case { sequence: self.sequence, plan: plan.clone() }));
        let mut observations = Vec::new();
        let mut stray = None;
        let outcome = self.observe(&mut observations, &mut stray, deadline, limits, cancel);
        let crash = |kind, message: String, stderr| End::Crashed(Crash { kind, message, stderr });
        let stray_note = |message: String| match &stray {
            Some(text) => format!("{message}; on its standard output: `{text}`"),
            None => message,
        };
        let (end, session) = match outcome {
            Ending::Done { retire } => match &stray {
                None if retire => {
                    self.dismiss();
                    (End::Done, None)
                }
                None => (End::Done, Some(self)),
                Some(text) => {
                    let message = format!("text on standard output that is not the protocol's: `{text}`");
                    (crash(CrashKind::Garbage, message, self.process.end_now()), None)
                }
            },
            Ending::Exited { said } => {
                let (status, stderr) = self.process.end_of_output();
                let message = match (status, said) {
                    (Some(status), None) => format!("it ended before the case did: {status}"),
                    (Some(status), Some(why)) => format!("it ended before the case did: {status} ({why})"),
                    (None, _) => "it closed its output and went on".to_owned(),
                };
                (crash(CrashKind::Exit, stray_note(message), stderr), None)
            }
            Ending::Broken(kind, message) => (crash(kind, stray_note(message), self.process.end_now()), None),
            Ending::Deadline => {
                self.process.end_now();
                (End::TimedOut { after_ms: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX) }, None)
            }
            Ending::Cancelled => {
                self.process.end_now();
                (End::Cancelled, None)
            }
        };
        (Record { observations, end }, session)
    }

    /// Collects a case's observations until it is over, one way or another.
    fn observe(
        &mut self,
        observations: &mut Vec<crate::protocol::Observation>,
        stray: &mut Option<String>,
        deadline: Instant,
        limits: Limits,
        cancel: &Cancel,
    ) -> Ending {
        let mut bytes = 0;
        let mut said = None;
        let mut note = |text: &str| {
            if !text.trim().is_empty() && stray.is_none() {
                *stray = Some(wire::shorten(text, 200));
            }
        };
        loop {
            let line = match self.process.receive(deadline, cancel) {
                Received::Line(line) => line,
                Received::HalfLine(line) => {
                    note(&String::from_utf8_lossy(&line));
                    continue;
                }
                Received::TooLong => {
                    return Ending::Broken(
                        CrashKind::OutputLimit,
                        format!("a line of more than {} bytes", limits.line),
                    );
                }
                Received::Ended => return Ending::Exited { said },
                Received::Deadline => return Ending::Deadline,
                Received::Cancelled => return Ending::Cancelled,
            };
            bytes += line.len() + 1;
            if bytes > limits.case {
                return Ending::Broken(
                    CrashKind::OutputLimit,
                    format!("more than {} bytes of output", limits.case),
                );
            }
            let response = match wire::parse(&line, &self.nonce) {
                Line::Stray(text) => {
                    note(&text);
                    continue;
                }
                Line::Nonsense(why) => return Ending::Broken(CrashKind::Protocol, why),
                Line::Message { stray, response } => {
                    note(&stray);
                    *response
                }
            };
            let about = match &response {
                Response::Observation { sequence, .. }
                | Response::Done { sequence, .. }
                | Response::Error { sequence, .. } => *sequence,
                Response::Hello(_) => {
                    return Ending::Broken(CrashKind::Protocol, "a second handshake".to_owned());
                }
                Response::Exiting { reason } => {
                    said = Some(reason.clone());
                    continue;
                }
            };
            if about != self.sequence {
                let message = format!("a message about case {about} while case {} ran", self.sequence);
                return Ending::Broken(CrashKind::Protocol, message);
            }
            match response {
                Response::Observation { observation, .. } => observations.push(observation),
                Response::Done { retire, .. } => return Ending::Done { retire },
                Response::Error { message, .. } => {
                    return Ending::Broken(CrashKind::ExecutorError, message);
                }
                Response::Hello(_) | Response::Exiting { .. } => {}
            }
        }
    }

    fn dismiss(self) {
        self.process.dismiss(encode(&Request::Bye));
    }
}

enum Ending {
    Done { retire: bool },
    Exited { said: Option<String> },
    Broken(CrashKind, String),
    Deadline,
    Cancelled,
}

fn encode(request: &Request) -> Vec<u8> {
    // Requests hold strings, numbers and lists alone, which always serialize.
    serde_json::to_vec(request).unwrap_or_default()
}

fn protocol_of(line: &[u8], nonce: &str) -> Option<u32> {
    let text = String::from_utf8_lossy(line);
    let (_, payload) = text.split_once(nonce)?;
    let value: serde_json::Value = serde_json::from_str(payload.trim()).ok()?;
    u32::try_from(value.get("protocol")?.as_u64()?).ok()
}
