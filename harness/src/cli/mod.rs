//! The command line: what is asked for, in which order things happen, and how the program ends.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, OnceLock};

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::case::{Case, Problem};
use crate::engine::Engine;
use crate::engine::wasmtime::{Variant, Wasmtime};
use crate::executor;
use crate::expectations::{Pattern, PatternError};
use crate::litmus::model::TooLarge;
use crate::mutant::Faulty;
use crate::report::document::ReportError;
use crate::report::{JunitError, MergeError, Page, Tone, add_unmatched};
use crate::runtime::Cancel;
use crate::runtime::select::{ChoiceError, WASMTIME};
use crate::store::SpecError;
use crate::store::StoreError;
use crate::suite::{Catalogue, JournalError, Source};

mod bisect;
mod check_runner;
mod claims;
mod doctor;
mod exit_code;
mod litmus;
mod matrix;
mod mutants;
mod report;
mod report_files;
mod repro;
mod run;
mod running;
mod runtimes;
mod show;

pub use exit_code::ExitCode;

/// Do your WebAssembly runtimes see the same bytes?
///
/// Exit codes: 0 everything as expected, known failures included; 1 an unexpected failure,
/// divergence or pass; 2 bad usage or a bad case; 3 a runtime that was asked for is not to be had;
/// 130 interrupted. Where several apply: 130, 2, 3, 1.
#[derive(Debug, Parser)]
#[command(name = "samebytes", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run cases in runtimes and compare what they do
    Run(run::RunArgs),
    /// Run a matrix of runtimes, a run that can be taken up again where it was killed
    Matrix(matrix::MatrixArgs),
    /// Hold the article's claims against what runtimes do
    Claims(claims::ClaimsArgs),
    /// List the cases' ids and titles
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Check cases without running anything
    Check {
        /// The folder to check, instead of the bundled suite
        #[arg(value_name = "DIR", conflicts_with = "cases")]
        folder: Option<PathBuf>,
        #[command(flatten)]
        suite: SuiteArgs,
    },
    /// Show a case as it will run, and its guest as WAT
    Show {
        /// The case's id, or a part of it that no other case has
        case: String,
        #[command(flatten)]
        suite: SuiteArgs,
    },
    /// Show which runtimes are here, what they can do, and what is missing
    Doctor {
        /// A runtime, as for `run`
        #[arg(long = "runtime", value_name = "NAME[@VERSION][=COMMAND]")]
        runtimes: Vec<String>,
    },
    /// Hold an executor, a command that speaks the protocol, to the contract of node-runner/README.md
    CheckRunner(check_runner::CheckRunnerArgs),
    /// Keep exact versions of runtimes beside those on PATH
    #[command(subcommand)]
    Runtimes(runtimes::RuntimesCommand),
    /// Make HTML, JUnit or Markdown of a machine-readable report
    Report(report::ReportCommand),
    /// Put the reports of shards together into the report that one run would have given
    Merge(report::MergeCommand),
    /// Show what changed between two machine-readable reports; exit code 1 if there is a new failure
    /// or a lost feature
    Diff(report::DiffCommand),
    /// Write a divergence as a folder that can be filed: code that stands alone, and an issue
    ///
    /// The steps that do not matter are left out, the script is run in the runtime under suspicion and
    /// in the others, and the issue says which of them show the bug. For an embedded engine there is a
    /// small Rust project beside the script, which cargo compiles and runs. Exit codes: 0 what was
    /// written shows what the case shows; 1 it does not; 2 there is nothing to show, the case uses
    /// something that is not covered, or the folder cannot be written or is not empty; 3 a runtime, or
    /// cargo, is not to be had.
    Repro(repro::ReproArgs),
    /// Find the first version of a runtime that differs, fetching versions on the way
    ///
    /// The good and the bad version are run first. What cannot be had, or does something else, is
    /// skipped. Exit codes: 0 found; 1 the good version is not good, or the bad one not bad; 3 versions
    /// are not to be had.
    Bisect(bisect::BisectArgs),
    /// Show which faults of runtimes the cases notice
    Mutants(mutants::MutantsArgs),
    /// Run litmus tests, small racy programs, and look at what the memory model allows of them
    #[command(subcommand)]
    Litmus(litmus::LitmusCommand),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the JSON Schema of the case language
    Schema {
        /// That of the litmus tests instead
        #[arg(long)]
        litmus: bool,
    },
    /// Speak the protocol on standard input and output
    #[command(hide = true)]
    Executor {
        /// The engine
        engine: String,
        /// A way to run it
        #[arg(long)]
        variant: Option<String>,
        /// A fault of the engine's, for `mutants`
        #[arg(long)]
        mutant: Option<String>,
    },
}

