//! What commands share that run cases: in what, for how long, and where the report goes.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::report_files::ReportFile;
use super::{CliError, ExitCode, cancelled_by_ctrl_c, print, print_raw};
use crate::case::Case;
use crate::event::Results;
use crate::expectations::Expectations;
use crate::report::{Page, Progress, Tone, unavailable_line};
use crate::runtime::select::{Choice, choose};
use crate::suite::{self, Journal, Options};

/// How to run cases.
#[derive(Args, Clone, Debug)]
pub(super) struct RunningArgs {
    /// A runtime: wasmtime; node, bun or deno from PATH; one of these from the store, as node@24 or
    /// bun@latest (see `runtimes install`); NAME=COMMAND, the path of the runner's entry file being
    /// appended to COMMAND; or NAME=executor:COMMAND, an executor that is started as it is (see
    /// `check-runner`). May be given several times. Without it: wasmtime, and whatever of
    /// the others is on PATH
    #[arg(long = "runtime", value_name = "NAME[@VERSION][=COMMAND]")]
    runtimes: Vec<String>,
    /// Write a machine-readable report to a file, or to standard output instead of the screen's
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// How long a case may take in a runtime; 10 seconds where nothing else is said
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// How many executors may run at once
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "a number of seconds above 0 and up to 86400".to_owned();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if seconds > 0.0 && seconds <= 86_400.0 { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) }
}

/// Everything that a run needs and that may be wrong, found out before there is work to lose.
pub(super) struct Prepared<'a> {
    args: &'a RunningArgs,
    choices: Vec<Choice>,
    file: Option<ReportFile>,
}

impl RunningArgs {
    /// Are runtimes named, so that no other is meant?
    pub(super) fn names_runtimes(&self) -> bool {
        !self.runtimes.is_empty()
    }

    /// Chooses the runtimes.
    pub(super) fn choices(&self) -> Result<Vec<Choice>, CliError> {
        Ok(choose(&self.runtimes)?)
    }

    /// Opens what the report goes to.
    pub(super) fn prepare(&self, choices: Vec<Choice>) -> Result<Prepared<'_>, CliError> {
        let file = match self.json.as_deref() {
            None | Some("-") => None,
            Some(path) => Some(ReportFile::open(path)?),
        };
        Ok(Prepared { args: self, choices, file })
    }
}

impl Prepared<'_> {
    /// Is standard output a machine's to read?
    pub(super) fn prints_json(&self) -> bool {
        self.args.json.as_deref() == Some("-")
    }

    /// Runs cases. `options` says what the shared arguments do not.
    pub(super) fn run(
        &self,
        cases: &[Arc<Case>],
        expectations: &Expectations,
        options: Options,
    ) -> Result<Results, CliError> {
        self.run_with(cases, expectations, options, None)
    }

    /// The same, with a journal.
    pub(super) fn run_with(
        &self,
        cases: &[Arc<Case>],
        expectations: &Expectations,
        options: Options,
        journal: Option<&Journal>,
    ) -> Result<Results, CliError> {
        let cancel = cancelled_by_ctrl_c()?;
        let jobs = self.args.jobs.unwrap_or(options.jobs);
        let timeout = self.args.timeout.unwrap_or(options.timeout);
        let options = Options { timeout, jobs, ..options };
        let mut progress = Progress::new();
        Ok(suite::run(cases, &self.choices, expectations, &options, journal, &cancel, &mut progress))
    }

    /// Says which runtimes are missing, and shows or writes the report.
    pub(super) fn report(
        self,
        results: &Results,
        json: impl FnOnce() -> Result<String, serde_json::Error>,
        screen: impl FnOnce() -> Page,
    ) -> Result<(), CliError> {
        if let Some(line) = unavailable_line(&results.runtimes) {
            let mut page = Page::new();
            page.line(Tone::Notice, &line);
            page.print_to_stderr();
        }
        match (self.file, self.args.json.as_deref()) {
            (None, Some(_)) => return print_raw(json()?.as_bytes()).map(drop),
            (Some(file), _) => file.write(&json()?)?,
            (None, None) => {}
        }
        print(&screen())
    }
}

/// What a run ends with, whatever it found.
pub(super) fn code_of_run(results: &Results) -> ExitCode {
    let missed = results.runtimes.iter().any(|runtime| runtime.is_missed());
    match (results.interrupted, missed) {
        (true, _) => ExitCode::Interrupted,
        (false, true) => ExitCode::NoRuntime,
        (false, false) => ExitCode::Expected,
    }
}
