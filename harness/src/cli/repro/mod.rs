//! `samebytes repro`: a divergence as a folder that can be filed.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;

use super::running::seconds;
use super::{CliError, ExitCode, SuiteArgs, add_lines, code_of, print};
use crate::case::Case;
use crate::report::{Page, Tone};
use crate::repro::issue::{Issue, Witness, issue};
use crate::repro::project::project;
use crate::repro::script::{Subject, script};
use crate::repro::{Finding, NoFinding, Side, TRIES, find, right, shrink};
use crate::runtime::Cancel;
use crate::runtime::select::{self, Choice, Launch};
use crate::store::Store;

mod trial;

use trial::Trial;

/// The script's file.
const SCRIPT: &str = "repro.mjs";
/// The issue's file.
const ISSUE: &str = "ISSUE.md";

/// The arguments of `repro`.
#[derive(Args, Clone, Debug)]
pub(super) struct ReproArgs {
    /// The case's id, or a part of it that no other case has
    case: String,
    /// The runtime that is suspected, as for `run`
    #[arg(long, value_name = "NAME[@VERSION][=COMMAND]")]
    runtime: String,
    /// A runtime that is right; may be given several times. Without it: whatever is on PATH and in
    /// the store
    #[arg(long, value_name = "NAME[@VERSION][=COMMAND]")]
    against: Vec<String>,
    /// The folder to write; `repro-` and the case's id where nothing else is said
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keep the steps that do not matter
    #[arg(long)]
    no_minimize: bool,
    /// How long the case may take in a runtime
    #[arg(long, value_name = "SECS", value_parser = seconds, default_value = "10")]
    timeout: Duration,
    #[command(flatten)]
    suite: SuiteArgs,
}

/// Files: their paths within the folder, and what is in them.
type Files = Vec<(String, Vec<u8>)>;

/// Why a reproduction ends early: what is said, and what the program ends with.
struct Stop(ExitCode, String);

/// Writes a reproduction and tries it out.
pub(super) fn repro(args: &ReproArgs) -> Result<ExitCode, CliError> {
    let suspect = select::parse(&args.runtime)?;
    let against = args.against.iter().map(|text| select::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let suite = args.suite.read();
    let case = super::show::find(&suite, &args.case)?;
    let cancel = Cancel::default();
    let handler = cancel.clone();
    ctrlc::set_handler(move || handler.cancel())?;
    let work = Work { args, cancel, bar: ProgressBar::new_spinner() };
    let result = work.run(case, suspect, against);
    work.bar.finish_and_clear();
    match result {
        Ok(page) => {
            print(&page.0)?;
            Ok(code_of(&suite).max(page.1))
        }
        Err(Stop(code, text)) => {
            let mut page = Page::new();
            page.add(Tone::Bad, "error: ");
            add_lines(&mut page, &text);
            page.print_to_stderr();
            Ok(code)
        }
    }
}

struct Work<'a> {
    args: &'a ReproArgs,
    cancel: Cancel,
    bar: ProgressBar,
}

