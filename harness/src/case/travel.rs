//! The forms of messages and of the patterns that take them apart.

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Literal, Report, Table};
use super::names::Name;
use super::node::{Key, Kind, Node, Span};

/// What is sent, as it is written.
#[derive(Clone, Debug)]
pub enum MessageForm {
    /// A handle, or a value.
    One(Literal),
    /// An object.
    Object(Vec<(Key, MessageForm)>),
    /// An array.
    Array(Vec<MessageForm>),
}

/// How a message is taken apart, as it is written.
#[derive(Clone, Debug)]
pub enum PatternForm {
    /// The whole gets a name.
    Name(Name),
    /// Properties of an object.
    Object(Span, Vec<(Key, PatternForm)>),
    /// Elements of an array.
    Array(Span, Vec<PatternForm>),
}

impl PatternForm {
    /// All names in it.
    pub fn names(&self) -> Vec<&Name> {
        match self {
            Self::Name(name) => vec![name],
            Self::Object(_, pairs) => pairs.iter().flat_map(|(_, form)| form.names()).collect(),
            Self::Array(_, forms) => forms.iter().flat_map(Self::names).collect(),
        }
    }
}

impl Decode for MessageForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        match node.kind {
            Kind::Scalar(_) => Literal::decode(node, report).map(Self::One),
            Kind::Sequence(_) => Vec::decode(node, report).map(Self::Array),
            Kind::Mapping(_) => Table::decode(node, report).map(|table| Self::Object(table.0)),
        }
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

impl Decode for PatternForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let span = node.span.clone();
        match node.kind {
            Kind::Scalar(_) => Name::decode(node, report).map(Self::Name),
            Kind::Sequence(_) => Vec::decode(node, report).map(|items| Self::Array(span, items)),
            Kind::Mapping(_) => Table::decode(node, report).map(|table| Self::Object(span, table.0)),
        }
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
fn nested<T: Decode, One: Decode>(generator: &mut SchemaGenerator, description: &str) -> Schema {
    json_schema!({
        "description": description,
        "anyOf": [One::schema(generator), Vec::<T>::schema(generator), Table::<T>::schema(generator)],
    })
}

#[cfg(feature = "schema")]
impl JsonSchema for MessageForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Message".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        nested::<Self, Literal>(generator, "A handle or a value, or a mapping or list of them.")
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for PatternForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        nested::<Self, Name>(generator, "A name, or a mapping or list of names.")
    }
}
