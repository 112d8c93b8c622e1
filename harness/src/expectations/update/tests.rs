use super::*;
use crate::expectations::Expectations;

const FILE: &str = "cases/expectations/bun.yaml";

const TEXT: &str = r#"# What is known of Bun.
- versions: ">=1.2.0"
  cases: a/b
  verdict: fail
  reason: stale
  link: https://example.org/1
# A remark.
- versions: "*"
  cases: a/c
  verdict: fail
  step: 3
  reason: lost
  link: https://example.org/2
"#;

fn outcome(version: &str, case: &str, verdict: Verdict, status: Status, line: Option<usize>) -> Outcome {
    Outcome {
        kind: "bun".into(),
        version: version.into(),
        variant: None,
        case: case.into(),
        verdict,
        step: Some(4),
        reason: Some("expected 1, it gave \"2\"".into()),
        status,
        entry: line.map(|line| format!("{FILE}:{line}")),
    }
}

fn proposed(outcomes: &[Outcome]) -> (String, Vec<String>) {
    let files = BTreeMap::from([(FILE.to_owned(), TEXT.to_owned())]);
    let mut proposal = propose(&files, outcomes);
    (proposal.files.remove(FILE).unwrap_or_else(|| TEXT.to_owned()), proposal.notes)
}

#[test]
fn what_is_as_known_changes_nothing() {
    let known = [outcome("1.3.5", "a/b", Verdict::Fail, Status::Known, Some(3))];
    assert_eq!(proposed(&known), (TEXT.to_owned(), Vec::new()));
}

#[test]
fn an_entry_whose_cases_all_pass_is_removed_with_its_remark() {
    let (text, _) = proposed(&[outcome("1.3.5", "a/c", Verdict::Pass, Status::Fixed, Some(9))]);
    assert_eq!(text, TEXT[..TEXT.find("# A remark").expect("there")]);
}

#[test]
fn an_entry_is_narrowed_to_the_versions_that_still_fail() {
    let fixed = outcome("1.3.6", "a/b", Verdict::Pass, Status::Fixed, Some(3));
    let still = outcome("1.3.5", "a/b", Verdict::Fail, Status::Known, Some(3));
    let (text, _) = proposed(&[fixed.clone(), still.clone()]);
    assert_eq!(text, TEXT.replace("\">=1.2.0\"", "\">=1.2.0, <1.3.6\""));
    let later = outcome("1.3.7", "a/b", Verdict::Fail, Status::Known, Some(3));
    let (text, notes) = proposed(&[fixed, still, later]);
    assert_eq!((text.as_str(), notes.len()), (TEXT, 1), "{notes:?}");
}

#[test]
fn an_entry_that_fails_otherwise_is_corrected() {
    let (text, _) = proposed(&[outcome("1.3.5", "a/c", Verdict::Timeout, Status::Changed, Some(9))]);
    let corrected = TEXT.replace("step: 3", "step: 4");
    let at = corrected.rfind("verdict: fail").expect("there");
    assert_eq!(text, format!("{}verdict: timeout{}", &corrected[..at], &corrected[at + 13..]));
}

#[test]
fn what_nobody_knew_is_added_and_wants_a_link() {
    let new = |version| outcome(version, "a/d[x=1]", Verdict::Fail, Status::Unexpected, None);
    let (text, _) = proposed(&[new("1.3.5"), new("1.4.5")]);
    let added = text.strip_prefix(TEXT).expect("at the end");
    let expected = "- versions: \">=1.3.5, <=1.4.5\"\n  cases: \"a/d[x=1]\"\n  verdict: fail\n  step: 4\n  \
                    reason: \"expected 1, it gave \\\"2\\\"\"\n  link:\n";
    assert_eq!(added, expected);
    let mut problems = Vec::new();
    let content = crate::case::Content::Bytes(text.into_bytes());
    Expectations::default().add_file(FILE, content, &mut problems);
    assert_eq!(problems.len(), 1, "it has no link: {problems:?}");
}