impl Work<'_> {
    fn run(&self, case: &Case, suspect: Choice, against: Vec<Choice>) -> Result<(Page, ExitCode), Stop> {
        let start = |choice: Choice| {
            self.bar.set_message(format!("{}: starting", choice.name));
            Side::start(choice, self.args.timeout, &self.cancel)
        };
        let name = suspect.name.clone();
        let failed =
            |name: &str, error: &dyn std::fmt::Display| Stop(ExitCode::NoRuntime, format!("{name}: {error}"));
        let folder = self.folder(case)?;
        let mut suspect = start(suspect).map_err(|error| failed(&name, &error))?;
        let named = !against.is_empty();
        let mut others = Vec::new();
        for choice in if named { against } else { whatever_is_here(&name) } {
            let name = choice.name.clone();
            match start(choice) {
                Ok(side) => others.push(side),
                Err(error) if named => return Err(failed(&name, &error)),
                Err(_) => {}
            }
        }
        let (finding, reference, tries) = self.find(case, &mut suspect, &mut others)?;
        let reduced = if self.args.no_minimize {
            finding.case_of(&finding.upto())
        } else {
            let tell = &mut |asked: u32, steps: usize| {
                self.bar.set_message(format!("leaving out what does not matter: {steps} steps, run {asked}"));
                self.bar.tick();
            };
            let right = reference.and_then(|index| others.get_mut(index));
            shrink(&finding, &mut suspect, right, tries, &self.cancel, tell).case
        };
        self.stopped()?;
        let failing = finding.failing();
        let subject =
            Subject { case: &reduced, step: finding.step, symptom: finding.symptom, failing: &failing };
        let files = files(&subject, &suspect)
            .map_err(|reason| Stop(ExitCode::BadInput, format!("{}: {reason}", case.id)))?;
        let folder = write(&folder, &files).map_err(|error| unwritable(&folder, &error))?;
        let trial = Trial { work: self, subject: &subject, folder: &folder, files: &files };
        let (suspected, ran) = trial.witness(&suspect, tries)?;
        let mut witnesses = Vec::new();
        for side in &others {
            witnesses.push(trial.witness(side, 1)?.0);
        }
        let report = Issue {
            case: &reduced,
            symptom: finding.symptom,
            reason: &finding.reason,
            command: &trial::command_line(&suspect.choice),
            output: &trial::output(ran.as_ref()),
            suspect: &suspected,
            others: &witnesses,
            files: &told(&files, &suspect.choice),
        };
        let issue = (ISSUE.to_owned(), issue(&report).into_bytes());
        write(&folder, std::slice::from_ref(&issue)).map_err(|error| unwritable(&folder, &error))?;
        let names: Vec<&str> = files.iter().chain([&issue]).map(|(name, _)| name.as_str()).collect();
        let right = reference.and_then(|index| witnesses.get(index)).map(|witness| witness.shows);
        let steps = (case.plan.steps.len(), reduced.plan.steps.len());
        let page = self.page(&finding, &suspected, &witnesses, right, steps);
        Ok(listed(page, &folder, &names))
    }

    /// Where to write: a folder that is not there, or in which nothing is.
    fn folder(&self, case: &Case) -> Result<PathBuf, Stop> {
        let named = self.args.out.clone();
        let folder = named.unwrap_or_else(|| PathBuf::from(format!("repro-{}", slug(&case.id))));
        match fs::read_dir(&folder).map(|mut entries| entries.next().is_none()) {
            Ok(false) => {
                let text = format!(
                    "{} is there and is not empty: remove it, or name another by --out",
                    folder.display()
                );
                Err(Stop(ExitCode::BadInput, text))
            }
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(&folder, &error)),
            _ => Ok(folder),
        }
    }

    fn stopped(&self) -> Result<(), Stop> {
        match self.cancel.is_cancelled() {
            true => Err(Stop(ExitCode::Interrupted, "interrupted".to_owned())),
            false => Ok(()),
        }
    }

    /// What is wrong, which of the others is right, and how often one must look to see it.
    fn find(
        &self,
        case: &Case,
        suspect: &mut Side,
        others: &mut [Side],
    ) -> Result<(Finding, Option<usize>, u32), Stop> {
        let name = &suspect.choice.name;
        if let Some(lack) = suspect.lacks(case) {
            return Err(Stop(ExitCode::BadInput, format!("{name}: {lack}")));
        }
        let interrupted = || Stop(ExitCode::Interrupted, "interrupted".to_owned());
        let mut records = Vec::new();
        for (index, other) in others.iter_mut().enumerate().filter(|(_, other)| other.lacks(case).is_none()) {
            self.bar.set_message(format!("{}: running the case", other.choice.name));
            records.push((index, other.run(case, &self.cancel).ok_or_else(interrupted)?));
        }
        let mut tries = 1;
        loop {
            self.bar.set_message(format!("{}: running the case", suspect.choice.name));
            let record = suspect.run(case, &self.cancel).ok_or_else(interrupted)?;
            let found = find(case, &record, None)
                .map(|found| (found.step, found.symptom))
                .ok()
                .and_then(|(step, symptom)| {
                    records.iter().find(|(_, record)| right(case, record, step, symptom))
                })
                .or_else(|| records.first().filter(|_| !self.args.against.is_empty()));
            match find(case, &record, found.map(|(_, record)| record)) {
                Ok(finding) => {
                    let reference = found.filter(|(_, record)| finding.is_right(&finding.case, record));
                    let together = case.plan.steps.iter().any(|step| step.start.is_some());
                    let tries = if tries > 1 || together { TRIES } else { 1 };
                    return Ok((finding, reference.map(|(index, _)| *index), tries));
                }
                Err(NoFinding::Passes) if tries < TRIES => tries += 1,
                Err(error) => {
                    let text = format!("{}: {}: {error}", case.id, suspect.choice.name);
                    return Err(Stop(ExitCode::BadInput, text));
                }
            }
        }
    }

    fn page(
        &self,
        finding: &Finding,
        suspect: &Witness,
        others: &[Witness],
        right: Option<Option<bool>>,
        (before, after): (usize, usize),
    ) -> (Page, ExitCode) {
        let mut page = Page::new();
        page.add(Tone::Bold, &finding.case.id).line(Tone::Plain, &format!(", {}", suspect.name));
        page.wrapped(Tone::Plain, 0, 0, &format!("step {}: {}", finding.step, finding.reason));
        page.line(Tone::Dim, &format!("{after} of {before} steps are left"));
        page.end();
        let all = || [suspect].into_iter().chain(others);
        let width = all().map(|witness| witness.name.chars().count()).max().unwrap_or(0);
        for witness in all() {
            let (tone, word) = match witness.shows {
                Some(true) => (Tone::Bad, "shows it"),
                Some(false) => (Tone::Good, "does not"),
                None => (Tone::Dim, "unknown"),
            };
            let remark =
                if witness.remark.is_empty() { String::new() } else { format!(" ({})", witness.remark) };
            page.add(tone, word).line(Tone::Plain, &format!("  {:<width$}{remark}", witness.name));
        }
        let complaint = match (suspect.shows, right) {
            (Some(true), Some(Some(false))) => return (page, ExitCode::Expected),
            (Some(true), None) => {
                page.line(
                    Tone::Notice,
                    "no runtime here is known to be right, so that little was left out and nothing was compared",
                );
                return (page, ExitCode::Expected);
            }
            (Some(true), Some(Some(true))) => "it shows in a runtime that is right, too",
            (Some(true), Some(None)) => "it shows, but the runtime that is right could not run it",
            _ => "what was written does not show what the case shows",
        };
        page.line(Tone::Bad, complaint);
        (page, ExitCode::News)
    }
}

