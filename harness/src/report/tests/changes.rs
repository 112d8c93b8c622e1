//! What changed between two reports.

use super::{case_of, run_of, sample};
use crate::expectations::Status;
use crate::protocol::Support;
use crate::report::changes::{Kind, RuntimeChange, changes};
use crate::report::document::{Link, Report};
use crate::verdict::Verdict;
use crate::verdict::agreement::Agreement;

const PASS: &str = "growth/a-pass[w=1]";

/// The report with a run that fails.
fn failing(status: Status) -> Report {
    let mut report = sample();
    let run = run_of(&mut report, PASS, "deno");
    run.verdict = Verdict::Fail;
    run.status = status;
    run.reason = Some("expected 4, it gave 3".to_owned());
    run.known = (status == Status::Known)
        .then(|| Link { reason: "Why".to_owned(), link: "https://example.org/2".to_owned() });
    report
}

#[test]
fn nothing_changes_between_equal_reports() {
    let changes = changes(&sample(), &sample());
    assert!(!changes.is_news());
    let page = anstream::adapter::strip_str(changes.page().as_str()).to_string();
    assert_eq!(page, "no case changed\n");
}

#[test]
fn a_new_failure_is_news_unless_it_is_known() {
    let found = changes(&sample(), &failing(Status::Unexpected));
    assert_eq!((found.runs.len(), found.runs[0].kind), (1, Kind::NewFailure));
    assert!(found.is_news());
    let found = changes(&sample(), &failing(Status::Known));
    assert_eq!((found.runs.len(), found.runs[0].kind), (1, Kind::KnownFailure));
    assert!(!found.is_news());
}

#[test]
fn what_failed_and_passes_is_fixed() {
    let found = changes(&failing(Status::Known), &sample());
    assert_eq!((found.runs.len(), found.runs[0].kind), (1, Kind::Fixed));
    assert!(!found.is_news());
}

#[test]
fn another_step_another_outcome_and_another_verdict_are_changes() {
    let mut new = sample();
    run_of(&mut new, "hostile/c-news", "bun@1.4.5").step = Some(1);
    run_of(&mut new, "hostile/d-unsupported", "bun@1.2.0").verdict = Verdict::Inconclusive;
    let other = run_of(&mut new, "growth/b-known", "bun@1.2.0").observations.clone();
    run_of(&mut new, "growth/b-known", "bun@1.3.5").observations = other;
    let found = changes(&sample(), &new);
    let said: Vec<(&str, &str)> = found.runs.iter().map(|r| (r.case.as_str(), r.detail.as_str())).collect();
    assert_eq!(
        said,
        [
            ("growth/b-known", "step 2 gave 4, before it gave 1"),
            ("hostile/c-news", "decided at step 1, before at step 2"),
            ("hostile/d-unsupported", "lacks memory64: no <such> & thing"),
        ]
    );
    assert!(found.runs.iter().all(|run| run.kind == Kind::Changed) && !found.is_news());
}

#[test]
fn a_feature_and_a_runtime_that_are_lost_are_news() {
    let mut new = sample();
    let features = new.runtimes[3].features.as_mut().expect("features");
    *features.values_mut().next().expect("one") = Support::Unsupported("gone".to_owned());
    let found = changes(&sample(), &new);
    assert_eq!(found.features[0].lost.as_deref(), Some("gone"));
    assert!(found.is_news());
    assert!(!changes(&new, &sample()).is_news(), "one that came is no news");

    let mut new = sample();
    new.runtimes[3].available = false;
    let found = changes(&sample(), &new);
    assert!(matches!(&found.runtimes[..], [RuntimeChange::Lost { .. }]) && found.is_news());
}

#[test]
fn a_divergence_that_nobody_knew_is_news_though_nothing_fails() {
    let mut new = sample();
    let case = case_of(&mut new, PASS);
    (case.agreement, case.news) = (Agreement::Diverge, true);
    assert!(changes(&sample(), &new).is_news());
    assert_eq!(changes(&new, &sample()).agreeing, [PASS]);
}

#[test]
fn the_known_failures_of_a_new_runtime_are_not_listed_and_unexpected_ones_are() {
    let mut old = sample();
    for case in &mut old.cases {
        case.runs.retain(|run| run.runtime == "bun@1.2.0");
    }
    old.runtimes.truncate(1);
    let found = changes(&old, &sample());
    let listed: Vec<_> = found.runs.iter().map(|run| (run.kind, run.runtime.as_str())).collect();
    assert_eq!(listed, [(Kind::NewFailure, "bun@1.4.5"), (Kind::NewFailure, "deno")]);
}

#[test]
fn the_screen_lists_news_first() {
    let mut new = failing(Status::Unexpected);
    new.cases.retain(|case| case.id != "growth/b-known");
    new.runtimes[0].version = Some("1.2.1".to_owned());
    run_of(&mut new, "hostile/c-news", "deno").verdict = Verdict::Pass;
    new.documents.get_mut("growth/a-pass").expect("it").yaml.push_str("# edited\n");
    let page = changes(&sample(), &new).page();
    insta::assert_snapshot!(anstream::adapter::strip_str(page.as_str()));
}
