//! Facts about evidence and conclusions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::case::{Case, Content, Problem, Source, load};
use crate::event::{CaseResult, CaseRun, Results, RuntimeInfo, RuntimeState};
use crate::expectations::Status;
use crate::protocol::{Handshake, NameAndVersion, Observation, ObservedBy, StepResult, VERSION};
use crate::runtime::{Crash, CrashKind, End, Record};
use crate::verdict::agreement::compare;
use crate::verdict::judge;

/// What one step did.
#[derive(Clone, Copy)]
enum Did {
    Well,
    Ill,
    Lacking,
    Untried,
}
use Did::{Ill, Lacking, Untried, Well};

/// A case of two steps, the second and the third by number, which decide what `decides` says.
fn case(name: &str, claims: &str, decides: [&str; 2]) -> Arc<Case> {
    let step = |decides: &str| {
        let decides = if decides.is_empty() { String::new() } else { format!(", decides: {decides}") };
        format!("  - size: {{memory: mem, expect: {{throws: TypeError}}{decides}}}\n")
    };
    let text = format!(
        "title: It is so\nspec: https://example.org\nclaims: {claims}\nsteps:\n  - memory: {{as: mem, initial: 1}}\n{}{}",
        step(decides[0]),
        step(decides[1])
    );
    let loaded = load([Source::embedded(&format!("t/{name}.yaml"), text.as_bytes())], &|_| None);
    assert_eq!(loaded.problems, []);
    Arc::new(loaded.cases.into_iter().next().expect("a case"))
}

fn record(did: [Did; 2], observed_by: ObservedBy) -> Record {
    let result = |did| match did {
        Well => StepResult::Threw { error: "TypeError".into(), message: String::new() },
        Ill => StepResult::Returned { values: Vec::new() },
        Untried => StepResult::Skipped { reason: "there is no `mem`".into() },
        Lacking => StepResult::Unsupported { reason: "it cannot".into() },
    };
    let observation = |(step, did)| Observation {
        step,
        agent: "main".into(),
        invocation: None,
        observed_by,
        result: result(did),
    };
    Record { observations: (2..).zip(did).map(observation).collect(), end: End::Done }
}

/// The results of cases in runtimes of these kinds; each case did this in each of them.
fn results(kinds: &[&str], cases: Vec<(Arc<Case>, Vec<Record>)>) -> Results {
    let name = |name: &str| NameAndVersion { name: name.into(), version: "1.0.0".into() };
    let runtime = |kind: &&str| RuntimeInfo {
        name: (*kind).to_owned(),
        command: String::new(),
        variant: None,
        required: true,
        state: RuntimeState::Ready(Box::new(Handshake {
            protocol: VERSION,
            runtime: name(kind),
            engine: name("engine"),
            platform: "linux-x64".into(),
            features: BTreeMap::new(),
        })),
    };
    let cases = cases.into_iter().map(|(case, records)| {
        let outcomes: Vec<(usize, &Record)> = records.iter().enumerate().collect();
        let comparison = compare(&case, &outcomes);
        let run = |(runtime, record): (usize, Record)| CaseRun {
            runtime,
            judgement: judge(&case, &record),
            status: Status::Expected,
            known: None,
            flaky: false,
            record,
            took: Duration::ZERO,
        };
        let runs = records.into_iter().enumerate().map(run).collect();
        CaseResult { case, runs, comparison, divergence_is_news: false, bytes: Vec::new() }
    });
    Results { cases: cases.collect(), runtimes: kinds.iter().map(runtime).collect(), ..Results::default() }
}

fn claims(more: &str) -> Claims {
    let (claims, problems) = read(&format!("- {{id: 1, slug: a, text: So it is{more}}}\n"));
    assert_eq!(problems, []);
    claims
}

fn read(text: &str) -> (Claims, Vec<Problem>) {
    let (mut claims, mut problems) = (Claims::default(), Vec::new());
    claims.add_file("claims.yaml", Content::Bytes(text.as_bytes().to_vec()), &mut problems);
    (claims, problems)
}

/// What is concluded on claim 1 from one case, and what is found in each runtime.
fn decided(claims: &Claims, results: &Results) -> (Conclusion, Vec<Finding>) {
    let decisions = decide(claims, results);
    let decision = decisions.into_iter().next().expect("a claim");
    (decision.conclusion, decision.findings.into_iter().map(|(_, finding)| finding).collect())
}

fn in_one(claims_of_case: &str, decides: [&str; 2], did: [Did; 2], by: ObservedBy) -> Finding {
    let results = results(&["node"], vec![(case("a", claims_of_case, decides), vec![record(did, by)])]);
    decided(&claims(""), &results).1.remove(0)
}

