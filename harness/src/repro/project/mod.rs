//! A case as a small Rust project, for an engine that is embedded: straight code over wasmtime alone.
//!
//! What a case says of JavaScript's objects is done for wasmtime by our own embedding, so that a
//! project has no text for it. One operation's text is `statement`'s, a value's `literal`'s.

use std::collections::BTreeSet;

use super::guest::guest_text;
use super::script::{Subject, Symptom};
use crate::case::Case;
use crate::case::expect::{Expect, Expected};
use crate::case::plan::Guest;
use crate::engine::wasmtime::Variant;

mod condition;
mod literal;
mod statement;

use condition::{Condition, condition};
use statement::Statements;

/// The features of wasmtime that the project asks for: those with which the bug was seen, and the
/// text format.
const FEATURES: &[&str] = &["cranelift", "pulley", "runtime", "std", "threads", "wat", "winch"];

/// A case that cannot be written as a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// An operation of the JavaScript API.
    #[error("{0} is what the embedding does, so that a project of wasmtime alone cannot show it")]
    Embedding(&'static str),
    /// Something that has no text yet.
    #[error("{0} is not covered by generated projects")]
    Uncovered(&'static str),
}

/// A project's files: their paths, and what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// In the order in which somebody reads them.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Writes the project for a version of wasmtime, run in a variant.
///
/// # Errors
///
/// If something of the case has no text.
pub fn project(subject: &Subject<'_>, version: &str, variant: Variant) -> Result<Project, ProjectError> {
    let case = subject.case;
    if !case.plan.agents.is_empty() {
        return Err(ProjectError::Uncovered("a case of several agents"));
    }
    if subject.symptom != Symptom::Wrong {
        return Err(ProjectError::Uncovered("a crash, or what does not end,"));
    }
    let main = main_file(subject, variant)?;
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest(version).into_bytes()),
        ("src/main.rs".to_owned(), main.into_bytes()),
    ];
    for guest in case.plan.guests.iter().filter(|guest| text_of(case, guest).is_none()) {
        files.push((format!("src/{}.wasm", literal::identifier(&guest.name)), guest.wasm.clone()));
    }
    Ok(Project { files })
}

fn manifest(version: &str) -> String {
    let features: Vec<String> = FEATURES.iter().map(|feature| format!("\"{feature}\"")).collect();
    format!(
        r#"[package]
name = "repro"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
wasmtime = {{ version = "={version}", default-features = false, features = [{}] }}

# It stands alone, wherever it lies.
[workspace]
"#,
        features.join(", ")
    )
}

/// A guest's text, where it is short enough to be read and makes the same module.
fn text_of(case: &Case, guest: &Guest) -> Option<String> {
    let text = guest_text(case, guest);
    let same = wat::parse_str(&text).is_ok_and(|wasm| wasm == guest.wasm);
    (same && !text.contains("\"#")).then_some(text)
}

fn main_file(subject: &Subject<'_>, variant: Variant) -> Result<String, ProjectError> {
    let case = subject.case;
    let expect = case.expected.get(&subject.step).map_or(&Expect::Open, |Expected { expect, .. }| expect);
    let wanted = condition(expect, &case.plan);
    let right = wanted.as_ref().map_or(String::new(), |wanted| wanted.right.clone());
    let mut statements = Statements::new(subject, &right);
    // What an operation says of itself explains more than what its result does.
    let body = statements.text()?;
    let wanted = wanted?;
    let mut text = String::new();
    for line in super::script::comment(&format!("{}.", case.title.trim_end_matches('.'))) {
        text.push_str(&format!("//!{}\n", line.trim_start_matches('/')));
    }
    if let Some(link) = case.spec.first() {
        text.push_str(&format!("//! <{}>\n", super::script::one_line(link)));
    }
    text.push_str("//!\n//! `cargo run`; exit code 1 where it is not so.\n\n");
    let mut names: BTreeSet<&str> = ["Config", "Engine", "Result", "Store"].into();
    names.extend(statements.names());
    let needs = |part: &str| wanted.right.contains(part);
    names.extend(needs("Trap").then_some("Trap"));
    names.extend(if variant == Variant::Winch { Some("Strategy") } else { None });
    text.push_str(&format!("use wasmtime::{{{}}};\n\n", names.into_iter().collect::<Vec<_>>().join(", ")));
    for guest in &case.plan.guests {
        let name = statement::guest_name(&case.plan, &guest.name);
        match text_of(case, guest) {
            Some(wat) => text.push_str(&format!("const {name}: &str = r#\"\n{}\n\"#;\n\n", wat.trim_end())),
            None => {
                let file = literal::identifier(&guest.name);
                text.push_str(&format!("const {name}: &[u8] = include_bytes!(\"{file}.wasm\");\n\n"));
            }
        }
    }
    text.push_str("fn main() -> Result<()> {\n");
    let mut lines = configuration(variant);
    lines.extend(body);
    lines.extend(verdict(subject, &wanted));
    for line in lines.iter().flat_map(|line| line.split('\n')) {
        text.push_str(if line.is_empty() { "" } else { "    " });
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("}\n");
    Ok(text)
}

/// The engine, made as it was when the bug was seen.
fn configuration(variant: Variant) -> Vec<String> {
    let mut lines = vec![
        "let mut config = Config::new();".to_owned(),
        "config.shared_memory(true).wasm_threads(true).wasm_memory64(true).wasm_multi_memory(true);"
            .to_owned(),
    ];
    lines.extend(
        match variant {
            Variant::Cranelift => None,
            Variant::Winch => Some("config.strategy(Strategy::Winch);"),
            Variant::Pulley => {
                Some("config.target(\"pulley64\")?.wasm_threads(false).shared_memory(false);")
            }
            Variant::NoReservation => Some(
                "config.memory_reservation(0).memory_reservation_for_growth(0).memory_may_move(true);\nconfig.wasm_threads(false).shared_memory(false);",
            ),
            Variant::ExplicitBounds => Some(
                "config.memory_guard_size(0).guard_before_linear_memory(false).signals_based_traps(false);",
            ),
        }
        .map(str::to_owned),
    );
    lines.push("let engine = Engine::new(&config)?;".to_owned());
    lines.push("let mut store = Store::new(&engine, ());".to_owned());
    lines.push(String::new());
    lines
}

fn verdict(subject: &Subject<'_>, wanted: &Condition) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("let right = {};", wanted.right),
        printed("expected", &wanted.shown),
        "match actual {".to_owned(),
        "    Ok(value) => println!(\"actual   {value:?}\"),".to_owned(),
        "    Err(error) => println!(\"actual   {error:#}\"),".to_owned(),
        "}".to_owned(),
    ];
    if let Some(link) = subject.case.spec.first() {
        lines.push(printed("clause  ", &literal::string(link)));
    }
    lines.push("std::process::exit(if right { 0 } else { 1 });".to_owned());
    lines
}

/// A line that is printed, of an expression; a string that is known already is part of the format.
fn printed(what: &str, shown: &str) -> String {
    let literal = shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match literal {
        Some(text) => format!("println!(\"{what} {}\");", text.replace('{', "{{").replace('}', "}}")),
        None => format!("println!(\"{what} {{}}\", {shown});"),
    }
}

/// Several types as one.
fn value_types(types: &[&str]) -> String {
    match types {
        [one] => (*one).to_owned(),
        several => format!("({})", several.join(", ")),
    }
}

#[cfg(test)]
mod tests;
