//! `samebytes litmus run`, and the executor that it starts.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{TestsArgs, chosen, code_of};
use crate::cli::report_files::ReportFile;
use crate::cli::{CliError, ExitCode, cancelled_by_ctrl_c, print, print_raw};
use crate::expectations::Expectations;
use crate::litmus::model::TooLarge;
use crate::litmus::program::Test;
use crate::litmus::run::{
    Budget, Document, Fault, Options, Sensitivity, Session, Settings, Subject, Task, TestRun, Verdict,
    control, document, reproduction, run_test, serve, subjects, summary, test_page,
};
use crate::report::{Page, Tone};
use crate::runtime::Cancel;

/// The arguments of `litmus run`.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct RunArgs {
    /// Parts of ids, or globs over ids; a test is meant if one of them finds it
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    #[command(flatten)]
    tests: TestsArgs,
    /// A runtime, as for `samebytes run`, or `native` for the hardware as Rust threads show it. May be
    /// given several times. Without it: wasmtime, and whatever of node, bun and deno is on PATH
    #[arg(long = "runtime", value_name = "NAME[@VERSION][=COMMAND]")]
    runtimes: Vec<String>,
    /// At least so many instances of each test, in whole batches
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    iterations: u64,
    /// So long for each test instead, as `10s`, `500ms` or `2m`
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "iterations")]
    time: Option<Duration>,
    /// What orders and delays are drawn from; printed, so that a run's settings can be had again
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Look for the settings that show the most different outcomes first
    #[arg(long)]
    search: bool,
    /// End with 1 where a runtime does not show what the machine can show
    #[arg(long)]
    require_sensitive: bool,
    /// Instances that an agent walks between two barriers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch: Option<u32>,
    /// Bytes from one instance of a location to the next
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    stride: Option<u32>,
    /// Bytes by which the arrays of the locations are moved against each other
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(0..=65_536))]
    offset: Option<u32>,
    /// The order of the instances: as in memory, shuffled alike for all agents, or for each apart
    #[arg(long, value_name = "HOW", value_enum)]
    shuffle: Option<crate::litmus::run::Shuffle>,
    /// At most how many rounds of an empty loop an agent lets pass before a batch
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    delay: Option<u32>,
    /// Do not keep agents to processors
    #[arg(long)]
    no_pin: bool,
    /// How much longer than its share of the time an answer may take until it counts as a hang
    #[arg(long, value_name = "SECS", default_value_t = 10)]
    patience: u64,
    /// Write a machine-readable report to a file, or to standard output instead of the screen's
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// The folder for reproductions of failures
    #[arg(long, value_name = "DIR", default_value = ".")]
    reproductions: PathBuf,
    /// A fault to put into the tests' instructions
    #[arg(long, value_name = "NAME", hide = true, value_parser = fault)]
    mutant: Option<Fault>,
}

/// The arguments of the executor.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ExecutorArgs {
    /// `wasmtime` or `native`
    engine: String,
    /// A way to run it
    #[arg(long)]
    variant: Option<String>,
}

fn fault(text: &str) -> Result<Fault, String> {
    let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    Fault::by_name(text).ok_or_else(|| format!("there is {}", names.join(", ")))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 10s, 500ms or 2m, up to a day".to_owned();
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    let seconds = number.trim().parse::<f64>().map_err(|_| wrong())? * unit;
    if seconds > 0.0 && seconds <= 86_400.0 { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) }
}

/// Serves until standard input ends.
pub(super) fn executor(args: &ExecutorArgs) -> Result<ExitCode, CliError> {
    serve(&args.engine, args.variant.as_deref()).map_err(|error| CliError::Start(error.to_string()))?;
    Ok(ExitCode::Expected)
}

impl RunArgs {
    fn options(&self) -> Options {
        let common = Settings::default();
        let settings = Settings {
            batch: self.batch.unwrap_or(common.batch),
            stride: self.stride.unwrap_or(common.stride),
            offset: self.offset.unwrap_or(common.offset),
            shuffle: self.shuffle.unwrap_or(common.shuffle),
            delay: self.delay.unwrap_or(common.delay),
            pin: !self.no_pin,
            seed: self.seed.unwrap_or_else(random_seed),
        };
        let budget = match self.time {
            Some(time) => Budget::Time(time),
            None => Budget::Iterations(self.iterations.max(1)),
        };
        let patience = Duration::from_secs(self.patience.clamp(1, 86_400));
        Options { budget, settings, search: self.search, fault: self.mutant, patience }
    }
}

/// A seed that is short enough to be typed again.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0_u8) >> 32
}

/// Everything that is shown and written while tests run.
struct Reporting<'a> {
    args: &'a RunArgs,
    options: &'a Options,
    expectations: &'a Expectations,
    document: Document,
    runs: Vec<TestRun>,
    controls: Vec<(String, Sensitivity)>,
    missed: bool,
}

