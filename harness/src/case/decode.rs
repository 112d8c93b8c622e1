//! From nodes to typed forms: every mistake of a file is reported, none stops the others.
//!
//! [`record!`] defines a mapping once and gives its type, its decoder and its JSON Schema. What the
//! records of the language are is in `document` and `verbs`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::node::{Key, Kind, Node, Span, Style};
use super::problem::{Place, Problem, SourceText, did_you_mean, one_of, quoted};

/// Collects the problems of one file.
pub struct Report {
    /// The file.
    pub source: Arc<SourceText>,
    /// What was found.
    pub problems: Vec<Problem>,
}

impl Report {
    /// A report without problems.
    pub fn new(source: &Arc<SourceText>) -> Self {
        Self { source: Arc::clone(source), problems: Vec::new() }
    }

    /// Note a problem.
    pub fn error(&mut self, span: &Span, message: impl Into<String>) {
        self.error_with_help(span, message, None);
    }

    /// Note a problem and what would help.
    pub fn error_with_help(
        &mut self,
        span: &Span,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        let place = Place::new(&self.source, span.clone());
        self.problems.push(Problem::at(place, message).with_help(help));
    }
}

/// Something that a node can be decoded to.
pub trait Decode: Sized {
    /// Decode; problems go to `report`, and `None` says that there were some.
    fn decode(node: &Node, report: &mut Report) -> Option<Self>;

    /// What stands for an absent key, if it may be absent.
    fn absent() -> Option<Self> {
        None
    }

    /// The JSON Schema of what is accepted.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

impl<T: Decode> Decode for Option<T> {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        T::decode(node, report).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        T::decode(node, report).map(Box::new)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Kind::Sequence(items) = &node.kind else {
            report.error(&node.span, format!("a list is wanted here, not {}", node.describe()));
            return None;
        };
        // Every item is decoded, so that every mistake is found.
        let items: Vec<Option<T>> = items.iter().map(|item| T::decode(item, report)).collect();
        items.into_iter().collect()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "items": T::schema(generator)})
    }
}

/// A list, or the one item of a list.
#[derive(Clone, Debug, Default)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Decode> Decode for OneOrMany<T> {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        match node.kind {
            Kind::Sequence(_) => Vec::decode(node, report).map(Self),
            _ => T::decode(node, report).map(|item| Self(vec![item])),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [T::schema(generator), Vec::<T>::schema(generator)]})
    }
}

/// A mapping with names of the author's own, in the written order.
#[derive(Clone, Debug)]
pub struct Table<T>(pub Vec<(Key, T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Decode> Decode for Table<T> {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let pairs = entries(node, report)?;
        let pairs: Vec<Option<(Key, T)>> =
            pairs.iter().map(|(key, value)| Some((key.clone(), T::decode(value, report)?))).collect();
        pairs.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": T::schema(generator)})
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A scalar of any kind, read later by the type that is wanted.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Its text.
    pub text: String,
    /// How it is written.
    pub style: Style,
    /// Where it stands.
    pub span: Span,
}

impl Literal {
    /// Is it written without quotes, so that keywords are keywords?
    pub fn is_plain(&self) -> bool {
        self.style == Style::Plain
    }
}

impl Decode for Literal {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        match node.scalar() {
            Some(scalar) if !(scalar.style == Style::Plain && scalar.text.is_empty()) => {
                Some(Self { text: scalar.text.clone(), style: scalar.style, span: node.span.clone() })
            }
            _ => {
                report.error(&node.span, format!("a single value is wanted here, not {}", node.describe()));
                None
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

impl JsonSchema for Literal {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean", "null"]})
    }
}

/// Free text that is not empty.
pub type Text = At<String>;

impl Decode for Text {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let literal = Literal::decode(node, report)?;
        if literal.text.trim().is_empty() {
            report.error(&literal.span, "this text is empty");
            return None;
        }
        Some(Self { value: literal.text, span: literal.span })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

/// `true` or `false`.
pub type Flag = At<bool>;

impl Decode for Flag {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let literal = Literal::decode(node, report)?;
        let value = match literal.text.as_str() {
            "true" if literal.is_plain() => true,
            "false" if literal.is_plain() => false,
            text => {
                report
                    .error(&literal.span, format!("`true` or `false` is wanted here, not {}", quoted(text)));
                return None;
            }
        };
        Some(Self { value, span: literal.span })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"type": "boolean"}))
    }
}

/// A whole number of the harness's own, from 0.
pub type Count = At<u32>;

impl Decode for Count {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let literal = Literal::decode(node, report)?;
        match literal.text.parse() {
            Ok(value) if literal.is_plain() => Some(Self { value, span: literal.span }),
            _ => {
                let found = quoted(&literal.text);
                report.error(
                    &literal.span,
                    format!("a whole number from 0 to {} is wanted here, not {found}", u32::MAX),
                );
                None
            }
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_parameter(json_schema!({"type": "integer", "minimum": 0, "maximum": u32::MAX}))
    }
}

/// A closed set of words.
pub trait Keyword: Sized + Copy + JsonSchema {
    /// What such a word names, with its article: `a view type`.
    const WHAT: &str;

    /// All words and what they mean.
    fn all() -> Vec<(&'static str, Self)>;
}

impl<T: Keyword> Decode for At<T> {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let literal = Literal::decode(node, report)?;
        let all = T::all();
        if let Some((_, value)) = all.iter().find(|(name, _)| *name == literal.text) {
            return Some(Self { value: *value, span: literal.span });
        }
        let names = || all.iter().map(|(name, _)| *name);
        let help =
            did_you_mean(&literal.text, names()).unwrap_or_else(|| format!("one of {}", one_of(names())));
        report.error_with_help(&literal.span, format!("{} is not {}", quoted(&literal.text), T::WHAT), help);
        None
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let words = generator.subschema_for::<T>();
        or_parameter(words)
    }
}

/// The schema, or a text with a parameter.
pub fn or_parameter(schema: Schema) -> Schema {
    json_schema!({"anyOf": [schema, {"type": "string", "pattern": r"\$\{"}]})
}

/// The pairs of a mapping. A repeated key is reported, and its later values are left out.
pub fn entries<'n>(node: &'n Node, report: &mut Report) -> Option<Vec<&'n (Key, Node)>> {
    let Kind::Mapping(pairs) = &node.kind else {
        report.error(&node.span, format!("a mapping is wanted here, not {}", node.describe()));
        return None;
    };
    let mut seen = HashSet::new();
    let unique = pairs.iter().filter(|(key, _)| {
        let new = seen.insert(key.text.as_str());
        if !new {
            report.error(&key.span, format!("the key {} stands here twice", quoted(&key.text)));
        }
        new
    });
    Some(unique.collect())
}

