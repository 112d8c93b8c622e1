//! wasmtime's values and errors as the engine-neutral ones.

use wasmtime::{Trap, Val, ValRaw};

use crate::engine::{Failure, Interruption};
use crate::value::{Float, ValType, Value};

pub fn val_type(ty: ValType) -> wasmtime::ValType {
    match ty {
        ValType::I32 => wasmtime::ValType::I32,
        ValType::I64 => wasmtime::ValType::I64,
        ValType::F32 => wasmtime::ValType::F32,
        ValType::F64 => wasmtime::ValType::F64,
    }
}

/// The type of a number; nothing for vectors and references.
pub fn number_type(ty: &wasmtime::ValType) -> Option<ValType> {
    Some(match ty {
        wasmtime::ValType::I32 => ValType::I32,
        wasmtime::ValType::I64 => ValType::I64,
        wasmtime::ValType::F32 => ValType::F32,
        wasmtime::ValType::F64 => ValType::F64,
        _ => return None,
    })
}

/// A value as an argument of this type; nothing where it is of another.
pub fn to_raw(ty: ValType, value: &Value) -> Option<ValRaw> {
    Some(match (ty, to_wasm(value).ok()?) {
        (ValType::I32, Val::I32(value)) => ValRaw::i32(value),
        (ValType::I64, Val::I64(value)) => ValRaw::i64(value),
        (ValType::F32, Val::F32(bits)) => ValRaw::f32(bits),
        (ValType::F64, Val::F64(bits)) => ValRaw::f64(bits),
        _ => return None,
    })
}

/// A result of this type.
pub fn from_raw(ty: ValType, value: &ValRaw) -> Value {
    match ty {
        ValType::I32 => Value::I32(value.get_i32()),
        ValType::I64 => Value::I64(value.get_i64()),
        ValType::F32 => Value::F32(Float::Bits(value.get_f32())),
        ValType::F64 => Value::F64(Float::Bits(value.get_f64())),
    }
}

pub fn to_wasm(value: &Value) -> Result<Val, Failure> {
    Ok(match value {
        Value::I32(v) => Val::I32(*v),
        Value::I64(v) => Val::I64(*v),
        Value::F32(float) => Val::F32(float.bits()),
        Value::F64(float) => Val::F64(float.bits()),
        other => {
            let message = format!("a {} is no Wasm value", other.type_name());
            return Err(Failure::Missing { message });
        }
    })
}

pub fn from_wasm(value: &Val) -> Option<Value> {
    match value {
        Val::I32(v) => Some(Value::I32(*v)),
        Val::I64(v) => Some(Value::I64(*v)),
        Val::F32(bits) => Some(Value::F32(Float::Bits(*bits))),
        Val::F64(bits) => Some(Value::F64(Float::Bits(*bits))),
        _ => None,
    }
}

/// What went wrong in a running guest.
pub fn failure(error: &wasmtime::Error) -> Failure {
    if let Some(interruption) = error.downcast_ref::<Interruption>() {
        return Failure::Interrupted(interruption.clone());
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => Failure::Exhaustion { message: Trap::StackOverflow.to_string() },
        Some(Trap::Interrupt) => Failure::Interrupted(Interruption::Stopped),
        Some(trap) => Failure::Trap { kind: kind(*trap), message: trap.to_string() },
        None => Failure::Trap { kind: None, message: format!("{error:#}") },
    }
}

/// What went wrong in an instantiation.
pub fn instantiation(error: &wasmtime::Error) -> Failure {
    match failure(error) {
        Failure::Trap { kind: None, message } if error.downcast_ref::<Trap>().is_none() => {
            // wasmtime has no type of its own for either error.
            if message.contains("incompatible import type") {
                Failure::Link { message }
            } else {
                Failure::Refused { message }
            }
        }
        other => other,
    }
}

fn kind(trap: Trap) -> Option<&'static str> {
    Some(match trap {
        Trap::MemoryOutOfBounds => "out-of-bounds",
        Trap::HeapMisaligned => "unaligned",
        Trap::TableOutOfBounds => "table-out-of-bounds",
        Trap::IndirectCallToNull => "uninitialized-element",
        Trap::BadSignature => "indirect-call-type-mismatch",
        Trap::IntegerOverflow => "integer-overflow",
        Trap::IntegerDivisionByZero => "divide-by-zero",
        Trap::BadConversionToInteger => "invalid-conversion",
        Trap::UnreachableCodeReached => "unreachable",
        Trap::AtomicWaitNonSharedMemory => "atomic-wait-non-shared",
        Trap::NullReference => "null-reference",
        Trap::AllocationTooLarge => "allocation-too-large",
        _ => return None,
    })
}
