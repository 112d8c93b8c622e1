//! How a case bears on claims, as it is written. What the claims are, and what follows for them from a
//! run, is in `claims`.

use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::decode::{At, Decode, Keyword, Report, entries};
use super::node::{Kind, Node};

/// What it means for a claim that a case does as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Bearing {
    /// The claim is true there, and false where the case fails.
    Supports,
    /// The claim is false there, and true where the case fails.
    Refutes,
    /// Nothing: the case shows something that whoever relies on the claim should know.
    Limits,
}

impl Bearing {
    const ALL: [Self; 3] = [Self::Supports, Self::Refutes, Self::Limits];

    /// Its name in cases and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supports => "supports",
            Self::Refutes => "refutes",
            Self::Limits => "limits",
        }
    }
}

impl Keyword for Bearing {
    const WHAT: &str = "a way to bear on a claim";

    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.iter().map(|bearing| (bearing.name(), *bearing)).collect()
    }
}

/// A case's claims: `{3: refutes, 1: supports}`.
#[derive(Clone, Debug, Default)]
pub struct Bearings {
    /// By the claims' numbers.
    pub by_claim: BTreeMap<u32, Bearing>,
}

impl Decode for Bearings {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        if matches!(node.kind, Kind::Sequence(_) | Kind::Scalar(_)) {
            let help = "`claims: {3: refutes, 1: supports}`".to_owned();
            report.error_with_help(&node.span, "`claims` says how the case bears on each claim", help);
            return None;
        }
        let mut bearings = Self::default();
        let mut good = true;
        for (key, value) in entries(node, report)? {
            let bearing = At::<Bearing>::decode(value, report);
            match (key.text.parse(), bearing) {
                (Ok(claim), Some(bearing)) => {
                    bearings.by_claim.insert(claim, bearing.value);
                }
                (Err(_), _) => {
                    report.error(&key.span, "the number of a claim is wanted here");
                    good = false;
                }
                (_, None) => good = false,
            }
        }
        good.then_some(bearings)
    }

    #[cfg(feature = "schema")]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": {"pattern": "^[0-9]+$"},
            "additionalProperties": At::<Bearing>::schema(generator),
        })
    }
}
