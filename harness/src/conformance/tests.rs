//! Adapters that misbehave, and what the suite makes of them.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use libtest_mimic::Arguments;

use super::*;
use crate::engine::{
    Agent, Failure, Host, Import, InstanceId, Memory, MemoryId, MemoryType, Module, OutOfBounds,
};
use crate::expectations::Status;
use crate::value::Value;
use crate::verdict::Verdict;

/// An engine that runs nothing: what a function does is in its name.
#[derive(Clone, Copy, Default)]
struct Stub {
    panics_in_compile: bool,
    /// It takes every module, and cannot make a shared memory after the first.
    lies: bool,
}

impl Engine for Stub {
    fn runtime(&self) -> (String, String) {
        ("stub".to_owned(), "1.2.3".to_owned())
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Failure> {
        assert!(!self.panics_in_compile, "no compiler");
        let threads =
            wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::WASM1).validate_all(wasm);
        match threads {
            Err(error) if !self.lies => Err(Failure::Compile { message: error.to_string() }),
            _ => Ok(Arc::new(())),
        }
    }

    fn agent(&self, _: Rc<dyn Host>) -> Box<dyn Agent> {
        Box::new(StubAgent)
    }
}

struct StubAgent;

impl Agent for StubAgent {
    fn instantiate(&mut self, _: &Module, _: &[Import]) -> Result<InstanceId, Failure> {
        Ok(InstanceId(0))
    }

    fn call(&mut self, _: InstanceId, export: &str, _: &[Value]) -> Result<Vec<Value>, Failure> {
        match export {
            "panics" => panic!("no such instruction"),
            "hangs" => loop {
                thread::park();
            },
            "double" => Ok(vec![Value::F64(crate::value::Float::from_f64(7.0))]),
            "nothing" => Ok(Vec::new()),
            "two" => Ok(vec![Value::I32(7), Value::I32(7)]),
            "text" => Ok(vec![Value::String("\u{1b}[2J".to_owned())]),
            "unsupported" => Err(Failure::Unsupported { reason: "not today".to_owned() }),
            _ => Ok(vec![Value::I32(7)]),
        }
    }

    fn memory(&mut self, _: InstanceId, _: &str) -> Option<Memory> {
        None
    }

    fn global(&mut self, _: InstanceId, _: &str) -> Option<Value> {
        None
    }

    fn create_memory(&mut self, _: MemoryType) -> Result<MemoryId, Failure> {
        Ok(MemoryId(0))
    }

    fn size(&mut self, _: MemoryId) -> u64 {
        0
    }

    fn grow(&mut self, _: MemoryId, _: u64) -> Option<u64> {
        None
    }

    fn read(&mut self, _: MemoryId, _: u64, _: &mut [u8]) -> Result<(), OutOfBounds> {
        Err(OutOfBounds)
    }

    fn write(&mut self, _: MemoryId, _: u64, _: &[u8]) -> Result<(), OutOfBounds> {
        Err(OutOfBounds)
    }
}

const CALL: &str = r#"
title: A call returns seven
spec: https://webassembly.github.io/spec/core/
params: {what: [double, hangs, nothing, panics, seven, text, two, unsupported]}
guest:
  wat: |
    (module (func (export "${what}") (result i32) (i32.const 7)))
steps:
  - instantiate: {as: guest}
  - call:        {export: "guest.${what}", expect: 7}
"#;

const SHARED: &str = r#"
title: A shared memory of one page has one page
spec: https://webassembly.github.io/threads/core/
needs: [threads]
steps:
  - memory: {as: mem, initial: 1, maximum: 1, shared: true}
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("visibility")).expect("a folder in it");
    fs::write(folder.path().join("visibility/call.yaml"), CALL).expect("a case");
    fs::write(folder.path().join("visibility/shared.yaml"), SHARED).expect("a case");
    folder
}

fn suite(folder: &Path) -> Suite {
    Suite::in_folder(folder).timeout(Duration::from_millis(500))
}

fn verdict<'r>(report: &'r Report, what: &str) -> &'r CaseReport {
    let id = format!("visibility/call[what={what}]");
    report
        .cases
        .iter()
        .find(|case| case.id == id)
        .unwrap_or_else(|| panic!("no {id} in {:?}", report.problems))
}

