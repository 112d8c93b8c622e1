//! A child process that is run to its end, and ended when whoever waits for it is asked to stop.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How much of each of its outputs is kept, in bytes. npm's longest answer is some 100 KiB.
const KEPT: u64 = 16 << 20;

/// How a child ended.
pub(crate) enum Ran {
    /// By itself.
    Ended { status: ExitStatus, stdout: String, stderr: String },
    /// It was ended, because whoever waits was asked to stop.
    Cancelled,
    /// It was ended, because it took too long, and had said this.
    TooLong { stdout: String, stderr: String },
}

/// Runs a command for at most so long, without input.
pub(crate) fn run(mut command: Command, patience: Duration, cancel: &AtomicBool) -> io::Result<Ran> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own: a terminal's Ctrl-C reaches the harness alone, which then ends everything
    // in order, and what the child has started ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = Group(command.spawn()?);
    let (stdout, stderr) = (kept(child.0.stdout.take()), kept(child.0.stderr.take()));
    let until = Instant::now() + patience;
    let status = loop {
        if cancel.load(Ordering::SeqCst) {
            return Ok(Ran::Cancelled);
        }
        if let Some(status) = child.0.try_wait()? {
            break Some(status);
        }
        if Instant::now() >= until {
            break None;
        }
        thread::sleep(LOOK);
    };
    // What it has started and left behind would hold its output open.
    drop(child);
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    Ok(match status {
        Some(status) => Ran::Ended { status, stdout, stderr },
        None => Ran::TooLong { stdout, stderr },
    })
}

/// Reads an output to its end and keeps its beginning.
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

/// A child and whatever it starts, ended when dropped.
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
