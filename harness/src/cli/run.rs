//! `samebytes run`.

use std::num::NonZeroUsize;

use clap::Args;

use super::litmus::{litmus_smoke, smoke_subjects};
use super::report_files::ReportArgs;
use super::running::{RunningArgs, code_of_run};
use super::{CliError, ExitCode, Which, chosen, code_of};
use crate::event::{CaseResult, Results};
use crate::report::document::Report;
use crate::report::terminal;
use crate::suite::Options;

/// The arguments of `run`.
#[derive(Args, Clone, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    running: RunningArgs,
    #[command(flatten)]
    reports: ReportArgs,
    /// Stop at the first thing that is not as expected
    #[arg(long)]
    fail_fast: bool,
    /// Run each case so often, and tell which do not always come to the same verdict
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::MIN)]
    repeat: NonZeroUsize,
    /// List passes too
    #[arg(long)]
    all: bool,
    /// Leave out the short litmus run, which belongs to runs without a FILTER
    #[arg(long)]
    no_litmus: bool,
}

/// Runs cases and reports.
pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let choices = args.running.choices()?;
    let suite = args.which.suite.read();
    let cases = chosen(&suite, &args.which.filters)?;
    let races = !args.no_litmus && args.which.is_everything();
    let subjects = if races { smoke_subjects(&choices) } else { Vec::new() };
    let prepared = args.running.prepare(choices)?;
    let quiet = prepared.prints_json();
    let files = args.reports.open(prepared.prints_json())?;
    let options = Options {
        fail_fast: args.fail_fast,
        repeat: u32::try_from(args.repeat.get()).unwrap_or(u32::MAX),
        ..Options::default()
    };
    let results =
        Results { unmatched: suite.unmatched(), ..prepared.run(&cases, &suite.expectations, options)? };
    let news = results.cases.iter().any(CaseResult::is_news);
    let report = Report::from(&results);
    prepared.report(&results, || report.to_json(), || terminal(&results, args.all))?;
    files.write(&report)?;
    let races = if results.interrupted { ExitCode::Expected } else { litmus_smoke(&subjects, quiet)? };
    let code = if news { ExitCode::News } else { ExitCode::Expected };
    Ok(code_of(&suite).max(code_of_run(&results)).max(code).max(races))
}