/// Runs litmus tests.
pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let subjects = subjects(&args.runtimes, None)?;
    let loaded = args.tests.read()?;
    let entry = |test| Entry { test, task: OnceCell::new() };
    let entries: Vec<Entry<'_>> = chosen(&loaded, &args.filters)?.into_iter().map(entry).collect();
    let file = match args.json.as_deref() {
        None | Some("-") => None,
        Some(path) => Some(ReportFile::open(path)?),
    };
    let options = args.options();
    let cancel = cancelled_by_ctrl_c()?;
    let mut reporting = Reporting {
        args,
        options: &options,
        expectations: &loaded.expectations,
        document: Document::default(),
        runs: Vec::new(),
        controls: Vec::new(),
        missed: false,
    };
    for subject in &subjects {
        if cancel.is_cancelled() {
            break;
        }
        reporting.subject(subject, &entries, &cancel)?;
    }
    reporting.document.interrupted = cancel.is_cancelled();
    let json = || serde_json::to_string_pretty(&reporting.document).map(|text| text + "\n");
    match (file, args.json.as_deref()) {
        (None, Some(_)) => print_raw(json()?.as_bytes()).map(drop)?,
        (Some(file), _) => file.write(&json()?)?,
        (None, None) => {}
    }
    if !reporting.prints_json() {
        print(&summary(&reporting.runs, &reporting.controls))?;
    }
    let failed = reporting.runs.iter().any(TestRun::is_news);
    let insensitive = reporting.controls.iter().any(|(_, control)| control.is_insensitive());
    let codes = [
        (cancel.is_cancelled(), ExitCode::Interrupted),
        (reporting.missed, ExitCode::NoRuntime),
        (failed || (insensitive && args.require_sensitive), ExitCode::News),
    ];
    let applies = codes.into_iter().filter(|(applies, _)| *applies).map(|(_, code)| code);
    Ok(applies.max().unwrap_or(ExitCode::Expected).max(code_of(&loaded)))
}

impl Reporting<'_> {
    fn prints_json(&self) -> bool {
        self.args.json.as_deref() == Some("-")
    }

    fn say(&self, page: &Page) -> Result<(), CliError> {
        if self.prints_json() { Ok(()) } else { print(page) }
    }

    /// All tests in one runtime.
    fn subject(&mut self, subject: &Subject, entries: &[Entry<'_>], cancel: &Cancel) -> Result<(), CliError> {
        let start = || match &subject.invocation {
            Ok(invocation) => Session::start(invocation, cancel).map_err(|error| error.to_string()),
            Err(reason) => Err(reason.clone()),
        };
        let mut session = match start() {
            Ok(session) => session,
            Err(reason) => {
                if cancel.is_cancelled() {
                    return Ok(());
                }
                self.missed |= subject.required;
                self.document.runtimes.push(document::Runtime::missing(&subject.name, &reason));
                let mut page = Page::new();
                page.line(Tone::Notice, &format!("{} is not to be had: {reason}", subject.name));
                page.print_to_stderr();
                return Ok(());
            }
        };
        let sensitivity = control(&mut session, &subject.name, self.options, cancel);
        let products = (session.runtime.clone(), session.engine.clone(), session.platform.clone());
        self.document.runtimes.push(document::Runtime::here(&subject.name, products, &sensitivity));
        let insensitive = sensitivity.is_insensitive();
        if insensitive && !cancel.is_cancelled() {
            let mut page = Page::new();
            page.line(Tone::Notice, &sensitivity.text(&subject.name));
            page.print_to_stderr();
        }
        self.controls.push((subject.name.clone(), sensitivity));
        for entry in entries {
            if cancel.is_cancelled() {
                break;
            }
            let task = entry.task()?;
            if !session.is_alive() {
                match start() {
                    Ok(again) => session = again,
                    Err(reason) => {
                        let mut page = Page::new();
                        page.line(Tone::Bad, &format!("{} does not start again: {reason}", subject.name));
                        page.print_to_stderr();
                        self.missed = true;
                        break;
                    }
                }
            }
            let run = run_test(&mut session, &subject.name, task, self.options, cancel);
            // What a fault does is not what is known.
            let run = match self.args.mutant {
                None => run.held_against(self.expectations, &session, &task.test.id),
                Some(_) => run,
            };
            if run.verdict == Verdict::Interrupted {
                break;
            }
            self.say(&test_page(task, &run, insensitive))?;
            let reproduction = if run.is_news() { self.reproduce(subject, task, &run)? } else { None };
            self.document.runs.push(document::Run::of(task, &run, insensitive, reproduction));
            self.runs.push(run);
        }
        Ok(())
    }

    fn reproduce(&self, subject: &Subject, task: &Task, run: &TestRun) -> Result<Option<String>, CliError> {
        let Ok(reproduction) = reproduction(subject, task, run, self.args.mutant) else { return Ok(None) };
        let path = self.args.reproductions.join(&reproduction.file);
        let shown = path.display().to_string();
        let written = std::fs::create_dir_all(&self.args.reproductions)
            .and_then(|()| std::fs::write(&path, &reproduction.text));
        written.map_err(|source| CliError::Report { path: shown.clone(), source })?;
        let mut page = Page::new();
        page.line(Tone::Plain, &format!("Reproduction in {shown}: {}", reproduction.command)).end();
        self.say(&page)?;
        Ok(Some(shown))
    }
}

/// A test, and what the memory model allows of it once somebody has asked.
struct Entry<'l> {
    test: &'l Test,
    task: OnceCell<Result<Task, TooLarge>>,
}

impl Entry<'_> {
    fn task(&self) -> Result<&Task, TooLarge> {
        self.task.get_or_init(|| Task::of(self.test)).as_ref().map_err(|error| *error)
    }
}
