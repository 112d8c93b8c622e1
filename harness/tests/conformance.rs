//! The suite as tests of this project's own runtimes: wasmtime in this process, everything else in
//! one of its own. What the tests are is the library's (`samebytes::Suite`).
//!
//! `SAMEBYTES_RUNTIMES` chooses runtimes instead of wasmtime and what is on PATH: entries as of
//! `samebytes run --runtime`, separated by commas or line ends (a word of a command that holds a
//! comma is quoted). `SAMEBYTES_REQUIRE` names those whose absence is a failure.

use std::env;
use std::process;
use std::sync::Arc;

use samebytes::Suite;
use samebytes::engine::wasmtime::{Variant, Wasmtime};
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
        suite.with_runtime(&name, required, move || start(&choice))
    }))
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
