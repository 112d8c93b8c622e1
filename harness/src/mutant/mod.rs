//! Proof that cases can fail: named mutants, each a faulty runtime made out of a real one, and what
//! the cases say of them.
//!
//! Three kinds. *Guest* mutants rewrite the guests of a plan before it is sent, which makes a faulty
//! engine out of any runtime. *Host* mutants are loaded into a JavaScript runtime before the runner
//! (node-runner/mutants). *Engine* mutants wrap an embedded [`Engine`](crate::engine::Engine), which
//! gives the embedding something wrong to stand on.
//!
//! A case kills a mutant only by failing an expectation: a crash or a timeout shows that something
//! is wrong, but not that the case demanded anything.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::case::plan::Plan;

mod engine;
mod guest;
mod power;
#[cfg(test)]
mod proof;
mod reach;

pub use engine::Faulty;
pub use power::{Fate, Matrix, Mutated, Options, Row, power};

/// How a mutant is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// By rewriting guests.
    Guest,
    /// By patching a JavaScript runtime.
    HostJs,
    /// By wrapping an engine.
    Engine,
}

impl Kind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::HostJs => "host-js",
            Self::Engine => "engine",
        }
    }
}

/// A named fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutant {
    /// How it is made.
    pub kind: Kind,
    /// Its name, unique within its kind.
    pub name: String,
    /// What the faulty runtime does.
    pub description: String,
    /// The clause that this violates.
    pub clause: String,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.name(), self.name)
    }
}

/// What node-runner/mutants says of its mutants.
const HOST_MUTANTS: &str = include_str!("../../../node-runner/mutants/catalogue.json");

#[derive(Deserialize)]
struct HostMutant {
    description: String,
    clause: String,
    /// The operations, as plans name them, without one of which the fault cannot show; none where it
    /// can show anywhere.
    #[serde(default)]
    steps: Vec<String>,
}

fn host_faults() -> &'static BTreeMap<String, HostMutant> {
    static FAULTS: OnceLock<BTreeMap<String, HostMutant>> = OnceLock::new();
    // The file is ours and checked by a test, so that it can always be read.
    FAULTS.get_or_init(|| serde_json::from_str(HOST_MUTANTS).unwrap_or_default())
}

/// Every mutant, guest ones first, each kind in the order in which its faults are written.
pub fn catalogue() -> Vec<Mutant> {
    let mut all: Vec<Mutant> = guest_faults()
        .iter()
        .map(|fault| Mutant {
            kind: Kind::Guest,
            name: fault.name.clone(),
            description: fault.description.clone(),
            clause: fault.clause.to_owned(),
        })
        .collect();
    all.extend(engine::FAULTS.iter().map(|fault| Mutant {
        kind: Kind::Engine,
        name: fault.name.to_owned(),
        description: fault.description.to_owned(),
        clause: fault.clause.to_owned(),
    }));
    all.extend(host_faults().iter().map(|(name, fault)| Mutant {
        kind: Kind::HostJs,
        name: name.clone(),
        description: fault.description.clone(),
        clause: fault.clause.clone(),
    }));
    all
}

fn guest_faults() -> &'static [guest::Fault] {
    static FAULTS: OnceLock<Vec<guest::Fault>> = OnceLock::new();
    FAULTS.get_or_init(guest::faults)
}

/// The plan with its guests rewritten by the guest mutant of this name; nothing where that changes
/// none of them, or where there is no such mutant.
pub fn mutate_guests(name: &str, plan: &Plan) -> Option<Plan> {
    let fault = guest_faults().iter().find(|fault| fault.name == name)?;
    let mut plan = plan.clone();
    let mut changed = false;
    for guest in &mut plan.guests {
        if let Some(wasm) = fault.apply(&guest.wasm) {
            guest.wasm = wasm;
            changed = true;
        }
    }
    changed.then_some(plan)
}
