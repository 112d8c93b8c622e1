//! wasmi's values and errors as samebytes has them.

use std::fmt;

use samebytes::engine::{Failure, Interruption};
use samebytes::value::{Float, ValType, Value};
use wasmi::errors::{ErrorKind, HostError, InstantiationError};
use wasmi::{F32, F64, TrapCode, Val};

pub fn val_type(ty: ValType) -> wasmi::ValType {
    match ty {
        ValType::I32 => wasmi::ValType::I32,
        ValType::I64 => wasmi::ValType::I64,
        ValType::F32 => wasmi::ValType::F32,
        ValType::F64 => wasmi::ValType::F64,
    }
}

pub fn to_wasm(value: &Value) -> Result<Val, Failure> {
    Ok(match value {
        Value::I32(value) => Val::I32(*value),
        Value::I64(value) => Val::I64(*value),
        Value::F32(float) => Val::F32(F32::from_bits(float.bits())),
        Value::F64(float) => Val::F64(F64::from_bits(float.bits())),
        other => return Err(Failure::Missing { message: format!("a {} is no Wasm value", other.type_name()) }),
    })
}

pub fn from_wasm(value: &Val) -> Option<Value> {
    match value {
        Val::I32(value) => Some(Value::I32(*value)),
        Val::I64(value) => Some(Value::I64(*value)),
        Val::F32(value) => Some(Value::F32(Float::Bits(value.to_bits()))),
        Val::F64(value) => Some(Value::F64(Float::Bits(value.to_bits()))),
        _ => None,
    }
}

/// What a host function did, on its way through a guest.
#[derive(Debug)]
struct Passing(Interruption);

impl fmt::Display for Passing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl HostError for Passing {}

pub fn interruption(interruption: Interruption) -> wasmi::Error {
    wasmi::Error::host(Passing(interruption))
}

/// What went wrong in an instantiation or a call.
pub fn failure(error: &wasmi::Error) -> Failure {
    let message = error.to_string();
    if let Some(Passing(interruption)) = error.downcast_ref() {
        return Failure::Interrupted(interruption.clone());
    }
    match error.as_trap_code() {
        Some(TrapCode::StackOverflow) => return Failure::Exhaustion { message },
        Some(code) => return Failure::Trap { kind: kind(code), message },
        None => {}
    }
    match error.kind() {
        ErrorKind::Instantiation(
            InstantiationError::MismatchedNumberOfImports { .. }
            | InstantiationError::ImportTypeMismatch { .. }
            | InstantiationError::GlobalTypeMismatch { .. }
            | InstantiationError::FuncTypeMismatch { .. }
            | InstantiationError::TableTypeMismatch { .. }
            | InstantiationError::MemoryTypeMismatch { .. },
        ) => Failure::Link { message },
        ErrorKind::Instantiation(_) | ErrorKind::Memory(_) | ErrorKind::Table(_) => Failure::Refused { message },
        _ => Failure::Trap { kind: None, message },
    }
}

fn kind(code: TrapCode) -> Option<&'static str> {
    Some(match code {
        TrapCode::UnreachableCodeReached => "unreachable",
        TrapCode::MemoryOutOfBounds => "out-of-bounds",
        TrapCode::TableOutOfBounds => "table-out-of-bounds",
        TrapCode::IndirectCallToNull => "uninitialized-element",
        TrapCode::IntegerDivisionByZero => "divide-by-zero",
        TrapCode::IntegerOverflow => "integer-overflow",
        TrapCode::BadConversionToInteger => "invalid-conversion",
        TrapCode::BadSignature => "indirect-call-type-mismatch",
        _ => return None,
    })
}
