//! A litmus test's document: its keys, typed. The operations' keys are in `op`.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::op::OpForm;
use super::words::Number;
use crate::case::decode::{At, Count, Decode, OneOrMany, Report, Table, Text, record};
use crate::case::document::{Link, Params};
use crate::case::names::Name;
use crate::case::node::{Kind, Node};
use crate::litmus::program::{Host, Order};

record! {
    /// A litmus test: locations, agents that race on them, and the outcome that is of interest.
    Litmus {
        /// What the outcome of interest would mean, as a sentence.
        "title" title: Text,
        /// The link to the clause that it is about, or a list of links.
        "spec" spec: OneOrMany<Link>,
        /// Makes many tests of one document: lists of values by name, all of whose combinations
        /// are made, or a list of combinations. `${name}` stands for the value.
        "params" params: Option<Params>,
        /// The bytes that the agents race on, by name.
        "locations" locations: Table<LocationForm>,
        /// How accesses are ordered that say nothing else; `plain` where absent.
        "order" order: Option<At<Order>>,
        /// The language that agents run in that say nothing else; `wasm` where absent.
        "host" host: Option<At<Host>>,
        /// The agents by name, two to four, each with its operations.
        "agents" agents: Table<AgentForm>,
        /// Locations whose value at the end belongs to the outcome.
        "final" finals: Option<OneOrMany<Name>>,
        /// The outcome of interest: values of registers and of final locations; or a list, any of which
        /// is of interest.
        "interest" interest: OneOrMany<Table<Number>>,
    }
}

record! {
    /// Some bytes of shared memory.
    LocationKeys {
        /// How many: 1, 2, 4, 8 or 16.
        "bytes" bytes: Count,
        /// Their value at the beginning; 0 where absent.
        "initial" initial: Option<Number>,
        /// How many bytes past an aligned address they begin; 0 where absent.
        "misaligned" misaligned: Option<Count>,
        /// How accesses to it are ordered that say nothing else.
        "order" order: Option<At<Order>>,
    }
}

/// A location: its keys, or its bytes alone.
#[derive(Clone, Debug)]
pub struct LocationForm(pub LocationKeys);

impl Decode for LocationForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        if let Kind::Mapping(_) = node.kind {
            return LocationKeys::decode(node, report).map(Self);
        }
        let bytes = Count::decode(node, report)?;
        Some(Self(LocationKeys { bytes, initial: None, misaligned: None, order: None }))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [Count::schema(generator), LocationKeys::schema(generator)]})
    }
}

record! {
    /// An agent.
    AgentKeys {
        /// The language that it runs in.
        "host" host: Option<At<Host>>,
        /// How its accesses are ordered that say nothing else.
        "order" order: Option<At<Order>>,
        /// What it does.
        "body" body: Vec<OpForm>,
    }
}

/// An agent: its keys, or its operations alone.
#[derive(Clone, Debug)]
pub struct AgentForm(pub AgentKeys);

impl Decode for AgentForm {
    fn decode(node: &Node, report: &mut Report) -> Option<Self> {
        if let Kind::Sequence(_) = node.kind {
            let body = Vec::decode(node, report)?;
            return Some(Self(AgentKeys { host: None, order: None, body }));
        }
        AgentKeys::decode(node, report).map(Self)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [Vec::<OpForm>::schema(generator), AgentKeys::schema(generator)]})
    }
}
