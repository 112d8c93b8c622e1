//! `samebytes check-runner`: does a command that speaks the protocol keep to its contract?

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;

use super::report_files::ReportFile;
use super::{CliError, ExitCode, print};
use crate::report::{Page, Tone};
use crate::runtime::Invocation;
use crate::runtime::contract::{Finding, Findings, Outcome, checks, hold_to_contract};
use crate::runtime::select::{ChoiceError, parse};

/// The arguments of `check-runner`.
#[derive(Args, Clone, Debug)]
pub(super) struct CheckRunnerArgs {
    /// The executor's command, to which nothing is appended. A single word is split as a shell splits
    /// words; several are taken as they are. Options of this command stand before it
    #[arg(
        value_name = "COMMAND",
        required_unless_present = "runtime",
        conflicts_with = "runtime",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<String>,
    /// A runtime instead, as for `run`
    #[arg(long, value_name = "NAME[@VERSION][=COMMAND]")]
    runtime: Option<String>,
    /// How long it may be silent where an answer must come, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Make only the checks whose name holds this text, and the first, on which the others rest
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    only: String,
    /// Write the findings as JSON to a file, or to standard output instead of the screen's
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
}

/// Holds the command to the contract.
pub(super) fn check_runner(args: &CheckRunnerArgs) -> Result<ExitCode, CliError> {
    let invocation = match invocation(args)? {
        Ok(invocation) => invocation,
        Err(reason) => return Ok(cannot_start(&reason)),
    };
    if !checks().any(|check| check.name.contains(&args.only)) {
        return Err(CliError::NoCheck(args.only.clone()));
    }
    let file = args.json.as_deref().map(ReportFile::open).transpose()?;
    let program = invocation.argv.first().cloned().unwrap_or_default();
    let found = match hold_to_contract(invocation, Duration::from_secs(args.timeout), &args.only) {
        Ok(found) => found,
        Err(error) => return Ok(cannot_start(&format!("cannot start `{program}`: {error}"))),
    };
    if args.json.as_deref() != Some("-") {
        print(&page(&found))?;
    }
    if let Some(file) = file {
        file.write(&(serde_json::to_string_pretty(&found)? + "\n"))?;
    }
    Ok(if found.any_failed() { ExitCode::News } else { ExitCode::Expected })
}

fn cannot_start(reason: &str) -> ExitCode {
    let mut page = Page::new();
    page.add(Tone::Bad, "error: ").line(Tone::Plain, reason);
    page.print_to_stderr();
    ExitCode::NoRuntime
}

/// What is to be started, or why it cannot be.
fn invocation(args: &CheckRunnerArgs) -> Result<Result<Invocation, String>, CliError> {
    if let Some(runtime) = &args.runtime {
        let choice = parse(runtime)?;
        let environment: BTreeMap<_, _> =
            choice.variant.iter().flat_map(|variant| variant.environment.clone()).collect();
        let argv = choice.argv().map_err(|error| format!("{}: {error}", choice.name));
        return Ok(argv.map(|argv| Invocation { argv, environment, variant: None }));
    }
    let argv = match args.command.as_slice() {
        [single] => shell_words::split(single).map_err(|error| bad_command(single, &error.to_string()))?,
        words => words.to_vec(),
    };
    match argv.first() {
        Some(program) if !program.is_empty() => Ok(Ok(Invocation::from(argv))),
        _ => Err(bad_command("", "it is empty").into()),
    }
}

fn bad_command(name: &str, reason: &str) -> ChoiceError {
    ChoiceError::Command { name: name.to_owned(), reason: reason.to_owned() }
}

fn page(found: &Findings) -> Page {
    let mut page = Page::new();
    if let Some(handshake) = &found.handshake {
        let (runtime, engine) = (&handshake.runtime, &handshake.engine);
        let names = format!("{} {} ({} {})", runtime.name, runtime.version, engine.name, engine.version);
        page.line(Tone::Bold, &names);
    }
    let mut told = "";
    for finding in &found.checks {
        add_finding(&mut page, finding);
        // Many are skipped for one reason, which is said once.
        if let Outcome::Skipped { reason } = &finding.outcome
            && *reason != told
        {
            page.wrapped(Tone::Dim, 0, 9, reason);
            told = reason;
        }
    }
    let count =
        |wanted: fn(&Outcome) -> bool| found.checks.iter().filter(|found| wanted(&found.outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Fail { .. }));
    let text = format!(
        "{} checks: {} pass, {failed} fail, {} skipped",
        found.checks.len(),
        count(|outcome| matches!(outcome, Outcome::Pass)),
        count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
    );
    page.line(if failed == 0 { Tone::Good } else { Tone::Bad }, &text);
    page
}

fn add_finding(page: &mut Page, finding: &Finding) {
    match &finding.outcome {
        Outcome::Pass => {
            page.add(Tone::Good, "pass     ").wrapped(Tone::Plain, 9, 9, finding.name);
        }
        Outcome::Skipped { .. } => {
            page.add(Tone::Notice, "skipped  ").wrapped(Tone::Plain, 9, 9, finding.name);
        }
        Outcome::Fail { expected, came, conversation } => {
            page.add(Tone::Bad, "fail     ").wrapped(Tone::Bold, 9, 9, finding.name);
            page.wrapped(Tone::Dim, 0, 9, &finding.clause);
            page.wrapped(Tone::Plain, 0, 9, &format!("expected: {expected}"));
            page.wrapped(Tone::Plain, 0, 9, &format!("came: {came}"));
            for line in conversation {
                page.wrapped(Tone::Dim, 0, 11, line);
            }
        }
    }
}
