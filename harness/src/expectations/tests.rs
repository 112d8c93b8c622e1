//! Facts about known failures.

use std::collections::BTreeMap;

use super::{Entry, Expectations, PLAIN, Pattern, Status, Unmatched, covers, status};
use crate::protocol::{Handshake, NameAndVersion};
use crate::verdict::{Judgement, Verdict};

fn judged(verdict: Verdict, step: Option<u32>) -> Judgement {
    Judgement { verdict, reason: None, step, round: None, crash: None, by_embedding: false }
}

fn entry(verdict: Verdict, step: Option<u32>) -> Entry {
    Entry {
        runtime: "bun".into(),
        versions: ">=1.2.23, <1.3.6".parse().expect("a range"),
        platform: None,
        variants: Vec::new(),
        cases: Pattern::new("visibility/*").expect("a pattern"),
        verdict,
        step,
        sometimes: false,
        reason: "stale".into(),
        link: "https://example.org".into(),
        place: "bun.yaml:1".into(),
    }
}

fn handshake(name: &str, version: &str) -> Handshake {
    let named = |name: &str, version: &str| NameAndVersion { name: name.into(), version: version.into() };
    Handshake {
        protocol: 1,
        runtime: named(name, version),
        engine: named("jsc", "1"),
        platform: "linux-x64".into(),
        features: BTreeMap::new(),
    }
}

#[test]
fn a_known_failure_is_found_by_runtime_version_and_case() {
    let mut known = Expectations::default();
    known.extend([entry(Verdict::Fail, None)]);
    let found =
        |name: &str, version: &str, case: &str| known.find(&handshake(name, version), None, case).is_some();
    assert!(found("bun", "1.3.5", "visibility/size"));
    assert!(!found("bun", "1.3.6", "visibility/size"));
    assert!(!found("node", "1.3.5", "visibility/size"));
    assert!(!found("bun", "1.3.5", "memory64/size"));
}

#[test]
fn a_known_failure_of_one_platform_is_none_of_another() {
    let mut known = Expectations::default();
    known.extend([Entry { platform: Some("darwin".into()), ..entry(Verdict::Fail, None) }]);
    assert!(known.find(&handshake("bun", "1.3.5"), None, "visibility/size").is_none());
}

#[test]
fn a_known_failure_of_some_variants_is_none_of_others() {
    let mut known = Expectations::default();
    let variants = vec![PLAIN.to_owned(), "omg".to_owned()];
    known.extend([Entry { variants, ..entry(Verdict::Fail, None) }]);
    let found = |variant| known.find(&handshake("bun", "1.3.5"), variant, "visibility/size").is_some();
    assert_eq!([found(None), found(Some("omg")), found(Some("ipint"))], [true, true, false]);
}

#[test]
fn an_entry_that_names_no_case_is_unmatched() {
    let mut known = Expectations::default();
    known.extend([entry(Verdict::Fail, None)]);
    assert_eq!(known.unmatched(["visibility/size", "a/b"].into_iter()), []);
    let unmatched = known.unmatched(["a/b"].into_iter());
    assert_eq!(unmatched[0], Unmatched { cases: "visibility/*".into(), place: "bun.yaml:1".into() });
}

#[test]
fn canaries_and_odd_versions_are_read_leniently() {
    let range = "<1.3.6".parse().expect("a range");
    assert!(covers(&range, "1.3.5-canary.1+abc"));
    assert!(covers(&range, "v1.3.5"));
    assert!(covers(&range, "1.3"));
    assert!(covers(&range, "1.3.5.7"));
    assert!(!covers(&range, "1.3.6-canary.1"));
    assert!(!covers(&range, "nightly"));
    assert!(covers(&semver::VersionReq::STAR, "nightly"));
    assert!(covers(&semver::VersionReq::STAR, "99999999999999999999.1"));
}

#[test]
fn a_failure_is_known_only_if_it_is_the_one_that_is_known() {
    let at_seven = entry(Verdict::Fail, Some(7));
    assert_eq!(status(&judged(Verdict::Fail, Some(7)), Some(&at_seven), false), Status::Known);
    assert_eq!(status(&judged(Verdict::Fail, Some(8)), Some(&at_seven), false), Status::Changed);
    assert_eq!(status(&judged(Verdict::Crash, Some(7)), Some(&at_seven), false), Status::Changed);
    assert_eq!(status(&judged(Verdict::Unsupported, None), Some(&at_seven), false), Status::Changed);
    assert_eq!(status(&judged(Verdict::Pass, None), Some(&at_seven), false), Status::Fixed);
    assert_eq!(status(&judged(Verdict::Inconclusive, None), Some(&at_seven), false), Status::Expected);
}

#[test]
fn a_failure_that_nobody_knew_is_unexpected_unless_it_is_contested() {
    assert_eq!(status(&judged(Verdict::Fail, None), None, false), Status::Unexpected);
    assert_eq!(status(&judged(Verdict::Fail, None), None, true), Status::Contested);
    assert_eq!(status(&judged(Verdict::Crash, None), None, true), Status::Unexpected);
    assert_eq!(status(&judged(Verdict::Unsupported, None), None, false), Status::Expected);
}

#[test]
fn a_pass_of_what_fails_by_chance_is_no_news() {
    let by_chance = Entry { sometimes: true, ..entry(Verdict::Fail, None) };
    let passed = judged(Verdict::Pass, None);
    assert_eq!(status(&passed, Some(&by_chance), false), Status::Expected);
    assert_eq!(status(&passed, Some(&entry(Verdict::Fail, None)), false), Status::Fixed);
    assert_eq!(status(&judged(Verdict::Fail, None), Some(&by_chance), false), Status::Known);
}