const HOST: ObservedBy = ObservedBy::Host;

fn is_undecided(finding: &Finding) -> bool {
    matches!(finding, Finding::Undecided { .. })
}

#[test]
fn what_a_case_says_depends_on_its_bearing_and_its_outcome() {
    let whole = ["", ""];
    assert_eq!(in_one("{1: supports}", whole, [Well, Well], HOST), Finding::Holds);
    assert_eq!(in_one("{1: supports}", whole, [Well, Ill], HOST), Finding::Refuted);
    assert_eq!(in_one("{1: refutes}", whole, [Well, Well], HOST), Finding::Refuted);
    assert_eq!(in_one("{1: refutes}", whole, [Ill, Well], HOST), Finding::Holds);
    assert!(is_undecided(&in_one("{1: limits}", whole, [Well, Well], HOST)));
    assert!(is_undecided(&in_one("{1: limits}", whole, [Ill, Well], HOST)));
}

#[test]
fn where_a_step_decides_other_steps_do_not_matter() {
    let both = "{1: refutes, 2: supports}";
    assert_eq!(in_one(both, ["1", "2"], [Well, Ill], HOST), Finding::Refuted);
    assert_eq!(in_one(both, ["1", "2"], [Ill, Well], HOST), Finding::Holds);
    assert_eq!(in_one(both, ["1", "[1, 2]"], [Well, Ill], HOST), Finding::Holds);
}

#[test]
fn a_deciding_step_that_was_not_observed_decides_nothing() {
    let short = Record {
        observations: record([Ill, Well], HOST).observations.into_iter().take(1).collect(),
        end: End::Done,
    };
    let results = results(&["node"], vec![(case("a", "{1: supports}", ["", "1"]), vec![short])]);
    assert!(is_undecided(&decided(&claims(""), &results).1[0]));
}

#[test]
fn what_fails_after_a_step_that_could_not_be_tried_decides_nothing() {
    for decides in [["", "1"], ["1", ""], ["", ""]] {
        assert!(is_undecided(&in_one("{1: supports}", decides, [Untried, Ill], HOST)), "{decides:?}");
    }
    assert_eq!(in_one("{1: supports}", ["1", ""], [Ill, Untried], HOST), Finding::Refuted);
}

#[test]
fn what_a_runtime_lacks_is_no_evidence() {
    let Finding::Undecided { reason } = in_one("{1: supports}", ["", ""], [Well, Lacking], HOST) else {
        panic!("it was decided");
    };
    assert_eq!(reason, "unsupported: it cannot");
}

#[test]
fn what_our_own_embedding_does_is_no_evidence() {
    let own = ObservedBy::Embedding;
    for did in [[Well, Well], [Ill, Well], [Well, Ill]] {
        assert!(is_undecided(&in_one("{1: supports}", ["", ""], did, own)));
        assert!(is_undecided(&in_one("{1: refutes}", ["1", ""], did, own)));
    }
}

#[test]
fn one_refutation_outweighs_any_support() {
    let cases = vec![
        (case("a", "{1: supports}", ["", ""]), vec![record([Well, Well], HOST)]),
        (case("b", "{1: refutes}", ["", ""]), vec![record([Well, Well], HOST)]),
    ];
    assert_eq!(decided(&claims(""), &results(&["node"], cases)).0, Conclusion::Refuted);
}

#[test]
fn one_instance_makes_an_existential_claim_true() {
    let with = |did| {
        let cases = vec![
            (case("a", "{1: refutes}", ["", ""]), vec![record([Well, Well], HOST)]),
            (case("b", "{1: refutes}", ["", ""]), vec![record([Well, did], HOST)]),
            (case("c", "{1: limits}", ["", ""]), vec![record([Ill, Ill], HOST)]),
        ];
        let results = results(&["node"], cases);
        decided(&claims(", existential: true"), &results).0
    };
    assert_eq!(with(Well), Conclusion::Refuted);
    assert_eq!(with(Ill), Conclusion::Holds);
    assert_eq!(with(Lacking), Conclusion::Refuted);
}

#[test]
fn a_failure_of_our_own_embedding_leaves_a_claim_undecided() {
    let cases = vec![
        (case("a", "{1: supports}", ["", ""]), vec![record([Well, Well], HOST)]),
        (case("b", "{1: supports}", ["", ""]), vec![record([Ill, Well], ObservedBy::Embedding)]),
    ];
    assert_eq!(decided(&claims(""), &results(&["node"], cases)).0, Conclusion::Undecided);
}

