//! Faults in how a module becomes an instance, and of the few instructions beside those of memory
//! on which cases lean.

use std::borrow::Cow;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{DataSection, MemorySection, Module, RawSection};
use wasmparser::{DataKind, Parser, Payload};

use super::Fault;

const INSTANTIATION: &str = "https://webassembly.github.io/spec/core/exec/modules.html#exec-instantiation";
const MEMTYPE: &str = "https://webassembly.github.io/spec/core/valid/types.html#valid-memtype";
const EXTEND: &str = "https://webassembly.github.io/spec/core/exec/numerics.html#op-extend";
const SIGNED: &str = "https://webassembly.github.io/spec/core/exec/numerics.html#op-iextendn-s";

pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::module(
            "start-function-not-run",
            INSTANTIATION,
            "instantiation does not call the start function",
            |wasm| {
                sections(wasm, |payload, _| matches!(payload, Payload::StartSection { .. }).then_some(None))
            },
        ),
        Fault::module(
            "active-segments-not-written",
            INSTANTIATION,
            "instantiation does not write active data segments",
            |wasm| segments(wasm, |_| Vec::new()),
        ),
        Fault::module(
            "active-segments-lose-their-last-byte",
            INSTANTIATION,
            "instantiation does not write the last byte of active data segments",
            |wasm| segments(wasm, |bytes| bytes[..bytes.len().saturating_sub(1)].to_vec()),
        ),
        Fault::module(
            "memory-maximum-ignored",
            MEMTYPE,
            "a memory that a module defines grows beyond its maximum",
            |wasm| {
                memories(wasm, |memory| {
                    let Some(maximum) = memory.maximum else { return false };
                    memory.maximum = Some((maximum + 64).max(maximum * 2));
                    true
                })
            },
        ),
        Fault::module(
            "memory-initial-one-more",
            INSTANTIATION,
            "a memory that a module defines has a page more at first",
            |wasm| {
                memories(wasm, |memory| {
                    let fits = memory.maximum.is_none_or(|maximum| maximum > memory.minimum);
                    memory.minimum += u64::from(fits);
                    fits
                })
            },
        ),
        Fault::instruction(
            "i64.extend_i32_u",
            "extend-unsigned-keeps-sign",
            EXTEND,
            "`i64.extend_i32_u` extends with the sign",
            "(param i32) (result i64) (i64.extend_i32_s (local.get 0))",
        ),
        Fault::instruction(
            "i64.extend_i32_s",
            "extend-signed-loses-sign",
            EXTEND,
            "`i64.extend_i32_s` extends with zeros",
            "(param i32) (result i64) (i64.extend_i32_u (local.get 0))",
        ),
        Fault::instruction(
            "i32.extend8_s",
            "extend8-does-nothing",
            SIGNED,
            "`i32.extend8_s` returns its operand",
            "(param i32) (result i32) (local.get 0)",
        ),
        Fault::instruction(
            "i32.extend16_s",
            "extend16-does-nothing",
            SIGNED,
            "`i32.extend16_s` returns its operand",
            "(param i32) (result i32) (local.get 0)",
        ),
        Fault::instruction(
            "i64.extend32_s",
            "extend32-does-nothing",
            SIGNED,
            "`i64.extend32_s` returns its operand",
            "(param i64) (result i64) (local.get 0)",
        ),
    ]
}

/// A module some of whose sections are replaced, or left out. `change` gives nothing for a section
/// that stays; the result is nothing where all of them stay.
fn sections(wasm: &[u8], change: impl Fn(&Payload<'_>, &[u8]) -> Option<Option<Vec<u8>>>) -> Option<Vec<u8>> {
    let mut module = Module::new();
    let mut changed = false;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.ok()?;
        let Some((id, range)) = payload.as_section() else { continue };
        let data = match change(&payload, &wasm[range.clone()]) {
            None => Cow::Borrowed(&wasm[range]),
            Some(data) => {
                changed = true;
                let Some(data) = data else { continue };
                Cow::Owned(data)
            }
        };
        module.section(&RawSection { id, data: &data });
    }
    changed.then(|| module.finish())
}

/// The content of a section as the encoder makes it, without its id and size.
fn content(section: &impl wasm_encoder::Encode) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    section.encode(&mut bytes);
    let mut reader = wasmparser::BinaryReader::new(&bytes, 0);
    reader.read_var_u32().ok()?;
    Some(bytes[reader.current_position()..].to_vec())
}

fn segments(wasm: &[u8], change: fn(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    sections(wasm, |payload, _| {
        let Payload::DataSection(reader) = payload else { return None };
        let mut section = DataSection::new();
        let mut changed = false;
        for data in reader.clone() {
            let data = data.ok()?;
            match data.kind {
                DataKind::Passive => section.passive(data.data.iter().copied()),
                DataKind::Active { memory_index, offset_expr } => {
                    let offset = RoundtripReencoder.const_expr(offset_expr).ok()?;
                    changed |= !data.data.is_empty();
                    section.active(memory_index, &offset, change(data.data))
                }
            };
        }
        changed.then(|| content(&section))
    })
}

fn memories(wasm: &[u8], change: fn(&mut wasm_encoder::MemoryType) -> bool) -> Option<Vec<u8>> {
    sections(wasm, |payload, _| {
        let Payload::MemorySection(reader) = payload else { return None };
        let mut section = MemorySection::new();
        let mut changed = false;
        for memory in reader.clone() {
            let mut memory = RoundtripReencoder.memory_type(memory.ok()?).ok()?;
            changed |= change(&mut memory);
            section.memory(memory);
        }
        changed.then(|| content(&section))
    })
}
