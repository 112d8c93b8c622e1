//! Guests: text to binaries, what they import and export, and the features that they need.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmparser::types::EntityType;
use wasmparser::{Validator, WasmFeatures};
use wast::Wat;
use wast::parser::{self, ParseBuffer};

use super::kinds::MemoryKind;
use crate::case::decode::{At, Literal, Report};
use crate::case::document::GuestForm;
use crate::case::node::{Span, Style};
use crate::case::plan::Feature;
use crate::case::problem::{Place, Problem, SourceText};
use crate::value::ValType;

/// A guest as the resolver knows it.
#[derive(Clone, Debug)]
pub struct GuestInfo {
    /// The binary.
    pub wasm: Vec<u8>,
    /// Its text, if that is how it is written.
    pub wat: Option<String>,
    /// What it imports, in order: module, name, type.
    pub imports: Vec<(String, String, Extern)>,
    /// What it exports.
    pub exports: BTreeMap<String, Extern>,
}

/// The type of an import or export.
#[derive(Clone, Debug, PartialEq)]
pub enum Extern {
    /// A function; without a signature where it has types that cannot cross a call from JavaScript.
    Function(Option<Signature>),
    /// A memory.
    Memory(MemoryKind),
    /// A global.
    Global(Option<ValType>),
    /// A table or a tag.
    Other(&'static str),
}

/// A function's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its parameters.
    pub params: Vec<ValType>,
    /// Its results.
    pub results: Vec<ValType>,
}

impl Extern {
    /// With its article, for messages.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Function(_) => "a function",
            Self::Memory(_) => "a memory",
            Self::Global(_) => "a global",
            Self::Other(what) => what,
        }
    }
}

/// The features that a guest may use without saying so: what every runtime of interest has.
fn baseline() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES
}

/// The features that must stand in `needs`.
const NAMED: &[(Feature, WasmFeatures)] = &[
    (Feature::Threads, WasmFeatures::THREADS),
    (Feature::Memory64, WasmFeatures::MEMORY64),
    (Feature::BulkMemory, WasmFeatures::BULK_MEMORY),
    (Feature::Simd, WasmFeatures::SIMD),
    (Feature::MultiMemory, WasmFeatures::MULTI_MEMORY),
];

/// Make a guest; problems go to `report`.
pub fn guest(
    form: &GuestForm,
    place: &Span,
    needs: &[Feature],
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
    report: &mut Report,
) -> Option<GuestInfo> {
    match (&form.wat, &form.file) {
        (Some(wat), None) => {
            let wasm = match encode(&wat.text) {
                Ok(wasm) => wasm,
                Err(error) => {
                    let span = place_in_block(&report.source.text, wat, error.at);
                    report.error(&span, error.message);
                    return None;
                }
            };
            inspect(wasm, Some(wat.text.clone()), &wat.span, needs, report)
        }
        (None, Some(file)) => from_file(file, needs, files, report),
        _ => {
            report.error(place, "a guest has either `wat` or `file`");
            None
        }
    }
}

fn from_file(
    file: &At<String>,
    needs: &[Feature],
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
    report: &mut Report,
) -> Option<GuestInfo> {
    let name = file.value.as_str();
    let (span, shown) = (&file.span, format!("guests/{name}"));
    if name.split(['/', '\\']).any(|part| matches!(part, "" | "." | "..")) {
        report.error(span, "this path leads out of guests/");
        return None;
    }
    let Some(bytes) = files(name) else {
        report.error(span, format!("there is no {}", crate::case::problem::quoted(&shown)));
        return None;
    };
    if bytes.starts_with(b"\0asm") {
        return inspect(bytes, None, span, needs, report);
    }
    let Ok(text) = String::from_utf8(bytes) else {
        report.error(span, format!("`{shown}` is neither a module nor text"));
        return None;
    };
    match encode(&text) {
        Ok(wasm) => inspect(wasm, Some(text), span, needs, report),
        Err(TextError { message, at }) => {
            let source = Arc::new(SourceText { file: shown, text });
            report.problems.push(Problem::at(Place::new(&source, at..at + 1), message));
            None
        }
    }
}

/// What is wrong with a guest's text, and the byte where.
struct TextError {
    message: String,
    at: usize,
}

impl From<wast::Error> for TextError {
    fn from(error: wast::Error) -> Self {
        Self { message: error.message(), at: error.span().offset() }
    }
}

