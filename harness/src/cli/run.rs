//! `samebytes run`.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use super::{CliError, ExitCode, Which, chosen, code_of, print, print_raw};
use crate::event::{CaseResult, Results};
use crate::report::json::json;
use crate::report::{Page, Progress, Tone, terminal, unavailable_line};
use crate::runtime::Cancel;
use crate::runtime::select::choose;
use crate::suite::{self, Options};

/// The arguments of `run`.
#[derive(Args, Clone, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    which: Which,
    /// A runtime: wasmtime, node, bun, deno, or NAME=COMMAND, the path of the runner's entry file
    /// being appended to COMMAND; may be given several times. Without it: wasmtime, and whatever of
    /// the others is on PATH
    #[arg(long = "runtime", value_name = "NAME[=COMMAND]")]
    runtimes: Vec<String>,
    /// Write a machine-readable report to a file, or to standard output instead of the screen's
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// How long a case may take in a runtime
    #[arg(long, value_name = "SECS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// How many executors may run at once
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Stop at the first thing that is not as expected
    #[arg(long)]
    fail_fast: bool,
    /// Run each case so often, and tell which do not always come to the same verdict
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::MIN)]
    repeat: NonZeroUsize,
    /// List passes too
    #[arg(long)]
    all: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "a number of seconds above 0 and up to 86400".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if seconds > 0.0 && seconds <= 86_400.0 { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) }
}

/// Runs cases and reports.
pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let choices = choose(&args.runtimes)?;
    let suite = args.which.suite.read();
    let cases = chosen(&suite, &args.which.filters)?;
    // Found out now rather than after all the work.
    let json_file = match args.json.as_deref() {
        None | Some("-") => None,
        Some(path) => Some(ReportFile::open(path)?),
    };
    let cancel = Cancel::default();
    let handler = cancel.clone();
    ctrlc::set_handler(move || handler.cancel())?;

    let defaults = Options::default();
    let options = Options {
        timeout: args.timeout,
        jobs: args.jobs.unwrap_or(defaults.jobs),
        fail_fast: args.fail_fast,
        repeat: u32::try_from(args.repeat.get()).unwrap_or(u32::MAX),
        limits: defaults.limits,
    };
    let mut progress = Progress::new();
    let results = suite::run(&cases, &choices, &suite.expectations, &options, &cancel, &mut progress);

    if let Some(line) = unavailable_line(&results.runtimes) {
        let mut page = Page::new();
        page.line(Tone::Notice, &line);
        page.print_to_stderr();
    }
    let report = json(&results)?;
    if let Some(file) = json_file {
        file.write(&report)?;
    }
    if args.json.as_deref() == Some("-") {
        print_raw(report.as_bytes())?;
    } else {
        print(&terminal(&results, args.all))?;
    }
    Ok(code_of(&suite).max(code_of_results(&results)))
}

/// What results end with.
fn code_of_results(results: &Results) -> ExitCode {
    let codes = [
        (results.interrupted, ExitCode::Interrupted),
        (results.runtimes.iter().any(|runtime| runtime.is_missed()), ExitCode::NoRuntime),
        (results.cases.iter().any(CaseResult::is_news), ExitCode::News),
    ];
    codes.into_iter().filter(|(applies, _)| *applies).map(|(_, code)| code).max().unwrap_or_default()
}

/// A file that is going to hold a report.
struct ReportFile {
    path: String,
    file: File,
}

impl ReportFile {
    /// Opens it for writing; what it holds stays until the report is there.
    fn open(path: &str) -> Result<Self, CliError> {
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        match open {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(source) => Err(CliError::Report { path: path.to_owned(), source }),
        }
    }

    fn write(mut self, text: &str) -> Result<(), CliError> {
        let is_file = fs::metadata(&self.path).is_ok_and(|data| data.is_file());
        let emptied = if is_file { self.file.set_len(0) } else { Ok(()) };
        emptied
            .and_then(|()| self.file.write_all(text.as_bytes()))
            .map_err(|source| CliError::Report { path: self.path, source })
    }
}
