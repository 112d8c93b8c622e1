//! A case as one straight script that somebody could have written for this bug alone: the guest
//! inlined, each step a statement, nothing of ours in it.
//!
//! Which steps there are, and what the bug is, is decided before. Here is the order of a script's
//! parts; one agent's statements are `agent`'s, one operation's text `operation`'s.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::case::Case;
use crate::case::expect::{Expect, Expected};
use crate::case::plan::{MAIN, Op, Plan, Via};

mod agent;
mod expectation;
mod frame;
mod helper;
mod literal;
mod operation;
mod routes;
mod within;

use agent::Agent;
use expectation::{COMPLETED, Expectation, expectation};
use operation::Helper;
use routes::Routes;

use super::parts::all_steps;

/// How the bug shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// The step does something else.
    Wrong,
    /// The runtime breaks.
    Crash,
    /// The step does not come to an end.
    Timeout,
}

/// What a script is made of.
#[derive(Clone, Debug)]
pub struct Subject<'c> {
    /// The case. Its plan holds what the script does, and no more.
    pub case: &'c Case,
    /// The step that shows the bug.
    pub step: u32,
    /// How it shows.
    pub symptom: Symptom,
    /// The steps that do not complete everywhere.
    pub failing: &'c BTreeSet<u32>,
}

/// A case that cannot be written as a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// An operation that has no text yet.
    #[error("{0} is not covered by generated scripts")]
    Operation(&'static str),
    /// A value that a script cannot state.
    #[error("an operand or an expected value of this case is not covered by generated scripts")]
    Operand,
}

/// How wide a script may be.
const WIDTH: usize = 118;
/// How long a script waits for what does not end, in milliseconds.
const PATIENCE_MS: u32 = 5000;

/// Writes the script.
///
/// # Errors
///
/// If something of the case has no text.
pub fn script(subject: &Subject<'_>) -> Result<String, ScriptError> {
    let plan = &subject.case.plan;
    let helpers = RefCell::default();
    let routes = Routes::new(plan);
    let expect =
        subject.case.expected.get(&subject.step).map_or(&Expect::Open, |Expected { expect, .. }| expect);
    let expectation = match (subject.symptom, expect) {
        (Symptom::Wrong, expect) => expectation(expect, subject.step, plan)?,
        // What it comes to is not in question.
        (Symptom::Crash | Symptom::Timeout, _) => {
            let shown = literal::string("that it comes to an end");
            Expectation { shown, right: String::new(), kept: false, negated: false }
        }
    };
    let script = Script { subject, plan, routes: &routes, expectation, helpers: &helpers };
    script.text()
}

/// A script that is being written.
struct Script<'s> {
    subject: &'s Subject<'s>,
    plan: &'s Plan,
    routes: &'s Routes,
    expectation: Expectation,
    helpers: &'s RefCell<BTreeSet<Helper>>,
}

