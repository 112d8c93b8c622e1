//! Expectations: how they are written, and what they come to once the operation's type is known.
//!
//! Typing them is `resolve`'s; holding an outcome against them is `verdict`'s.

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Literal, Report, record};
use super::names::ErrorClass;
use super::node::{Kind, Node, Span};
use super::plan::OperandType;
use crate::value::Value;

/// What the specification demands of a step, and what else decides about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What is demanded.
    pub expect: Expect,
    /// A result of exactly this means that a resource was refused: inconclusive.
    pub refused: Option<Value>,
    /// The operation allocates: a `RangeError` that is not expected is inconclusive.
    pub may_be_refused: bool,
}

/// What the specification demands of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Nothing: the result is only compared between runtimes.
    Open,
    /// The case says nothing, but later steps need what this one makes: it completes. That decides
    /// nothing about who is tested.
    Completes,
    /// It completes with values that match, as many as there are matchers.
    Values(Vec<Matcher>),
    /// It completes, with whatever values.
    Done,
    /// It traps.
    Trap,
    /// It exhausts the stack.
    Exhaustion,
    /// It throws an error of this class.
    Throws(String),
    /// It completes, and does not match.
    Not(Box<Expect>),
    /// One of these holds.
    Any(Vec<Expect>),
}

/// What is demanded of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// It is this value, to the bit.
    Is(Value),
    /// It is a NaN.
    Nan,
    /// It is a NaN, and a canonical one where its bits are known.
    NanCanonical,
    /// It is a NaN, and an arithmetic one where its bits are known.
    NanArithmetic,
    /// It is what an earlier step returned, plus something.
    Kept(KeptResult),
    /// JavaScript sees the value so; a host without JavaScript has no such view.
    Js(Value),
    /// It is a number for which all of these hold. 64-bit values are compared without loss.
    Number {
        /// It is a multiple of this.
        multiple_of: Option<i128>,
        /// It is this or greater.
        at_least: Option<i128>,
        /// It is this or less.
        at_most: Option<i128>,
    },
}

/// An earlier result in an expectation: `kept [>>> 0] + plus`, converted to `ty`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptResult {
    /// The step that returned it: its last round, if it is repeated.
    pub step: u32,
    /// The type of the value that is expected.
    pub ty: OperandType,
    /// The earlier result is read as unsigned before anything else.
    pub unsigned: bool,
    /// Added, wrapping at the width of a Wasm type.
    pub plus: i64,
}

/// An expectation as it is written.
#[derive(Clone, Debug)]
pub struct ExpectForm {
    /// Where it stands.
    pub span: Span,
    /// What is written.
    pub kind: ExpectKind,
}

/// The ways to write an expectation.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // few of them, short-lived
pub enum ExpectKind {
    /// A value or a keyword.
    One(Literal),
    /// Several results.
    List(Vec<ExpectForm>),
    /// `{throws: ...}`, `{not: ...}` and so on.
    Relation(Relation),
}

record! {
    /// An expectation that is not a plain value.
    Relation {
        /// An error of this class.
        "throws" throws: Option<ErrorClass>,
        /// How JavaScript sees the result.
        "js" js: Option<Literal>,
        /// Anything that completes but this.
        "not" not: Option<Box<ExpectForm>>,
        /// One of several.
        "any" any: Option<Vec<ExpectForm>>,
        /// A multiple of this.
        "multiple-of" multiple_of: Option<Literal>,
        /// This or greater.
        "at-least" at_least: Option<Literal>,
        /// This or less.
        "at-most" at_most: Option<Literal>,
    }
}

impl Decode for ExpectForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let kind = match &node.kind {
            Kind::Scalar(_) => ExpectKind::One(Literal::decode(node, report)?),
            Kind::Sequence(_) => ExpectKind::List(Vec::decode(node, report)?),
            Kind::Mapping(pairs) => {
                let relation = Relation::decode(node, report)?;
                let alone = ["throws", "js", "not", "any"];
                let extra = pairs.iter().find(|(key, _)| alone.contains(&key.text.as_str()));
                match extra {
                    _ if pairs.is_empty() => {
                        report.error(&node.span, "this expectation is empty");
                        return None;
                    }
                    Some((key, _)) if pairs.len() > 1 => {
                        report.error(&key.span, format!("`{}` stands alone in an expectation", key.text));
                        return None;
                    }
                    _ => ExpectKind::Relation(relation),
                }
            }
        };
        Some(Self { span: node.span.clone(), kind })
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for ExpectForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expect".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value; a list of results; `done`, `trap`, `exhaustion`; `nan`, `nan:canonical`, \
                            `nan:arithmetic`, `nan:0x7fc00000`; `$kept`; or a mapping with `throws`, `js`, `not`, \
                            `any`, or `multiple-of`, `at-least`, `at-most`.",
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                Vec::<Self>::schema(generator),
                Relation::schema(generator),
            ],
        })
    }
}
