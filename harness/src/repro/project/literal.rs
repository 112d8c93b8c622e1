//! Values and names as Rust text.

use super::ProjectError;
use crate::case::plan::{Kept, Operand, OperandType};
use crate::value::{Float, ValType, Value};

/// Words that cannot be names, or that the project calls its own.
const RESERVED: &[&str] = &[
    "abstract", "actual", "as", "async", "await", "become", "box", "break", "bytes", "config", "const",
    "continue", "crate", "do", "dyn", "else", "engine", "enum", "expected", "extern", "false", "final", "fn",
    "for", "gen", "if", "impl", "in", "let", "linker", "loop", "macro", "main", "match", "mod", "module",
    "move", "mut", "override", "priv", "pub", "ref", "return", "right", "round", "self", "static", "std",
    "store", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "wasmtime", "where", "while", "yield",
];

/// A name that may be given to a variable or a file: the given one where it can be.
pub fn identifier(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            c if c.is_ascii_uppercase() => {
                text.push_str(if text.is_empty() || text.ends_with('_') { "" } else { "_" });
                text.push(c.to_ascii_lowercase());
            }
            c if c.is_ascii_alphanumeric() => text.push(c),
            _ if text.ends_with('_') => {}
            _ => text.push('_'),
        }
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        text.insert_str(0, "it_");
    }
    if RESERVED.contains(&text.as_str()) {
        text.push('_');
    }
    text
}

/// A string literal; nothing in it can end it or move a terminal.
pub fn string(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

/// A Wasm value as an expression.
pub fn value(value: &Value) -> Option<String> {
    Some(match value {
        Value::I32(v) => integer(i64::from(*v)),
        Value::I64(v) => integer(*v),
        Value::F32(Float::Bits(bits)) if f32::from_bits(*bits).is_finite() => {
            format!("{:?}", f32::from_bits(*bits))
        }
        Value::F64(Float::Bits(bits)) if f64::from_bits(*bits).is_finite() => {
            format!("{:?}", f64::from_bits(*bits))
        }
        Value::F32(Float::Bits(bits)) => format!("f32::from_bits({bits:#x})"),
        Value::F64(Float::Bits(bits)) => format!("f64::from_bits({bits:#x})"),
        _ => return None,
    })
}

/// A whole number that a host operation takes.
pub fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(Float::Bits(bits)) => {
            let number = f64::from_bits(*bits);
            let fits = number >= 0.0 && number.fract() == 0.0 && number < 9_007_199_254_740_992.0;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // looked at before
            fits.then_some(number as u64)
        }
        Value::BigInt(digits) => digits.parse().ok(),
        Value::I32(v) => u64::try_from(*v).ok(),
        Value::I64(v) => u64::try_from(*v).ok(),
        _ => None,
    }
}

/// Addresses are read more easily in hexadecimal.
pub fn integer(value: i64) -> String {
    if value >= 0x1000 && value % 4 == 0 { format!("{value:#x}") } else { value.to_string() }
}

/// An argument of a guest's function.
///
/// # Errors
///
/// If it has no text.
pub fn argument(operand: &Operand) -> Result<String, ProjectError> {
    match operand {
        Operand::Literal(literal) => value(literal).ok_or(ProjectError::Uncovered("a value of JavaScript's")),
        Operand::Kept(kept) => kept_as(kept),
        Operand::Converting(_) => Err(ProjectError::Embedding("the conversion of an argument")),
    }
}

fn kept_as(kept: &Kept) -> Result<String, ProjectError> {
    let name = identifier(&kept.kept);
    let base = match kept.ty {
        // A NaN may become another one on its way through JavaScript.
        OperandType::F32 | OperandType::F64 => {
            return Err(ProjectError::Embedding("a float that the host hands on"));
        }
        OperandType::I32 | OperandType::I64 if kept.plus == 0 => name,
        OperandType::I32 | OperandType::I64 => format!("{name}.wrapping_add({})", kept.plus),
        _ => return Err(ProjectError::Uncovered("an earlier result that JavaScript converts")),
    };
    Ok(base)
}

/// An argument of a host operation: a place or a count.
///
/// # Errors
///
/// If it has no text.
pub fn place(operand: &Operand) -> Result<String, ProjectError> {
    match operand {
        Operand::Literal(literal) => whole(literal)
            .and_then(|whole| i64::try_from(whole).ok())
            .map(integer)
            .ok_or(ProjectError::Uncovered("a place that is no whole number")),
        Operand::Kept(kept) => {
            let name = identifier(&kept.kept);
            let unsigned = if kept.unsigned { format!("{name}.cast_unsigned()") } else { name };
            let plus = match kept.plus {
                0 => String::new(),
                plus if plus < 0 => format!(" - {}", plus.unsigned_abs()),
                plus => format!(" + {plus}"),
            };
            Ok(format!("{unsigned} as usize{plus}"))
        }
        Operand::Converting(_) => Err(ProjectError::Embedding("the conversion of an argument")),
    }
}

/// A type's name.
pub fn type_name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
    }
}