/// The pairs of a mapping with known keys.
pub struct Fields<'n> {
    node: &'n Node,
    pairs: Vec<&'n (Key, Node)>,
}

impl<'n> Fields<'n> {
    /// Take a mapping apart; keys that are not in `known` are reported.
    pub fn of(node: &'n Node, known: &[&str], report: &mut Report) -> Option<Self> {
        let pairs = entries(node, report)?;
        for (key, _) in &pairs {
            if !known.contains(&key.text.as_str()) {
                let help = did_you_mean(&key.text, known.iter().copied()).or_else(|| match known {
                    [] => Some("no keys are known here".to_owned()),
                    _ => Some(format!("known here are {}", one_of(known.iter().copied()))),
                });
                report.error_with_help(&key.span, format!("unknown key {}", quoted(&key.text)), help);
            }
        }
        Some(Self { node, pairs })
    }

    /// The value of a key, which must be there unless its type has an absent value.
    pub fn take<T: Decode>(&self, key: &str, report: &mut Report) -> Option<T> {
        match self.pairs.iter().find(|(found, _)| found.text == key) {
            Some((found, value)) if value.is_null() && value.span.is_empty() => {
                report.error(&found.span, format!("`{key}` has no value"));
                None
            }
            Some((_, value)) => T::decode(value, report),
            None => {
                let absent = T::absent();
                if absent.is_none() {
                    report.error(&self.node.span, format!("the key `{key}` is missing here"));
                }
                absent
            }
        }
    }
}

/// Define a mapping of the language: its type, its decoder, its schema.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $($(#[doc = $field_doc:literal])+ $key:literal $field:ident: $type:ty,)*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: $type,)*
        }

        impl $crate::case::decode::Decode for $name {
            #[allow(unused_variables)] // a verb may have no keys
            fn decode(
                node: &$crate::case::node::Node,
                report: &mut $crate::case::decode::Report,
            ) -> Option<Self> {
                let fields = $crate::case::decode::Fields::of(node, &[$($key),*], report)?;
                $(let $field = fields.take::<$type>($key, report);)*
                Some(Self { $($field: $field?,)* })
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            #[allow(unused_variables)] // as above
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #[allow(unused_mut)]
                let mut object = $crate::case::schema::Object::new(concat!($($doc),+));
                $(object.property::<$type>(generator, $key, concat!($($field_doc),+));)*
                object.finish()
            }
        }
    };
}
pub(crate) use record;
