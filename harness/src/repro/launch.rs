//! Runs a script in a runtime, as a user would.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::runtime::Cancel;
use crate::runtime::select::{Choice, Launch};

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How much of its output is kept, in bytes.
const KEPT: u64 = 64 << 10;

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

fn ended(mut command: Command, patience: Duration, cancel: &Cancel) -> io::Result<Option<Ran>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = Group(command.spawn()?);
    let (stdout, stderr) = (kept(child.0.stdout.take()), kept(child.0.stderr.take()));
    let until = Instant::now() + patience;
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break Some(status);
        }
        if cancel.is_cancelled() {
            return Ok(None);
        }
        if Instant::now() >= until {
            break None;
        }
        thread::sleep(LOOK);
    };
    drop(child);
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    Ok(Some(Ran {
        code: status.and_then(|status| status.code()),
        late: status.is_none(),
        stdout: text(stdout),
        stderr: text(stderr),
    }))
}

fn kept(output: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut output) = output {
            let _ = output.by_ref().take(KEPT).read_to_end(&mut text);
            let _ = io::copy(&mut output, &mut io::sink());
        }
        text
    })
}

/// A process and whatever it starts, ended when dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
