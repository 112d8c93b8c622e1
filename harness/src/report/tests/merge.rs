//! Shards put together.

use super::sample;
use crate::event::Shard;
use crate::report::document::{Report, Timing, summary};
use crate::report::{MergeError, merge};

/// The sample's cases dealt out.
fn shards(of: u32) -> Vec<(String, Report)> {
    let shard = |number: u32| {
        let mut report = sample();
        let mut at = 0;
        report.cases.retain(|_| {
            at += 1;
            at % of == number % of
        });
        report.documents.retain(|id, _| report.cases.iter().any(|case| case.document == *id));
        report.summary = summary(&report.cases, 0, false);
        report.shard = Some(Shard { number, of });
        (format!("{number}.json"), report)
    };
    (1..=of).map(shard).collect()
}

fn text(mut report: Report) -> String {
    report.timing = Timing::default();
    report.to_json().expect("serializes")
}

fn error(shards: Vec<(String, Report)>) -> String {
    merge(shards).expect_err("they do not fit").to_string()
}

#[test]
fn shards_in_any_order_give_the_report_of_one_run_to_the_byte() {
    for of in 1..=4 {
        let mut shards = shards(of);
        shards.reverse();
        assert_eq!(text(merge(shards).expect("they fit")), text(sample()), "{of}");
    }
}

#[test]
fn times_of_runs_are_put_together_and_the_longest_shard_is_how_long_it_took() {
    let mut shards = shards(2);
    shards[0].1.timing.took_ms = 9000;
    shards[1].1.timing.runs_ms.clear();
    let timing = merge(shards).expect("they fit").timing;
    assert_eq!((timing.took_ms, timing.runs_ms), (9000, sample().timing.runs_ms));
}

#[test]
fn a_missing_shard_and_one_given_twice_are_named() {
    let mut missing = shards(4);
    drop(missing.drain(1..3));
    assert_eq!(error(missing), "not every shard is here: 2, 3 of 4 missing");
    let mut twice = shards(2);
    twice.push(("again.json".to_owned(), twice[0].1.clone()));
    assert_eq!(error(twice), "1.json and again.json are both shard 1");
    let mut other = shards(2);
    other[1].1.shard = Some(Shard { number: 2, of: 3 });
    assert_eq!(error(other), "1.json is a shard of 2, and 2.json of 3");
    assert!(matches!(merge(Vec::new()), Err(MergeError::Nothing)));
}

#[test]
fn a_case_in_two_shards_is_an_error() {
    let whole = || ("a.json".to_owned(), sample());
    assert_eq!(error(vec![whole(), whole()]), "a.json and a.json both have the case growth/a-pass[w=1]");
}

#[test]
fn shards_of_different_runtimes_or_suites_do_not_fit_together() {
    let change = |what: fn(&mut Report)| {
        let mut shards = shards(2);
        what(&mut shards[1].1);
        error(shards)
    };
    let said = change(|r| r.runtimes[0].version = Some("1.2.1".to_owned()));
    assert!(said.ends_with("bun@1.2.0 has version 1.2.0 in one, 1.2.1 in the other"), "{said}");
    let said = change(|r| drop(r.runtimes.pop()));
    assert!(said.contains("have different runtimes"), "{said}");
    let said = change(|r| drop(r.runtimes[0].features.as_mut().map(|f| f.pop_first())));
    assert!(said.ends_with("bun@1.2.0 does not say the same about threads"), "{said}");
    let said = change(|r| r.samebytes = "9".to_owned());
    assert!(said.contains("different versions of samebytes, 0.1.0 and 9"), "{said}");
    let said = change(|r| {
        let mut document = sample().documents["growth/a-pass"].clone();
        document.yaml.push('#');
        r.documents.insert("growth/a-pass".to_owned(), document);
    });
    assert!(said.ends_with("cases/growth/a-pass.yaml is not the same in both"), "{said}");
}
