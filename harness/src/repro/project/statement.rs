//! The statements of a project: what each step is in Rust, over wasmtime.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{Parser, Payload, TypeRef};

use super::literal::{argument, identifier, place, string, type_name, whole};
use super::{ProjectError, value_types};
use crate::case::plan::{
    Call, HandleRef, Import, ImportSource, ModuleRef, Op, Operand, OperandType, Plan, Step,
};
use crate::repro::script::Subject;
use crate::value::{ValType, Value};

/// The constant that holds a guest.
pub fn guest_name(plan: &Plan, guest: &str) -> String {
    match plan.guests.as_slice() {
        [_] => "GUEST".to_owned(),
        _ => identifier(guest).to_ascii_uppercase(),
    }
}

/// One step's text.
struct Text {
    /// A name, and the expression of a `Result` that gives what it stands for.
    makes: Option<String>,
    /// The expression of a `Result`.
    does: String,
    /// Statements before it.
    before: Vec<String>,
}

impl Text {
    fn of(does: String) -> Self {
        Self { makes: None, does, before: Vec::new() }
    }
}

/// The statements of a case, and what they use.
pub struct Statements<'s> {
    subject: &'s Subject<'s>,
    /// The condition of what is right.
    right: &'s str,
    /// The names of wasmtime that they use.
    used: BTreeSet<&'static str>,
    /// The memories that are shared.
    shared: BTreeSet<String>,
    /// The guests of modules and instances, by their names.
    guests: BTreeMap<String, String>,
}

impl<'s> Statements<'s> {
    /// None yet.
    pub fn new(subject: &'s Subject<'s>, right: &'s str) -> Self {
        let (used, shared, guests) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Self { subject, right, used, shared, guests }
    }

