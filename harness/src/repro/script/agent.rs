//! One agent's statements: its steps in their turns. How it begins and ends is `frame`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::literal::{identifier, string};
use super::operation::{Context, Operation};
use super::within::imported_callbacks;
use super::{COMPLETED, PATIENCE_MS, Script, ScriptError, Symptom, indented};
use crate::case::plan::{Callback, MAIN, ModuleRef, Op, Operand, Plan, Step, Via};
use crate::repro::parts::{all_steps, makes, within};
use crate::value::Value;

pub(super) struct Agent<'s> {
    pub(super) script: &'s Script<'s>,
    pub(super) name: &'s str,
    /// Names that are declared before they are given.
    ahead: BTreeSet<String>,
    callbacks: BTreeSet<String>,
    modules: BTreeSet<String>,
    /// What is written now is a block that an error ends.
    pub(super) propagating: bool,
    /// How many operations gathered elements so far.
    gathered: u32,
}

impl<'s> Agent<'s> {
    pub(super) fn new(script: &'s Script<'s>, name: &'s str) -> Self {
        Self {
            script,
            name,
            ahead: BTreeSet::new(),
            callbacks: BTreeSet::new(),
            modules: BTreeSet::new(),
            propagating: false,
            gathered: 0,
        }
    }

    pub(super) fn body(mut self) -> Result<Vec<String>, ScriptError> {
        let script = self.script;
        let mut lines = if self.name == MAIN { self.starts() } else { self.started() };
        self.look_ahead();
        if !self.ahead.is_empty() {
            let names: Vec<&str> = self.ahead.iter().map(String::as_str).collect();
            lines.push(format!("let {};", names.join(", ")));
        }
        let count = script.routes.segments.len();
        for (turn, segment) in script.routes.segments.iter().enumerate() {
            if segment.agent != self.name {
                continue;
            }
            if turn > 0 {
                lines.push(format!("until({turn});"));
            }
            let goes_on = turn + 1 < count || self.name != MAIN;
            for &index in &segment.steps {
                let step = &script.plan.steps[index];
                if let Some(start) = step.start {
                    lines.push(format!("pass({});", turn + 1));
                    lines.extend(self.step(step)?);
                    if start.join.is_some()
                        && let Some(word) = script.routes.word(step.number)
                    {
                        lines.push(format!("pass(1, {word});"));
                    }
                } else {
                    lines.extend(self.step(step)?);
                    if Some(&index) == segment.steps.last() && goes_on {
                        lines.push(format!("pass({});", turn + 1));
                    }
                }
            }
        }
        lines.extend(self.ends());
        Ok(lines)
    }

