//! A step as it is written: one verb and its keys.

use std::borrow::Cow;
use std::sync::Arc;

#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator, json_schema};

use super::decode::{Decode, Report, entries};
use super::names::Name;
use super::node::{Key, Kind, Node, Span};
use super::problem::{did_you_mean, one_of, quoted};
use super::travel::PatternForm;
use super::verbs::Verb;

/// One step as it is written.
#[derive(Clone, Debug)]
pub struct StepForm {
    /// Where the verb stands.
    pub span: Span,
    /// The whole step on one line.
    pub text: String,
    /// What is done, or what is left of a step that is wrong.
    pub verb: Result<Verb, Broken>,
    /// How many steps stand within it.
    pub nested: u32,
}

/// What a wrong step would have done for the steps below it, so that they are not blamed.
#[derive(Clone, Debug, Default)]
pub struct Broken {
    /// The names that it would have given.
    pub names: Vec<Name>,
    /// The name under which it would have been started.
    pub start: Option<Name>,
}

impl Broken {
    fn of(keys: &Node) -> Self {
        let mut broken = Self::default();
        let Kind::Mapping(pairs) = &keys.kind else { return broken };
        // What is wrong with these is reported by the decoder that was here before.
        let mut unheard = Report::new(&Arc::default());
        for (key, value) in pairs {
            match key.text.as_str() {
                "as" => {
                    let pattern = PatternForm::decode(value, &mut unheard);
                    broken.names = pattern.iter().flat_map(PatternForm::names).cloned().collect();
                }
                "start" => broken.start = Name::decode(value, &mut unheard),
                _ => {}
            }
        }
        broken
    }
}

impl StepForm {
    /// Decode a step of which nothing but its verb may be wrong. `None` if it has none.
    fn verb<'n>(node: &'n Node, report: &mut Report) -> Option<&'n (Key, Node)> {
        let pairs = entries(node, report)?;
        let is_verb = |pair: &&&(Key, Node)| Verb::NAMES.contains(&pair.0.text.as_str());
        let verbs: Vec<_> = pairs.iter().filter(is_verb).collect();
        match (&pairs[..], &verbs[..]) {
            ([pair], [_]) => return Some(pair),
            ([], _) => report.error(&node.span, "a step has a verb"),
            (_, [_, second, ..]) => {
                report.error(&second.0.span, "a step has one verb; this one begins a step of its own");
            }
            (_, [verb]) => {
                for (key, _) in pairs.iter().filter(|pair| pair.0 != verb.0) {
                    let message = format!("{} belongs inside: `{}: {{...}}`", quoted(&key.text), verb.0.text);
                    report.error(&key.span, message);
                }
                return Some(verb);
            }
            ([first, ..], []) => {
                let (key, names) = (&first.0, || Verb::NAMES.iter().copied());
                let help = did_you_mean(&key.text, names())
                    .unwrap_or_else(|| format!("the verbs are {}", one_of(names())));
                report.error_with_help(&key.span, format!("unknown verb {}", quoted(&key.text)), help);
            }
        }
        None
    }
}

impl Decode for StepForm {
    /// Always gives a step: one that is wrong is reported, and must not hide what is wrong below.
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let Some((key, value)) = Self::verb(node, report) else {
            let broken = match &node.kind {
                Kind::Mapping(pairs) => pairs.first().map(|(_, value)| Broken::of(value)).unwrap_or_default(),
                _ => Broken::default(),
            };
            return Some(Self {
                span: node.span.clone(),
                text: String::new(),
                verb: Err(broken),
                nested: nested(node),
            });
        };
        let mut text = format!("{}: ", key.text);
        without_claims(value).write_flow(&mut text);
        // A verb without keys may be written without braces.
        let empty = Node { span: value.span.clone(), kind: Kind::Mapping(Vec::new()) };
        let value = if value.is_null() { &empty } else { value };
        let verb = Verb::decode(&key.text, value, report).ok_or_else(|| Broken::of(value));
        Some(Self { span: key.span.clone(), text, verb, nested: nested(value) })
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(feature = "schema")]
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

/// How many steps stand within a node: in a block, in an argument's conversion.
fn nested(node: &Node) -> u32 {
    let Kind::Mapping(pairs) = &node.kind else {
        return match &node.kind {
            Kind::Sequence(items) => items.iter().map(nested).sum(),
            _ => 0,
        };
    };
    let of = |(key, value): &(Key, Node)| match &value.kind {
        Kind::Sequence(steps) if key.text == "steps" => nested(value) + steps.len() as u32,
        _ => nested(value),
    };
    pairs.iter().map(of).sum()
}

/// A step's keys without what it decides, which is no part of what is done.
fn without_claims(keys: &Node) -> Cow<'_, Node> {
    match &keys.kind {
        Kind::Mapping(pairs) if pairs.iter().any(|(key, _)| key.text == "decides") => {
            let pairs = pairs.iter().filter(|(key, _)| key.text != "decides").cloned().collect();
            Cow::Owned(Node { span: keys.span.clone(), kind: Kind::Mapping(pairs) })
        }
        _ => Cow::Borrowed(keys),
    }
}
