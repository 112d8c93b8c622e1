//! A failure as something that somebody can run without this program: for a JavaScript runtime a
//! script with the very code that ran; for wasmtime the module's text, whose `agent0`, `agent1`, ...
//! are each to be called in a thread of its own.

use std::fmt::Write as _;

use crate::litmus::program::Host;

use super::BuildError;
use super::campaign::{Task, TestRun};
use super::fault::Fault;
use super::job::build;
use super::layout::Word;
use super::subject::Subject;
use super::text::outcome_text;

const SCRIPT: &str = include_str!("repro.mjs");

/// A reproduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reproduction {
    /// A name for its file.
    pub file: String,
    /// Its text.
    pub text: String,
    /// How it is started.
    pub command: String,
}

/// The reproduction of a run.
///
/// # Errors
///
/// Where the test cannot be made into code, so that there was no run either.
pub fn reproduction(
    subject: &Subject,
    task: &Task,
    run: &TestRun,
    fault: Option<Fault>,
) -> Result<Reproduction, BuildError> {
    let built = build(&task.test, &run.settings, fault)?;
    let name: String = format!("{}-{}", task.test.id, run.runtime)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "@.".contains(c) { c } else { '-' })
        .collect();
    let mut header = String::new();
    let comment = if subject.script_command.is_some() { "//" } else { ";;" };
    let shown = |text: &str| crate::report::escaped(text);
    let _ = writeln!(header, "{comment} {}: {}", shown(&task.test.id), shown(&task.test.title));
    for link in &task.test.spec {
        let _ = writeln!(header, "{comment} {}", shown(link));
    }
    let _ = writeln!(header, "{comment} Seen in {}, {}", shown(&run.runtime), run.settings.text());
    for row in &run.rows {
        let allowed = if row.allowed { "allowed" } else { "FORBIDDEN" };
        let _ = writeln!(
            header,
            "{comment} {} {} {allowed}",
            row.count,
            shown(&outcome_text(&task.test, &row.outcome))
        );
    }
    let Some(command) = &subject.script_command else {
        let file = format!("{name}.wat");
        let command = format!("samebytes litmus run '{}' --runtime {}", task.test.id, run.runtime);
        return Ok(Reproduction { text: header + &built.wat, file, command });
    };
    for agent in task.test.agents.iter().filter(|agent| agent.host == Host::Wasm) {
        let _ = writeln!(header, "// agent {} runs Wasm, whose text stands at the end", shown(&agent.name));
    }
    // A value of 16 bytes is two words, and is told in two parts.
    let names: Vec<String> = {
        let mut register = 0;
        let named = |location: usize| task.test.locations[location].name.clone();
        let words = built.layout.words.iter();
        words
            .map(|word| match word {
                Word::Register(_) => {
                    register += 1;
                    task.test.registers[register - 1].clone()
                }
                Word::Cell { location, offset: 0, .. } => named(*location),
                Word::Cell { location, .. } => format!("{}-high", named(*location)),
            })
            .collect()
    };
    let allowed: Vec<String> = task
        .allowed
        .iter()
        .map(|outcome| {
            let mut values = Vec::new();
            let mut of = outcome.iter();
            for word in &built.layout.words {
                match word {
                    Word::Cell { offset: 8, .. } => {}
                    _ => values.push(of.next().copied().unwrap_or(0)),
                }
                if let Word::Cell { offset: 8, .. } = word {
                    let whole = values.pop().unwrap_or(0);
                    values.extend([whole & u128::from(u64::MAX), whole >> 64]);
                }
            }
            let parts: Vec<String> =
                names.iter().zip(values).map(|(name, value)| format!("{name}={value};")).collect();
            parts.join(" ")
        })
        .collect();
    let job = &built.job;
    let data = serde_json::json!({
        "wasm": job.wasm, "agents": job.agents, "initial": job.initial, "maximum": job.maximum,
        "fresh": job.fresh, "tables": job.tables, "slots": job.slots, "words": job.words,
        "names": names, "allowed": allowed,
    });
    let data = serde_json::to_string_pretty(&data).unwrap_or_default();
    let mut text = header + &SCRIPT.replace("\"@DATA@\"", &data);
    text.push_str("\n// The module's text:\n");
    for line in built.wat.lines() {
        let _ = writeln!(text, "// {line}");
    }
    Ok(Reproduction { file: format!("{name}.mjs"), text, command: format!("{command} {name}.mjs") })
}
