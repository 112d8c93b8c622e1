//! Names in a document: of new handles, of handles that exist, of an instance's exports; and the
//! closed sets of words that the language has.

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

#[cfg(feature = "schema")]
use super::decode::or_parameter;
use super::decode::{At, Decode, Keyword, Literal, Report};
use super::node::{Node, Span};
use super::plan::{AtomicOp, EachMethod, Element, Feature, Via, ViewType};
use super::problem::quoted;
use crate::value::ValType;

/// The name of something new, or of something that is named by one word.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Is this a name: a letter or `_`, then letters, digits, `_` and `-`?
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl Decode for Name {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Literal { text, span, .. } = Literal::decode(node, report)?;
        if is_name(&text) {
            return Some(Self { text, span });
        }
        report.error_with_help(
            &span,
            format!("{} is not a name", quoted(&text)),
            "a name is a letter, then letters, digits, `-` and `_`".to_owned(),
        );
        None
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for Name {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"}))
    }
}

/// A handle, or its `.buffer`.
#[derive(Clone, Debug)]
pub struct Ref {
    /// The handle.
    pub name: String,
    /// Is its buffer meant?
    pub buffer: bool,
    /// Where it stands.
    pub span: Span,
}

impl Ref {
    /// The handle or the handle's buffer that a text names.
    pub fn parse(text: &str, span: &Span) -> Option<Self> {
        let (name, buffer) = text.strip_suffix(".buffer").map_or((text, false), |name| (name, true));
        is_name(name).then(|| Self { name: name.to_owned(), buffer, span: span.clone() })
    }
}

impl Decode for Ref {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Literal { text, span, .. } = Literal::decode(node, report)?;
        let found = Self::parse(&text, &span);
        if found.is_none() {
            report.error_with_help(
                &span,
                format!("{} is not a handle", quoted(&text)),
                "write the name of a handle, or `name.buffer`".to_owned(),
            );
        }
        found
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for Ref {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Handle".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_-]*(\.buffer)?$"}))
    }
}

/// An instance's export.
#[derive(Clone, Debug)]
pub struct ExportRef {
    /// The instance's handle.
    pub instance: String,
    /// The export's name.
    pub export: String,
    /// Where it stands.
    pub span: Span,
}

impl Decode for ExportRef {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Literal { text, span, .. } = Literal::decode(node, report)?;
        match text.split_once('.') {
            Some((instance, export)) if is_name(instance) && !export.is_empty() => {
                Some(Self { instance: instance.to_owned(), export: export.to_owned(), span })
            }
            _ => {
                report.error_with_help(
                    &span,
                    format!("{} is not an export", quoted(&text)),
                    "write `instance.export`".to_owned(),
                );
                None
            }
        }
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for ExportRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Export".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_-]*\..+$"}))
    }
}

/// The byte order of a `DataView` access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "lowercase"))]
#[allow(missing_docs)]
pub enum Order {
    Little,
    Big,
}

/// The type of a memory's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "lowercase"))]
#[allow(missing_docs)]
pub enum Address {
    I32,
    I64,
}

/// An error class that JavaScript or WebAssembly throws.
pub const ERRORS: &[&str] = &[
    "Error",
    "RangeError",
    "TypeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "AggregateError",
    "SuppressedError",
    "CompileError",
    "LinkError",
    "RuntimeError",
    "DataCloneError",
    "InvalidStateError",
];

/// An error class by its name.
#[derive(Clone, Debug)]
pub struct ErrorClass(pub At<String>);

impl Decode for ErrorClass {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let text = At::<String>::decode(node, report)?;
        if ERRORS.contains(&text.value.as_str()) {
            return Some(Self(text));
        }
        let help = super::problem::did_you_mean(&text.value, ERRORS.iter().copied())
            .unwrap_or_else(|| format!("one of {}", super::problem::one_of(ERRORS.iter().copied())));
        report.error_with_help(&text.span, format!("{} is not an error class", quoted(&text.value)), help);
        None
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"enum": ERRORS}))
    }
}

macro_rules! keyword {
    ($type:ident, $what:literal, $($name:literal $variant:ident),+ $(,)?) => {
        impl Keyword for $type {
            const WHAT: &str = $what;

            fn all() -> Vec<(&'static str, Self)> {
                vec![$(($name, $type::$variant)),+]
            }
        }
    };
}

keyword!(Order, "a byte order", "little" Little, "big" Big);
keyword!(Address, "an address type", "i32" I32, "i64" I64);
keyword!(Via, "a way to travel", "message" Message, "channel" Channel, "worker-data" WorkerData);
keyword!(
    ViewType, "a view type",
    "Int8Array" Int8Array, "Uint8Array" Uint8Array, "Uint8ClampedArray" Uint8ClampedArray,
    "Int16Array" Int16Array, "Uint16Array" Uint16Array, "Int32Array" Int32Array, "Uint32Array" Uint32Array,
    "Float32Array" Float32Array, "Float64Array" Float64Array, "BigInt64Array" BigInt64Array,
    "BigUint64Array" BigUint64Array, "DataView" DataView, "Buffer" Buffer,
);
keyword!(
    Element, "an element type",
    "int8" Int8, "uint8" Uint8, "int16" Int16, "uint16" Uint16, "int32" Int32, "uint32" Uint32,
    "float32" Float32, "float64" Float64, "big-int64" BigInt64, "big-uint64" BigUint64,
);
keyword!(
    AtomicOp, "an atomic operation",
    "load" Load, "store" Store, "add" Add, "sub" Sub, "and" And, "or" Or, "xor" Xor,
    "exchange" Exchange, "compare-exchange" CompareExchange,
);

keyword!(
    EachMethod, "a method that calls back",
    "for-each" ForEach, "map" Map, "filter" Filter, "every" Every, "some" Some, "find" Find,
    "find-last" FindLast, "reduce" Reduce, "reduce-right" ReduceRight, "sort" Sort, "iterate" Iterate,
);

impl Keyword for Feature {
    const WHAT: &str = "a feature";

    fn all() -> Vec<(&'static str, Self)> {
        Feature::ALL.iter().map(|feature| (feature.name(), *feature)).collect()
    }
}

/// The name of a view type, as ECMAScript has it.
pub fn view_name(view: ViewType) -> &'static str {
    ViewType::all().iter().find(|(_, found)| *found == view).map_or("", |(name, _)| name)
}

/// The types of a signature, as messages show them.
pub fn types(types: &[ValType]) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
