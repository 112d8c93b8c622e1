//! A child process with piped stdio: its lines with caps and deadlines, the tail of its standard
//! error, and its certain end. What its lines mean belongs to [`super::spawned`].

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Cancel, Invocation};

/// How much of standard error is kept, in bytes.
const STDERR_TAIL: usize = 8 * 1024;
/// How often a silent process is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long the output of a process that has ended is waited for, in case somebody else holds it.
const DRAIN: Duration = Duration::from_millis(500);
/// How long a process that was told to end may take.
const FAREWELL: Duration = Duration::from_millis(1000);

/// A running child. Dropping it ends it and its process group.
pub(crate) struct Process {
    child: Child,
    output: Receiver<Chunk>,
    /// Taken when the input is closed.
    input: Option<Sender<Vec<u8>>>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    stderr_done: Receiver<()>,
}

/// What the reader of standard output found.
enum Chunk {
    Line(Vec<u8>),
    /// The last line, without its end.
    HalfLine(Vec<u8>),
    TooLong,
}

/// What waiting for output gave.
#[derive(Debug)]
pub(crate) enum Received {
    /// A line, without its line feed.
    Line(Vec<u8>),
    /// What stood after the last line feed when the output ended.
    HalfLine(Vec<u8>),
    /// A line beyond the cap; nothing after it is read.
    TooLong,
    /// No more output: the process has ended, or closed its output.
    Ended,
    /// Nothing until the deadline.
    Deadline,
    /// Whoever waits was asked to stop.
    Cancelled,
}

impl Process {
    /// Starts `argv`; lines of its output may be up to `line_cap` bytes long.
    pub(crate) fn spawn(invocation: &Invocation, line_cap: usize) -> io::Result<Self> {
        let (program, args) = invocation.argv.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(args).envs(&invocation.environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: a terminal's Ctrl-C reaches the harness alone, which then ends
        // everything in order, and what a child has started ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };

        // Bounded, so that an executor which floods its output is slowed down to our pace instead
        // of filling our memory.
        let (chunks, output) = mpsc::sync_channel(64);
        thread::spawn(move || read_lines(stdout, line_cap, &chunks));
        let (input, lines) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || write_lines(stdin, &lines));
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (ended, stderr_done) = mpsc::channel();
        let shared = Arc::clone(&tail);
        thread::spawn(move || {
            keep_tail(stderr, &shared);
            drop(ended);
        });
        Ok(Self { child, output, input: Some(input), stderr: tail, stderr_done })
    }

    /// Writes a line, without waiting for it to be read. A process that has ended swallows it.
    pub(crate) fn send(&self, mut line: Vec<u8>) {
        line.push(b'\n');
        if let Some(input) = &self.input {
            let _ = input.send(line);
        }
    }

    /// Ends what the process reads, once it has read what was sent.
    pub(super) fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits for the next piece of output.
    pub(crate) fn receive(&mut self, deadline: Instant, cancel: &Cancel) -> Received {
        let mut exited_at = None;
        loop {
            if cancel.is_cancelled() {
                return Received::Cancelled;
            }
            let now = Instant::now();
            if now >= deadline {
                return Received::Deadline;
            }
            match self.output.recv_timeout(LOOK.min(deadline - now)) {
                Ok(Chunk::Line(line)) => return Received::Line(line),
                Ok(Chunk::HalfLine(line)) => return Received::HalfLine(line),
                Ok(Chunk::TooLong) => return Received::TooLong,
                Err(RecvTimeoutError::Disconnected) => return Received::Ended,
                Err(RecvTimeoutError::Timeout) => {
                    // A grandchild may hold the pipe open long after the child has died.
                    if let Ok(Some(_)) = self.child.try_wait() {
                        let since = *exited_at.get_or_insert_with(Instant::now);
                        if since.elapsed() > DRAIN {
                            return Received::Ended;
                        }
                    }
                }
            }
        }
    }

    /// Takes what is there already, if anything.
    pub(crate) fn has_more_output(&mut self) -> bool {
        !matches!(self.output.try_recv(), Err(mpsc::TryRecvError::Empty))
    }

    /// Ends the process, unless it ends by itself within a moment, and tells how it ended and what
    /// it said last on standard error.
    pub(crate) fn end_of_output(mut self) -> (Option<ExitStatus>, String) {
        let status = self.wait_for(FAREWELL);
        self.kill();
        // The group is gone, so standard error ends; a process that left the group may still hold it.
        let _ = self.stderr_done.recv_timeout(DRAIN);
        (status, self.stderr_text())
    }

    /// Ends the process at once and tells what it said last on standard error.
    pub(crate) fn end_now(mut self) -> String {
        self.kill();
        let _ = self.stderr_done.recv_timeout(DRAIN);
        self.stderr_text()
    }

    /// Says goodbye and gives the process a moment to leave by itself.
    pub(crate) fn dismiss(mut self, farewell: Vec<u8>) {
        self.send(farewell);
        self.input = None;
        // Somebody must take what it still writes, or it could not end.
        let until = Instant::now() + FAREWELL;
        while matches!(self.receive(until, &Cancel::default()), Received::Line(_) | Received::HalfLine(_)) {}
        self.wait_for(until.saturating_duration_since(Instant::now()));
    }

    /// Waits for the process to end by itself.
    pub(super) fn wait_for(&mut self, patience: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + patience;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(2)),
                _ => return None,
            }
        }
    }

    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn stderr_text(&self) -> String {
        let tail = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_lines(stdout: impl Read, cap: usize, chunks: &SyncSender<Chunk>) {
    let mut reader = BufReader::with_capacity(64 * 1024, stdout);
    loop {
        let mut line = Vec::new();
        // One more than the cap, so that a line of exactly that length still shows its end.
        let result = (&mut reader).take(cap as u64 + 1).read_until(b'\n', &mut line);
        let chunk = match result {
            Ok(0) | Err(_) if line.is_empty() => return,
            Ok(_) | Err(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Chunk::Line(line)
            }
            _ if line.len() > cap => Chunk::TooLong,
            _ => Chunk::HalfLine(line),
        };
        let last = !matches!(chunk, Chunk::Line(_));
        if chunks.send(chunk).is_err() || last {
            return;
        }
    }
}

fn write_lines(mut stdin: impl Write, lines: &Receiver<Vec<u8>>) {
    for line in lines {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn keep_tail(mut stderr: impl Read, tail: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count) = stderr.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&buffer[..count]);
        let excess = tail.len().saturating_sub(STDERR_TAIL);
        tail.drain(..excess);
    }
}
