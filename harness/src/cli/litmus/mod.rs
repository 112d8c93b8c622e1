//! `samebytes litmus`.

use clap::Subcommand;

use super::{CliError, ExitCode};

mod run;

/// What is done with litmus tests.
#[derive(Debug, Subcommand)]
pub(super) enum LitmusCommand {
    /// Run litmus tests very many times and hold what was seen against the memory model
    Run(run::RunArgs),
    /// Run litmus tests for another process
    #[command(hide = true)]
    Executor(run::ExecutorArgs),
}

/// Does what was asked for.
pub(super) fn litmus(command: &LitmusCommand) -> Result<ExitCode, CliError> {
    match command {
        LitmusCommand::Run(args) => run::run(args),
        LitmusCommand::Executor(args) => run::executor(args),
    }
}