    pub(super) fn own_steps(&self) -> Vec<&'s Step> {
        let plan = self.script.plan;
        all_steps(plan).into_iter().filter(|step| step.agent == self.name).collect()
    }

    /// Finds the names that are given in a place where they cannot be declared for what follows.
    fn look_ahead(&mut self) {
        let plan = self.script.plan;
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        for step in plan.steps.iter().filter(|step| step.agent == self.name) {
            for name in makes(&step.op) {
                *times.entry(identifier(name)).or_default() += 1;
            }
            let inner = within(step);
            self.ahead.extend(inner.iter().flat_map(|step| makes(&step.op)).map(identifier));
            if inner.into_iter().any(|step| self.is_shown(step)) {
                self.ahead.insert("actual".to_owned());
            }
            let last = self.is_shown(step) && plan.callbacks.is_empty();
            if (self.fails(step) || step.repeat > 1) && !last {
                self.ahead.extend(makes(&step.op).into_iter().map(identifier));
            }
            for callback in imported_callbacks(&step.op) {
                if let Some(callback) = plan.callbacks.iter().find(|one| one.name == callback) {
                    let steps = callback.steps.iter().flat_map(|step| [step].into_iter().chain(within(step)));
                    self.ahead.extend(steps.flat_map(|step| makes(&step.op)).map(identifier));
                    if self.is_shown_in(callback) {
                        self.ahead.insert("actual".to_owned());
                    }
                }
            }
        }
        self.ahead.extend(times.into_iter().filter(|(_, times)| *times > 1).map(|(name, _)| name));
    }

    fn is_shown(&self, step: &Step) -> bool {
        let shown = self.script.subject.step;
        // What was joined is seen where it was done.
        let join = matches!(step.op, Op::Join { .. });
        (step.number == shown && !join) || step.start.is_some_and(|start| start.join == Some(shown))
    }

    fn is_shown_in(&self, callback: &Callback) -> bool {
        let shown =
            |step: &Step| self.is_shown(step) || within(step).into_iter().any(|step| self.is_shown(step));
        callback.number == self.script.subject.step || callback.steps.iter().any(shown)
    }

    /// Does this agent see the result?
    pub(super) fn sees(&self) -> bool {
        let plan = self.script.plan;
        plan.steps.iter().filter(|step| step.agent == self.name).any(|step| {
            self.is_shown(step)
                || within(step).into_iter().any(|step| self.is_shown(step))
                || imported_callbacks(&step.op)
                    .iter()
                    .any(|name| plan.callbacks.iter().any(|one| one.name == *name && self.is_shown_in(one)))
        })
    }

    fn fails(&self, step: &Step) -> bool {
        self.script.subject.failing.contains(&step.number)
            || step.start.is_some_and(|start| {
                start.join.is_some_and(|join| self.script.subject.failing.contains(&join))
            })
    }

    fn operation(&mut self, op: &Op) -> Result<Operation, ScriptError> {
        let blocks = self.blocks(op)?;
        let gathers = matches!(op, Op::Each { .. });
        self.gathered += u32::from(gathers);
        let elements = match self.gathered {
            0 | 1 => "elements".to_owned(),
            count => format!("elements{count}"),
        };
        let script = self.script;
        let routes = script.routes;
        let context = Context {
            types: script.kept_types(),
            module: &|guest| match self.modules.contains(guest) {
                true => self.module_name(guest),
                false => format!("new WebAssembly.Module({})", script.bytes_name(guest)),
            },
            bytes: &|guest| script.bytes_name(guest),
            port: &|to, via| routes.port(self.name, to, via),
            receive: &|from, via| match via {
                Via::WorkerData => "workerData".to_owned(),
                via => format!("{}()", routes.reader(self.name, from, via)),
            },
            worker: &|agent| routes.worker(agent),
            join: &|started| match routes.word(started) {
                Some(word) => format!("until(1, {word})"),
                None => String::new(),
            },
            blocks,
            elements,
            helpers: script.helpers,
            is_shared: &|buffer| is_shared(script.plan, buffer),
        };
        match op {
            Op::Using { dispose, steps, .. } => {
                let call = context.call(dispose)?;
                let mut lines = vec!["{".to_owned()];
                lines.push(format!("  using resource = {{ [Symbol.dispose]: () => void {call} }};"));
                lines.extend(indented(&context.block(steps), 1));
                lines.push("}".to_owned());
                Ok(Operation { does: Some(lines.join("\n")), ..Operation::default() })
            }
            Op::Post { to, message, via: Via::WorkerData, transfer } if transfer.is_empty() => {
                let options = format!(", {{ workerData: {} }}", context.message(message)?);
                let lines = self.start_of(to, &options);
                Ok(Operation { does: Some(lines.join("\n")), awaits: true, ..Operation::default() })
            }
            op => context.operation(op),
        }
    }

    fn module_name(&self, guest: &str) -> String {
        match self.script.plan.guests.as_slice() {
            [_] => "module".to_owned(),
            _ => format!("{}Module", identifier(guest)),
        }
    }

    /// One step's statements.
    pub(super) fn step(&mut self, step: &Step) -> Result<Vec<String>, ScriptError> {
        let mut lines = self.before(step)?;
        let operation = self.operation(&step.op)?;
        let mut statements = self.statements(&operation);
        let shown = self.is_shown(step) && self.script.subject.symptom == Symptom::Wrong;
        if self.is_shown(step) && self.script.is_raced() {
            let value = operation.returns.or(operation.makes.map(|(_, value)| value)).unwrap_or_default();
            let value = value.trim_start_matches("await ").to_owned();
            lines.push(format!(
                "const late = new Promise((resolve) => setTimeout(resolve, {PATIENCE_MS}, \"it does not\"));"
            ));
            lines.push("const begin = performance.now();".to_owned());
            lines.push(format!("let actual = await Promise.race([{value}, late]);"));
            lines.push("// The timer itself may be what wakes the loop.".to_owned());
            lines.push(format!("if (performance.now() - begin >= {PATIENCE_MS}) actual = \"it does not\";"));
            return Ok(lines);
        }
        let value = operation.returns.clone().unwrap_or_else(|| string(COMPLETED));
        let again = step.repeat > 1;
        match (shown, self.fails(step)) {
            (false, true) if self.propagating => lines.extend(statements),
            (false, false) if again => lines.extend(self.rounds(step, &statements)),
            (false, false) => lines.extend(statements),
            (false, true) => {
                lines.push("try {".to_owned());
                let statements = if again { self.rounds(step, &statements) } else { statements };
                lines.extend(indented(&statements, 1));
                lines.push("} catch {}".to_owned());
            }
            (true, fails) => {
                if operation.makes.is_none() && operation.does.is_none() && operation.returns.is_some() {
                    statements.clear();
                }
                let declared = self.ahead.contains("actual");
                if !fails && !again && !declared {
                    lines.extend(statements);
                    lines.push(format!("const actual = {value};"));
                    return Ok(lines);
                }
                if !declared {
                    lines.push("let actual;".to_owned());
                }
                if let (true, Some((_, made)), None) = (fails, &operation.makes, &operation.returns) {
                    // Nothing comes after it that could want it.
                    statements = vec![format!("{};", made.trim_end_matches(".exports"))];
                }
                statements.push(format!("actual = {value};"));
                let mut tried = match fails {
                    true => {
                        let mut tried = vec!["try {".to_owned()];
                        tried.extend(indented(&statements, 1));
                        tried.push("} catch (error) {".to_owned());
                        tried.push("  actual = `${error.name}: ${error.message}`;".to_owned());
                        tried.extend(self.propagating.then(|| "  throw error;".to_owned()));
                        tried.push("}".to_owned());
                        tried
                    }
                    false => statements,
                };
                if again {
                    tried.push(format!("if ({}) break;", negated(&self.script.expectation.right)));
                    tried = self.rounds(step, &tried);
                }
                lines.extend(tried);
            }
        }
        Ok(lines)
    }

    fn rounds(&self, step: &Step, statements: &[String]) -> Vec<String> {
        let head = format!("for (let round = 0; round < {}; round++)", step.repeat);
        if let ([only], false) = (statements, statements.iter().any(|line| line.contains('\n'))) {
            return vec![format!("{head} {only}")];
        }
        let mut lines = vec![format!("{head} {{")];
        lines.extend(indented(statements, 1));
        lines.push("}".to_owned());
        lines
    }

    /// What the operation does, its result aside.
    fn statements(&self, operation: &Operation) -> Vec<String> {
        let mut lines: Vec<String> = operation.before.iter().cloned().collect();
        match operation {
            Operation { makes: Some((name, value)), .. } => lines.push(self.given(name, value)),
            Operation { does: Some(statement), .. } if statement.is_empty() => {}
            // Several statements, or one that ends by itself.
            Operation { does: Some(statement), .. }
                if statement.ends_with(';')
                    || statement.starts_with("{\n")
                    || statement.starts_with("for (") =>
            {
                lines.extend(statement.lines().map(str::to_owned));
            }
            Operation { does: Some(statement), .. } => lines.push(format!("{statement};")),
            Operation { returns: Some(value), .. } => lines.push(format!("{value};")),
            _ => {}
        }
        lines
    }

    fn given(&self, name: &str, value: &str) -> String {
        let is_ahead = self.ahead.iter().any(|ahead| names_in(name).any(|one| one == ahead));
        match () {
            () if !is_ahead => format!("const {name} = {value};"),
            () if name.starts_with('{') => format!("({name} = {value});"),
            () => format!("{name} = {value};"),
        }
    }

    /// Callbacks and modules that the step is the first to use.
    fn before(&mut self, step: &Step) -> Result<Vec<String>, ScriptError> {
        let mut lines = Vec::new();
        let plan = self.script.plan;
        for name in imported_callbacks(&step.op) {
            if self.callbacks.insert(name.to_owned())
                && let Some(callback) = plan.callbacks.iter().find(|one| one.name == name)
            {
                lines.extend(self.callback(callback)?);
            }
        }
        if let Op::Instantiate { module: ModuleRef::Guest(guest), .. } = &step.op {
            let same = |step: &&Step| matches!(&step.op, Op::Instantiate { module: ModuleRef::Guest(other), .. } if other == guest);
            if self.own_steps().into_iter().filter(same).count() > 1 && self.modules.insert(guest.clone()) {
                let (name, bytes) = (self.module_name(guest), self.script.bytes_name(guest));
                lines.push(format!("const {name} = new WebAssembly.Module({bytes});"));
            }
        }
        Ok(lines)
    }
}

/// Is the buffer of this name that of a shared memory? None where the steps do not tell.
fn is_shared(plan: &Plan, buffer: &str) -> Option<bool> {
    let steps = all_steps(plan);
    let memory = steps.iter().find_map(|step| match &step.op {
        Op::ToResizable { r#as, memory }
        | Op::ToFixedLength { r#as, memory }
        | Op::Buffer { r#as, memory }
            if r#as == buffer =>
        {
            Some(memory)
        }
        _ => None,
    })?;
    steps.iter().find_map(|step| match &step.op {
        Op::Memory { r#as, descriptor } if r#as == memory => Some(descriptor.iter().any(|(name, value)| {
            name == "shared" && matches!(value, Operand::Literal(Value::Boolean(true)))
        })),
        _ => None,
    })
}

/// A condition's opposite.
fn negated(condition: &str) -> String {
    match condition.split_once(" === ") {
        Some((left, right)) if !right.contains([' ', '(']) && !left.contains(' ') => {
            format!("{left} !== {right}")
        }
        _ => format!("!({condition})"),
    }
}

fn names_in(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))
        .filter(|name| !name.is_empty())
}