/// What is written for the suspect: a script, and before it a project where the suspect is an engine
/// that scripts cannot reach.
fn files(subject: &Subject<'_>, suspect: &Side) -> Result<Files, String> {
    let script = script(subject).map(|text| (SCRIPT.to_owned(), text.into_bytes()));
    match suspect.choice.launch {
        Launch::Wasmtime => {
            let version = &suspect.handshake().runtime.version;
            let project = project(subject, version, trial::variant(&suspect.choice));
            let mut files = project.map_err(|error| error.to_string())?.files;
            files.extend(script.ok());
            Ok(files)
        }
        _ => Ok(vec![script.map_err(|error| error.to_string())?]),
    }
}

/// The files that the issue shows: those that the suspect runs, and that are text.
fn told<'f>(files: &'f Files, suspect: &Choice) -> Vec<(&'f str, &'f str)> {
    let embedded = suspect.launch == Launch::Wasmtime;
    let belongs = |name: &str| !embedded || name != SCRIPT;
    let files = files.iter().filter(|(name, _)| belongs(name));
    files.filter_map(|(name, bytes)| Some((name.as_str(), std::str::from_utf8(bytes).ok()?))).collect()
}

/// Writes files into a folder, whose absolute path it gives.
fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for (name, bytes) in files {
        let file = folder.join(name);
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(file, bytes)?;
    }
    std::path::absolute(folder)
}

fn unwritable(folder: &Path, error: &io::Error) -> Stop {
    Stop(ExitCode::BadInput, format!("cannot write {}: {error}", folder.display()))
}

fn listed((mut page, code): (Page, ExitCode), folder: &Path, names: &[&str]) -> (Page, ExitCode) {
    page.end();
    for name in names {
        page.line(Tone::Plain, &folder.join(name).display().to_string());
    }
    (page, code)
}

fn slug(id: &str) -> String {
    let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The runtimes on PATH and in the store, but one.
fn whatever_is_here(but: &str) -> Vec<Choice> {
    let on_path =
        select::default_set().into_iter().filter(|choice| matches!(choice.launch, Launch::Runner(_)));
    let entries = Store::of_user().and_then(|store| store.entries()).unwrap_or_default();
    let of_store = entries.iter().map(select::of_entry);
    let there = |choice: &Choice| matches!(choice.launch, Launch::Runner(_)) && choice.name != but;
    on_path.chain(of_store).filter(there).collect()
}
