use std::fs;

use super::*;
use crate::case::{Content, Source, load};
use crate::protocol::{NameAndVersion, Observation, ObservedBy, StepResult};
use crate::runtime::End;
use crate::verdict::Verdict;

fn case(steps: &str) -> Case {
    let text = format!("title: It is so\nspec: https://example.org\nsteps:\n{steps}\n");
    let source = Source { path: "a/b.yaml".into(), shown: "b".into(), content: Content::Bytes(text.into()) };
    let mut loaded = load([source], &|_| None);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.cases.remove(0)
}

fn one_step() -> Case {
    case("  - memory: {as: mem, initial: 1}")
}

fn handshake(version: &str) -> Handshake {
    let name = |name: &str| NameAndVersion { name: name.into(), version: version.into() };
    Handshake {
        protocol: 1,
        runtime: name("node"),
        engine: name("v8"),
        platform: "linux-x64".into(),
        features: BTreeMap::new(),
    }
}

fn ran(case: &Case) -> Ran {
    let observation = Observation {
        step: 1,
        agent: "main".into(),
        invocation: None,
        observed_by: ObservedBy::Engine,
        result: StepResult::Returned { values: Vec::new() },
    };
    let record = Record { observations: vec![observation], end: End::Done };
    Ran { judgement: judge(case, &record), record, flaky: true, took: Duration::from_millis(3) }
}

/// A journal that a killed run left.
fn left(path: &Path, case: &Case) {
    let journal = Journal::open(path, false).expect("opens");
    journal.introduce("node@24", &handshake("24"));
    journal.add("node@24", case, &ran(case));
}

#[test]
fn what_a_killed_run_left_is_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, case) = (folder.path().join("new/journal"), one_step());
    left(&path, &case);
    let journal = Journal::open(&path, true).expect("opens");
    journal.introduce("node@24", &handshake("24"));
    let found = journal.find("node@24", &case).expect("it was run");
    assert_eq!((found.judgement.verdict, found.flaky), (Verdict::Pass, true));
    assert_eq!(found.record, ran(&case).record);
    assert!(journal.find("node@22", &case).is_none(), "another runtime");
    let changed = super::tests::case("  - memory: {as: mem, initial: 2}");
    assert!(journal.find("node@24", &changed).is_none(), "the case was changed");
}

#[test]
fn a_runtime_of_another_version_begins_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, case) = (folder.path().join("journal"), one_step());
    left(&path, &case);
    let journal = Journal::open(&path, true).expect("opens");
    journal.introduce("node@24", &handshake("24.1"));
    assert!(journal.find("node@24", &case).is_none());
}

#[test]
fn without_resume_nothing_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, case) = (folder.path().join("journal"), one_step());
    left(&path, &case);
    assert_eq!(Journal::open(&path, false).expect("opens").left(), 0);
    assert_eq!(fs::read(&path).expect("reads"), b"");
}

#[test]
fn half_a_line_at_the_end_is_cut_off_and_another_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, case) = (folder.path().join("journal"), one_step());
    left(&path, &case);
    let whole = fs::read(&path).expect("reads");
    fs::write(&path, [&whole[..], b"{\"run\":{\"runtime\":\"no"].concat()).expect("writes");
    assert_eq!(Journal::open(&path, true).expect("opens").left(), 1);
    assert_eq!(fs::read(&path).expect("reads"), whole);
    fs::write(&path, [&whole[..], b"nonsense\n", &whole[..]].concat()).expect("writes");
    let error = Journal::open(&path, true).expect_err("no journal");
    assert!(matches!(error, JournalError::Line { line: 3, .. }), "{error}");
}

#[test]
fn a_journal_has_one_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    let first = Journal::open(&path, false).expect("opens");
    assert!(matches!(Journal::open(&path, true), Err(JournalError::Busy { .. })));
    first.finish().expect("removed");
    assert!(!path.exists());
}
