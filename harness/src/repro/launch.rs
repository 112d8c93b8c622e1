//! Runs a script in a runtime, as a user would.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::child;
use crate::runtime::Cancel;
use crate::runtime::select::{Choice, Launch};

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// It was ended, since it took too long.
    pub late: bool,
    /// What it printed; may hold anything.
    pub stdout: String,
    /// The same of its standard error.
    pub stderr: String,
}

/// Runs it for at most so long. None if the runtime runs no scripts, or nobody waits any more.
///
/// # Errors
///
/// If the runtime's program cannot be started.
pub fn run(choice: &Choice, script: &Path, patience: Duration, cancel: &Cancel) -> io::Result<Option<Ran>> {
    let Launch::Runner(words) = &choice.launch else { return Ok(None) };
    let [program, args @ ..] = words.as_slice() else { return Ok(None) };
    let mut command = Command::new(program);
    command.args(args);
    if let Some(variant) = &choice.variant {
        command.args(&variant.arguments).envs(&variant.environment);
    }
    command.arg(script).env("NO_COLOR", "1");
    if let Some(folder) = script.parent() {
        command.current_dir(folder);
    }
    ended(command, patience, cancel)
}

/// Compiles the Rust project of a folder into another one and runs it, for at most so long. None if
/// nobody waits any more.
///
/// # Errors
///
/// If `cargo` cannot be started.
pub fn project(folder: &Path, target: &Path, patience: Duration, cancel: &Cancel) -> io::Result<Option<Ran>> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet"]).current_dir(folder).env("CARGO_TARGET_DIR", target);
    let told = |error: io::Error| io::Error::new(error.kind(), format!("cannot run cargo: {error}"));
    ended(command, patience, cancel).map_err(told)
}

fn ended(command: Command, patience: Duration, cancel: &Cancel) -> io::Result<Option<Ran>> {
    Ok(match child::run(command, patience, &cancel.flag())? {
        child::Ran::Ended { status, stdout, stderr } => {
            Some(Ran { code: status.code(), late: false, stdout, stderr })
        }
        child::Ran::TooLong { stdout, stderr } => Some(Ran { code: None, late: true, stdout, stderr }),
        child::Ran::Cancelled => None,
    })
}