/// Where cases come from.
#[derive(Args, Clone, Debug)]
struct SuiteArgs {
    /// A folder of cases, instead of the bundled suite
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// A folder of cases, beside the suite
    #[arg(long, value_name = "DIR")]
    also_cases: Vec<PathBuf>,
}

/// Which cases are meant.
#[derive(Args, Clone, Debug)]
struct Which {
    /// Parts of ids, or globs over ids; a case is meant if one of them finds it
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    #[command(flatten)]
    suite: SuiteArgs,
}

impl Which {
    /// Is the bundled suite meant, whole?
    fn is_everything(&self) -> bool {
        self.filters.is_empty() && self.suite.cases.is_none()
    }
}

/// What stops a command.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error("no case is found by {0}")]
    NoCase(String),
    #[error("`{0}` is part of several ids:{1}")]
    Ambiguous(String, String),
    #[error("no check's name holds `{0}`")]
    NoCheck(String),
    #[error("no litmus test is found by {0}")]
    NoTest(String),
    #[error("cannot read the litmus tests in {path}: {source}")]
    Tests { path: String, source: io::Error },
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    #[error("cannot write the graph to {path}: {source}")]
    Graph { path: String, source: io::Error },
    #[error("there is no claim {0}")]
    NoClaim(u32),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("there is no folder for the journal: neither XDG_CACHE_HOME nor a home folder is known")]
    NoCache,
    #[error("there is no case to work on")]
    Empty,
    #[error("no engine `{0}` is embedded here; there is `{WASMTIME}`")]
    Engine(String),
    #[error("the engine cannot be started: {0}")]
    Start(String),
    #[error(transparent)]
    Executor(#[from] executor::Error),
    #[error("cannot write the report to {path}: {source}")]
    Report { path: String, source: io::Error },
    #[error("cannot read the report {path}: {source}")]
    ReadReport { path: String, source: io::Error },
    #[error("{path}: {source}")]
    BadReport { path: String, source: ReportError },
    #[error("cannot merge: {0}")]
    Merge(#[from] MergeError),
    #[error("no report is asked for: --html, --junit, --markdown or --annotations")]
    NoReport,
    #[error("standard output is wanted for several reports")]
    Stdout,
    #[error("{0} is wanted for several reports")]
    SameFile(String),
    #[error("cannot make the report: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot make the report: {0}")]
    Xml(#[from] JunitError),
    #[error("cannot print: {0}")]
    Print(io::Error),
    #[error("cannot take note of Ctrl-C: {0}")]
    Signal(#[from] ctrlc::Error),
    #[error("cannot show the guest: {0}")]
    Guest(String),
}

/// Does what the arguments ask for.
pub fn main(args: impl IntoIterator<Item = OsString>) -> process::ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too. A reader who has gone away is none of our business.
            let _ = error.print();
            let code = if error.use_stderr() { ExitCode::BadInput } else { ExitCode::Expected };
            return code.into();
        }
    };
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Matrix(args) => matrix::matrix(&args),
        Command::Claims(args) => claims::claims(&args),
        Command::List { which } => list(&which),
        Command::Check { folder, suite } => {
            check(&SuiteArgs { cases: folder.or(suite.cases.clone()), ..suite })
        }
        Command::Show { case, suite } => show::show(&case, &suite),
        Command::Doctor { runtimes } => doctor::doctor(&runtimes),
        Command::CheckRunner(args) => check_runner::check_runner(&args),
        Command::Runtimes(command) => runtimes::runtimes(&command),
        Command::Completions { shell } => completions(shell),
        Command::Litmus(command) => litmus::litmus(&command),
        Command::Schema { litmus } => schema(litmus),
        Command::Report(args) => report::report(&args),
        Command::Merge(args) => report::merge(&args),
        Command::Diff(args) => report::diff(&args),
        Command::Repro(args) => repro::repro(&args),
        Command::Bisect(args) => bisect::bisect(&args),
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Executor { engine, variant, mutant } => {
            executor(&engine, variant.as_deref(), mutant.as_deref())
        }
    };
    match result {
        Ok(code) => code.into(),
        Err(error) => {
            let mut page = Page::new();
            page.add(Tone::Bad, "error: ");
            add_lines(&mut page, &error.to_string());
            page.print_to_stderr();
            ExitCode::BadInput.into()
        }
    }
}

fn add_lines(page: &mut Page, text: &str) {
    for line in text.lines() {
        page.line(Tone::Plain, line);
    }
}

fn print(page: &Page) -> Result<(), CliError> {
    page.print().map_err(CliError::Print)
}

