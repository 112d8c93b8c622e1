//! The operations as they are written: one word and its keys. What they mean is in `resolve`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::words::{At as Place, Duration, Number, Value};
use crate::case::decode::{At, Count, Decode, Report, entries, record};
use crate::case::names::Name;
use crate::case::node::{Kind, Node, Span};
use crate::case::problem::{did_you_mean, one_of, quoted};
use crate::litmus::program::Order;

/// An operation as it is written.
#[derive(Clone, Debug)]
pub struct OpForm {
    /// Where its word stands.
    pub span: Span,
    /// Its keys.
    pub keys: Keys,
}

macro_rules! ops {
    ($(
        $(#[doc = $doc:literal])+
        $name:literal $variant:ident {
            $($(#[doc = $field_doc:literal])+ $key:literal $field:ident: $type:ty,)*
        }
    )+) => {
        $(record! {
            $(#[doc = $doc])+
            $variant {
                $($(#[doc = $field_doc])+ $key $field: $type,)*
            }
        })+

        /// An operation's keys.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)] // the keys are documented where they are defined
        pub enum Keys {
            $($variant($variant),)+
        }

        const WORDS: &[&str] = &[$($name),+];

        fn decode(word: &str, node: &Node, report: &mut Report) -> Option<Keys> {
            match word {
                $($name => $variant::decode(node, report).map(Keys::$variant),)+
                _ => None,
            }
        }

        fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
            vec![$(($name, $variant::schema(generator))),+]
        }
    };
}

ops! {
    /// Read.
    "load" Load {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// The register that gets the value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
        /// How it is ordered.
        "order" order: Option<At<Order>>,
    }
    /// Write.
    "store" Store {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
        /// How it is ordered.
        "order" order: Option<At<Order>>,
    }
    /// Read and add in one; sequentially consistent, as every read-modify-write is.
    "add" Add {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Read and subtract in one.
    "sub" Sub {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Read and leave those bits set that the value has, in one.
    "and" And {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Read and set the value's bits in one.
    "or" Or {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Read and flip the value's bits in one.
    "xor" Xor {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Read and write in one.
    "exchange" Exchange {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "value" value: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Read, and write if what was expected was read, in one; sequentially consistent.
    "compare-exchange" CompareExchange {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// A number, or a register of this agent.
        "expected" expected: Value,
        /// What is written then: a number, or a register of this agent.
        "replacement" replacement: Value,
        /// The register that gets the former value.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// `atomic.fence`; WebAssembly alone has it.
    "fence" Fence {
    }
    /// Wait at a location of 4 or 8 bytes where it holds what is expected.
    "wait" Wait {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// The number that it must hold.
        "expected" expected: Number,
        /// How long at most: `50ms`, `1s`, `20us`, or nanoseconds. For ever where absent.
        "timeout" timeout: Option<Duration>,
        /// The register that gets 0 (woken), 1 (not equal) or 2 (timed out).
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Wake who waits at a location.
    "notify" Notify {
        /// The location, or `location+offset` in bytes.
        "at" at: Place,
        /// How many at most; all where absent.
        "count" count: Option<Count>,
        /// The register that gets how many were woken.
        "into" into: Name,
        /// How many bytes; those of the location where absent.
        "bytes" bytes: Option<Count>,
    }
    /// Grow the memory.
    "grow" Grow {
        /// By so many pages.
        "pages" pages: Count,
        /// The register that gets the former size in pages, counted from the size at the beginning.
        "into" into: Name,
    }
    /// The size of the memory in pages, counted from the size at the beginning.
    "size" Size {
        /// The register that gets it.
        "into" into: Name,
    }
    /// Go one way or the other.
    "if" If {
        /// A register of this agent.
        "register" register: Name,
        /// The number that it must hold.
        "equals" equals: Number,
        /// What is done where it does.
        "then" then: Vec<OpForm>,
        /// What is done where it does not.
        "otherwise" otherwise: Option<Vec<OpForm>>,
    }
}

impl Decode for OpForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let pairs = entries(node, report)?;
        let [(key, value)] = pairs[..] else {
            report.error_with_help(
                &node.span,
                "an operation is one word and its keys",
                "such as `store: {at: x, value: 1}`".to_owned(),
            );
            return None;
        };
        if !WORDS.contains(&key.text.as_str()) {
            let names = || WORDS.iter().copied();
            let help = did_you_mean(&key.text, names())
                .unwrap_or_else(|| format!("the operations are {}", one_of(names())));
            report.error_with_help(&key.span, format!("unknown operation {}", quoted(&key.text)), help);
            return None;
        }
        // An operation without keys may be written without braces.
        let empty = Node { span: value.span.clone(), kind: Kind::Mapping(Vec::new()) };
        let value = if value.is_null() { &empty } else { value };
        let keys = decode(&key.text, value, report)?;
        Some(Self { span: key.span.clone(), keys })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

impl JsonSchema for OpForm {
    fn schema_name() -> Cow<'static, str> {
        "Operation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for (name, schema) in schemas(generator) {
            let schema = match name {
                "fence" => json_schema!({"anyOf": [schema, {"type": "null"}]}),
                _ => schema,
            };
            properties.insert(name.to_owned(), schema.to_value());
        }
        json_schema!({
            "description": "One operation: a word and its keys.",
            "type": "object",
            "properties": properties,
            "patternProperties": {r"\$\{": {"type": "object"}},
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}
