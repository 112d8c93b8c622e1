//! Scripts of cases. Whether they show what the cases show is looked at from outside, in tests/cli.

use std::collections::BTreeSet;

use super::*;
use crate::case::{Source, load};
use crate::suite;

fn case(text: &str) -> Case {
    let loaded = load([Source::embedded("t/t.yaml", text.as_bytes())], &|_| None);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.cases.into_iter().next().expect("a case")
}

fn script_of(case: &Case, step: u32, symptom: Symptom) -> Result<String, ScriptError> {
    script(&Subject { case, step, symptom, failing: &BTreeSet::new() })
}

const PAGES: &str = r#"
title: Pages have digests
spec: https://example.org/
steps:
  - memory: {as: mem, initial: 1}
  - digest: {buffer: mem, pages: true}
  - size:   {memory: mem, expect: 1}
"#;

#[test]
fn every_bundled_case_has_a_script() {
    let suite = suite::Source { cases: None, also: Vec::new() }.read();
    assert!(suite.cases.len() > 500);
    let mut uncovered = Vec::new();
    for case in &suite.cases {
        let step = case.expected.keys().next_back().copied().unwrap_or_default();
        for symptom in [Symptom::Wrong, Symptom::Crash, Symptom::Timeout] {
            if let Err(error) = script_of(case, step, symptom) {
                uncovered.push(format!("{}: {error}", case.id));
            }
        }
    }
    uncovered.dedup();
    assert_eq!(uncovered, Vec::<String>::new());
}
