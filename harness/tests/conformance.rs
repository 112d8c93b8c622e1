//! The suite as tests of this project's own runtimes: wasmtime in this process, everything else in
//! one of its own. What the tests are is the library's (`samebytes::Suite`).
//!
//! Beside them a few litmus tests race in each runtime, `litmus::<runtime>::<test>`, always in a
//! process of their own.
//!
//! `SAMEBYTES_RUNTIMES` chooses runtimes instead of wasmtime and what is on PATH: entries as of
//! `samebytes run --runtime`, separated by commas or line ends (a word of a command that holds a
//! comma is quoted). `SAMEBYTES_REQUIRE` names those whose absence is a failure.

use std::env;
use std::path::Path;
use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libtest_mimic::Trial;

use samebytes::Suite;
use samebytes::engine::wasmtime::{Variant, Wasmtime};
use samebytes::litmus::run::{SMOKE, Session, Subject, Task, Verdict, smoke_tasks, smoke_test};
use samebytes::report::escaped;
use samebytes::runtime::select::{self, Choice, Launch};
use samebytes::runtime::{Cancel, InProcess, Limits, Runtime};

fn main() {
    match suite() {
        Ok(suite) => suite.run_tests(),
        Err(message) => {
            eprintln!("error: {message}");
            process::exit(2);
        }
    }
}

fn suite() -> Result<Suite, String> {
    let choices = select::choose(&list("SAMEBYTES_RUNTIMES"))
        .map_err(|error| format!("SAMEBYTES_RUNTIMES: {error}"))?;
    let mut required = list("SAMEBYTES_REQUIRE");
    // The page's tests want it; it runs no cases.
    required.retain(|name| name != "chromium");
    let chosen = |name: &&String| choices.iter().any(|choice| choice.is_called(name));
    if let Some(name) = required.iter().find(|name| !chosen(name)) {
        return Err(format!("SAMEBYTES_REQUIRE names `{name}`, which SAMEBYTES_RUNTIMES does not choose"));
    }
    Ok(choices.into_iter().fold(Suite::bundled(), |suite, choice| {
        let required = required.iter().any(|name| choice.is_called(name));
        let name = choice.name.clone();
        let racer = Subject::of(&choice, Some(Path::new(env!("CARGO_BIN_EXE_samebytes"))));
        let races = (0..SMOKE.len()).map(|place| litmus_trial(&racer, place, required));
        suite.with_trials(races).with_runtime(&name, required, move || start(&choice))
    }))
}

/// One of the litmus tests that belong to every run.
fn litmus_trial(racer: &Subject, place: usize, required: bool) -> Trial {
    // Agents want the processors for themselves, and the oracle is asked once.
    static RACING: Mutex<()> = Mutex::new(());
    static TASKS: OnceLock<Vec<(Task, u64)>> = OnceLock::new();
    let (id, _) = SMOKE[place];
    let racer = racer.clone();
    let lacks = match &racer.invocation {
        Err(reason) if !required => Some(escaped(reason)),
        _ if racer.script_command.is_none() && id.contains("=js") => Some("it has no JavaScript".to_owned()),
        _ => None,
    };
    let name = format!("litmus::{}::{}", racer.name, id.strip_prefix("litmus/").unwrap_or(id));
    let trial = Trial::test(name, move || {
        let tasks = TASKS.get_or_init(smoke_tasks);
        let (task, iterations) =
            tasks.iter().find(|(task, _)| task.test.id == id).ok_or("the suite has no such litmus test")?;
        let _alone = RACING.lock().unwrap_or_else(PoisonError::into_inner);
        let cancel = Cancel::default();
        let invocation = racer.invocation.as_ref().map_err(|reason| reason.as_str())?;
        let mut session = Session::start(invocation, &cancel).map_err(|error| error.to_string())?;
        let run = smoke_test(&mut session, &racer.name, task, *iterations, &cancel);
        match &run.verdict {
            Verdict::Pass => Ok(()),
            verdict => {
                let bad = run.rows.iter().filter(|row| !row.allowed);
                let bad: Vec<String> =
                    bad.map(|row| format!("{} times {:?}", row.count, row.outcome)).collect();
                let reason = escaped(&verdict.reason().unwrap_or_default());
                Err(format!("{}: {reason} {}", verdict.name(), bad.join(", ")).into())
            }
        }
    });
    match lacks {
        Some(reason) => trial.with_kind(reason.replace(['[', ']'], "|")).with_ignored_flag(true),
        None => trial,
    }
}

fn start(choice: &Choice) -> Result<Box<dyn Runtime>, String> {
    match choice.launch {
        Launch::Wasmtime => {
            let variant = choice.variant().and_then(Variant::by_name).unwrap_or(Variant::Cranelift);
            let engine = Wasmtime::variant(variant).map_err(|failure| format!("{failure:?}"))?;
            Ok(Box::new(InProcess::new(Arc::new(engine)).of_variant(choice.variant())))
        }
        _ => match choice.start(Limits::default(), &Cancel::default()) {
            Ok(spawned) => Ok(Box::new(spawned)),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// The entries of a variable, separated by commas or line ends outside quotes.
fn list(variable: &str) -> Vec<String> {
    let text = env::var(variable).unwrap_or_default();
    let mut entries = vec![String::new()];
    let mut quote = None;
    for char in text.chars() {
        match (quote, char) {
            (None, ',' | '\n') => {
                entries.push(String::new());
                continue;
            }
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
        if let Some(entry) = entries.last_mut() {
            entry.push(char);
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect()
}
