//! Makes a guest count its own growth, so that the embedding sees each one: engines tell their
//! embedders of none, of attempts, or not of growth by zero.
//!
//! For every memory that the guest grows, a global is added that counts how often `memory.grow`
//! succeeded, by zero pages too, and is exported under a reserved name. The instructions that count
//! stand after each `memory.grow` and leave the stack as it was; all other bytes of the module are
//! copied. A start function becomes an export, which the embedding calls as soon as it has the
//! instance: a callback that it makes can then be told of growth like any other.

use std::ops::Range;

use wasm_encoder::{ConstExpr, Encode, GlobalType, Instruction, ValType};
use wasmparser::{BinaryReaderError, Operator, Parser, Payload, TypeRef};

/// What the reserved export names begin with.
const RESERVED: &str = "samebytes.";

const TYPE_ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const START: u8 = 8;
const CODE: u8 = 10;
const CUSTOM: u8 = 0;

/// A module that counts its growth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrumented {
    /// The new binary.
    pub wasm: Vec<u8>,
    /// The counters.
    pub counters: Vec<Counter>,
    /// The export that is to be called in place of the start function.
    pub start: Option<String>,
}

/// A counter of one memory's growth: an exported mutable i64 global, at first 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The memory's index.
    pub memory: u32,
    /// The global's export name.
    pub export: String,
}

/// Why a module cannot be instrumented.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is malformed.
    #[error(transparent)]
    Malformed(#[from] BinaryReaderError),
    /// It uses a reserved export name.
    #[error("the export name {0:?} is reserved")]
    Reserved(String),
}

/// Instruments a module; nothing where it never grows a memory.
///
/// # Errors
/// As [`Error`] says.
pub fn instrument(wasm: &[u8]) -> Result<Option<Instrumented>, Error> {
    let parts = Parts::read(wasm)?;
    if parts.grown.is_empty() {
        return Ok(None);
    }
    let counters: Vec<_> = parts
        .grown
        .iter()
        .map(|&memory| Counter { memory, export: format!("{RESERVED}grown.{memory}") })
        .collect();
    let start = parts.start.map(|_| format!("{RESERVED}start"));
    let mut output = wasm[..8].to_vec();
    let mut done = Vec::new();
    for (id, range) in &parts.sections {
        if *id != CUSTOM {
            for missing in [GLOBAL, EXPORT] {
                if order(missing) < order(*id) && !done.contains(&missing) {
                    parts.rewrite(wasm, missing, None, &counters, start.as_deref(), &mut output);
                    done.push(missing);
                }
            }
        }
        parts.rewrite(wasm, *id, Some(range.clone()), &counters, start.as_deref(), &mut output);
        done.push(*id);
    }
    Ok(Some(Instrumented { wasm: output, counters, start }))
}

fn order(id: u8) -> usize {
    TYPE_ORDER.iter().position(|other| *other == id).unwrap_or(TYPE_ORDER.len())
}

/// What must be known of a module before it can be rewritten.
#[derive(Default)]
struct Parts {
    sections: Vec<(u8, Range<usize>)>,
    /// By memory index.
    address64: Vec<bool>,
    globals: u32,
    imported_globals: u32,
    exports: u32,
    start: Option<u32>,
    bodies: Vec<Body>,
    /// The memories that are grown, ascending.
    grown: Vec<u32>,
}

struct Body {
    range: Range<usize>,
    /// The places after a `memory.grow`, and its memory.
    grows: Vec<(usize, u32)>,
}