#[test]
fn a_claim_does_not_hold_where_what_could_refute_it_was_not_run() {
    let with = |bearing: &str| {
        let cases = vec![
            (case("a", "{1: supports}", ["", ""]), vec![record([Well, Well], HOST)]),
            (case("b", bearing, ["", ""]), vec![record([Lacking, Well], HOST)]),
        ];
        decided(&claims(""), &results(&["node"], cases)).0
    };
    assert_eq!(with("{1: supports}"), Conclusion::Holds);
    assert_eq!(with("{1: refutes}"), Conclusion::Undecided);
    assert_eq!(with("{1: limits}"), Conclusion::Holds);
}

#[test]
fn a_claim_does_not_hold_where_a_case_broke_the_runtime() {
    let crash = Crash { kind: CrashKind::Exit, message: "signal 11".into(), stderr: String::new() };
    let ends = [End::Crashed(crash), End::TimedOut { after_ms: 10 }];
    for end in ends {
        let broken = Record { end, ..record([Well, Well], HOST) };
        let cases = vec![
            (case("a", "{1: supports}", ["", ""]), vec![record([Well, Well], HOST)]),
            (case("b", "{1: supports}", ["", ""]), vec![broken]),
        ];
        assert_eq!(decided(&claims(""), &results(&["node"], cases)).0, Conclusion::Undecided);
    }
}

/// What is concluded where one runtime does well, and another so.
fn over_two(more: &str, second: [Did; 2]) -> (Conclusion, usize) {
    let records = vec![record([Well, Well], HOST), record(second, HOST)];
    let results = results(&["node", "bun"], vec![(case("a", "{1: supports}", ["", ""]), records)]);
    let (conclusion, findings) = decided(&claims(more), &results);
    (conclusion, findings.len())
}

#[test]
fn runtimes_agree_or_differ_and_those_that_decide_nothing_do_not_count() {
    assert_eq!(over_two("", [Well, Well]), (Conclusion::Holds, 2));
    assert_eq!(over_two("", [Ill, Well]), (Conclusion::Differs, 2));
    assert_eq!(over_two("", [Lacking, Well]), (Conclusion::Holds, 2));
}

#[test]
fn a_claim_about_one_kind_of_runtime_is_decided_there_alone() {
    assert_eq!(over_two(", about: [node]", [Ill, Well]), (Conclusion::Holds, 1));
    assert_eq!(over_two(", about: [bun]", [Ill, Well]), (Conclusion::Refuted, 1));
    assert_eq!(over_two(", about: [deno]", [Ill, Well]), (Conclusion::Undecided, 0));
}

#[test]
fn what_cases_cannot_decide_is_not_said_to_hold() {
    assert_eq!(over_two(", open: measurement", [Well, Well]).0, Conclusion::NotMeasured);
    assert_eq!(over_two(", open: browser", [Well, Well]).0, Conclusion::Undecided);
    assert_eq!(over_two(", open: browser, about: [bun]", [Ill, Well]).0, Conclusion::Refuted);
}

#[test]
fn mistakes_in_the_file_of_claims_are_reported() {
    let (claims, problems) = read("- {id: 1, slug: a, text: b}\n- {id: 1, slug: c, text: d}\n");
    assert!(claims.is_empty());
    assert_eq!(problems.len(), 1);
    assert_eq!(read("- {id: one, slug: a, txt: b}\n").1.len(), 3);
    assert_eq!(read("- {id: 1, slug: a, text: b, open: never}\n").1.len(), 1);
}

/// The suite's own claims.
mod bundled {
    use crate::suite::Source;

    #[test]
    fn every_claim_that_cases_can_decide_has_a_case_that_does() {
        let suite = Source::default().read();
        assert_eq!(
            suite.claims.iter().map(|claim| claim.id).collect::<Vec<_>>(),
            (1..=33).collect::<Vec<_>>()
        );
        for claim in suite.claims.iter() {
            let decides = |bearing: &crate::case::Bearing| *bearing != crate::case::Bearing::Limits;
            let decided = suite.cases.iter().any(|case| case.claims.get(&claim.id).is_some_and(decides));
            let measured = claim.open == Some(super::Open::Measurement);
            assert_eq!(decided, !measured, "claim {}", claim.id);
        }
    }

    #[test]
    fn every_claim_of_a_case_is_there() {
        let suite = Source::default().read();
        assert_eq!(suite.problems, []);
        let numbers = suite.cases.iter().flat_map(|case| case.claims.keys());
        assert!(numbers.clone().count() > 100);
        for number in numbers {
            assert!(suite.claims.get(*number).is_some(), "claim {number}");
        }
    }
}
