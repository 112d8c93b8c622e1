//! Projects of cases. That they compile is looked at by hand: wasmtime takes minutes.

use super::*;
use crate::case::{Source, load};

fn case(text: &str) -> Case {
    let loaded = load([Source::embedded("t/t.yaml", text.as_bytes())], &|_| None);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.cases.into_iter().next().expect("a case")
}

fn project_of(case: &Case, step: u32, variant: Variant) -> Result<Project, ProjectError> {
    let subject = Subject { case, step, symptom: Symptom::Wrong, failing: &BTreeSet::new() };
    project(&subject, "48.0.8", variant)
}

fn file(project: &Project, name: &str) -> String {
    let (_, bytes) = project.files.iter().find(|(file, _)| file == name).expect("a file of this name");
    String::from_utf8(bytes.clone()).expect("text")
}

const STORE: &str = r#"
title: What was stored is loaded
spec: https://example.org/
guest:
  wat: |
    (module
      (import "env" "memory" (memory 1 2))
      (func (export "swap") (param i32 i64) (result i64) (i64.load (local.get 0))))
steps:
  - memory:      {as: mem, initial: 1, maximum: 2}
  - instantiate: {as: guest, import: {env.memory: mem}}
  - write:       {buffer: mem, at: 8, bytes: "2a"}
  - call:        {export: guest.swap, args: [8, -1], expect: 42}
"#;

#[test]
fn a_project_is_the_exact_engine_and_straight_code() {
    let project = project_of(&case(STORE), 4, Variant::Winch).expect("a project");
    assert!(file(&project, "Cargo.toml").contains("wasmtime = { version = \"=48.0.8\","), "{project:?}");
    let main = file(&project, "src/main.rs");
    for told in [
        "//! What was stored is loaded.\n//! <https://example.org/>\n",
        "config.strategy(Strategy::Winch);",
        "(import \"env\" \"memory\" (memory 1 2))",
        "let mem = Memory::new(&mut store, MemoryType::new(1, Some(2)))?;",
        "mem.write(&mut store, 8, &[42])?;",
        ".get_typed_func::<(i32, i64), i64>(&mut store, \"swap\")?",
        "let right = matches!(actual, Ok(value) if value == 42);",
        "println!(\"expected 42\");",
        "println!(\"clause   https://example.org/\");",
    ] {
        assert!(main.contains(told), "{told}: {main}");
    }
}

#[test]
fn what_only_an_embedding_does_is_an_error_that_says_so() {
    let text = "title: A buffer\nspec: https://example.org/\nsteps:\n  - memory: {as: mem, initial: 1}\n  - buffer: {memory: mem, as: old}\n  - detached: {buffer: old, expect: false}\n";
    let error = project_of(&case(text), 3, Variant::Cranelift).expect_err("no project");
    let said = "a buffer's identity, length or detachment is what the embedding does, so that a project of wasmtime alone cannot show it";
    assert_eq!(error.to_string(), said);
}

#[test]
fn many_bundled_cases_have_a_project_and_the_others_a_reason() {
    let suite = crate::suite::Source::default().read();
    let (mut there, mut reasons) = (0, BTreeSet::new());
    for case in &suite.cases {
        let Some(step) = case.expected.keys().next_back().copied() else { continue };
        let mut case = Case::clone(case);
        case.plan.steps.retain(|one| one.number <= step);
        match project_of(&case, step, Variant::Cranelift) {
            Ok(_) => there += 1,
            Err(error) => {
                reasons.insert(error.to_string());
            }
        }
    }
    assert!(there > 80, "{there}: {reasons:?}");
    assert!(reasons.iter().all(|reason| reason.contains(" is ")), "{reasons:?}");
}
