//! `samebytes report`, `merge` and `diff`: what can be done with machine-readable reports when the run is
//! long over.

use clap::Args;

use super::report_files::{ReportArgs, ReportFile, read_report};
use super::{CliError, ExitCode, print};
use crate::report;
use crate::report::changes::changes;

/// The arguments of `report`.
#[derive(Args, Clone, Debug)]
pub(super) struct ReportCommand {
    /// The machine-readable report, as --json writes it
    #[arg(value_name = "FILE.json")]
    file: String,
    #[command(flatten)]
    reports: ReportArgs,
}

/// The arguments of `merge`.
#[derive(Args, Clone, Debug)]
pub(super) struct MergeCommand {
    /// The machine-readable reports of all shards of a run
    #[arg(value_name = "SHARD.json", required = true)]
    shards: Vec<String>,
    /// Where the report goes
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    #[command(flatten)]
    reports: ReportArgs,
}

/// The arguments of `diff`.
#[derive(Args, Clone, Debug)]
pub(super) struct DiffCommand {
    /// The earlier machine-readable report
    #[arg(value_name = "OLD.json")]
    old: String,
    /// The later one
    #[arg(value_name = "NEW.json")]
    new: String,
}

/// Makes reports of a report.
pub(super) fn report(args: &ReportCommand) -> Result<ExitCode, CliError> {
    if args.reports.is_empty() {
        return Err(CliError::NoReport);
    }
    let report = read_report(&args.file)?;
    args.reports.open(false)?.write(&report)?;
    Ok(ExitCode::Expected)
}

/// Merges shards. Without a word about where the report goes, that is standard output.
pub(super) fn merge(args: &MergeCommand) -> Result<ExitCode, CliError> {
    let shards = args.shards.iter().map(|path| Ok((path.clone(), read_report(path)?)));
    let merged = report::merge(shards.collect::<Result<_, CliError>>()?)?;
    let json = match (&args.json, args.reports.is_empty()) {
        (Some(path), _) => Some(path.as_str()),
        (None, true) => Some("-"),
        (None, false) => None,
    };
    let files = args.reports.open(json == Some("-"))?;
    let json = json.map(ReportFile::open).transpose()?;
    if let Some(file) = json {
        file.write(&merged.to_json()?)?;
    }
    files.write(&merged)?;
    // As the one run would have ended.
    Ok(if merged.summary.news > 0 { ExitCode::News } else { ExitCode::Expected })
}

/// Shows what changed.
pub(super) fn diff(args: &DiffCommand) -> Result<ExitCode, CliError> {
    let changes = changes(&read_report(&args.old)?, &read_report(&args.new)?);
    print(&changes.page())?;
    Ok(if changes.is_news() { ExitCode::News } else { ExitCode::Expected })
}
