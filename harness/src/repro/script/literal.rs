//! Values and names as JavaScript text.

use crate::case::plan::{Kept, Operand, OperandType};
use crate::value::{Float, ValType, Value, hex};

/// Words that cannot be names in a module.
const RESERVED: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "undefined",
    "NaN",
    "Infinity",
    "using",
    // What scripts call their own.
    "actual",
    "begin",
    "late",
    "bytes",
    "channel",
    "element",
    "encodeInto",
    "expected",
    "fromMain",
    "fromWorker",
    "hex",
    "isDetached",
    "isMainThread",
    "isPending",
    "module",
    "notifyUntil",
    "parentPort",
    "pass",
    "process",
    "reader",
    "resource",
    "reader",
    "round",
    "run",
    "sha256",
    "turnLoop",
    "turns",
    "until",
    "wasm",
    "worker",
    "workerData",
    // What they use.
    "Array",
    "Atomics",
    "BigInt",
    "Buffer",
    "DOMException",
    "Error",
    "Number",
    "Promise",
    "String",
    "Symbol",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "WebAssembly",
    "Worker",
    "atob",
    "console",
    "globalThis",
    "setTimeout",
    "structuredClone",
];

/// A name that may be declared: the given one where it can be, else one that is like it.
pub fn identifier(name: &str) -> String {
    let mut text = String::new();
    let mut upper = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' || c == '$' {
            text.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        } else {
            upper = !text.is_empty();
        }
    }
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    let numbered = text.strip_prefix("elements").is_some_and(|rest| rest.bytes().all(|c| c.is_ascii_digit()));
    if numbered || RESERVED.contains(&text.as_str()) {
        text.push('_');
    }
    text
}

/// A property's access: `.name`, or `["any text"]`.
pub fn member(name: &str) -> String {
    if is_plain(name) { format!(".{name}") } else { format!("[{}]", string(name)) }
}

/// A property in an object literal, the shorthand where the value has its name.
pub fn property(name: &str, value: &str) -> String {
    match is_plain(name) {
        true if name == value => name.to_owned(),
        true => format!("{name}: {value}"),
        false => format!("{}: {value}", string(name)),
    }
}

/// A property's name in an object literal.
pub fn property_key(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { string(name) }
}

fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}

/// A string literal. Whatever could be taken for something else, in a script or a terminal, is escaped.
pub fn string(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            ' '..='~' => literal.push(c),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    literal.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    literal.push('"');
    literal
}

/// The JavaScript value that a value stands for; none of an object that is known by its class alone.
pub fn value(value: &Value) -> Option<String> {
    Some(match value {
        Value::I32(v) => integer(i64::from(*v)),
        Value::I64(v) => format!("{}n", integer(*v)),
        Value::F32(Float::Bits(bits)) => double(f64::from(f32::from_bits(*bits))),
        Value::F64(Float::Bits(bits)) | Value::Number(Float::Bits(bits)) => double(f64::from_bits(*bits)),
        Value::F32(Float::Nan) | Value::F64(Float::Nan) | Value::Number(Float::Nan) => "NaN".to_owned(),
        Value::BigInt(digits) => format!("{digits}n"),
        Value::Boolean(v) => v.to_string(),
        Value::String(text) | Value::Digest(text) => string(text),
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bytes(bytes) => string(&hex(bytes)),
        Value::Object(_) => return None,
    })
}

/// Addresses are read more easily in hexadecimal.
fn integer(value: i64) -> String {
    if value >= 0x1000 && value % 4 == 0 { format!("{value:#x}") } else { value.to_string() }
}

fn double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    #[allow(clippy::cast_possible_truncation)] // looked at before
    match value {
        _ if value == 0.0 && value.is_sign_negative() => "-0".to_owned(),
        _ if value.fract() == 0.0 && value.abs() < 2_f64.powi(53) => integer(value as i64),
        _ => format!("{value:?}"),
    }
}

/// An operand. `types` gives the Wasm type of a kept result.
pub fn operand(operand: &Operand, types: &dyn Fn(&str) -> Option<ValType>) -> Option<String> {
    match operand {
        // It has statements, which are not written here.
        Operand::Converting(_) => None,
        Operand::Literal(literal) => value(literal),
        Operand::Kept(kept) => Some(converted(kept, types(&kept.kept)?, &identifier(&kept.kept))),
    }
}

