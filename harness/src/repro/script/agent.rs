//! One agent's statements: its steps in their turns. How it begins and ends is `frame`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::literal::{identifier, string};
use super::operation::{Context, Operation};
use super::{COMPLETED, PATIENCE_MS, Script, ScriptError, Symptom, indented};
use crate::case::plan::{
    Callback, CallbackEnding, ImportSource, MAIN, ModuleRef, Op, Operand, Plan, Step, Via,
};
use crate::repro::parts::{all_steps, makes};
use crate::value::Value;

/// Errors that a callback can throw by their names.
const CONSTRUCTORS: &[&str] =
    &["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

pub(super) struct Agent<'s> {
    pub(super) script: &'s Script<'s>,
    pub(super) name: &'s str,
    /// Names that are declared before they are given.
    ahead: BTreeSet<String>,
    callbacks: BTreeSet<String>,
    modules: BTreeSet<String>,
}

impl<'s> Agent<'s> {
    pub(super) fn new(script: &'s Script<'s>, name: &'s str) -> Self {
        Self { script, name, ahead: BTreeSet::new(), callbacks: BTreeSet::new(), modules: BTreeSet::new() }
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
        let inner = |steps: &[Step], ahead: &mut BTreeSet<String>| {
            ahead.extend(steps.iter().flat_map(|step| makes(&step.op)).map(identifier));
        };
        for step in plan.steps.iter().filter(|step| step.agent == self.name) {
            for name in makes(&step.op) {
                *times.entry(identifier(name)).or_default() += 1;
            }
            if let Op::Using { steps, .. } = &step.op {
                inner(steps, &mut self.ahead);
            }
            let last = self.is_shown(step) && plan.callbacks.is_empty();
            if (self.fails(step) || step.repeat > 1) && !last {
                self.ahead.extend(makes(&step.op).into_iter().map(identifier));
            }
            for callback in imported_callbacks(&step.op) {
                if let Some(callback) = plan.callbacks.iter().find(|one| one.name == callback) {
                    inner(&callback.steps, &mut self.ahead);
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
        callback.number == self.script.subject.step || callback.steps.iter().any(|step| self.is_shown(step))
    }

    /// Does this agent see the result?
    pub(super) fn sees(&self) -> bool {
        let plan = self.script.plan;
        plan.steps.iter().filter(|step| step.agent == self.name).any(|step| {
            self.is_shown(step)
                || matches!(&step.op, Op::Using { steps, .. } if steps.iter().any(|step| self.is_shown(step)))
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

    fn operation(&self, op: &Op) -> Result<Operation, ScriptError> {
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
            helpers: script.helpers,
            is_shared: &|buffer| is_shared(script.plan, buffer),
        };
        match op {
            Op::Using { .. } => Ok(Operation::default()),
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
    fn step(&mut self, step: &Step) -> Result<Vec<String>, ScriptError> {
        let mut lines = self.before(step)?;
        let operation = self.operation(&step.op)?;
        let mut statements = self.statements(step, &operation)?;
        let shown = self.is_shown(step) && self.script.subject.symptom == Symptom::Wrong;
        if self.is_shown(step) && self.script.is_raced() {
            let value = operation.returns.or(operation.makes.map(|(_, value)| value)).unwrap_or_default();
            let value = value.trim_start_matches("await ").to_owned();
            lines.push(format!(
                "const late = new Promise((resolve) => setTimeout(resolve, {PATIENCE_MS}, \"it does not\"));"
            ));
            lines.push(format!("const actual = await Promise.race([{value}, late]);"));
            return Ok(lines);
        }
        let value = operation.returns.clone().unwrap_or_else(|| string(COMPLETED));
        let again = step.repeat > 1;
        match (shown, self.fails(step)) {
            (false, false) if again => lines.extend(self.rounds(step, &statements)),
            (false, false) => lines.extend(statements),
            (false, true) => {
                lines.push("try {".to_owned());
                let statements = if again { self.rounds(step, &statements) } else { statements };
                lines.extend(indented(&statements, 1));
                lines.push("} catch {}".to_owned());
            }
            (true, fails) => {
                if operation.makes.is_none() && operation.returns.is_some() {
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
                    statements = vec![format!("{made};")];
                }
                statements.push(format!("actual = {value};"));
                let mut tried = match fails {
                    true => {
                        let mut tried = vec!["try {".to_owned()];
                        tried.extend(indented(&statements, 1));
                        tried.push("} catch (error) {".to_owned());
                        tried.push("  actual = `${error.name}: ${error.message}`;".to_owned());
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
    fn statements(&mut self, step: &Step, operation: &Operation) -> Result<Vec<String>, ScriptError> {
        if let Op::Using { dispose, steps, propagate: false } = &step.op {
            let call = self.operation(&Op::Call { call: dispose.clone(), r#as: None })?;
            let mut lines = vec!["{".to_owned()];
            let call = call.returns.unwrap_or_default();
            lines.push(format!("  using resource = {{ [Symbol.dispose]: () => void {call} }};"));
            for step in steps {
                let inner = self.step(step)?;
                lines.extend(indented(&inner, 1));
            }
            lines.push("}".to_owned());
            return Ok(lines);
        }
        Ok(match operation {
            Operation { makes: Some((name, value)), .. } => vec![self.given(name, value)],
            Operation { does: Some(statement), .. }
                if statement.ends_with(';') || statement.contains('\n') =>
            {
                statement.lines().map(str::to_owned).collect()
            }
            Operation { does: Some(statement), .. } if statement.is_empty() => Vec::new(),
            Operation { does: Some(statement), .. } => vec![format!("{statement};")],
            Operation { returns: Some(value), .. } => vec![format!("{value};")],
            _ => Vec::new(),
        })
    }

    fn given(&mut self, name: &str, value: &str) -> String {
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

    /// A host function.
    fn callback(&mut self, callback: &Callback) -> Result<Vec<String>, ScriptError> {
        let seen = callback.number == self.script.subject.step;
        let params: Vec<String> =
            (1..=callback.params.len()).map(|index| format!("argument{index}")).collect();
        let params = if seen { params.join(", ") } else { String::new() };
        let mut lines = vec![format!("const {} = ({params}) => {{", identifier(&callback.name))];
        if seen {
            let value = if callback.params.len() == 1 { params } else { format!("[{params}]") };
            lines.push(format!("  actual = {value};"));
        }
        for step in &callback.steps {
            let inner = self.step(step)?;
            lines.extend(indented(&inner, 1));
        }
        match &callback.ending {
            CallbackEnding::Returns(values) if values.is_empty() => {}
            CallbackEnding::Returns(values) => {
                let values = values.iter().map(|value| {
                    let types = self.script.kept_types();
                    super::literal::operand(value, &|name| types.get(name).copied())
                        .ok_or(ScriptError::Operand)
                });
                let values = values.collect::<Result<Vec<_>, _>>()?;
                lines.push(match values.as_slice() {
                    [one] => format!("  return {one};"),
                    several => format!("  return [{}];", several.join(", ")),
                });
            }
            CallbackEnding::Throws(class) if CONSTRUCTORS.contains(&class.as_str()) => {
                lines.push(format!("  throw new {class}(\"thrown by the host\");"));
            }
            CallbackEnding::Throws(_) => {
                return Err(ScriptError::Operation("a callback that throws such an error"));
            }
        }
        lines.push("};".to_owned());
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

fn imported_callbacks(op: &Op) -> Vec<&str> {
    let Op::Instantiate { imports, .. } = op else { return Vec::new() };
    imports
        .iter()
        .filter_map(|import| match &import.source {
            ImportSource::Callback(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}
