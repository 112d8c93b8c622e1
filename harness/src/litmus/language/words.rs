//! The scalars of the litmus language: numbers, values, durations, places, and its closed sets of
//! words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::case::decode::{Decode, Keyword, Literal, Report, or_parameter};
use crate::case::names::is_name;
use crate::case::node::{Node, Span};
use crate::case::problem::quoted;
use crate::litmus::program::{Host, Nanoseconds, Order};

/// A number from 0 to 2^128 - 1, decimal or `0x` hexadecimal.
#[derive(Clone, Debug)]
pub struct Number {
    /// The number.
    pub value: u128,
    /// Where it stands.
    pub span: Span,
}

/// A number, or a register's name.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Number(Number),
    /// A register.
    Register(String, Span),
}

/// A location and a byte in it: `x`, `x+4`.
#[derive(Clone, Debug)]
pub struct At {
    /// The location's name.
    pub location: String,
    /// Bytes from its beginning.
    pub offset: u8,
    /// Where it stands.
    pub span: Span,
}

/// How long something may take.
#[derive(Clone, Debug)]
pub struct Duration {
    /// So long.
    pub nanoseconds: Nanoseconds,
}

fn number(literal: &Literal) -> Option<u128> {
    if !literal.is_plain() {
        return None;
    }
    let text = literal.text.replace('_', "");
    match text.strip_prefix("0x") {
        Some(digits) if !digits.starts_with('+') => u128::from_str_radix(digits, 16).ok(),
        None if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    }
}

impl Decode for Number {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let literal = Literal::decode(node, report)?;
        if let Some(value) = number(&literal) {
            return Some(Self { value, span: literal.span });
        }
        let message = format!("a number is wanted here, not {}", quoted(&literal.text));
        let help = "numbers are decimal or `0x...`, from 0; -1 is 0xff, 0xffff, ... by its width".to_owned();
        report.error_with_help(&literal.span, message, help);
        None
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^0x[0-9a-fA-F_]+$"}]
        }))
    }
}

impl Decode for Value {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let literal = Literal::decode(node, report)?;
        match number(&literal) {
            Some(value) => Some(Self::Number(Number { value, span: literal.span })),
            None if is_name(&literal.text) => Some(Self::Register(literal.text, literal.span)),
            None => {
                let message = format!("a number or a register is wanted here, not {}", quoted(&literal.text));
                report.error(&literal.span, message);
                None
            }
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["integer", "string"]})
    }
}

impl Decode for At {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Literal { text, span, .. } = Literal::decode(node, report)?;
        let (location, offset) = text.split_once('+').unwrap_or((&text, "0"));
        let (location, offset) = (location.trim(), offset.trim());
        match offset.parse() {
            Ok(offset) if is_name(location) => Some(Self { location: location.to_owned(), offset, span }),
            _ => {
                let message = format!("{} is no place in a location", quoted(&text));
                let help = "a place is a location, or a location and bytes: `x`, `x+4`".to_owned();
                report.error_with_help(&span, message, help);
                None
            }
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*( *\\+ *[0-9]+)?$"}))
    }
}

impl Decode for Duration {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Literal { text, span, .. } = Literal::decode(node, report)?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "" | "ns" => Some(1),
            "us" => Some(1_000),
            "ms" => Some(1_000_000),
            "s" => Some(1_000_000_000),
            _ => None,
        };
        let nanoseconds =
            digits.trim().parse().ok().zip(unit).and_then(|(n, u): (u64, u64)| n.checked_mul(u));
        // Waits take them as signed numbers.
        let Some(nanoseconds) = nanoseconds.filter(|ns| i64::try_from(*ns).is_ok()) else {
            let message = format!("{} is no duration", quoted(&text));
            report.error_with_help(&span, message, "such as `50ms`, `1s`, `20us`, or nanoseconds".to_owned());
            return None;
        };
        Some(Self { nanoseconds })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+ *(ns|us|ms|s)$"}]
        }))
    }
}

macro_rules! keyword {
    ($type:ty, $name:literal, $what:literal, $($word:literal => $value:expr),+) => {
        impl Keyword for $type {
            const WHAT: &str = $what;

            fn all() -> Vec<(&'static str, Self)> {
                vec![$(($word, $value)),+]
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"enum": [$($word),+]})
            }
        }
    };
}

keyword!(Order, "Order", "an order", "plain" => Self::Plain, "seqcst" => Self::SeqCst);
keyword!(Host, "Host", "a language that an agent runs in", "wasm" => Self::Wasm, "js" => Self::Js);
