//! A conversation with an executor, taken down as it goes.

use std::io;
use std::process::ExitStatus;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::process::{Process, Received};
use super::super::wire::{self, Line};
use super::super::{Cancel, Invocation, Limits};
use super::{Lab, Stop, demand};
use crate::protocol::{Handshake, Observation, Response, StepResult, VERSION};

/// How much of a line a conversation shows, in characters.
const SHOWN: usize = 600;
/// How much of a text within it, in characters.
const QUOTED: usize = 48;
/// How many lines of a conversation are kept.
const KEPT: usize = 12;

pub(super) fn spawn(invocation: &Invocation) -> io::Result<Process> {
    Process::spawn(invocation, Limits::default().line)
}

pub(super) struct Session<'l> {
    lab: &'l Lab,
    process: Process,
    nonce: String,
    greeted: bool,
}

/// What an executor did next.
pub(super) enum Next {
    Message(Response),
    Ended,
    Silence,
}

/// A case that was done.
pub(super) struct Done {
    pub observations: Vec<Observation>,
    pub retire: bool,
}

impl<'l> Session<'l> {
    /// A process that was told nothing yet.
    pub fn fresh(lab: &'l Lab) -> Result<Self, Stop> {
        let process = spawn(&lab.invocation)
            .map_err(|error| Stop::failed("a process", format!("it cannot be started: {error}")))?;
        lab.log.borrow_mut().push("a new process".to_owned());
        Ok(Self { lab, process, nonce: wire::nonce(), greeted: false })
    }

    /// A process after its handshake.
    pub fn open(lab: &'l Lab) -> Result<Self, Stop> {
        let Some(features) = lab.features() else {
            return Err(Stop::Skipped("it does not introduce itself".to_owned()));
        };
        let mut session = Self::fresh(lab)?;
        let nonce = session.nonce.clone();
        session.send(&json!({"type": "hello", "protocol": VERSION, "nonce": nonce, "features": features}));
        session.handshake()?;
        Ok(session)
    }

    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    pub fn send(&mut self, request: &Value) {
        self.send_text(&request.to_string());
    }

    pub fn send_text(&mut self, line: &str) {
        self.note('>', line);
        self.process.send(line.as_bytes().to_vec());
    }

    pub fn close_input(&mut self) {
        self.note('>', "(the end of stdin)");
        self.process.close_input();
    }

    fn note(&self, direction: char, line: &str) {
        let mut log = self.lab.log.borrow_mut();
        log.push(format!("{direction} {}", brief(line)));
        if log.len() > KEPT {
            log.remove(0);
        }
    }

    /// Waits for what the executor does next.
    pub fn hear(&mut self) -> Result<Next, Stop> {
        let deadline = Instant::now() + self.lab.patience;
        loop {
            let line = match self.process.receive(deadline, &Cancel::default()) {
                Received::Line(line) => line,
                Received::HalfLine(line) => {
                    let line = String::from_utf8_lossy(&line).into_owned();
                    self.note('<', &line);
                    return Err(Stop::failed("lines that end", format!("half a line: `{line}`")));
                }
                Received::Ended => return Ok(Next::Ended),
                Received::Deadline | Received::Cancelled => return Ok(Next::Silence),
                Received::TooLong => {
                    let cap = Limits::default().line;
                    return Err(Stop::failed("lines below the cap", format!("one of more than {cap} bytes")));
                }
            };
            self.note('<', &String::from_utf8_lossy(&line));
            match wire::parse(&line, &self.nonce) {
                Line::Stray(text) => self.stray(text),
                Line::Message { stray, response } => {
                    let space = line.get(stray.len() + self.nonce.len()) == Some(&b' ');
                    demand(space, "one space behind the nonce", || "none".to_owned())?;
                    if !stray.is_empty() {
                        self.stray(stray);
                    }
                    return Ok(Next::Message(*response));
                }
                Line::Nonsense(why) => {
                    return Err(Stop::failed("a message of the protocol behind the nonce", why));
                }
            }
        }
    }

    fn stray(&self, text: String) {
        // A wrapper may announce itself before the executor starts.
        if self.greeted && !text.trim().is_empty() {
            self.lab.stray.borrow_mut().get_or_insert(wire::shorten(&text, SHOWN));
        }
    }

    /// The next message.
    pub fn message(&mut self, expected: &str) -> Result<Response, Stop> {
        match self.hear()? {
            Next::Message(response) => Ok(response),
            Next::Ended => Err(Stop::failed(expected, format!("its end: {}", self.status()))),
            Next::Silence => Err(Stop::failed(expected, self.silence())),
        }
    }

    pub fn silence(&self) -> String {
        format!("nothing within {} s", self.lab.patience.as_secs_f64())
    }