impl Parts {
    fn read(wasm: &[u8]) -> Result<Self, Error> {
        let mut parts = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            parts.sections.extend(payload.as_section());
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Memory(ty) => parts.address64.push(ty.memory64),
                            TypeRef::Global(_) => parts.imported_globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        parts.address64.push(memory?.memory64);
                    }
                }
                Payload::GlobalSection(globals) => parts.globals = globals.count(),
                Payload::ExportSection(exports) => {
                    parts.exports = exports.count();
                    for export in exports {
                        let name = export?.name;
                        if name.starts_with(RESERVED) {
                            return Err(Error::Reserved(name.to_owned()));
                        }
                    }
                }
                Payload::StartSection { func, .. } => parts.start = Some(func),
                Payload::CodeSectionEntry(body) => parts.bodies.push(parts.body(&body)?),
                _ => {}
            }
        }
        for (_, memory) in parts.bodies.iter().flat_map(|body| &body.grows) {
            if !parts.grown.contains(memory) {
                parts.grown.push(*memory);
            }
        }
        parts.grown.sort_unstable();
        Ok(parts)
    }

    fn body(&self, body: &wasmparser::FunctionBody<'_>) -> Result<Body, Error> {
        let mut grows = Vec::new();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            if let Operator::MemoryGrow { mem } = operators.read()?
                && (mem as usize) < self.address64.len()
            {
                grows.push((operators.original_position(), mem));
            }
        }
        Ok(Body { range: body.range(), grows })
    }

    /// Writes a section as it becomes; one that is added has no range.
    fn rewrite(
        &self,
        wasm: &[u8],
        id: u8,
        range: Option<Range<usize>>,
        counters: &[Counter],
        start: Option<&str>,
        output: &mut Vec<u8>,
    ) {
        let old = range.map_or(&[][..], |range| &wasm[range]);
        let content = match id {
            START => return,
            GLOBAL => extend(old, self.globals, counters.len() as u32 + 2, |content| {
                for (ty, zero) in
                    [(ValType::I32, ConstExpr::i32_const(0)), (ValType::I64, ConstExpr::i64_const(0))]
                {
                    encode_global(ty, &zero, content);
                }
                for _ in counters {
                    encode_global(ValType::I64, &ConstExpr::i64_const(0), content);
                }
            }),
            EXPORT => {
                let added = counters.len() as u32 + u32::from(start.is_some());
                extend(old, self.exports, added, |content| {
                    for (counter, index) in counters.iter().zip(self.first_counter()..) {
                        counter.export.encode(content);
                        content.push(3);
                        index.encode(content);
                    }
                    if let (Some(name), Some(function)) = (start, self.start) {
                        name.encode(content);
                        content.push(0);
                        function.encode(content);
                    }
                })
            }
            CODE => self.code(wasm),
            _ => old.to_vec(),
        };
        output.push(id);
        content.as_slice().encode(output);
    }

    fn code(&self, wasm: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        (self.bodies.len() as u32).encode(&mut content);
        for body in &self.bodies {
            let mut bytes = Vec::new();
            let mut copied = body.range.start;
            for (place, memory) in &body.grows {
                bytes.extend_from_slice(&wasm[copied..*place]);
                self.count(*memory, &mut bytes);
                copied = *place;
            }
            bytes.extend_from_slice(&wasm[copied..body.range.end]);
            bytes.as_slice().encode(&mut content);
        }
        content
    }

    /// The scratch globals, an i32 and an i64, come before the counters.
    fn scratch(&self, address64: bool) -> u32 {
        self.imported_globals + self.globals + u32::from(address64)
    }

    fn first_counter(&self) -> u32 {
        self.imported_globals + self.globals + 2
    }

    /// The instructions after a `memory.grow`. They use globals, so that no function gets a local.
    fn count(&self, memory: u32, bytes: &mut Vec<u8>) {
        let address64 = self.address64[memory as usize];
        let scratch = self.scratch(address64);
        let position = self.grown.iter().position(|grown| *grown == memory).unwrap_or_default();
        let counter = self.first_counter() + position as u32;
        let (minus_one, differs) = if address64 {
            (Instruction::I64Const(-1), Instruction::I64Ne)
        } else {
            (Instruction::I32Const(-1), Instruction::I32Ne)
        };
        for instruction in [
            Instruction::GlobalSet(scratch),
            Instruction::GlobalGet(counter),
            Instruction::GlobalGet(scratch),
            minus_one,
            differs,
            Instruction::I64ExtendI32U,
            Instruction::I64Add,
            Instruction::GlobalSet(counter),
            Instruction::GlobalGet(scratch),
        ] {
            instruction.encode(bytes);
        }
    }
}

fn encode_global(val_type: ValType, zero: &ConstExpr, content: &mut Vec<u8>) {
    GlobalType { val_type, mutable: true, shared: false }.encode(content);
    zero.encode(content);
}

/// A section's content with its vector made longer by what `add` writes.
fn extend(old: &[u8], count: u32, added: u32, add: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut content = Vec::new();
    (count + added).encode(&mut content);
    content.extend_from_slice(&old[vector_start(old)..]);
    add(&mut content);
    content
}

/// Where a vector's elements begin: after a LEB128 count.
fn vector_start(content: &[u8]) -> usize {
    content.iter().position(|byte| byte & 0x80 == 0).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests;
