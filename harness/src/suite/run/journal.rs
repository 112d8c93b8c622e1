//! What a run has come to so far, in a file that outlives it: a killed run is taken up from there,
//! and nothing is run twice.
//!
//! JSON Lines: a line for each runtime that introduced itself and one for each case that it ran. A
//! line is written whole as soon as the case is over; the last one of a killed run may be half.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::protocol::Handshake;
use crate::runtime::Record;
use crate::suite::Ran;
use crate::value::hex;
use crate::verdict::judge;

/// The file of a run.
#[derive(Debug)]
pub struct Journal(Mutex<State>);

#[derive(Debug)]
struct State {
    path: PathBuf,
    file: File,
    /// What an earlier run left: handshakes by runtime, and runs by runtime and case.
    known: BTreeMap<String, Handshake>,
    runs: HashMap<(String, String), Run>,
    /// The first failure to write; what follows is not in the file.
    failed: Option<io::Error>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Runtime { name: String, handshake: Handshake },
    Run(Run),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    runtime: String,
    case: String,
    /// Of the plan, so that a case that was changed meanwhile is run again.
    plan: String,
    record: Record,
    flaky: bool,
    took_us: u64,
}

/// A journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be opened, read or written.
    #[error("the journal {path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another run writes it.
    #[error("the journal {path} is another run's that goes on", path = path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// It is no journal.
    #[error("{path}:{line}: this is no line of a journal: {source}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
}

impl Journal {
    /// Opens a journal for one run. With `resume`, what an earlier one left is taken up; otherwise it
    /// is thrown away.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the file is as it was then.
    pub fn open(path: &Path, resume: bool) -> Result<Self, JournalError> {
        let failed = |source| JournalError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(JournalError::Busy { path: path.to_owned() });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let (mut known, mut runs) = (BTreeMap::new(), HashMap::new());
        let mut whole = 0;
        if resume {
            let mut text = Vec::new();
            file.read_to_end(&mut text).map_err(failed)?;
            for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
                // What has no end was being written when the run was killed.
                let Some(json) = line.strip_suffix(b"\n") else { break };
                let line_of = |source| JournalError::Line { path: path.to_owned(), line: index + 1, source };
                match serde_json::from_slice(json).map_err(line_of)? {
                    Line::Runtime { name, handshake } => {
                        // A runtime that has changed meanwhile begins anew.
                        if known.get(&name).is_some_and(|other| *other != handshake) {
                            runs.retain(|(runtime, _): &(String, String), _| *runtime != name);
                        }
                        known.insert(name, handshake);
                    }
                    Line::Run(run) => {
                        runs.insert((run.runtime.clone(), run.case.clone()), run);
                    }
                }
                whole += line.len() as u64;
            }
        }
        file.set_len(whole).and_then(|()| file.seek(io::SeekFrom::End(0))).map_err(failed)?;
        let state = State { path: path.to_owned(), file, known, runs, failed: None };
        Ok(Self(Mutex::new(state)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many runs an earlier one left.
    pub fn left(&self) -> usize {
        self.lock().runs.len()
    }

    /// A runtime has introduced itself. What the file says of another one of that name does not
    /// count any more.
    pub(super) fn introduce(&self, name: &str, handshake: &Handshake) {
        let mut state = self.lock();
        if state.known.get(name) == Some(handshake) {
            return;
        }
        state.runs.retain(|(runtime, _), _| runtime != name);
        state.known.insert(name.to_owned(), handshake.clone());
        state.write(&Line::Runtime { name: name.to_owned(), handshake: handshake.clone() });
    }

    /// What an earlier run found out about a case in a runtime.
    pub(super) fn find(&self, runtime: &str, case: &Case) -> Option<Ran> {
        let state = self.lock();
        let run = state.runs.get(&(runtime.to_owned(), case.id.clone()))?;
        (run.plan == digest(case)).then(|| Ran {
            judgement: judge(case, &run.record),
            record: run.record.clone(),
            flaky: run.flaky,
            took: Duration::from_micros(run.took_us),
        })
    }

    /// Writes down what came of a case. A runtime that lacks what the case needs did not run it.
    pub(super) fn add(&self, runtime: &str, case: &Case, ran: &Ran) {
        if ran.record.observations.is_empty() && ran.record.end == crate::runtime::End::Done {
            return;
        }
        let run = Run {
            runtime: runtime.to_owned(),
            case: case.id.clone(),
            plan: digest(case),
            record: ran.record.clone(),
            flaky: ran.flaky,
            took_us: u64::try_from(ran.took.as_micros()).unwrap_or(u64::MAX),
        };
        self.lock().write(&Line::Run(run));
    }

    /// The run is complete: the file is not needed any more.
    ///
    /// # Errors
    ///
    /// Where it cannot be removed, or could not be written.
    pub fn finish(self) -> Result<(), JournalError> {
        let State { path, failed, .. } = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let removed = std::fs::remove_file(&path);
        match failed.map_or(removed, Err) {
            Ok(()) => Ok(()),
            Err(source) => Err(JournalError::File { path, source }),
        }
    }
}

impl State {
    fn write(&mut self, line: &Line) {
        if self.failed.is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.file.write_all(&bytes)
        });
        self.failed = written.err();
    }
}

fn digest(case: &Case) -> String {
    // Plans hold strings, numbers and lists alone, which always serialize.
    hex(&Sha256::digest(serde_json::to_vec(&case.plan).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
