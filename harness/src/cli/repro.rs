//! `samebytes repro`: a divergence as a folder that can be filed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;

use super::running::seconds;
use super::{CliError, ExitCode, SuiteArgs, add_lines, code_of, print};
use crate::case::Case;
use crate::report::{Page, Tone};
use crate::repro::issue::{Issue, Witness, issue};
use crate::repro::launch::{self, Ran};
use crate::repro::script::{Subject, Symptom, script};
use crate::repro::{Finding, NoFinding, Side, TRIES, find, right, shrink};
use crate::runtime::Cancel;
use crate::runtime::select::{self, Choice, Launch};
use crate::store::Store;

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
        if matches!(suspect.launch, Launch::Wasmtime) {
            let text = format!("{name}: reproductions are scripts, and an embedded engine runs none");
            return Err(Stop(ExitCode::BadInput, text));
        }
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
        let text =
            script(&subject).map_err(|error| Stop(ExitCode::BadInput, format!("{}: {error}", case.id)))?;
        let folder =
            self.args.out.clone().unwrap_or_else(|| PathBuf::from(format!("repro-{}", slug(&case.id))));
        let file = folder.join(SCRIPT);
        let unwritable = |error: std::io::Error| {
            Stop(ExitCode::BadInput, format!("cannot write {}: {error}", folder.display()))
        };
        fs::create_dir_all(&folder).map_err(unwritable)?;
        fs::write(&file, text).map_err(unwritable)?;
        let file = std::path::absolute(&file).map_err(unwritable)?;
        let (suspected, ran) = self.witness(&suspect, &reduced, &file, finding.symptom, tries)?;
        let mut witnesses = Vec::new();
        for side in &others {
            witnesses.push(self.witness(side, &reduced, &file, finding.symptom, 1)?.0);
        }
        let report = Issue {
            case: &reduced,
            symptom: finding.symptom,
            reason: &finding.reason,
            command: &command_line(&suspect.choice),
            output: &output(ran.as_ref()),
            suspect: &suspected,
            others: &witnesses,
            file: SCRIPT,
        };
        fs::write(folder.join(ISSUE), issue(&report)).map_err(unwritable)?;
        let right =
            reference.and_then(|index| witnesses.get(index)).map(|witness| witness.shows == Some(false));
        let steps = (case.plan.steps.len(), reduced.plan.steps.len());
        Ok(self.page(&finding, &folder, &suspected, &witnesses, right, steps))
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

    /// Runs the script, which may need several tries to show its bug.
    fn witness(
        &self,
        side: &Side,
        case: &Case,
        file: &Path,
        symptom: Symptom,
        tries: u32,
    ) -> Result<(Witness, Option<Ran>), Stop> {
        let mut witness = Witness {
            name: side.choice.name.clone(),
            handshake: side.handshake().clone(),
            shows: None,
            remark: String::new(),
        };
        if let Some(lack) =
            side.lacks(case).or_else(|| (!side.runs_scripts()).then(|| "it runs no scripts".to_owned()))
        {
            return Ok((Witness { remark: lack, ..witness }, None));
        }
        let patience = self.args.timeout.max(Duration::from_secs(10)) + Duration::from_secs(20);
        let mut last = None;
        for round in 0..tries.max(1) {
            self.bar.set_message(format!("{}: running the script", witness.name));
            let ran = launch::run(&side.choice, file, patience, &self.cancel);
            let ran = ran.map_err(|error| Stop(ExitCode::NoRuntime, format!("{}: {error}", witness.name)))?;
            self.stopped()?;
            let Some(ran) = ran else { return Ok((witness, None)) };
            (witness.shows, witness.remark) = seen(&ran, symptom);
            last = Some(ran);
            if round > 0 && witness.shows == Some(true) {
                "not every time".clone_into(&mut witness.remark);
            }
            if witness.shows != Some(false) {
                break;
            }
        }
        Ok((witness, last))
    }

    fn page(
        &self,
        finding: &Finding,
        folder: &Path,
        suspect: &Witness,
        others: &[Witness],
        right: Option<bool>,
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
        page.end();
        for name in [SCRIPT, ISSUE] {
            page.line(Tone::Plain, &folder.join(name).display().to_string());
        }
        let complaint = match (suspect.shows, right) {
            (Some(true), Some(true)) => return (page, ExitCode::Expected),
            (Some(true), None) => {
                page.line(
                    Tone::Notice,
                    "no runtime here is known to be right, so that little was left out and nothing was compared",
                );
                return (page, ExitCode::Expected);
            }
            (Some(true), Some(false)) => "the script shows it in a runtime that is right, too",
            _ => "the script does not show what the case shows",
        };
        page.line(Tone::Bad, complaint);
        (page, ExitCode::News)
    }
}

/// Does a run of the script show the bug, and what is to be said of it?
fn seen(ran: &Ran, symptom: Symptom) -> (Option<bool>, String) {
    match (ran.code, symptom) {
        _ if ran.late => (None, "the script did not end".to_owned()),
        (Some(0), _) => (Some(false), String::new()),
        (Some(1), _) if symptom == Symptom::Crash || ran.stdout.contains("actual") => {
            (Some(true), String::new())
        }
        (None, Symptom::Crash) => (Some(true), "it was ended by a signal".to_owned()),
        (Some(code), Symptom::Crash) if code != 2 => (Some(true), format!("exit code {code}")),
        (code, _) => {
            let last = ran.stderr.lines().find(|line| line.contains("rror")).unwrap_or_default().trim();
            let code = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
            (None, format!("{code} {last}").trim().to_owned())
        }
    }
}

fn output(ran: Option<&Ran>) -> String {
    let Some(ran) = ran else { return String::new() };
    let mut text = ran.stdout.trim_end().to_owned();
    let stderr: Vec<&str> = ran.stderr.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    if !stderr.is_empty() {
        text = format!("{text}\n{}", stderr.join("\n"));
    }
    text
}

/// What somebody types who has the runtime on PATH.
fn command_line(choice: &Choice) -> String {
    let variables = choice.variant.iter().flat_map(|variant| &variant.environment);
    let variables: String =
        variables.map(|(name, value)| format!("{name}={} ", shell_words::quote(value))).collect();
    let flags = choice.variant.iter().flat_map(|variant| &variant.arguments).cloned();
    let words: Vec<String> = match select::KNOWN.iter().find(|known| known.name == choice.kind()) {
        Some(known) => {
            let own = [known.name].into_iter().chain(known.args.iter().copied()).map(str::to_owned);
            own.chain(flags).collect()
        }
        None => match &choice.launch {
            Launch::Runner(words) => words.iter().cloned().chain(flags).collect(),
            _ => vec![choice.name.clone()],
        },
    };
    format!("{variables}{} {SCRIPT}", shell_words::join(words))
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