/// `kept [>>> 0] + plus` as the type that is asked for.
fn converted(kept: &Kept, from: ValType, name: &str) -> String {
    let plus = |base: String, suffix: &str| match kept.plus {
        0 => base,
        plus if plus < 0 => format!("{base} - {}{suffix}", plus.unsigned_abs()),
        plus => format!("{base} + {plus}{suffix}"),
    };
    let number = match from {
        ValType::I32 if kept.unsigned => Some(format!("({name} >>> 0)")),
        ValType::I32 | ValType::F32 | ValType::F64 => Some(name.to_owned()),
        ValType::I64 => None,
    };
    let big = match (&number, kept.unsigned) {
        (Some(number), _) => format!("BigInt({number})"),
        (None, true) => format!("BigInt.asUintN(64, {name})"),
        (None, false) => name.to_owned(),
    };
    match (kept.ty, number) {
        (OperandType::Number | OperandType::F32 | OperandType::F64, Some(number)) => plus(number, ""),
        (OperandType::Number | OperandType::F32 | OperandType::F64, None) => {
            format!("Number({})", plus(big, "n"))
        }
        (OperandType::I32, Some(_)) if kept.plus == 0 => name.to_owned(),
        (OperandType::I32, Some(number)) => format!("({}) | 0", plus(number, "")),
        (OperandType::I32, None) => format!("Number(BigInt.asIntN(32, {}))", plus(big, "n")),
        (OperandType::I64, None) if kept.plus == 0 => name.to_owned(),
        (OperandType::I64, _) => format!("BigInt.asIntN(64, {})", plus(big, "n")),
        (OperandType::BigInt, _) => plus(big, "n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_that_may_be_declared() {
        assert_eq!(identifier("mem"), "mem");
        assert_eq!(identifier("old-view"), "oldView");
        assert_eq!(identifier("new"), "new_");
        assert_eq!(identifier("2nd"), "_2nd");
        assert_eq!(identifier("*/;"), "_");
    }

    #[test]
    fn a_string_cannot_end_early_or_move_a_terminal() {
        assert_eq!(string("a\"b\\\n\u{1b}[0m\u{2028}\u{1f600}"), r#""a\"b\\\n\u001b[0m\u2028\ud83d\ude00""#);
        assert_eq!(member("a\"]"), r#"["a\"]"]"#);
        assert_eq!(property("memory", "memory"), "memory");
        assert_eq!(property("m-1", "memory"), r#""m-1": memory"#);
    }

    #[test]
    fn numbers_keep_their_value() {
        assert_eq!(value(&Value::I32(0x30000)).as_deref(), Some("0x30000"));
        assert_eq!(value(&Value::I64(-1)).as_deref(), Some("-1n"));
        assert_eq!(value(&Value::number(-0.0)).as_deref(), Some("-0"));
        assert_eq!(value(&Value::number(-0.9)).as_deref(), Some("-0.9"));
        assert_eq!(value(&Value::number(1e300)).as_deref(), Some("1e300"));
        assert_eq!(value(&Value::F32(Float::Bits(0x3dcc_cccd))).as_deref(), Some("0.10000000149011612"));
    }

    #[test]
    fn a_kept_result_is_converted_as_the_plan_says() {
        let kept = |ty, unsigned, plus| Kept { kept: "p".into(), ty, unsigned, plus };
        assert_eq!(converted(&kept(OperandType::I32, false, 0), ValType::I32, "p"), "p");
        assert_eq!(converted(&kept(OperandType::I32, false, -8), ValType::I32, "p"), "(p - 8) | 0");
        assert_eq!(converted(&kept(OperandType::Number, true, 4), ValType::I32, "p"), "(p >>> 0) + 4");
        let text = "Number(BigInt.asUintN(64, p) + 4n)";
        assert_eq!(converted(&kept(OperandType::Number, true, 4), ValType::I64, "p"), text);
        assert_eq!(
            converted(&kept(OperandType::I64, true, 0), ValType::I32, "p"),
            "BigInt.asIntN(64, BigInt((p >>> 0)))"
        );
    }
}
