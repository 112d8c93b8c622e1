//! Cases (stand-in until the case language lands).

use std::collections::BTreeMap;

pub mod expect;
pub mod plan;

use plan::Plan;

#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub category: String,
    pub file: String,
    pub title: String,
    pub spec: Vec<String>,
    pub claims: Vec<u32>,
    pub contested: Option<Contested>,
    pub plan: Plan,
    pub expected: BTreeMap<u32, expect::Expected>,
    pub steps: BTreeMap<u32, StepInfo>,
}

#[derive(Clone, Debug)]
pub struct Contested {
    pub link: String,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub struct StepInfo {
    pub line: u32,
    pub verb: String,
    pub text: String,
}
