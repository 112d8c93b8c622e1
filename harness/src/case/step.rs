//! A step as it is written: one verb and its keys.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Report, entries};
use super::node::{Kind, Node, Span};
use super::problem::{did_you_mean, one_of, quoted};
use super::verbs::Verb;

/// One step as it is written.
#[derive(Clone, Debug)]
pub struct StepForm {
    /// Where the verb stands.
    pub span: Span,
    /// The whole step on one line.
    pub text: String,
    /// What is done.
    pub verb: Verb,
}

impl Decode for StepForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let pairs = entries(node, report)?;
        let [(key, value)] = pairs[..] else {
            let verbs: Vec<_> =
                pairs.iter().filter(|(key, _)| Verb::NAMES.contains(&key.text.as_str())).collect();
            let (span, message) = match (&verbs[..], &pairs[..]) {
                (_, []) => (node.span.clone(), "a step has a verb".to_owned()),
                ([_, second, ..], _) => (
                    second.0.span.clone(),
                    "a step has one verb; this one begins a step of its own".to_owned(),
                ),
                ([verb], _) => {
                    let other = pairs.iter().find(|pair| pair.0.text != verb.0.text).unwrap_or(&pairs[0]);
                    let (name, other) = (&verb.0.text, other);
                    (
                        other.0.span.clone(),
                        format!("{} belongs inside: `{name}: {{...}}`", quoted(&other.0.text)),
                    )
                }
                (_, [first, ..]) => {
                    (first.0.span.clone(), format!("{} is not a verb", quoted(&first.0.text)))
                }
            };
            report.error(&span, message);
            return None;
        };
        if !Verb::NAMES.contains(&key.text.as_str()) {
            let help = did_you_mean(&key.text, Verb::NAMES.iter().copied())
                .unwrap_or_else(|| format!("the verbs are {}", one_of(Verb::NAMES.iter().copied())));
            report.error_with_help(&key.span, format!("unknown verb {}", quoted(&key.text)), help);
            return None;
        }
        let mut text = format!("{}: ", key.text);
        value.write_flow(&mut text);
        // A verb without keys may be written without braces.
        let empty = Node { span: value.span.clone(), kind: Kind::Mapping(Vec::new()) };
        let value = if value.is_null() { &empty } else { value };
        let verb = Verb::decode(&key.text, value, report)?;
        Some(Self { span: key.span.clone(), text, verb })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

impl schemars::JsonSchema for StepForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for (name, schema) in Verb::schemas(generator) {
            let schema = match name {
                "turn" => json_schema!({"anyOf": [schema, {"type": "null"}]}),
                _ => schema,
            };
            properties.insert(name.to_owned(), schema.to_value());
        }
        json_schema!({
            "description": "One operation by one agent: a verb and its keys.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}
