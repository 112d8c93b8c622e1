//! `samebytes mutants`: which cases kill which mutants.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use super::{CliError, ExitCode, Which, cancelled_by_ctrl_c, chosen, code_of, print};
use crate::mutant::{Options, Row, catalogue, power};
use crate::report::mutants as page;
use crate::runtime::select::choose;

/// The arguments of `mutants`.
#[derive(Args, Clone, Debug)]
pub(super) struct MutantsArgs {
    #[command(flatten)]
    which: Which,
    /// Only mutants whose name, as `kind/name`, contains this; may be given several times
    #[arg(long = "mutant", value_name = "PART")]
    mutants: Vec<String>,
    /// The JavaScript runtime to make mutants of, as for `run`; it must know `--import`
    #[arg(long, value_name = "NAME[@VERSION][=COMMAND]", default_value = "node")]
    runtime: String,
    /// Write everything to a file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
    /// How long a case may take at most
    #[arg(long, value_name = "SECS", default_value_t = 10)]
    timeout: u64,
    /// How many mutants may run at once
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// Runs mutants over cases and shows which survive.
pub(super) fn mutants(args: &MutantsArgs) -> Result<ExitCode, CliError> {
    let mut choices = choose(std::slice::from_ref(&args.runtime))?;
    let suite = args.which.suite.read();
    let cases = chosen(&suite, &args.which.filters)?;
    let meant = |name: &str| args.mutants.is_empty() || args.mutants.iter().any(|part| name.contains(part));
    let mutants: Vec<_> = catalogue().into_iter().filter(|mutant| meant(&mutant.to_string())).collect();
    let cancel = cancelled_by_ctrl_c()?;
    let options = Options {
        timeout: Duration::from_secs(args.timeout.max(1)),
        jobs: args.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN),
        host: choices.remove(0),
        patience: 10,
    };
    let bar = indicatif::ProgressBar::new(mutants.len() as u64);
    let done = |row: &Row| {
        bar.inc(1);
        // What takes minutes says what it found on the way, also where nobody sees a bar.
        if bar.is_hidden() {
            let (kills, broken) = (row.kills.len(), row.broken.len());
            eprintln!("{}: {kills} of {} fail, {broken} crash or hang", row.mutant, row.tried);
        }
    };
    let matrix = power(&cases, &mutants, &options, &cancel, &done);
    bar.finish_and_clear();
    let matrix = match matrix {
        Ok(matrix) => matrix,
        Err(_) if cancel.is_cancelled() => return Ok(ExitCode::Interrupted),
        Err(error) => return Err(CliError::Start(error.to_string())),
    };
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&matrix)? + "\n";
        fs::write(path, text).map_err(|source| CliError::Report { path: path.clone(), source })?;
    }
    print(&page(&matrix))?;
    Ok(code_of(&suite))
}
