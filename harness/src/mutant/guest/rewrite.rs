//! A module with some of its instructions replaced, every other byte of it kept. Which ones and by
//! what is the caller's affair.
//!
//! What is replaced is replaced by a call of a function that is appended to the module, or by
//! instructions in its place, so that nothing is renumbered: sections are vectors, and entries are
//! added at their ends.

use std::borrow::Cow;

use wasm_encoder::{Encode, Module, RawSection, SectionId, StartSection};
use wasmparser::{BinaryReaderError, FunctionBody, MemoryType, Operator, Parser, Payload, TypeRef, ValType};

use super::size;

/// What a fault puts in an instruction's place, in the text format.
pub(super) enum Replacement {
    /// A function with the instruction's signature: what stands between `(func` and `)`.
    Function(String),
    /// Instructions within the function, whose locals have their own numbers.
    Inline(String),
}

/// What a fault may know of an instruction's surroundings.
pub(super) struct Site<'a> {
    pub operator: &'a Operator<'a>,
    pub memories: &'a [MemoryType],
    /// Parameters, then locals, of the function.
    pub locals: &'a [ValType],
    /// The parameters and results of the function that is called, where the instruction calls one
    /// directly.
    pub callee: Option<(Vec<ValType>, Vec<ValType>)>,
    /// The index of the first of the spare globals: one mutable i64 for each memory, -1 at first.
    pub spare: u32,
}

/// Why a module could not be rewritten.
#[derive(Debug, thiserror::Error)]
pub(super) enum RewriteError {
    #[error(transparent)]
    Module(#[from] BinaryReaderError),
    #[error("a fault is not well written: {0}")]
    Fault(#[from] wat::Error),
}

/// Rewrites a module; nothing where `fault` replaces nothing in it. With `remembers`, its start
/// function first puts the sizes of its memories into the spare globals.
pub(super) fn rewrite(
    wasm: &[u8],
    remembers: bool,
    fault: impl Fn(&Site<'_>) -> Option<Replacement>,
) -> Result<Option<Vec<u8>>, RewriteError> {
    let facts = Facts::read(wasm)?;
    let mut helpers = Helpers::default();
    let mut bodies = Vec::new();
    for (index, body) in facts.bodies.iter().enumerate() {
        bodies.push(rewrite_body(wasm, body, index, &facts, &mut helpers, &fault)?);
    }
    if !helpers.used {
        return Ok(None);
    }
    if remembers {
        let start = facts.start.map(|start| format!("call {start}")).unwrap_or_default();
        let text = format!("{} {start}", size::remember(&facts.memories, facts.globals));
        helpers.start = Some(facts.functions.len() + helpers.number(text)?);
    }
    bodies.extend(helpers.functions.iter().map(|helper| helper.body.clone()));
    Ok(Some(assemble(wasm, &facts, &helpers, &bodies)?))
}

/// What the sections before the code say.
#[derive(Default)]
struct Facts<'a> {
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    /// The types of all functions, imported ones first.
    functions: Vec<u32>,
    imported_functions: usize,
    memories: Vec<MemoryType>,
    globals: u32,
    start: Option<u32>,
    bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Facts<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut facts = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for ty in group?.into_types() {
                            let function = match &ty.composite_type.inner {
                                wasmparser::CompositeInnerType::Func(function) => {
                                    (function.params().to_vec(), function.results().to_vec())
                                }
                                _ => (Vec::new(), Vec::new()),
                            };
                            facts.types.push(function);
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => facts.functions.push(ty),
                            TypeRef::Memory(memory) => facts.memories.push(memory),
                            TypeRef::Global(_) => facts.globals += 1,
                            _ => {}
                        }
                    }
                    facts.imported_functions = facts.functions.len();
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        facts.functions.push(ty?);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        facts.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(section) => facts.globals += section.count(),
                Payload::StartSection { func, .. } => facts.start = Some(func),
                Payload::CodeSectionEntry(body) => facts.bodies.push(body),
                _ => {}
            }
        }
        Ok(facts)
    }

    fn signature(&self, function: u32) -> Option<(Vec<ValType>, Vec<ValType>)> {
        self.types.get(*self.functions.get(function as usize)? as usize).cloned()
    }
}

/// One function that is appended.
struct Helper {
    text: String,
    /// Its type, as the type section spells it.
    ty: Vec<u8>,
    body: Vec<u8>,
}

#[derive(Default)]
struct Helpers {
    functions: Vec<Helper>,
    used: bool,
    /// The function to start with in the place of the module's own.
    start: Option<usize>,
}

impl Helpers {
    /// The number of a helper among the helpers; equal texts share one.
    fn number(&mut self, text: String) -> Result<usize, RewriteError> {
        if let Some(number) = self.functions.iter().position(|helper| helper.text == text) {
            return Ok(number);
        }
        let wasm = wat::parse_str(format!("(module (func {text}))"))?;
        let mut helper = Helper { text, ty: Vec::new(), body: Vec::new() };
        for payload in Parser::new(0).parse_all(&wasm) {
            match payload? {
                Payload::TypeSection(section) => helper.ty = wasm[section.range()][1..].to_vec(),
                Payload::CodeSectionEntry(body) => helper.body = wasm[body.range()].to_vec(),
                _ => {}
            }
        }
        self.functions.push(helper);
        Ok(self.functions.len() - 1)
    }
}

