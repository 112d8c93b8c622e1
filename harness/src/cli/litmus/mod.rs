//! `samebytes litmus`: what is done with litmus tests, a file each.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{CliError, ExitCode, print_problems};
use crate::expectations::Pattern;
use crate::litmus::language::{self, Loaded};
use crate::litmus::program::Test;

mod explain;
mod list;
mod run;
mod smoke;

pub(super) use smoke::{litmus_smoke, smoke_subjects};

/// Small racy programs, and what the memory model allows of them
#[derive(Debug, Subcommand)]
pub(super) enum LitmusCommand {
    /// List the litmus tests' ids and titles
    List(list::ListArgs),
    /// Show each outcome of a test as allowed or forbidden, and why
    Explain(explain::ExplainArgs),
    /// Run litmus tests very many times and hold what was seen against the memory model
    Run(run::RunArgs),
    /// Run litmus tests for another process
    #[command(hide = true)]
    Executor(run::ExecutorArgs),
}

/// Does what is asked for.
pub(super) fn litmus(command: &LitmusCommand) -> Result<ExitCode, CliError> {
    match command {
        LitmusCommand::List(args) => list::list(args),
        LitmusCommand::Explain(args) => explain::explain(args),
        LitmusCommand::Run(args) => run::run(args),
        LitmusCommand::Executor(args) => run::executor(args),
    }
}

/// Where litmus tests come from.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct TestsArgs {
    /// A folder of litmus tests, instead of the bundled ones
    #[arg(long = "tests", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl TestsArgs {
    /// Reads the tests, and prints what is wrong with them.
    fn read(&self) -> Result<Loaded, CliError> {
        let loaded = match &self.folder {
            None => language::bundled(),
            Some(folder) => language::directory(folder)
                .map_err(|source| CliError::Tests { path: folder.display().to_string(), source })?,
        };
        print_problems(&loaded.problems);
        Ok(loaded)
    }
}

/// What a command ends with whose tests were read like this.
fn code_of(loaded: &Loaded) -> ExitCode {
    if loaded.problems.is_empty() { ExitCode::Expected } else { ExitCode::BadInput }
}

/// The tests that a filter finds; all where there is none.
///
/// # Errors
///
/// If a filter is no pattern, or none of them finds anything.
fn chosen<'l>(loaded: &'l Loaded, filters: &[String]) -> Result<Vec<&'l Test>, CliError> {
    let patterns: Vec<Pattern> = filters.iter().map(|text| Pattern::new(text)).collect::<Result<_, _>>()?;
    let barren = patterns.iter().find(|pattern| !loaded.tests.iter().any(|test| pattern.finds(&test.id)));
    // A test that could not be read may be the one that is meant; that was said already.
    if let Some(pattern) = barren.filter(|_| loaded.problems.is_empty()) {
        return Err(CliError::NoTest(format!("`{}`", pattern.as_str())));
    }
    let wanted = |test: &&Test| patterns.is_empty() || patterns.iter().any(|p| p.finds(&test.id));
    Ok(loaded.tests.iter().filter(wanted).collect())
}
