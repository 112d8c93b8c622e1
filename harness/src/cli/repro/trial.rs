//! Tries a reproduction out: what was written, run as its reader will run it.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{ExitCode, Files, SCRIPT, Stop, Work, write};
use crate::engine::wasmtime::Variant;
use crate::repro::Side;
use crate::repro::issue::Witness;
use crate::repro::launch::{self, Ran};
use crate::repro::project::project;
use crate::repro::script::{Subject, Symptom};
use crate::runtime::select::{self, Choice, Launch};
use crate::store::Store;

/// How long a project may take, most of which is the engine's compilation when that is new.
const BUILD: Duration = Duration::from_mins(30);

/// What is tried out.
pub(super) struct Trial<'t> {
    pub(super) work: &'t Work<'t>,
    pub(super) subject: &'t Subject<'t>,
    /// Where it lies.
    pub(super) folder: &'t Path,
    pub(super) files: &'t Files,
}

impl Trial<'_> {
    /// Runs it in a runtime, which may need several tries to show its bug.
    pub(super) fn witness(&self, side: &Side, tries: u32) -> Result<(Witness, Option<Ran>), Stop> {
        let mut witness = Witness {
            name: side.choice.name.clone(),
            handshake: side.handshake().clone(),
            shows: None,
            remark: String::new(),
        };
        let script = self.files.iter().any(|(name, _)| name == SCRIPT);
        let reason = match side.choice.launch {
            Launch::Wasmtime if !self.is_project() => Some("it runs no scripts"),
            Launch::Runner(_) if !script => Some("the case has no script"),
            _ => None,
        };
        if let Some(lack) = side.lacks(self.subject.case).or(reason.map(str::to_owned)) {
            return Ok((Witness { remark: lack, ..witness }, None));
        }
        let mut last = None;
        for round in 0..tries.max(1) {
            let ran = self.run(side);
            let ran = ran.map_err(|error| Stop(ExitCode::NoRuntime, format!("{}: {error}", witness.name)))?;
            self.work.stopped()?;
            let Some(ran) = ran else { return Ok((witness, None)) };
            (witness.shows, witness.remark) = seen(&ran, self.subject.symptom);
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

    fn is_project(&self) -> bool {
        self.files.iter().any(|(name, _)| name == "Cargo.toml")
    }

    fn run(&self, side: &Side) -> io::Result<Option<Ran>> {
        let Work { args, bar, cancel } = self.work;
        let name = &side.choice.name;
        if side.choice.launch != Launch::Wasmtime {
            let patience = args.timeout.max(Duration::from_secs(10)) + Duration::from_secs(20);
            bar.set_message(format!("{name}: running the script"));
            return launch::run(&side.choice, &self.folder.join(SCRIPT), patience, cancel);
        }
        bar.set_message(format!("{name}: running the project, and compiling wasmtime if that is new"));
        bar.enable_steady_tick(Duration::from_millis(200));
        // The same project, for the variant that is asked.
        let version = &side.handshake().runtime.version;
        let files = project(self.subject, version, variant(&side.choice)).map_err(io::Error::other)?.files;
        let folder = tempfile::tempdir()?;
        write(folder.path(), &files)?;
        let ran = launch::project(folder.path(), &target_folder(), BUILD, cancel);
        bar.disable_steady_tick();
        ran
    }
}

/// Which way of running wasmtime is meant.
pub(super) fn variant(choice: &Choice) -> Variant {
    choice.variant().and_then(Variant::by_name).unwrap_or(Variant::Cranelift)
}

/// Where projects are compiled: all in one folder, so that the engine is compiled once.
fn target_folder() -> PathBuf {
    if let Some(folder) = env::var_os("CARGO_TARGET_DIR") {
        return folder.into();
    }
    let store = Store::of_user().ok();
    let cache = store.as_ref().and_then(|store| store.folder().parent()).map(Path::to_owned);
    cache.unwrap_or_else(env::temp_dir).join("projects")
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

pub(super) fn output(ran: Option<&Ran>) -> String {
    let Some(ran) = ran else { return String::new() };
    let mut text = ran.stdout.trim_end().to_owned();
    let stderr: Vec<&str> = ran.stderr.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    if !stderr.is_empty() {
        text = format!("{text}\n{}", stderr.join("\n"));
    }
    text
}

/// What somebody types who has the runtime on PATH.
pub(super) fn command_line(choice: &Choice) -> String {
    if choice.launch == Launch::Wasmtime {
        return "cargo run".to_owned();
    }
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
