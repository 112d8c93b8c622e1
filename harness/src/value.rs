//! Values as they cross between a guest, its host and the harness: bits, never a rounded number.
//!
//! What a value means to a step is decided in `case`; how an outcome's values are judged, in
//! `verdict`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A WebAssembly number type, as guests' signatures use them.
///
/// `v128` and reference types are absent: neither can cross a call from JavaScript, so such values
/// travel through memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit IEEE 754 float.
    F32,
    /// 64-bit IEEE 754 float.
    F64,
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// One value, typed.
///
/// The first four are what Wasm knows. The others are what a host operation returns or takes; the
/// embedding of an engine without JavaScript gives the same ones, as the JS API would.
///
/// On the wire a value is `{"type": "i64", "value": "-1"}`; every payload is a string, so that no
/// JSON reader can round it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub enum Value {
    /// A Wasm `i32`.
    I32(i32),
    /// A Wasm `i64`.
    I64(i64),
    /// A Wasm `f32` or an element of a `Float32Array`, as its bits.
    F32(Float<u32>),
    /// A Wasm `f64` or an element of a `Float64Array`, as its bits.
    F64(Float<u64>),
    /// A JavaScript number that a host operation took or returned, as the bits of its double.
    Number(Float<u64>),
    /// A JavaScript BigInt, in decimal. Kept as text: it has no largest value.
    BigInt(String),
    /// A JavaScript boolean.
    Boolean(bool),
    /// A string.
    String(String),
    /// JavaScript's `undefined`.
    Undefined,
    /// JavaScript's `null`.
    Null,
    /// Some other JavaScript object or symbol, by the name of its class. Shown, and equal to
    /// another of its class.
    Object(String),
    /// Bytes copied out of a buffer.
    Bytes(Vec<u8>),
    /// The SHA-256 of a range of bytes, in hexadecimal.
    Digest(String),
}

/// The bits of a float, or a NaN whose bits the observer cannot know.
///
/// A JavaScript engine may change a NaN's payload whenever a number passes through JavaScript
/// (ECMAScript, Number::toString and SetValueInBuffer leave the bits implementation-defined), so a
/// NaN that came that way is [`Float::Nan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Float<T> {
    /// Exactly these bits.
    Bits(T),
    /// A NaN of unknown sign and payload.
    Nan,
}

impl Value {
    /// The Wasm type of this value, if it is a Wasm value.
    pub fn val_type(&self) -> Option<ValType> {
        match self {
            Self::I32(_) => Some(ValType::I32),
            Self::I64(_) => Some(ValType::I64),
            Self::F32(_) => Some(ValType::F32),
            Self::F64(_) => Some(ValType::F64),
            _ => None,
        }
    }

    /// A JavaScript number from a double.
    pub fn number(value: f64) -> Self {
        Self::Number(Float::from_f64(value))
    }

    /// The double of a JavaScript number; a NaN of unknown bits is the canonical one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(float) => Some(float.to_f64()),
            _ => None,
        }
    }

    /// A short name of the kind of value, as the wire spells it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::I32(_) => "i32",
            Self::I64(_) => "i64",
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::Number(_) => "number",
            Self::BigInt(_) => "bigint",
            Self::Boolean(_) => "boolean",
            Self::String(_) => "string",
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Object(_) => "object",
            Self::Bytes(_) => "bytes",
            Self::Digest(_) => "digest",
        }
    }
}

impl Float<u64> {
    /// The bits of a double, a NaN becoming one of unknown bits.
    pub fn from_f64(value: f64) -> Self {
        if value.is_nan() { Self::Nan } else { Self::Bits(value.to_bits()) }
    }

    /// The bits; those of the canonical NaN where they are unknown.
    pub fn bits(self) -> u64 {
        match self {
            Self::Bits(bits) => bits,
            Self::Nan => 0x7ff8_0000_0000_0000,
        }
    }

    /// The double; a NaN of unknown bits is the canonical one.
    pub fn to_f64(self) -> f64 {
        f64::from_bits(self.bits())
    }
}

impl Float<u32> {
    /// The bits; those of the canonical NaN where they are unknown.
    pub fn bits(self) -> u32 {
        match self {
            Self::Bits(bits) => bits,
            Self::Nan => 0x7fc0_0000,
        }
    }