#[test]
fn what_an_adapter_does_wrong_costs_one_case_each() {
    let folder = folder();
    let report = suite(folder.path()).with_engine(Stub::default()).run();
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(verdict(&report, "seven").verdict, Verdict::Pass);
    for (what, wanted, reason) in [
        ("panics", Verdict::Crash, "no such instruction"),
        ("hangs", Verdict::Timeout, "no end within 0.5 s"),
        ("double", Verdict::Fail, "7"),
        ("nothing", Verdict::Fail, "7"),
        ("two", Verdict::Fail, "7"),
        ("text", Verdict::Fail, "7"),
        ("unsupported", Verdict::Unsupported, "not today"),
    ] {
        let case = verdict(&report, what);
        assert_eq!(case.verdict, wanted, "{what}: {:?}", case.reason);
        let said = case.reason.as_deref().unwrap_or_default();
        assert!(said.contains(reason), "{what}: {said}");
    }
    let shared = report.cases.iter().find(|case| case.id == "visibility/shared").expect("run");
    assert_eq!((shared.verdict, shared.status), (Verdict::Unsupported, Status::Expected));
    assert!(!report.to_string().contains('\u{1b}'), "{report}");
    assert!(!report.is_as_expected());
}

#[test]
fn an_adapter_that_lies_about_a_feature_is_found_out_where_the_feature_is_probed() {
    let folder = folder();
    let report =
        suite(folder.path()).only("shared").with_engine(Stub { lies: true, ..Stub::default() }).run();
    let [shared] = &report.cases[..] else { panic!("{report}") };
    assert_eq!(
        shared.verdict,
        Verdict::Unsupported,
        "modules alone do not make threads: {:?}",
        shared.reason
    );
}

#[test]
fn an_adapter_that_panics_at_once_is_a_problem_that_names_it() {
    let folder = folder();
    let broken = Stub { panics_in_compile: true, ..Stub::default() };
    let report = suite(folder.path()).with_engine(broken).with_engine(Stub::default()).only("seven").run();
    assert_eq!(report.cases.len(), 1, "the other engine ran");
    let [problem] = &report.problems[..] else { panic!("{report}") };
    assert_eq!(problem, "stub: the engine panicked when it was asked what it can do");
}

#[test]
fn tests_are_named_by_engine_and_case_and_say_why_they_are_ignored() {
    let folder = folder();
    let trials = suite(folder.path()).with_engine(Stub::default()).trials(&Arguments::default());
    let shown: Vec<(&str, &str, bool)> =
        trials.iter().map(|trial| (trial.name(), trial.kind(), trial.has_ignored_flag())).collect();
    assert!(shown.contains(&("suite::every_case_can_be_read", "", false)), "{shown:?}");
    assert!(shown.contains(&("stub::visibility::call[what=seven]", "", false)), "{shown:?}");
    let ignored: Vec<_> = shown.iter().filter(|(_, _, ignored)| *ignored).collect();
    let [(name, kind, _)] = ignored[..] else { panic!("{ignored:?}") };
    assert_eq!(*name, "stub::visibility::shared");
    assert!(kind.starts_with("needs threads: "), "{kind}");
}

#[test]
fn known_failures_and_what_matches_nothing_are_told() {
    let folder = folder();
    let beside = tempfile::tempdir().expect("a folder");
    let known = beside.path().join("stub.yaml");
    let text = r#"
- versions: "*"
  cases: "visibility/call[what=two]"
  verdict: fail
  reason: Two are returned
  link: https://example.org/1
- versions: "*"
  cases: visibility/absent
  verdict: fail
  reason: It was
  link: https://example.org/2
"#;
    fs::write(&known, text).expect("a file");
    let report = suite(folder.path()).expectations(&known).only("two").with_engine(Stub::default()).run();
    let [two] = &report.cases[..] else { panic!("{report}") };
    assert_eq!((two.status, two.link.as_deref()), (Status::Known, Some("https://example.org/1")), "{report}");
    let [problem] = &report.problems[..] else { panic!("{report}") };
    assert!(problem.contains("stub.yaml:8") && problem.contains("visibility/absent"), "{problem}");
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_runs() {
    let folder = folder();
    let suite =
        suite(folder.path()).also_cases("nowhere").expectations("nowhere.yaml").only("{").only("seven");
    let report = suite.with_engine(Stub::default()).run();
    assert_eq!(report.cases.len(), 1, "{report}");
    assert_eq!(report.problems.len(), 3, "{report}");
}
