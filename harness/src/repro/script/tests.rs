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
  - digest: {buffer: mem}
  - size:   {memory: mem, expect: 1}
"#;

#[test]
fn what_has_no_text_is_an_error_that_names_it() {
    let mut case = case(PAGES);
    case.plan.steps.iter_mut().for_each(|step| {
        if let Op::Digest { pages, .. } = &mut step.op {
            *pages = true;
        }
    });
    let error = script_of(&case, 3, Symptom::Wrong).expect_err("digests of pages have no text");
    assert_eq!(error.to_string(), "a digest of pages is not covered by generated scripts");
}

const KEPT: &str = r#"
title: What was kept is what is expected
spec: https://example.org/
agents: [worker]
needs: [threads]
guest:
  wat: |
    (module (memory (export "m") 1) (func (export "f") (result i32) (i32.const 7)))
steps:
  - instantiate: {agent: worker, as: guest}
  - call:        {agent: worker, export: guest.f, as: seven}
  - call:        {agent: worker, export: guest.f, expect: $seven}
"#;

#[test]
fn a_worker_sends_home_what_only_it_can_expect() {
    let text = script_of(&case(KEPT), 3, Symptom::Wrong).expect("a script");
    let sent = "    const expected = seven;\n    parentPort.postMessage({ expected, actual });\n";
    assert!(text.contains(sent), "{text}");
    assert!(text.contains("process.exit(Object.is(actual, expected) ? 0 : 1);"), "{text}");
}

#[test]
fn every_bundled_case_has_a_script() {
    let suite = suite::Source::default().read();
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
