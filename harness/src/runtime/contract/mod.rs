//! The contract of node-runner/README.md as checks: what an executor must do with each message, with
//! what is malformed, and at its end. Each check talks with a process of its own and compares what came
//! with what the contract asks for. What a semantics test would find out is left to cases.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde::Serialize;

use super::Invocation;
use crate::case::plan::Feature;
use crate::protocol::{Handshake, Support};

mod agents;
mod cases;
mod endings;
mod features;
mod greeting;
mod isolation;
mod plans;
mod results;
mod session;

/// One demand of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What is true of an executor that meets it.
    pub name: &'static str,
    /// The section of node-runner/README.md that demands it, as an anchor.
    pub clause: &'static str,
    run: fn(&Lab) -> Result<(), Stop>,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "lowercase")]
pub enum Outcome {
    /// The executor meets it.
    Pass,
    /// It does not.
    Fail {
        /// What the contract asks for.
        expected: String,
        /// What there was instead.
        came: String,
        /// The conversation up to there: what was sent behind `>`, what came behind `<`, long lines shortened.
        conversation: Vec<String>,
    },
    /// It cannot be told.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// A check and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The check's name.
    pub name: &'static str,
    /// Where the contract demands it.
    pub clause: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What holding an executor to the contract gave.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The version of this format.
    pub schema: u32,
    /// The command.
    pub command: Vec<String>,
    /// Who the executor said it is, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// In the order of [`checks`].
    pub checks: Vec<Finding>,
}

impl Findings {
    /// Is anything wrong?
    pub fn any_failed(&self) -> bool {
        self.checks.iter().any(|finding| matches!(finding.outcome, Outcome::Fail { .. }))
    }
}

/// Every check, in the order in which a reader of the contract meets them.
pub fn checks() -> impl Iterator<Item = Check> {
    let groups: [&[Check]; 7] = [
        greeting::CHECKS,
        features::CHECKS,
        endings::CHECKS,
        cases::CHECKS,
        results::CHECKS,
        isolation::CHECKS,
        agents::CHECKS,
    ];
    groups.into_iter().flatten().copied()
}

/// Holds the command to the contract, or to those checks alone whose name holds a text; the first is always made,
/// since it tells whom the others are about. `patience` is how long it may be silent where something must come.
///
/// # Errors
///
/// If it cannot be started.
pub fn hold_to_contract(invocation: Invocation, patience: Duration, only: &str) -> io::Result<Findings> {
    let lab = Lab { invocation, patience, ..Lab::default() };
    drop(session::spawn(&lab.invocation)?);
    let mut findings = Vec::new();
    let chosen = checks().enumerate().filter(|(at, check)| *at == 0 || check.name.contains(only));
    for (_, check) in chosen {
        let outcome = match (check.run)(&lab) {
            Ok(()) => Outcome::Pass,
            Err(Stop::Skipped(reason)) => Outcome::Skipped { reason },
            Err(Stop::Failed { expected, came }) => {
                Outcome::Fail { expected, came, conversation: lab.log.take() }
            }
        };
        lab.log.take();
        let clause = format!("node-runner/README.md#{}", check.clause);
        findings.push(Finding { name: check.name, clause, outcome });
    }
    let handshake = lab.handshake.take();
    Ok(Findings { schema: 1, command: lab.invocation.argv, handshake, checks: findings })
}

/// What the checks of one executor have in common.
#[derive(Default)]
struct Lab {
    invocation: Invocation,
    patience: Duration,
    /// What the executor said of itself in the first check.
    handshake: RefCell<Option<Handshake>>,
    /// The conversations of the check under way.
    log: RefCell<Vec<String>>,
    /// What reached standard output after a handshake and is not the protocol's.
    stray: RefCell<Option<String>>,
}

impl Lab {
    fn features(&self) -> Option<BTreeMap<Feature, Support>> {
        Some(self.handshake.borrow().as_ref()?.features.clone())
    }

    /// Goes on only if the executor has the features.
    fn needs(&self, needed: &[Feature]) -> Result<(), Stop> {
        let features = self.features().unwrap_or_default();
        for feature in needed {
            match features.get(feature) {
                Some(Support::Supported(_)) => {}
                Some(Support::Unsupported(reason)) => {
                    return Err(Stop::Skipped(format!("it has no {feature}: {reason}")));
                }
                None => return Err(Stop::Skipped(format!("it does not say whether it has {feature}"))),
            }
        }
        Ok(())
    }
}

/// Why a check ends early.
#[derive(Debug)]
enum Stop {
    Skipped(String),
    Failed { expected: String, came: String },
}

impl Stop {
    fn failed(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self::Failed { expected: expected.into(), came: came.into() }
    }
}

/// Fails unless the condition holds.
fn demand(holds: bool, expected: impl Into<String>, came: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::failed(expected, came())) }
}
