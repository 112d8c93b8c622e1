//! Who runs litmus tests: the runtimes that `--runtime` chooses, each with another entry than the one
//! for cases, and the native baseline.

use std::path::{Path, PathBuf};

use crate::runtime::Invocation;
use crate::runtime::select::{self, Choice, ChoiceError, Launch};

use super::serve::NATIVE;

/// The runner's entry for litmus tests, beside that for cases.
const ENTRY: &str = "litmus.js";

/// Somebody who runs litmus tests.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its label.
    pub name: String,
    /// How it is started, or why it is not to be had.
    pub invocation: Result<Invocation, String>,
    /// Whether it was asked for by name.
    pub required: bool,
    /// How a reproduction is started, before the script's name; nothing where it is no JavaScript
    /// runtime.
    pub script_command: Option<String>,
}

/// What the user asked for, as [`select::choose`] takes it, with `native` as one more name; or the
/// default set. `own` is this program's file where that is not the one which runs.
///
/// # Errors
///
/// As of [`select::choose`].
pub fn subjects(asked: &[String], own: Option<&Path>) -> Result<Vec<Subject>, ChoiceError> {
    let natives = asked.iter().filter(|name| *name == NATIVE).count();
    if natives > 1 {
        return Err(ChoiceError::Twice(NATIVE.to_owned()));
    }
    let others: Vec<String> = asked.iter().filter(|name| *name != NATIVE).cloned().collect();
    let mut subjects = Vec::new();
    if natives > 0 {
        subjects.push(Subject::native(own));
    }
    if natives == 0 || !others.is_empty() {
        subjects.extend(select::choose(&others)?.iter().map(|choice| Subject::of(choice, own)));
    }
    Ok(subjects)
}

impl Subject {
    /// The native baseline.
    pub fn native(own: Option<&Path>) -> Self {
        let argv =
            program(own).map(|program| vec![program, "litmus".into(), "executor".into(), NATIVE.into()]);
        Self {
            name: NATIVE.to_owned(),
            invocation: argv.map(Invocation::from),
            required: true,
            script_command: None,
        }
    }

    /// A runtime.
    pub fn of(choice: &Choice, own: Option<&Path>) -> Self {
        let arguments = choice.variant.iter().flat_map(|variant| variant.arguments.clone());
        let argv = match &choice.launch {
            Launch::Wasmtime => program(own).map(|program| {
                let words = [program, "litmus".into(), "executor".into(), select::WASMTIME.into()];
                words.into_iter().chain(arguments).collect()
            }),
            Launch::Executor(_) => Err("an executor that is no runner runs no litmus tests".to_owned()),
            _ => choice.argv().map_err(|error| error.to_string()).map(|mut argv: Vec<String>| {
                if let Some(last) = argv.last_mut() {
                    *last = PathBuf::from(&last).with_file_name(ENTRY).display().to_string();
                }
                argv
            }),
        };
        let environment = choice.variant.as_ref().map(|variant| variant.environment.clone());
        let variant = choice.variant().map(str::to_owned);
        let script = choice.command_text();
        Self {
            name: choice.name.clone(),
            invocation: argv.map(|argv| Invocation {
                argv,
                environment: environment.unwrap_or_default(),
                variant,
            }),
            required: choice.required,
            script_command: script.strip_suffix("node-runner/main.js").map(|text| text.trim_end().to_owned()),
        }
    }
}

fn program(own: Option<&Path>) -> Result<String, String> {
    match own {
        Some(path) => Ok(path.display().to_string()),
        None => std::env::current_exe()
            .map(|path| path.display().to_string())
            .map_err(|error| format!("cannot find the program that is running: {error}")),
    }
}
