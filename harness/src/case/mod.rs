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

pub struct Loaded {
    pub cases: Vec<Case>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
pub struct Problem {
    pub message: String,
    pub file: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl Problem {
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), file: file.into() }
    }
}

pub fn load(
    _docs: impl IntoIterator<Item = (String, Vec<u8>)>,
    _guests: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Loaded {
    Loaded { cases: Vec::new(), problems: Vec::new() }
}

pub fn schema() -> serde_json::Value {
    serde_json::Value::Null
}
