//! A case's document: its keys, typed. What the steps' keys are is in `verbs`.

#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator, json_schema};

use super::bearing::Bearings;
use super::decode::{At, Decode, Literal, OneOrMany, Report, Table, Text, record};
use super::expect::ExpectForm;
use super::names::{ErrorClass, Name};
use super::node::Node;
use super::plan::Feature;
use super::step::StepForm;

record! {
    /// A case: a guest, steps, what the specification demands of each, and the clause that says so.
    Document {
        /// A sentence that is true when the case passes.
        "title" title: Text,
        /// The link to the clause that makes it true, or a list of links.
        "spec" spec: OneOrMany<Link>,
        /// Features that not every runtime has.
        "needs" needs: Option<Vec<At<Feature>>>,
        /// The workers; `main` is always there.
        "agents" agents: Option<Vec<Name>>,
        /// The module.
        "guest" guest: Option<GuestForm>,
        /// Several modules, by name.
        "guests" guests: Option<Table<GuestForm>>,
        /// Host functions whose bodies are steps.
        "callbacks" callbacks: Option<Table<CallbackForm>>,
        /// Makes one document many cases: a mapping from names to lists, or a list of mappings.
        "params" params: Option<Params>,
        /// How this case, where it passes, bears on claims, by their numbers.
        "claims" claims: Option<Bearings>,
        /// Specifications, or all engines and the specification, contradict each other here.
        "contested" contested: Option<ContestedForm>,
        /// What happens, in order.
        "steps" steps: Vec<StepForm>,
    }
}

record! {
    /// A module: inline, or a file in guests/.
    GuestForm {
        /// The module's text.
        "wat" wat: Option<Literal>,
        /// A `.wat` or `.wasm` file in guests/.
        "file" file: Option<Text>,
    }
}

record! {
    /// A host function whose body is steps.
    CallbackForm {
        /// The arguments of each call.
        "expect" expect: Option<ExpectForm>,
        /// What it returns.
        "returns" returns: Option<OneOrMany<Literal>>,
        /// The class of the error that it throws.
        "throws" throws: Option<ErrorClass>,
        /// What it does when called, on the agent that called.
        "steps" steps: Option<Vec<StepForm>>,
    }
}

record! {
    /// Why differences are shown and fail nobody.
    ContestedForm {
        /// Where the contradiction is discussed.
        "link" link: Link,
        /// Who contradicts whom.
        "reason" reason: Text,
    }
}

/// A link to a clause.
#[derive(Clone, Debug)]
pub struct Link(pub String);

impl Decode for Link {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        let text = Text::decode(node, report)?;
        let rest = text.value.strip_prefix("https://").or_else(|| text.value.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
            report.error(&text.span, "this is not a link: it begins with `https://`");
            return None;
        }
        Some(Self(text.value))
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^https?://"})
    }
}

/// Read by nobody: `params` is expanded a document is decoded, and here it is
/// only known.
#[derive(Clone, Debug)]
pub struct Params;

impl Decode for Params {
    fn decode(_: &Node, _: &mut Report) -> Option<Self> {
        Some(Self)
    }

    #[cfg(feature = "schema")]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}},
                {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}},
            ]
        })
    }
}
