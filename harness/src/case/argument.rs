//! An argument that the host converts: a value, or an object whose conversion runs steps.

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Literal, Report, record};
use super::node::{Kind, Node, Span};
use super::step::StepForm;

/// An argument as it is written.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A value.
    Plain(Literal),
    /// An object with a `valueOf`.
    Converting(Conversion),
}

record! {
    /// An object whose conversion to a primitive runs steps, in the middle of the operation.
    Conversion {
        /// What its `valueOf` returns.
        "value-of" value: Literal,
        /// What its `valueOf` does before.
        "steps" steps: Vec<StepForm>,
    }
}

impl Argument {
    /// What is given, or what the conversion gives.
    pub fn literal(&self) -> &Literal {
        match self {
            Self::Plain(literal) | Self::Converting(Conversion { value: literal, .. }) => literal,
        }
    }

    /// Where that stands.
    pub fn span(&self) -> &Span {
        &self.literal().span
    }
}

impl Decode for Argument {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        match node.kind {
            Kind::Mapping(_) => Conversion::decode(node, report).map(Self::Converting),
            _ => Literal::decode(node, report).map(Self::Plain),
        }
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for Argument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Argument".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [Literal::schema(generator), Conversion::schema(generator)]})
    }
}