/// The bytes of instructions that are written as text.
fn inline(text: &str) -> Result<Vec<u8>, RewriteError> {
    let wasm = wat::parse_str(format!("(module (func {text}))"))?;
    for payload in Parser::new(0).parse_all(&wasm) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let bytes = &wasm[body.range()];
            // Without the empty list of locals before and the `end` after.
            return Ok(bytes[1..bytes.len() - 1].to_vec());
        }
    }
    Ok(Vec::new())
}

fn rewrite_body(
    wasm: &[u8],
    body: &FunctionBody<'_>,
    index: usize,
    facts: &Facts<'_>,
    helpers: &mut Helpers,
    fault: &impl Fn(&Site<'_>) -> Option<Replacement>,
) -> Result<Vec<u8>, RewriteError> {
    let number = facts.imported_functions + index;
    let mut locals = facts.signature(number as u32).map(|(params, _)| params).unwrap_or_default();
    for group in body.get_locals_reader()? {
        let (count, ty) = group?;
        locals.extend(std::iter::repeat_n(ty, count as usize));
    }
    let mut operators = body.get_operators_reader()?;
    let mut bytes = wasm[body.range().start..operators.original_position()].to_vec();
    while !operators.eof() {
        let start = operators.original_position();
        let operator = operators.read()?;
        let callee = match operator {
            Operator::Call { function_index } => facts.signature(function_index),
            _ => None,
        };
        let site = Site {
            operator: &operator,
            memories: &facts.memories,
            locals: &locals,
            callee,
            spare: facts.globals,
        };
        match fault(&site) {
            None => bytes.extend_from_slice(&wasm[start..operators.original_position()]),
            Some(Replacement::Inline(text)) => {
                helpers.used = true;
                bytes.extend(inline(&text)?);
            }
            Some(Replacement::Function(text)) => {
                helpers.used = true;
                let function = facts.functions.len() + helpers.number(text)?;
                wasm_encoder::Instruction::Call(function as u32).encode(&mut bytes);
            }
        }
    }
    Ok(bytes)
}

/// A vector section with entries added at its end.
fn appended(section: &[u8], added: &[Vec<u8>]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut reader = wasmparser::BinaryReader::new(section, 0);
    let count = if section.is_empty() { 0 } else { reader.read_var_u32()? };
    let mut bytes = Vec::new();
    (count + added.len() as u32).encode(&mut bytes);
    bytes.extend_from_slice(&section[reader.current_position()..]);
    bytes.extend(added.iter().flatten());
    Ok(bytes)
}

fn assemble(
    wasm: &[u8],
    facts: &Facts<'_>,
    helpers: &Helpers,
    bodies: &[Vec<u8>],
) -> Result<Vec<u8>, BinaryReaderError> {
    let types: Vec<_> = helpers.functions.iter().map(|helper| helper.ty.clone()).collect();
    let functions: Vec<_> = (0..types.len())
        .map(|number| {
            let mut bytes = Vec::new();
            ((facts.types.len() + number) as u32).encode(&mut bytes);
            bytes
        })
        .collect();
    // An i64, mutable, -1.
    let globals = vec![vec![0x7e, 0x01, 0x42, 0x7f, 0x0b]; facts.memories.len()];
    let mut module = Module::new();
    let mut globals_done = false;
    let mut start = helpers.start;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        let data = &wasm[range];
        if !globals_done && after_globals(id) {
            globals_done = true;
            let data = appended(&[], &globals)?;
            module.section(&RawSection { id: SectionId::Global.into(), data: &data });
        }
        if let Some(function) = start.filter(|_| after_start(id)) {
            start = None;
            module.section(&StartSection { function_index: function as u32 });
        }
        let data = match payload {
            Payload::StartSection { .. } if helpers.start.is_some() => continue,
            Payload::TypeSection(_) => Cow::Owned(appended(data, &types)?),
            Payload::FunctionSection(_) => Cow::Owned(appended(data, &functions)?),
            Payload::GlobalSection(_) => {
                globals_done = true;
                Cow::Owned(appended(data, &globals)?)
            }
            Payload::CodeSectionStart { .. } => {
                let mut code = Vec::new();
                (bodies.len() as u32).encode(&mut code);
                for body in bodies {
                    body.as_slice().encode(&mut code);
                }
                Cow::Owned(code)
            }
            _ => Cow::Borrowed(data),
        };
        module.section(&RawSection { id, data: &data });
    }
    Ok(module.finish())
}

/// Whether a section stands after the globals' one, if there is one.
fn after_globals(id: u8) -> bool {
    let exports = [SectionId::Export, SectionId::Start];
    exports.into_iter().any(|section| u8::from(section) == id) || after_start(id)
}

/// Whether a section stands after the start's one, if there is one.
fn after_start(id: u8) -> bool {
    let later = [SectionId::Element, SectionId::DataCount, SectionId::Code, SectionId::Data];
    later.into_iter().any(|section| u8::from(section) == id)
}
