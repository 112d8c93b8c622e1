//! A compiled guest with what the embedding must know of its imports, exports and memories.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

use super::instrument::{self, Instrumented};
use crate::engine::{Engine, Failure, Module};
use crate::value::ValType;

/// A module object.
pub struct Compiled {
    pub module: Module,
    pub shape: Shape,
    /// What instrumentation added; nothing where the guest runs as it is written.
    pub instrumented: Option<Instrumented>,
}

/// From how many bytes on a compiled guest is kept for later plans: a guest of the catalogue's Rust
/// sources compiles for twenty milliseconds and stands in as many cases, one of a few lines for less
/// than one.
const KEPT: usize = 8 << 10;

/// Compiled guests, kept from plan to plan. A module has no state, so that nobody can tell.
#[derive(Default)]
pub struct Modules(Mutex<HashMap<Key, Arc<Compiled>>>);

/// A guest's bytes, and whether it is instrumented.
type Key = (Vec<u8>, bool);

impl Modules {
    /// As [`Compiled::new`].
    pub fn compile(
        &self,
        engine: &dyn Engine,
        wasm: &[u8],
        instrument: bool,
    ) -> Result<Arc<Compiled>, Failure> {
        if wasm.len() < KEPT {
            return Compiled::new(engine, wasm, instrument).map(Arc::new);
        }
        let key = (wasm.to_vec(), instrument);
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known().get(&key) {
            return Ok(Arc::clone(compiled));
        }
        let compiled = Arc::new(Compiled::new(engine, wasm, instrument)?);
        known().insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }
}

/// What a module imports and exports.
#[derive(Default)]
pub struct Shape {
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    /// Whether a memory's addresses have 64 bits, by memory index.
    pub memories: Vec<bool>,
}

/// One import, in the module's order.
pub struct Import {
    pub module: String,
    pub name: String,
    pub kind: ImportKind,
}

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    Function,
    /// The memory's index.
    Memory(u32),
    Table,
    /// The type, if it is one of the four Wasm values, and whether it can be set.
    Global(Option<ValType>, bool),
    Tag,
}

/// One export.
pub struct Export {
    pub name: String,
    pub kind: ExternalKind,
    pub index: u32,
}

impl Compiled {
    /// Compiles a guest, instrumented if `instrument`.
    pub fn new(engine: &dyn Engine, wasm: &[u8], instrument: bool) -> Result<Self, Failure> {
        // A binary that cannot even be read is the engine's to refuse.
        let instrumented = if instrument { instrument::instrument(wasm).ok().flatten() } else { None };
        let bytes = instrumented.as_ref().map_or(wasm, |instrumented| &instrumented.wasm);
        let module = engine.compile(bytes)?;
        let shape = shape(wasm).map_err(|error| Failure::Unsupported {
            reason: format!("the engine takes a module that the embedding cannot read: {error}"),
        })?;
        Ok(Self { module, shape, instrumented })
    }

    /// The index of an exported memory.
    pub fn exported_memory(&self, name: &str) -> Option<u32> {
        let export = self.shape.exports.iter().find(|export| export.name == name)?;
        (export.kind == ExternalKind::Memory).then_some(export.index)
    }
}

fn shape(wasm: &[u8]) -> wasmparser::Result<Shape> {
    let mut shape = Shape::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let kind = match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => ImportKind::Function,
                        TypeRef::Memory(ty) => {
                            shape.memories.push(ty.memory64);
                            ImportKind::Memory(shape.memories.len() as u32 - 1)
                        }
                        TypeRef::Table(_) => ImportKind::Table,
                        TypeRef::Global(ty) => ImportKind::Global(val_type(ty.content_type), ty.mutable),
                        TypeRef::Tag(_) => ImportKind::Tag,
                    };
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    shape.imports.push(Import { module, name, kind });
                }
            }
            Payload::MemorySection(memories) => {
                for ty in memories {
                    shape.memories.push(ty?.memory64);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let (name, kind, index) = (export.name.to_owned(), export.kind, export.index);
                    shape.exports.push(Export { name, kind, index });
                }
            }
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(shape)
}

fn val_type(ty: wasmparser::ValType) -> Option<ValType> {
    match ty {
        wasmparser::ValType::I32 => Some(ValType::I32),
        wasmparser::ValType::I64 => Some(ValType::I64),
        wasmparser::ValType::F32 => Some(ValType::F32),
        wasmparser::ValType::F64 => Some(ValType::F64),
        _ => None,
    }
}