/// The binary of a guest's text.
fn encode(text: &str) -> Result<Vec<u8>, TextError> {
    let buffer = ParseBuffer::new(text)?;
    Ok(parser::parse::<Wat<'_>>(&buffer)?.encode()?)
}

/// Where a byte of a scalar's text stands in its file.
fn place_in_block(file: &str, wat: &Literal, at: usize) -> Span {
    let before = wat.text.get(..at).unwrap_or(&wat.text);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    match wat.style {
        Style::Literal => {}
        // On one line, the text stands there as it is, unless something in it is escaped.
        Style::Quoted | Style::Plain if line == 1 => {
            let quote = usize::from(wat.style == Style::Quoted);
            let start = wat.span.start + quote;
            if file.get(start..start + wat.text.len()) == Some(wat.text.as_str()) {
                return start + column..start + column + 1;
            }
            return wat.span.clone();
        }
        _ => return wat.span.clone(),
    }
    // The span begins at the first line that is not blank.
    let blank = wat.text.bytes().take_while(|byte| *byte == b'\n').count();
    let Some(below) = line.checked_sub(1 + blank) else { return wat.span.clone() };
    let first = file[..wat.span.start].rfind('\n').map_or(0, |at| at + 1);
    let start = first + file[first..].split_inclusive('\n').take(below).map(str::len).sum::<usize>();
    let written = file[start..].split('\n').next().unwrap_or_default();
    let written = written.strip_suffix('\r').unwrap_or(written);
    let read = wat.text.split('\n').nth(line - 1).unwrap_or_default();
    // Parameters may have changed the line: then only its indentation is sure.
    let indent = match written.strip_suffix(read) {
        Some(indent) => indent.len(),
        None => written.len() - written.trim_start().len(),
    };
    let at = start + (indent + column).min(written.len());
    at..at + 1
}

fn inspect(
    wasm: Vec<u8>,
    wat: Option<String>,
    span: &Span,
    needs: &[Feature],
    report: &mut Report,
) -> Option<GuestInfo> {
    let all = NAMED.iter().fold(baseline(), |all, (_, flag)| all | *flag);
    let types = match Validator::new_with_features(all).validate_all(&wasm) {
        Ok(types) => types,
        Err(error) => {
            let beyond = Validator::new_with_features(WasmFeatures::all()).validate_all(&wasm).is_ok();
            let message = match beyond {
                true => format!("the guest uses a feature that cases cannot have: {}", error.message()),
                false => format!("the guest is not a valid module: {}", error.message()),
            };
            report.error_with_help(span, message, format!("at byte {:#x} of the binary", error.offset()));
            return None;
        }
    };
    let mut right = true;
    for (feature, flag) in NAMED.iter().filter(|(feature, _)| !needs.contains(feature)) {
        if Validator::new_with_features(all - *flag).validate_all(&wasm).is_err() {
            report.error(span, format!("the guest uses {feature}: add it to `needs`"));
            right = false;
        }
    }
    if !right {
        return None;
    }
    let types = types.as_ref();
    let convert = |entity: EntityType| match entity {
        EntityType::Func(id) | EntityType::FuncExact(id) => {
            let function = types[id].unwrap_func();
            let params = function.params().iter().map(val_type).collect::<Option<_>>();
            let results = function.results().iter().map(val_type).collect::<Option<_>>();
            Extern::Function(params.zip(results).map(|(params, results)| Signature { params, results }))
        }
        EntityType::Memory(memory) => Extern::Memory(MemoryKind {
            address64: memory.memory64,
            shared: memory.shared,
            initial: Some(memory.initial),
        }),
        EntityType::Global(global) => Extern::Global(val_type(&global.content_type)),
        EntityType::Table(_) => Extern::Other("a table"),
        EntityType::Tag(_) => Extern::Other("a tag"),
    };
    let imports: Vec<(String, String, Extern)> = types
        .core_imports()
        .into_iter()
        .flatten()
        .map(|(module, name, entity)| (module.to_owned(), name.to_owned(), convert(entity)))
        .collect();
    let exports: BTreeMap<String, Extern> = types
        .core_exports()
        .into_iter()
        .flatten()
        .map(|(name, entity)| (name.to_owned(), convert(entity)))
        .collect();
    let memories = imports.iter().map(|(_, _, entity)| entity).chain(exports.values());
    let shared64 =
        |entity: &Extern| matches!(entity, Extern::Memory(memory) if memory.address64 && memory.shared);
    if memories.into_iter().any(shared64) && !needs.contains(&Feature::SharedMemory64) {
        report.error(span, format!("the guest uses {}: add it to `needs`", Feature::SharedMemory64));
        return None;
    }
    Some(GuestInfo { wasm, wat, imports, exports })
}

fn val_type(ty: &wasmparser::ValType) -> Option<ValType> {
    match ty {
        wasmparser::ValType::I32 => Some(ValType::I32),
        wasmparser::ValType::I64 => Some(ValType::I64),
        wasmparser::ValType::F32 => Some(ValType::F32),
        wasmparser::ValType::F64 => Some(ValType::F64),
        _ => None,
    }
}