    pub fn handshake(&mut self) -> Result<Handshake, Stop> {
        let expected = "the answer to hello";
        match self.message(expected)? {
            Response::Hello(handshake) => {
                self.greeted = true;
                Ok(handshake)
            }
            other => Err(Stop::failed(expected, shown(&other))),
        }
    }

    fn status(&mut self) -> String {
        match self.process.wait_for(self.lab.patience) {
            Some(status) => status.to_string(),
            None => "it closed its output and went on".to_owned(),
        }
    }

    /// How the process ends by itself.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.process.wait_for(self.lab.patience)
    }

    /// Expects the end with code 0, in silence.
    pub fn expect_good_end(&mut self) -> Result<(), Stop> {
        let expected = "the end with code 0, in silence";
        match self.hear()? {
            Next::Message(response) => return Err(Stop::failed(expected, shown(&response))),
            Next::Silence => return Err(Stop::failed(expected, "it went on")),
            Next::Ended => {}
        }
        let status = self.exit_status();
        demand(status.is_some_and(|status| status.success()), expected, || self.status())
    }

    /// Runs a case to its closing line.
    pub fn run(&mut self, sequence: u64, plan: &Value) -> Result<Done, Stop> {
        self.send(&json!({"type": "case", "sequence": sequence, "plan": plan}));
        self.outcome(sequence, plan)
    }

    /// What comes of a case that was sent.
    pub fn outcome(&mut self, sequence: u64, plan: &Value) -> Result<Done, Stop> {
        let mut observations: Vec<Observation> = Vec::new();
        loop {
            let (about, retire) = match self.message("an observation, or the case's closing line")? {
                Response::Observation { sequence, observation } => {
                    demand_fitting(&observation, &observations, plan)?;
                    observations.push(observation);
                    (sequence, None)
                }
                Response::Done { sequence, retire } => (sequence, Some(retire)),
                other => return Err(Stop::failed("observations and `done`", shown(&other))),
            };
            let came = || format!("sequence {about}");
            demand(about == sequence, format!("sequence {sequence}, the case's"), came)?;
            if let Some(retire) = retire {
                return Ok(Done { observations, retire });
            }
        }
    }
}

/// Fails unless the plan has a step of that number, and it was not observed before.
fn demand_fitting(new: &Observation, before: &[Observation], plan: &Value) -> Result<(), Stop> {
    let expected = "observations of the plan's steps, each once";
    let known = numbers(plan).contains(&new.step);
    demand(known, expected, || format!("step {}, which the plan does not have", new.step))?;
    let twice = before.iter().any(|old| (old.step, old.invocation) == (new.step, new.invocation));
    demand(!twice, expected, || format!("step {} twice", new.step))
}

fn numbers(value: &Value) -> Vec<u32> {
    let own = value.get("number").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let parts: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    own.into_iter().chain(parts.into_iter().flat_map(numbers)).collect()
}

impl Done {
    /// What a step did. One that is unsupported ends the check, which cannot tell then.
    pub fn of(&self, step: u32) -> Result<&StepResult, Stop> {
        let found = self.observations.iter().find(|observation| observation.step == step);
        match found.map(|observation| &observation.result) {
            Some(StepResult::Unsupported { reason }) => {
                Err(Stop::Skipped(format!("a step of this check is unsupported: {reason}")))
            }
            Some(result) => Ok(result),
            None => Err(Stop::failed(format!("an observation of step {step}"), "none")),
        }
    }

    /// Fails unless a step returned these values, given as on the wire.
    pub fn demand_returned(&self, step: u32, expected: &Value) -> Result<(), Stop> {
        let result = self.of(step)?;
        let values = match result {
            StepResult::Returned { values } => values.iter().map(|seen| json!(seen.value)).collect(),
            _ => Value::Null,
        };
        let wanted = format!("step {step} returned {expected}");
        demand(values == *expected, wanted, || json!(result).to_string())
    }
}

/// A line for a reader: long texts within it, such as guests, cut short, and then the whole.
fn brief(line: &str) -> String {
    let mut text = String::new();
    let mut quoted = String::new();
    let mut inside = false;
    for char in line.chars() {
        if char == '"' && !quoted.ends_with('\\') {
            text.push_str(&wire::shorten(&quoted, QUOTED));
            quoted.clear();
            inside = !inside;
            text.push('"');
        } else if inside {
            quoted.push(char);
        } else {
            text.push(char);
        }
    }
    wire::shorten(&(text + &wire::shorten(&quoted, QUOTED)), SHOWN)
}

/// A message as the executor wrote it, or nearly.
pub(super) fn shown(response: &Response) -> String {
    wire::shorten(&json!(response).to_string(), SHOWN)
}
