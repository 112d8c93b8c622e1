//! Scalars to typed values: arguments by their parameter, expected values by what the operation
//! returns.

use crate::case::decode::Literal;
use crate::case::plan::{Element, OperandType, ViewType};
use crate::case::problem::quoted;
use crate::value::{Float, ValType, Value};

/// What a step returns.
#[derive(Clone, Debug, PartialEq)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// A guest's results.
    Wasm(Vec<ValType>),
    /// A value of the host.
    Host(HostType),
    /// Several values of the host, and how many where that is known.
    Several(HostType, Option<usize>),
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Bytes, and how many where that is known.
    Bytes(Option<usize>),
    /// A digest.
    Digest,
    /// What cannot be known before.
    Anything,
    /// The step is wrong, so that whatever is expected of it may be right.
    Unknown,
}

/// The type of a value that the host takes or returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostType {
    /// A number.
    Number,
    /// An element of a `Float32Array`.
    F32,
    /// An element of a `Float64Array`.
    F64,
    /// A BigInt.
    BigInt,
    /// A boolean.
    Boolean,
}

impl HostType {
    /// What a view's elements are; those of a `DataView` are not known before.
    pub fn of_view(view: ViewType) -> Self {
        match view {
            ViewType::Float32Array => Self::F32,
            ViewType::Float64Array => Self::F64,
            ViewType::BigInt64Array | ViewType::BigUint64Array => Self::BigInt,
            _ => Self::Number,
        }
    }

    /// What a `DataView` access reads.
    pub fn of_element(element: Element) -> Self {
        match element {
            Element::Float32 => Self::F32,
            Element::Float64 => Self::F64,
            Element::BigInt64 | Element::BigUint64 => Self::BigInt,
            _ => Self::Number,
        }
    }

    /// What a kept result is converted to.
    pub fn operand(self) -> OperandType {
        match self {
            Self::BigInt => OperandType::BigInt,
            _ => OperandType::Number,
        }
    }
}

/// The operand type of a Wasm type.
pub fn wasm_operand(ty: ValType) -> OperandType {
    match ty {
        ValType::I32 => OperandType::I32,
        ValType::I64 => OperandType::I64,
        ValType::F32 => OperandType::F32,
        ValType::F64 => OperandType::F64,
    }
}

/// A reference to a kept result: `$name[.unsigned][+n|-n]`.
#[derive(Debug, PartialEq, Eq)]
pub struct KeptRef {
    /// The name.
    pub name: String,
    /// Is it read as unsigned?
    pub unsigned: bool,
    /// What is added.
    pub plus: i64,
}

/// Parse a reference to a kept result. `None` if it does not begin with `$`; a message if what
/// follows is wrong.
pub fn kept(literal: &Literal) -> Option<Result<KeptRef, String>> {
    let text = literal.text.strip_prefix('$').filter(|_| literal.is_plain())?;
    let end = text.find(['.', '+', '-']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let (unsigned, rest) = match rest.strip_prefix(".unsigned") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let plus =
        if rest.is_empty() { Some(0) } else { integer(rest).and_then(|plus| i64::try_from(plus).ok()) };
    let signed = rest.is_empty() || rest.starts_with(['+', '-']);
    Some(match plus {
        Some(plus) if signed && crate::case::names::is_name(name) => {
            Ok(KeptRef { name: name.to_owned(), unsigned, plus })
        }
        _ => Err(format!("{} is not `$name`, `$name.unsigned` or `$name+8`", quoted(&literal.text))),
    })
}

/// An integer: decimal or hexadecimal, with a sign, with `_` between digits.
pub fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.strip_prefix("0x") {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) || digits.ends_with('_') {
        return None;
    }
    let digits = digits.replace('_', "");
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = i128::from_str_radix(&digits, radix).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// A literal as a Wasm value.
///
/// # Errors
///
/// Says what does not fit.
pub fn wasm(literal: &Literal, ty: ValType) -> Result<Value, String> {
    let text = literal.text.as_str();
    let wrong = || Err(format!("{} is not an {ty}", quoted(text)));
    if !literal.is_plain() {
        return Err(format!("{} is a text, and not an {ty}: leave the quotes out", quoted(text)));
    }
    match ty {
        ValType::I32 | ValType::I64 => {
            let Some(value) = integer(text) else { return wrong() };
            let (least, most) = match ty {
                ValType::I32 => (i128::from(i32::MIN), i128::from(u32::MAX)),
                _ => (i128::from(i64::MIN), i128::from(u64::MAX)),
            };
            if !(least..=most).contains(&value) {
                return Err(format!("{text} is out of the range of an {ty}: {least} to {most}"));
            }
            Ok(match ty {
                ValType::I32 => Value::I32(value as i32),
                _ => Value::I64(value as i64),
            })
        }
        ValType::F32 => match float_bits(text, 32)? {
            Some(bits) => Ok(Value::F32(Float::Bits(bits as u32))),
            None => match float::<f32>(text) {
                Some(value) => Ok(Value::F32(Float::Bits(value.to_bits()))),
                None => wrong(),
            },
        },
        ValType::F64 => match float_bits(text, 64)? {
            Some(bits) => Ok(Value::F64(Float::Bits(bits))),
            None => match float::<f64>(text) {
                Some(value) => Ok(Value::F64(Float::Bits(value.to_bits()))),
                None => wrong(),
            },
        },
    }
}

/// The bits of `nan` and `nan:0x...`.
fn float_bits(text: &str, width: u32) -> Result<Option<u64>, String> {
    let (quiet, exponent, all): (u64, u64, u64) = match width {
        32 => (0x7fc0_0000, 0x7f80_0000, u64::from(u32::MAX)),
        _ => (0x7ff8_0000_0000_0000, 0x7ff0_0000_0000_0000, u64::MAX),
    };
    if text == "nan" {
        return Ok(Some(quiet));
    }
    let Some(bits) = text.strip_prefix("nan:") else { return Ok(None) };
    let Some(bits) = bits.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok()) else {
        return Err(format!("{} is not a value: write all the bits, as `nan:0x7fc00000`", quoted(text)));
    };
    if bits & !all != 0 {
        return Err(format!("{} has more than {width} bits", quoted(text)));
    }
    let mantissa = bits & (exponent & exponent.wrapping_neg()).wrapping_sub(1);
    if bits & exponent != exponent || mantissa == 0 {
        return Err(format!("{} are not the bits of an f{width} NaN", quoted(text)));
    }
    Ok(Some(bits))
}

