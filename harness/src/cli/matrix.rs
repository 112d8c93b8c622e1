//! `samebytes matrix`: many runtimes, a run that can be taken up again, and parts of it.

use std::fs;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::path::PathBuf;

use clap::Args;
use similar::TextDiff;

use super::report_files::ReportArgs;
use super::running::{RunningArgs, code_of_run};
use super::{CliError, ExitCode, Which, chosen, code_of, print_problems, runtimes};
use crate::case;
use crate::event::{CaseResult, Results, Shard};
use crate::expectations::update;
use crate::machine;
use crate::matrix::Matrix;
use crate::report::document::Report;
use crate::report::{Page, Tone, terminal};
use crate::runtime::select::{Choice, Launch};
use crate::store::Store;
use crate::suite::{Catalogue, Journal, Options};

/// The arguments of `matrix`.
#[derive(Args, Clone, Debug)]
pub(super) struct MatrixArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    running: RunningArgs,
    #[command(flatten)]
    reports: ReportArgs,
    /// The matrix, instead of the one that the suite ships
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Put what the matrix wants into the store first, as `samebytes runtimes install` does
    #[arg(long)]
    install: bool,
    /// Take up a run that was killed, and run nothing twice
    #[arg(long)]
    resume: bool,
    /// Run one of several parts of the cases, such as 2/8; `samebytes merge` puts their reports together
    #[arg(long, value_name = "PART/ALL")]
    shard: Option<Shard>,
    /// Propose, as a diff, what the expectations files should say after this run
    #[arg(long)]
    update: bool,
    /// List passes too
    #[arg(long)]
    all: bool,
}

/// Runs a matrix and reports.
pub(super) fn matrix(args: &MatrixArgs) -> Result<ExitCode, CliError> {
    let matrix = match &args.config {
        None => Matrix::shipped(),
        Some(path) => Matrix::read(&path.display().to_string(), &case::read(path)),
    };
    let matrix = match matrix {
        Ok(matrix) => matrix,
        Err(problems) => {
            print_problems(&problems);
            return Ok(ExitCode::BadInput);
        }
    };
    if args.install {
        let store = Store::of_user()?;
        // What cannot be had is told, and missing from the run.
        if runtimes::install(&store, &matrix.specs())? == ExitCode::Interrupted {
            return Ok(ExitCode::Interrupted);
        }
    }
    let choices = if args.running.names_runtimes() { args.running.choices()? } else { matrix.choices()? };
    let suite = args.which.suite.read();
    let mut cases = chosen(&suite, &args.which.filters)?;
    cases.retain(|case| matrix.wants(&case.id));
    if let Some(shard) = args.shard {
        cases = shard.of_all(cases);
    }
    let journal = Journal::open(&journal_path(args, &choices)?, args.resume)?;
    let timeout = matrix.timeout.unwrap_or(Options::default().timeout);
    let options = Options { confirm: matrix.confirm, timeout, ..Options::default() };
    let hint = install_hint(&choices);
    let prepared = args.running.prepare(choices)?;
    let files = args.reports.open(prepared.prints_json())?;
    let results = prepared.run_with(&cases, &suite.expectations, options, Some(&journal))?;
    let results = Results { unmatched: suite.unmatched(), ..results };
    if !results.interrupted {
        journal.finish()?;
    }
    let document = Report { shard: args.shard, ..Report::from(&results) };
    let news = results.cases.iter().any(CaseResult::is_news);
    prepared.report(&results, || document.to_json(), || terminal(&results, args.all))?;
    files.write(&document)?;
    if args.update {
        print_update(&suite, &results)?;
    }
    if let Some(hint) = hint {
        let mut page = Page::new();
        page.line(Tone::Notice, &hint);
        page.print_to_stderr();
    }
    let code = if news { ExitCode::News } else { ExitCode::Expected };
    Ok(code_of(&suite).max(code_of_run(&results)).max(code))
}

/// Prints the proposal as a diff that `patch -p1` and `git apply` take.
fn print_update(suite: &Catalogue, results: &Results) -> Result<(), CliError> {
    let files = suite.expectations.files();
    let proposal = update::propose(files, &update::outcomes(results));
    let mut page = Page::new();
    for (name, new) in &proposal.files {
        let old = files.get(name).map_or("", String::as_str);
        let diff = TextDiff::from_lines(old, new);
        let (a, b) = (format!("a/{name}"), format!("b/{name}"));
        for line in diff.unified_diff().header(&a, &b).to_string().lines() {
            let tone = match line.as_bytes().first() {
                Some(b'+') => Tone::Good,
                Some(b'-') => Tone::Bad,
                _ => Tone::Plain,
            };
            page.line(tone, line);
        }
    }
    for note in &proposal.notes {
        page.line(Tone::Notice, note);
    }
    if proposal == update::Proposal::default() {
        page.line(Tone::Good, "the expectations say what this run found");
    }
    super::print(&page)
}

/// One command that brings whatever the store lacks.
fn install_hint(choices: &[Choice]) -> Option<String> {
    let lacks = |choice: &&Choice| matches!(choice.launch, Launch::Missing { .. });
    let mut specs: Vec<&str> = choices
        .iter()
        .filter(lacks)
        .filter_map(|choice| choice.name.split('+').next())
        .filter(|name| name.contains('@'))
        .collect();
    specs.dedup();
    (!specs.is_empty()).then(|| {
        format!("what is missing comes by --install, or by: samebytes runtimes install {}", specs.join(" "))
    })
}

/// Where a run of this matrix keeps its journal: a file for each set of runtimes, cases and shard.
fn journal_path(args: &MatrixArgs, choices: &[Choice]) -> Result<PathBuf, CliError> {
    let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
    let suite = (&args.which.suite.cases, &args.which.suite.also_cases);
    let shard = args.shard.map(|shard| shard.to_string());
    let identity = (names, suite, &args.which.filters, shard);
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(identity);
    let folder = machine::cache_folder().ok_or(CliError::NoCache)?.join("matrix");
    fs::create_dir_all(&folder)
        .map_err(|source| CliError::Report { path: folder.display().to_string(), source })?;
    Ok(folder.join(format!("{hash:016x}.jsonl")))
}