    /// The float; a NaN of unknown bits is the canonical one.
    pub fn to_f32(self) -> f32 {
        f32::from_bits(self.bits())
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<Value> for Wire {
    fn from(value: Value) -> Self {
        let kind = value.type_name().to_owned();
        let value = match value {
            Value::I32(v) => Some(v.to_string()),
            Value::I64(v) => Some(v.to_string()),
            Value::F32(Float::Bits(bits)) => Some(format!("{bits:#010x}")),
            Value::F64(Float::Bits(bits)) => Some(format!("{bits:#018x}")),
            Value::F32(Float::Nan) | Value::F64(Float::Nan) | Value::Number(Float::Nan) => {
                Some("nan".to_owned())
            }
            Value::Number(Float::Bits(bits)) => Some(number_text(f64::from_bits(bits))),
            Value::BigInt(text) | Value::String(text) | Value::Object(text) => Some(text),
            Value::Boolean(v) => Some(v.to_string()),
            Value::Undefined | Value::Null => None,
            Value::Bytes(bytes) => Some(hex(&bytes)),
            Value::Digest(text) => Some(text),
        };
        Self { kind, value }
    }
}

/// A wire value that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("`{value}` is not a value of type {kind}")]
pub struct BadValue {
    kind: String,
    value: String,
}

impl TryFrom<Wire> for Value {
    type Error = BadValue;

    fn try_from(wire: Wire) -> Result<Self, BadValue> {
        let text = wire.value.unwrap_or_default();
        let parsed = match wire.kind.as_str() {
            "i32" => text.parse().ok().map(Self::I32),
            "i64" => text.parse().ok().map(Self::I64),
            "f32" if text == "nan" => Some(Self::F32(Float::Nan)),
            "f64" if text == "nan" => Some(Self::F64(Float::Nan)),
            "number" if text == "nan" => Some(Self::Number(Float::Nan)),
            "f32" => text
                .strip_prefix("0x")
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .map(|bits| Self::F32(Float::Bits(bits))),
            "f64" => text
                .strip_prefix("0x")
                .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                .map(|bits| Self::F64(Float::Bits(bits))),
            "number" => parse_number(&text).map(Self::number),
            "bigint" => {
                let digits = text.strip_prefix('-').unwrap_or(&text);
                let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                valid.then(|| Self::BigInt(text.clone()))
            }
            "boolean" => text.parse().ok().map(Self::Boolean),
            "string" => Some(Self::String(text.clone())),
            "object" => Some(Self::Object(text.clone())),
            "undefined" => Some(Self::Undefined),
            "null" => Some(Self::Null),
            "bytes" => unhex(&text).map(Self::Bytes),
            "digest" => Some(Self::Digest(text.clone())),
            _ => None,
        };
        parsed.ok_or(BadValue { kind: wire.kind, value: text })
    }
}

impl fmt::Display for Value {
    /// As reports show it: `-1`, `0x7fc00000 (NaN)`, `"ok"`, `65536n`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32(v) => write!(f, "{v}"),
            Self::I64(v) => write!(f, "{v}"),
            Self::F32(Float::Bits(bits)) => {
                write!(f, "{} ({bits:#010x})", f32::from_bits(*bits))
            }
            Self::F64(Float::Bits(bits)) => {
                write!(f, "{} ({bits:#018x})", f64::from_bits(*bits))
            }
            Self::F32(Float::Nan) | Self::F64(Float::Nan) | Self::Number(Float::Nan) => f.write_str("NaN"),
            Self::Number(Float::Bits(bits)) => f.write_str(&number_text(f64::from_bits(*bits))),
            Self::BigInt(text) => write!(f, "{text}n"),
            Self::Boolean(v) => write!(f, "{v}"),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Object(class) => write!(f, "[{class}]"),
            Self::Bytes(bytes) => f.write_str(&hex_groups(bytes)),
            Self::Digest(text) => write!(f, "sha256 {text}"),
        }
    }
}

fn number_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    value.to_string()
}

fn parse_number(text: &str) -> Option<f64> {
    match text {
        "inf" | "Infinity" => Some(f64::INFINITY),
        "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// Lower-case hexadecimal, two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hexadecimal in groups of four bytes, as a person reads it.
pub fn hex_groups(bytes: &[u8]) -> String {
    bytes.chunks(4).map(hex).collect::<Vec<_>>().join(" ")
}

/// The bytes of a hexadecimal text; white space between digits is ignored.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