/// A finite or infinite float as it is written.
fn float<T: std::str::FromStr + Into<f64> + Copy>(text: &str) -> Option<T> {
    let text = match text {
        "inf" | "+inf" | ".inf" | "Infinity" => "inf",
        "-inf" | "-.inf" | "-Infinity" => "-inf",
        _ => {
            if let Some(value) = integer(text) {
                let sign = if text.starts_with('-') && value == 0 { "-" } else { "" };
                return format!("{sign}{value}").parse().ok();
            }
            let decimal =
                text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
            if !decimal || !text.bytes().any(|b| b.is_ascii_digit()) {
                return None;
            }
            text
        }
    };
    // What is too great for the type is a mistake, not an infinity.
    text.parse().ok().filter(|value: &T| text.ends_with("inf") || (*value).into().is_finite())
}

/// A literal as an argument of a host operation. Where the target is a BigInt, a plain integer is
/// one.
///
/// # Errors
///
/// Says what does not fit.
pub fn host(literal: &Literal, target: HostType) -> Result<Value, String> {
    let text = literal.text.as_str();
    if !literal.is_plain() {
        return Ok(Value::String(text.to_owned()));
    }
    match text {
        "true" => return Ok(Value::Boolean(true)),
        "false" => return Ok(Value::Boolean(false)),
        "undefined" => return Ok(Value::Undefined),
        "null" => return Ok(Value::Null),
        "nan" if target != HostType::BigInt => return Ok(Value::Number(Float::Nan)),
        _ => {}
    }
    if text.starts_with("nan:") {
        return Err(
            "JavaScript may change the bits of a NaN: put them there with `write`, or through a guest"
                .to_owned(),
        );
    }
    if let Some(value) = text.strip_suffix('n').and_then(integer) {
        return Ok(Value::BigInt(value.to_string()));
    }
    if let Some(value) = integer(text) {
        if target == HostType::BigInt {
            return Ok(Value::BigInt(value.to_string()));
        }
        let number = value as f64;
        if number as i128 != value {
            return Err(format!(
                "{text} is not exactly a JavaScript number; as a BigInt it is written {text}n"
            ));
        }
        return Ok(Value::number(if value == 0 && text.starts_with('-') { -0.0 } else { number }));
    }
    match float::<f64>(text) {
        Some(_) if target == HostType::BigInt => {
            Err(format!("{text} is wanted as a BigInt, and is not an integer"))
        }
        Some(number) => Ok(Value::number(number)),
        None => Err(format!("{} is not a value that JavaScript takes here", quoted(text))),
    }
}

/// A literal as a value that the host returned.
///
/// # Errors
///
/// Says what cannot be.
pub fn host_result(literal: &Literal, ty: HostType) -> Result<Value, String> {
    let text = literal.text.as_str();
    let is = |what: &str| Err(format!("this step returns {what}, never {}", quoted(text)));
    match (ty, text) {
        _ if !literal.is_plain() => {
            let what = if ty == HostType::Boolean { "a boolean" } else { "a number" };
            is(what)
        }
        (_, "undefined") => Ok(Value::Undefined),
        (HostType::Boolean, "true") => Ok(Value::Boolean(true)),
        (HostType::Boolean, "false") => Ok(Value::Boolean(false)),
        (HostType::Boolean, _) => is("a boolean"),
        (HostType::F32, _) => wasm(literal, ValType::F32),
        (HostType::F64, _) => wasm(literal, ValType::F64),
        (HostType::BigInt, _) => match integer(text.strip_suffix('n').unwrap_or(text)) {
            Some(value) => Ok(Value::BigInt(value.to_string())),
            None => is("a BigInt"),
        },
        (HostType::Number, _) => match host(literal, HostType::Number) {
            Ok(value @ Value::Number(_)) => Ok(value),
            Err(message) if integer(text).is_some() => Err(message),
            _ => is("a number"),
        },
    }
}
