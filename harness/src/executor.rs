//! The other end of the protocol, for an engine with the embedding around it: requests in, one a
//! line, and `NONCE JSON` lines out, each written and flushed by whichever agent has something to
//! say, before it goes on.
//!
//! What the messages mean is `protocol`'s; node-runner/README.md is the contract.

use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use crate::case::plan::Op;
use crate::embedding::{Embedding, Ended, Limits};
use crate::engine::Engine;
use crate::protocol::{Handshake, NameAndVersion, Request, Response, VERSION};

/// Why serving ended early.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is no request.
    #[error("a line that is no request: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The harness speaks another version of the protocol.
    #[error("the harness speaks version {0} of the protocol, and this executor version {VERSION}")]
    Version(u32),
    /// The first line is no `hello`.
    #[error("the first line is not a hello")]
    NoHello,
    /// A `hello` after the first line.
    #[error("a second hello")]
    SecondHello,
}

/// Serves an engine over this process's stdin and stdout: all that an executor's `main` has to do.
///
/// # Errors
/// As [`serve_over`].
pub fn serve(engine: impl Engine + 'static) -> Result<(), Error> {
    serve_over(Arc::new(engine), io::stdin().lock(), io::stdout())
}

/// Serves requests until `bye` or the end of the input. Cases have no deadline here: the harness
/// ends an executor whose time is up.
///
/// # Errors
/// As [`Error`] says; where there is still somebody to tell, an `exiting` line has told it.
pub fn serve_over(
    engine: Arc<dyn Engine>,
    input: impl BufRead,
    output: impl Write + Send + 'static,
) -> Result<(), Error> {
    let mut lines = input.lines().filter(|line| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    let Some(first) = lines.next() else { return Ok(()) };
    let Request::Hello { protocol, nonce, .. } = serde_json::from_str(&first?)? else {
        return Err(Error::NoHello);
    };
    let output = Arc::new(Output { nonce, stream: Mutex::new(output) });
    let served = talk(engine, protocol, lines, &output);
    if let Err(error) = &served {
        output.send(&Response::Exiting { reason: error.to_string() })?;
    }
    served
}

fn talk<W: Write + Send + 'static>(
    engine: Arc<dyn Engine>,
    protocol: u32,
    lines: impl Iterator<Item = io::Result<String>>,
    output: &Arc<Output<W>>,
) -> Result<(), Error> {
    if protocol != VERSION {
        return Err(Error::Version(protocol));
    }
    let embedding = Embedding::new(engine);
    output.send(&Response::Hello(handshake(&embedding)))?;
    for line in lines {
        match read(&line?)? {
            Ok(Request::Hello { .. }) => return Err(Error::SecondHello),
            Ok(Request::Bye) => break,
            Err((sequence, message)) => output.send(&Response::Error { sequence, message })?,
            Ok(Request::Case { sequence, plan }) => {
                let terminates = plan.steps.iter().any(|step| matches!(step.op, Op::Terminate { .. }));
                let observer = Arc::clone(output);
                let ended = embedding.run(
                    plan,
                    &Limits::default(),
                    Arc::new(move |observation| {
                        // A harness that has gone is noticed when the case is over.
                        let _ = observer.send(&Response::Observation { sequence, observation });
                    }),
                );
                output.send(&closing(sequence, ended, terminates))?;
            }
        }
    }
    Ok(())
}

/// A request, or the sequence of a case whose plan cannot be read, and why: it has an operation that is not known, say.
fn read(line: &str) -> Result<Result<Request, (u64, String)>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Unread {
        Case { sequence: u64 },
    }
    serde_json::from_str(line).map(Ok).or_else(|fault| match serde_json::from_str(line) {
        Ok(Unread::Case { sequence }) => Ok(Err((sequence, fault.to_string()))),
        Err(_) => Err(fault),
    })
}

/// The closing line. Whatever stopped an agent may have left something of it behind, so nothing runs here after it.
fn closing(sequence: u64, ended: Ended, terminates: bool) -> Response {
    let error = |message: &str| Response::Error { sequence, message: message.to_owned() };
    match ended {
        Ended::Done { retire } => Response::Done { sequence, retire: retire || terminates },
        Ended::Failed { message } => Response::Error { sequence, message },
        Ended::TimedOut => error("the case timed out"),
        Ended::Interrupted => error("the case was interrupted"),
    }
}

/// Who this is and what it can do.
#[doc(hidden)]
pub fn handshake(embedding: &Embedding) -> Handshake {
    let named = |(name, version): (String, String)| NameAndVersion { name, version };
    Handshake {
        protocol: VERSION,
        runtime: named(embedding.engine().runtime()),
        engine: named(embedding.engine().engine()),
        platform: platform(),
        features: embedding.features(),
    }
}

/// Operating system and processor, as JavaScript runtimes name them.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}

struct Output<W> {
    nonce: String,
    stream: Mutex<W>,
}

impl<W: Write> Output<W> {
    fn send(&self, response: &Response) -> Result<(), Error> {
        let mut line = format!("{} {}", self.nonce, serde_json::to_string(response)?);
        line.push('\n');
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.write_all(line.as_bytes())?;
        stream.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