impl Script<'_> {
    fn text(&self) -> Result<String, ScriptError> {
        let main = Agent::new(self, MAIN).body()?;
        let workers = self.plan.agents.iter();
        let workers = workers.map(|name| Ok((name.as_str(), Agent::new(self, name).body()?)));
        let workers = workers.collect::<Result<Vec<_>, ScriptError>>()?;
        let mut parts = vec![self.head()];
        parts.extend(self.guests());
        let helpers = self.helpers.borrow();
        let helpers: Vec<&str> = helpers.iter().filter_map(|helper| helper::text(*helper)).collect();
        if !helpers.is_empty() {
            parts.push(helpers.join("\n"));
        }
        if workers.is_empty() {
            parts.push(main.join("\n"));
        } else {
            parts.push(helper::turns(self.routes.words(), &indented(&self.given_up(), 3).join("\n")));
            parts.push(helper::reader(self.messages_fail(), self.routes.has_channels()));
            parts.push(self.branches(&main, &workers));
        }
        let mut text = parts.join("\n\n");
        if self.is_watched() {
            text = self.watched(&parts[0], &parts[1..].join("\n\n"));
        }
        text.push('\n');
        Ok(text)
    }

    /// The bug in the words of the case, and what the script needs of the runtime.
    fn head(&self) -> String {
        let case = self.subject.case;
        let mut lines = comment(&format!("{}.", case.title.trim_end_matches('.')));
        lines.extend(case.spec.first().map(|link| format!("// {}", one_line(link))));
        let names = "node repro.mjs, bun repro.mjs, deno run -A repro.mjs; exit code 1 where it is not so.";
        lines.extend(comment(names));
        if self.is_watched() {
            lines.push("import { spawnSync } from \"node:child_process\";".to_owned());
        }
        if self.helpers.borrow().contains(&Helper::Buffer) {
            lines.push("import { Buffer } from \"node:buffer\";".to_owned());
        }
        if self.helpers.borrow().contains(&Helper::Sha256) {
            lines.push("import { createHash } from \"node:crypto\";".to_owned());
        }
        lines.push("import process from \"node:process\";".to_owned());
        if !self.plan.agents.is_empty() {
            let mut names = vec!["Worker", "isMainThread", "parentPort"];
            if self.routes.has_channels() {
                names.insert(0, "MessageChannel");
            }
            if self.routes.has_worker_data() {
                names.push("workerData");
            }
            lines.push(format!("import {{ {} }} from \"node:worker_threads\";", names.join(", ")));
        }
        lines.join("\n")
    }

    /// The guests that are there, each as a comment that can be read and bytes that cannot.
    fn guests(&self) -> Vec<String> {
        let guest = |guest: &crate::case::plan::Guest| {
            let text = super::guest_text(self.subject.case, guest);
            let mut lines: Vec<String> =
                text.lines().map(|line| format!("// {}", one_line(line)).trim_end().to_owned()).collect();
            let encoded = BASE64_STANDARD.encode(&guest.wasm);
            let pieces: Vec<&str> = encoded
                .as_bytes()
                .chunks(WIDTH - 8)
                .map(|piece| std::str::from_utf8(piece).unwrap_or_default())
                .collect();
            let bytes = self.bytes_name(&guest.name);
            match pieces.as_slice() {
                [one] if one.len() < WIDTH - 60 => lines.push(format!(
                    "const {bytes} = Uint8Array.from(atob(\"{one}\"), (c) => c.charCodeAt(0));"
                )),
                pieces => {
                    let wasm = if bytes == "bytes" { "wasm".to_owned() } else { format!("{bytes}Text") };
                    let pieces: Vec<String> = pieces.iter().map(|piece| format!("  \"{piece}\"")).collect();
                    lines.push(format!("const {wasm} =\n{};", pieces.join(" +\n")));
                    lines.push(format!(
                        "const {bytes} = Uint8Array.from(atob({wasm}), (c) => c.charCodeAt(0));"
                    ));
                }
            }
            lines.join("\n")
        };
        self.plan.guests.iter().map(guest).collect()
    }

    fn bytes_name(&self, guest: &str) -> String {
        match self.plan.guests.as_slice() {
            [_] => "bytes".to_owned(),
            _ => format!("{}Bytes", literal::identifier(guest)),
        }
    }

    /// The main thread's statements, and the workers'.
    fn branches(&self, main: &[String], workers: &[(&str, Vec<String>)]) -> String {
        let mut lines = vec!["if (isMainThread) {".to_owned()];
        lines.extend(indented(main, 1));
        lines.push("} else {".to_owned());
        let mut inner = vec![
            "// Some runtimes deliver no message before this module is evaluated, so it does not wait."
                .to_owned(),
        ];
        match workers {
            [(_, body)] => {
                inner.push("const run = async () => {".to_owned());
                inner.extend(indented(body, 1));
                inner.push("};".to_owned());
                inner.push("run();".to_owned());
            }
            several => {
                inner.push("const agents = {".to_owned());
                for (name, body) in several {
                    inner.push(format!("  {}: async (fromMain, start) => {{", literal::property_key(name)));
                    inner.extend(indented(body, 2));
                    inner.push("  },".to_owned());
                }
                inner.push("};".to_owned());
                inner.push("const run = async () => {".to_owned());
                inner.push("  const fromMain = reader(parentPort);".to_owned());
                inner.push(format!("  const start = {};", self.taken("fromMain")));
                inner.push("  await agents[start.agent](fromMain, start);".to_owned());
                inner.push("};".to_owned());
                inner.push("run();".to_owned());
            }
        }
        lines.extend(indented(&inner, 1));
        lines.push("}".to_owned());
        lines.join("\n")
    }

    /// The next message of a reader.
    fn taken(&self, reader: &str) -> String {
        format!("await {reader}()")
    }

    /// What is done where an agent waits in vain for another.
    fn given_up(&self) -> Vec<String> {
        match self.subject.symptom {
            Symptom::Timeout => {
                let mut lines = self.printed("\"it does not\"");
                lines.push("process.exit(1);".to_owned());
                lines
            }
            _ => vec![
                "console.log(\"an agent does not come to its end\");".to_owned(),
                "process.exit(2);".to_owned(),
            ],
        }
    }

    /// Expected and actual, printed.
    fn printed(&self, actual: &str) -> Vec<String> {
        let shown = match (self.expectation.kept, self.expectation.negated) {
            (true, true) => "\"anything but\", expected",
            (true, false) => "expected",
            (false, _) => self.expectation.shown.as_str(),
        };
        let link = self.subject.case.spec.first();
        let mut lines = vec![
            format!("console.log(\"expected\", {shown});"),
            format!("console.log(\"actual  \", {actual});"),
        ];
        lines.extend(link.map(|link| format!("console.log(\"clause  \", {});", literal::string(link))));
        lines
    }

    /// What the main thread does with the result.
    fn verdict(&self) -> Vec<String> {
        let mut lines = match self.subject.symptom {
            Symptom::Wrong => self.printed("actual"),
            Symptom::Crash => self.printed("\"it does\""),
            Symptom::Timeout if self.is_raced() => self.printed("actual"),
            Symptom::Timeout => self.printed("\"it does\""),
        };
        lines.push(match self.subject.symptom {
            Symptom::Wrong => format!("process.exit({} ? 0 : 1);", self.expectation.right),
            Symptom::Timeout if self.is_raced() => format!("process.exit(actual === {LATE} ? 1 : 0);"),
            Symptom::Crash | Symptom::Timeout => "process.exit(0);".to_owned(),
        });
        lines
    }

    fn shown_op(&self) -> Option<(&str, &Op)> {
        let step = all_steps(self.plan).into_iter().find(|step| step.number == self.subject.step)?;
        Some((step.agent.as_str(), &step.op))
    }

    /// Does the main thread race the step against a timer, in its event loop?
    fn is_raced(&self) -> bool {
        self.subject.symptom == Symptom::Timeout
            && matches!(
                self.shown_op(),
                Some((MAIN, Op::Settle { .. } | Op::Pending { .. } | Op::Receive { .. } | Op::Turn))
            )
    }

    /// Must somebody else look after the main thread, since it hangs itself?
    fn is_watched(&self) -> bool {
        self.subject.symptom == Symptom::Timeout
            && !self.is_raced()
            && matches!(self.shown_op(), Some((MAIN, op)) if !matches!(op, Op::Join { .. }))
    }

    /// A script that runs itself as a child, and ends that if it has to.
    fn watched(&self, head: &str, body: &str) -> String {
        let main = if self.plan.agents.is_empty() { "" } else { "isMainThread && " };
        let printed = indented(&self.printed("\"it does not\""), 2).join("\n");
        format!(
            r#"{head}

// The process hangs, so that another one has to look after it.
if ({main}!process.env.REPRO_CHILD) {{
  const args = [...(globalThis.Deno ? ["run", "-A"] : process.execArgv), process.argv[1]];
  const env = {{ ...process.env, REPRO_CHILD: "1" }};
  const child = spawnSync(process.execPath, args, {{ env, stdio: "inherit", timeout: {PATIENCE_MS}, killSignal: "SIGKILL" }});
  if (child.error || child.signal === "SIGKILL") {{
{printed}
    process.exit(1);
  }}
  process.exit(child.status ?? 1);
}}

{body}"#
        )
    }

    /// May a message fail to arrive?
    fn messages_fail(&self) -> bool {
        all_steps(self.plan).iter().any(|step| {
            matches!(step.op, Op::Receive { via: Via::Message | Via::Channel, .. })
                && self.subject.failing.contains(&step.number)
        })
    }

    /// The Wasm types of what calls keep.
    fn kept_types(&self) -> BTreeMap<String, crate::value::ValType> {
        let kept = |step: &&crate::case::plan::Step| match &step.op {
            Op::Call { call, r#as: Some(name) } => Some((name.clone(), *call.results.first()?)),
            _ => None,
        };
        all_steps(self.plan).iter().filter_map(kept).collect()
    }
}

/// What stands for a step that did not end.
const LATE: &str = "\"it does not\"";

/// Lines, each further in.
fn indented(lines: &[String], by: usize) -> Vec<String> {
    let indent = "  ".repeat(by);
    let each = lines.iter().flat_map(|text| text.lines());
    each.map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect()
}

/// A text as comment lines.
pub(super) fn comment(text: &str) -> Vec<String> {
    let mut lines = vec!["//".to_owned()];
    for word in one_line(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("// {word}")),
        }
    }
    lines
}

/// Without anything that ends a line or moves a cursor, so that a comment stays one.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                ' '
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