    /// The names of wasmtime that the statements use.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.used.iter().copied()
    }

    /// All statements.
    ///
    /// # Errors
    ///
    /// If a step has none.
    pub fn text(&mut self) -> Result<Vec<String>, ProjectError> {
        let mut lines = Vec::new();
        for step in &self.subject.case.plan.steps {
            let text = self.step(step)?;
            lines.extend(text.before.iter().cloned());
            lines.extend(self.placed(step, &text));
        }
        Ok(without_unused(lines, self.right))
    }

    /// What becomes of a step's result.
    fn placed(&self, step: &Step, text: &Text) -> Vec<String> {
        let does = &text.does;
        if step.number == self.subject.step {
            let forgets = if text.makes.is_some() { ".map(|_| ())" } else { "" };
            if step.repeat == 1 {
                return vec![format!("let actual = {does}{forgets};")];
            }
            return vec![
                "let mut round = 0;".to_owned(),
                "let actual = loop {".to_owned(),
                "    round += 1;".to_owned(),
                format!("    let actual = {does}{forgets};"),
                format!("    if round == {} || !({}) {{", step.repeat, self.right),
                "        break actual;".to_owned(),
                "    }".to_owned(),
                "};".to_owned(),
            ];
        }
        let fails = self.subject.failing.contains(&step.number);
        let line = match (&text.makes, fails) {
            (Some(name), false) => format!("let {name} = {does}?;"),
            (None, false) => format!("{does}?;"),
            (_, true) => format!("let _ = {does};"),
        };
        match step.repeat {
            1 => vec![line],
            rounds => vec![format!("for _ in 0..{rounds} {{\n    {line}\n}}")],
        }
    }

    fn uses(&mut self, name: &'static str) -> &'static str {
        self.used.insert(name);
        name
    }

    fn step(&mut self, step: &Step) -> Result<Text, ProjectError> {
        let plan = &self.subject.case.plan;
        Ok(match &step.op {
            Op::Memory { .. } if step.number == self.subject.step => {
                return Err(ProjectError::Embedding("the reading of a memory's descriptor"));
            }
            Op::Memory { r#as, descriptor } => self.memory(r#as, descriptor)?,
            Op::Compile { r#as, module } => {
                let does = self.module(module)?;
                if let ModuleRef::Guest(guest) = module {
                    self.guests.insert(r#as.clone(), guest.clone());
                }
                Text { makes: Some(identifier(r#as)), ..Text::of(does) }
            }
            Op::Instantiate { r#as, module, imports } => self.instance(r#as, module, imports)?,
            Op::Take { r#as, instance, export } => {
                let guest = self
                    .guests
                    .get(instance)
                    .and_then(|guest| plan.guests.iter().find(|one| one.name == *guest));
                let shared = guest.is_some_and(|guest| exports_shared(&guest.wasm, export));
                let (get, named) = (identifier(instance), string(export));
                let method = if shared { "get_shared_memory" } else { "get_memory" };
                if shared {
                    self.shared.insert(r#as.clone());
                }
                let (error, result) =
                    (self.error(), format!("no memory {export}").escape_default().to_string());
                let does =
                    format!("{get}.{method}(&mut store, {named}).ok_or_else(|| {error}::msg(\"{result}\"))");
                Text { makes: Some(identifier(r#as)), ..Text::of(does) }
            }
            Op::Call { call, r#as } => {
                let does = self.call(call)?;
                Text {
                    makes: r#as.as_deref().map(identifier).filter(|_| step.number != self.subject.step),
                    ..Text::of(does)
                }
            }
            Op::Size { memory } => {
                let (memory_, error) = (identifier(memory), self.error());
                let store = if self.shared.contains(memory) { "" } else { "&store" };
                Text::of(format!("Ok::<_, {error}>({memory_}.size({store}))"))
            }
            Op::Grow { memory, by } => {
                let (name, by) = (identifier(memory), place(by)?);
                let store = if self.shared.contains(memory) { "" } else { "&mut store, " };
                Text::of(format!("{name}.grow({store}{by})"))
            }
            Op::Read { buffer, at, count } => {
                let (memory, at) = (self.memory_of(buffer)?, place(at)?);
                let Operand::Literal(count) = count else {
                    return Err(ProjectError::Uncovered("a count that an earlier step gave"));
                };
                let count = whole(count).ok_or(ProjectError::Uncovered("a count that is no whole number"))?;
                match self.shared.contains(&buffer.handle) {
                    true => {
                        let error = self.error();
                        let byte = format!("unsafe {{ *{memory}.data()[{at} + index].get() }}");
                        Text::of(format!("Ok::<[u8; {count}], {error}>(std::array::from_fn(|index| {byte}))"))
                    }
                    false => Text {
                        before: vec![format!("let mut bytes = [0; {count}];")],
                        ..Text::of(format!("{memory}.read(&store, {at}, &mut bytes).map(|()| bytes)"))
                    },
                }
            }
            Op::Write { buffer, at, bytes } => {
                let (memory, at) = (self.memory_of(buffer)?, place(at)?);
                let listed = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
                if self.shared.contains(&buffer.handle) {
                    return Err(ProjectError::Uncovered("a write of the host to a shared memory"));
                }
                Text::of(format!("{memory}.write(&mut store, {at}, &[{listed}])"))
            }
            Op::Buffer { .. } | Op::Same { .. } | Op::Property { .. } | Op::Detached { .. } => {
                return Err(ProjectError::Embedding("a buffer's identity, length or detachment"));
            }
            Op::Digest { .. } => return Err(ProjectError::Uncovered("a digest")),
            _ => return Err(ProjectError::Embedding("an operation of JavaScript's objects")),
        })
    }

    fn error(&mut self) -> &'static str {
        self.uses("Error")
    }

    /// The memory whose bytes a buffer holds.
    fn memory_of(&self, buffer: &HandleRef) -> Result<String, ProjectError> {
        let steps = &self.subject.case.plan.steps;
        let is_memory = steps.iter().any(|step| {
            matches!(&step.op, Op::Memory { r#as, .. } | Op::Take { r#as, .. } if *r#as == buffer.handle)
        });
        match is_memory {
            true => Ok(identifier(&buffer.handle)),
            false => Err(ProjectError::Embedding("a buffer that is kept")),
        }
    }

    fn memory(&mut self, name: &str, descriptor: &[(String, Operand)]) -> Result<Text, ProjectError> {
        let literal = |field: &str| descriptor.iter().find(|(name, _)| name == field).map(|(_, value)| value);
        let known = ["initial", "maximum", "shared", "address"];
        if descriptor.iter().any(|(name, _)| !known.contains(&name.as_str())) {
            return Err(ProjectError::Embedding("another property of a memory's descriptor"));
        }
        let pages = |field| literal(field).map(place).transpose();
        let initial = pages("initial")?.ok_or(ProjectError::Embedding("a descriptor without `initial`"))?;
        let maximum = pages("maximum")?.map_or("None".to_owned(), |maximum| format!("Some({maximum})"));
        let is = |field, wanted: &Value| matches!(literal(field), Some(Operand::Literal(value)) if value == wanted);
        let shared = is("shared", &Value::Boolean(true));
        let wide = is("address", &Value::String("i64".to_owned()));
        let ty = match (shared, wide) {
            (false, false) => format!("{}::new({initial}, {maximum})", self.uses("MemoryType")),
            (false, true) => format!("{}::new64({initial}, {maximum})", self.uses("MemoryType")),
            (true, wide) => {
                let builder = self.uses("MemoryTypeBuilder");
                let wide = if wide { ".memory64(true)" } else { "" };
                format!("{builder}::new().min({initial}).max({maximum}){wide}.shared(true).build()?")
            }
        };
        let does = if shared {
            self.shared.insert(name.to_owned());
            format!("{}::new(&engine, {ty})", self.uses("SharedMemory"))
        } else {
            format!("{}::new(&mut store, {ty})", self.uses("Memory"))
        };
        Ok(Text { makes: Some(identifier(name)), ..Text::of(does) })
    }

    fn module(&mut self, module: &ModuleRef) -> Result<String, ProjectError> {
        match module {
            ModuleRef::Guest(guest) => {
                let constant = guest_name(&self.subject.case.plan, guest);
                Ok(format!("{}::new(&engine, {constant})", self.uses("Module")))
            }
            ModuleRef::Handle(_) => Err(ProjectError::Embedding("a module that was received")),
        }
    }

    fn instance(&mut self, name: &str, module: &ModuleRef, imports: &[Import]) -> Result<Text, ProjectError> {
        let module_text = match module {
            ModuleRef::Handle(handle) => {
                if let Some(guest) = self.guests.get(handle).cloned() {
                    self.guests.insert(name.to_owned(), guest);
                }
                format!("&{}", identifier(handle))
            }
            ModuleRef::Guest(guest) => {
                self.guests.insert(name.to_owned(), guest.clone());
                format!("&{}?", self.module(module)?)
            }
        };
        let makes = Some(identifier(name));
        if imports.is_empty() {
            let instance = self.uses("Instance");
            return Ok(Text {
                makes,
                ..Text::of(format!("{instance}::new(&mut store, {module_text}, &[])"))
            });
        }
        let linker = self.uses("Linker");
        let mut before = vec![format!("let mut linker = {linker}::new(&engine);")];
        for import in imports {
            let item = match &import.source {
                ImportSource::Handle(handle) => match handle.split_once('.') {
                    None if self.shared.contains(handle) => format!("{}.clone()", identifier(handle)),
                    None => identifier(handle),
                    Some((instance, export)) => self.export(instance, export),
                },
                ImportSource::Export { instance, export } => self.export(instance, export),
                ImportSource::Callback(_) => return Err(ProjectError::Uncovered("a function of the host")),
                ImportSource::Value(_) => return Err(ProjectError::Uncovered("an imported global")),
            };
            let (module, name) = (string(&import.module), string(&import.name));
            // An export is had by borrowing the store, too.
            let item = match item.contains("store") {
                true => {
                    before.push(format!("let item = {item};"));
                    "item".to_owned()
                }
                false => item,
            };
            before.push(format!("linker.define(&store, {module}, {name}, {item})?;"));
        }
        Ok(Text { makes, before, ..Text::of(format!("linker.instantiate(&mut store, {module_text})")) })
    }

    fn export(&mut self, instance: &str, export: &str) -> String {
        let error = self.error();
        let (instance, named) = (identifier(instance), string(export));
        format!("{instance}.get_export(&mut store, {named}).ok_or_else(|| {error}::msg(\"no such export\"))?")
    }

    fn call(&mut self, call: &Call) -> Result<String, ProjectError> {
        let args = call.args.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        let params = call.args.iter().map(type_of).collect::<Result<Vec<_>, _>>()?;
        let results: Vec<&str> = call.results.iter().copied().map(type_name).collect();
        let (instance, export) = (identifier(&call.instance), string(&call.export));
        Ok(format!(
            "{instance}\n    .get_typed_func::<{}, {}>(&mut store, {export})?\n    .call(&mut store, {})",
            value_types(&params),
            value_types(&results),
            match args.as_slice() {
                [one] => one.clone(),
                several => format!("({})", several.join(", ")),
            }
        ))
    }
}

/// Without the names that nobody uses.
fn without_unused(lines: Vec<String>, right: &str) -> Vec<String> {
    let words = |text: &str, name: &str| {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| *word == name).count()
    };
    let named = |line: &str| Some(line.strip_prefix("let ")?.split_once(" = ")?.0.to_owned());
    let used = |name: &str| {
        name == "actual"
            || name.starts_with("mut ")
            || words(right, name) > 0
            || lines.iter().map(|line| words(line, name)).sum::<usize>() > 1
    };
    let gone: Vec<Option<String>> = lines.iter().map(|line| named(line).filter(|name| !used(name))).collect();
    let kept = lines.iter().zip(gone).map(|(line, gone)| match gone {
        Some(name) if name != "_" => line.replacen(&format!("let {name} = "), "", 1),
        _ => line.clone(),
    });
    kept.collect()
}

fn type_of(operand: &Operand) -> Result<&'static str, ProjectError> {
    let ty = match operand {
        Operand::Literal(Value::I32(_)) => ValType::I32,
        Operand::Literal(Value::I64(_)) => ValType::I64,
        Operand::Literal(Value::F32(_)) => ValType::F32,
        Operand::Literal(Value::F64(_)) => ValType::F64,
        Operand::Kept(kept) => match kept.ty {
            OperandType::I32 => ValType::I32,
            OperandType::I64 => ValType::I64,
            OperandType::F32 => ValType::F32,
            OperandType::F64 => ValType::F64,
            _ => return Err(ProjectError::Uncovered("an earlier result that JavaScript converts")),
        },
        _ => return Err(ProjectError::Embedding("the conversion of an argument")),
    };
    Ok(type_name(ty))
}

/// Is the memory that a module exports under this name a shared one?
fn exports_shared(wasm: &[u8], name: &str) -> bool {
    let mut memories = Vec::new();
    let mut index = None;
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports().map_while(Result::ok) {
                    if let TypeRef::Memory(ty) = import.ty {
                        memories.push(ty.shared);
                    }
                }
            }
            Payload::MemorySection(section) => {
                memories.extend(section.into_iter().map_while(Result::ok).map(|ty| ty.shared));
            }
            Payload::ExportSection(section) => {
                let mut exports = section.into_iter().map_while(Result::ok);
                index = exports.find(|export| export.name == name).map(|export| export.index as usize);
            }
            _ => {}
        }
    }
    index.and_then(|index| memories.get(index).copied()).unwrap_or(false)
}