impl SuiteArgs {
    /// Reads the cases, and prints what is wrong with them.
    fn read(&self) -> Catalogue {
        let suite =
            Source { cases: self.cases.clone(), also: self.also_cases.clone(), ..Source::default() }.read();
        print_problems(&suite.problems);
        suite
    }
}

/// What Ctrl-C sets; there is one of it, since a process has one handler.
fn cancelled_by_ctrl_c() -> Result<Cancel, CliError> {
    static CANCEL: OnceLock<Cancel> = OnceLock::new();
    if let Some(cancel) = CANCEL.get() {
        return Ok(cancel.clone());
    }
    let cancel = CANCEL.get_or_init(Cancel::default).clone();
    let handler = cancel.clone();
    ctrlc::set_handler(move || handler.cancel())?;
    Ok(cancel)
}

fn print_problems(problems: &[Problem]) {
    let mut page = Page::new();
    for problem in problems {
        add_lines(&mut page, &problem.to_string());
        page.end();
    }
    page.print_to_stderr();
}

/// What a command ends with whose cases were read like this.
fn code_of(suite: &Catalogue) -> ExitCode {
    if suite.problems.is_empty() { ExitCode::Expected } else { ExitCode::BadInput }
}

/// The cases that a filter finds; all where there is none.
///
/// # Errors
///
/// If a filter is no pattern or finds nothing.
fn chosen(suite: &Catalogue, filters: &[String]) -> Result<Vec<Arc<Case>>, CliError> {
    let patterns: Vec<Pattern> = filters.iter().map(|text| Pattern::new(text)).collect::<Result<_, _>>()?;
    let barren = patterns.iter().find(|pattern| !suite.cases.iter().any(|case| pattern.finds(&case.id)));
    // A case that could not be read may be the one that is meant; that was said already.
    if let Some(pattern) = barren.filter(|_| suite.problems.is_empty()) {
        return Err(CliError::NoCase(format!("`{}`", pattern.as_str())));
    }
    let wanted = |case: &&Arc<Case>| patterns.is_empty() || patterns.iter().any(|p| p.finds(&case.id));
    let cases: Vec<Arc<Case>> = suite.cases.iter().filter(wanted).cloned().collect();
    if cases.is_empty() && suite.problems.is_empty() { Err(CliError::Empty) } else { Ok(cases) }
}

fn list(which: &Which) -> Result<ExitCode, CliError> {
    let suite = which.suite.read();
    let mut page = Page::new();
    for case in chosen(&suite, &which.filters)? {
        page.add(Tone::Bold, &case.id).line(Tone::Plain, &format!("  {}", case.title));
    }
    print(&page)?;
    Ok(code_of(&suite))
}

fn check(args: &SuiteArgs) -> Result<ExitCode, CliError> {
    let suite = args.read();
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut page = Page::new();
    add_unmatched(&mut page, &suite.unmatched());
    let text = format!("{}, {}", plural(suite.cases.len(), "case"), plural(suite.problems.len(), "problem"));
    page.line(if suite.problems.is_empty() { Tone::Good } else { Tone::Bad }, &text);
    print(&page)?;
    Ok(code_of(&suite))
}

fn completions(shell: clap_complete::Shell) -> Result<ExitCode, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "samebytes", &mut text);
    print_raw(&text)
}

fn schema(litmus: bool) -> Result<ExitCode, CliError> {
    let schema = if litmus { crate::litmus::language::schema() } else { crate::case::schema() };
    let mut text = serde_json::to_vec_pretty(&schema)?;
    text.push(b'\n');
    print_raw(&text)
}

/// Prints our own text as it is.
fn print_raw(text: &[u8]) -> Result<ExitCode, CliError> {
    use io::Write as _;
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Print(error)),
        _ => Ok(ExitCode::Expected),
    }
}

fn executor(engine: &str, variant: Option<&str>, mutant: Option<&str>) -> Result<ExitCode, CliError> {
    if engine != WASMTIME {
        return Err(CliError::Engine(engine.to_owned()));
    }
    let missing = |what: &str, name: &str| CliError::Start(format!("there is no {what} `{name}`"));
    let variant = match variant {
        Some(name) => Variant::by_name(name).ok_or_else(|| missing("variant", name))?,
        None => Variant::Cranelift,
    };
    let engine = Wasmtime::variant(variant).map_err(|failure| CliError::Start(failure.to_string()))?;
    let mut engine: Arc<dyn Engine> = Arc::new(engine);
    if let Some(name) = mutant {
        engine = Arc::new(Faulty::new(engine, name).ok_or_else(|| missing("mutant", name))?);
    }
    executor::serve_over(engine, io::stdin().lock(), io::stdout())?;
    Ok(ExitCode::Expected)
}
