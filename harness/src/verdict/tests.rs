//! Facts about verdicts and agreement.

use std::collections::BTreeMap;

use super::agreement::{Agreement, compare};
use super::{Verdict, judge};
use crate::case::expect::{Expect, Expected, KeptResult, Matcher};
use crate::case::plan::{Op, OperandType, Plan, Step};
use crate::case::{Case, Contested};
use crate::protocol::{Observation, ObservedBy, Run, Seen, StepResult};
use crate::runtime::{Crash, CrashKind, End, Record};
use crate::value::{Float, Value};

/// A case of as many steps as there are expectations, numbered from 1.
fn case(expects: Vec<Expect>) -> Case {
    let steps = (1..).take(expects.len()).map(|number| Step {
        number,
        agent: "main".into(),
        start: None,
        repeat: 1,
        op: Op::Turn,
    });
    let expected = |expect| Expected { expect, refused: None, may_be_refused: false };
    Case {
        id: "category/case".into(),
        category: "category".into(),
        source: std::sync::Arc::default(),
        title: "It is so".into(),
        spec: Vec::new(),
        claims: BTreeMap::new(),
        contested: None,
        plan: Plan {
            id: "category/case".into(),
            agents: Vec::new(),
            needs: Vec::new(),
            guests: Vec::new(),
            callbacks: Vec::new(),
            steps: steps.collect(),
        },
        expected: (1..).zip(expects.into_iter().map(expected)).collect(),
        steps: BTreeMap::new(),
        wat: BTreeMap::new(),
    }
}

fn is(value: i32) -> Expect {
    Expect::Values(vec![Matcher::Is(Value::I32(value))])
}

fn gave(value: i32) -> StepResult {
    returned(Value::I32(value))
}

fn returned(value: Value) -> StepResult {
    StepResult::Returned { values: vec![value.into()] }
}

fn trap(kind: &str) -> StepResult {
    StepResult::Trap { kind: Some(kind.into()), message: format!("it was {kind}") }
}

fn threw(error: &str) -> StepResult {
    StepResult::Threw { error: error.into(), message: "in some words".into() }
}

fn skipped() -> StepResult {
    StepResult::Skipped { reason: "there is no `mem`".into() }
}

fn observation(step: u32, result: StepResult) -> Observation {
    Observation { step, agent: "main".into(), invocation: None, observed_by: ObservedBy::Engine, result }
}

/// A finished run whose steps, numbered from 1, did this.
fn record(results: Vec<StepResult>) -> Record {
    let observations = (1..).zip(results).map(|(step, result)| observation(step, result)).collect();
    Record { observations, end: End::Done }
}

fn crashed(results: Vec<StepResult>) -> Record {
    let crash = Crash { kind: CrashKind::Exit, message: "signal 11".into(), stderr: "oh\nno\n".into() };
    Record { end: End::Crashed(crash), ..record(results) }
}

fn verdict(case: &Case, record: &Record) -> Verdict {
    judge(case, record).verdict
}

fn agreement(case: &Case, records: &[Record]) -> Agreement {
    let records: Vec<(usize, &Record)> = records.iter().enumerate().collect();
    compare(case, &records).agreement
}

#[test]
fn a_case_passes_when_every_expectation_is_met() {
    let judgement = judge(&case(vec![is(1), Expect::Trap]), &record(vec![gave(1), trap("unreachable")]));
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.reason, None);
}

#[test]
fn the_first_step_that_differs_decides_a_failure() {
    let judgement = judge(&case(vec![is(1), is(2), is(3)]), &record(vec![gave(1), gave(7), gave(8)]));
    assert_eq!((judgement.verdict, judgement.step), (Verdict::Fail, Some(2)));
    assert_eq!(judgement.reason.as_deref(), Some("expected 2, it gave 7"));
}

#[test]
fn an_expected_step_of_which_nothing_was_observed_fails() {
    let judgement = judge(&case(vec![is(1), is(2)]), &record(vec![gave(1)]));
    assert_eq!((judgement.verdict, judgement.step), (Verdict::Fail, Some(2)));
}

#[test]
fn a_trap_where_a_value_is_expected_fails() {
    assert_eq!(verdict(&case(vec![is(1)]), &record(vec![trap("unreachable")])), Verdict::Fail);
    assert_eq!(verdict(&case(vec![Expect::Done]), &record(vec![trap("unreachable")])), Verdict::Fail);
}

#[test]
fn exhaustion_is_no_trap() {
    let exhausted = record(vec![StepResult::Exhaustion { message: "too deep".into() }]);
    assert_eq!(verdict(&case(vec![Expect::Trap]), &exhausted), Verdict::Fail);
    assert_eq!(verdict(&case(vec![Expect::Exhaustion]), &exhausted), Verdict::Pass);
}

#[test]
fn not_demands_completion() {
    let not = Expect::Not(Box::new(is(1)));
    assert_eq!(verdict(&case(vec![not.clone()]), &record(vec![gave(2)])), Verdict::Pass);
    assert_eq!(verdict(&case(vec![not.clone()]), &record(vec![gave(1)])), Verdict::Fail);
    assert_eq!(verdict(&case(vec![not]), &record(vec![trap("unreachable")])), Verdict::Fail);
}

#[test]
fn one_unsupported_step_makes_the_case_unsupported() {
    let unsupported = StepResult::Unsupported { reason: "no such thing".into() };
    let judgement = judge(&case(vec![is(1), is(2)]), &record(vec![gave(9), unsupported]));
    assert_eq!(judgement.verdict, Verdict::Unsupported);
    assert_eq!(judgement.reason.as_deref(), Some("no such thing"));
}

#[test]
fn a_crash_outweighs_what_was_seen_before_it_and_tells_of_it() {
    let judgement = judge(&case(vec![is(1), is(2)]), &crashed(vec![gave(5)]));
    assert_eq!((judgement.verdict, judgement.step), (Verdict::Crash, Some(2)));
    let reason = judgement.reason.unwrap_or_default();
    assert_eq!(reason, "signal 11; its standard error ends: no; before that, step 1: expected 1, it gave 5");
}

#[test]
fn a_timeout_names_the_step_under_way() {
    let late = Record { end: End::TimedOut { after_ms: 1500 }, ..record(vec![gave(1)]) };
    let judgement = judge(&case(vec![is(1), is(2), is(3)]), &late);
    assert_eq!((judgement.verdict, judgement.step), (Verdict::Timeout, Some(2)));
    assert_eq!(judgement.reason.as_deref(), Some("no end within 1.5 s"));
}

#[test]
fn a_refused_resource_is_inconclusive() {
    let mut growing = case(vec![is(1), is(4)]);
    growing.expected.get_mut(&1).expect("a step").refused = Some(Value::I32(-1));
    assert_eq!(verdict(&growing, &record(vec![gave(-1), gave(1)])), Verdict::Inconclusive);
    assert_eq!(verdict(&growing, &record(vec![gave(0), gave(1)])), Verdict::Fail);
}

#[test]
fn growth_that_must_fail_is_no_refusal() {
    let mut growing = case(vec![Expect::Throws("RangeError".into())]);
    growing.expected.get_mut(&1).expect("a step").may_be_refused = true;
    assert_eq!(verdict(&growing, &record(vec![threw("RangeError")])), Verdict::Pass);
    assert_eq!(verdict(&growing, &record(vec![gave(1)])), Verdict::Fail);
}

#[test]
fn only_a_range_error_is_a_refusal() {
    let mut growing = case(vec![is(1)]);
    growing.expected.get_mut(&1).expect("a step").may_be_refused = true;
    assert_eq!(verdict(&growing, &record(vec![threw("RangeError")])), Verdict::Inconclusive);
    assert_eq!(verdict(&growing, &record(vec![threw("TypeError")])), Verdict::Fail);
}

#[test]
fn a_failure_before_a_refusal_stays_a_failure() {
    let mut growing = case(vec![is(1), is(1)]);
    growing.expected.get_mut(&2).expect("a step").may_be_refused = true;
    assert_eq!(verdict(&growing, &record(vec![gave(2), threw("RangeError")])), Verdict::Fail);
}

#[test]
fn steps_that_a_refused_setup_leaves_untried_are_inconclusive() {
    let mut setup = case(vec![Expect::Open, is(1)]);
    setup.expected.get_mut(&1).expect("a step").may_be_refused = true;
    assert_eq!(verdict(&setup, &record(vec![threw("RangeError"), skipped()])), Verdict::Inconclusive);
}

#[test]
fn a_skipped_step_fails_and_names_the_first_cause() {
    let judgement = judge(&case(vec![Expect::Open, is(1)]), &record(vec![threw("LinkError"), skipped()]));
    assert_eq!(judgement.verdict, Verdict::Fail);
    let reason = judgement.reason.unwrap_or_default();
    assert!(reason.ends_with("since step 1 threw LinkError: in some words"), "{reason}");
}

#[test]
fn a_skipped_step_without_an_expectation_is_no_pass() {
    assert_eq!(verdict(&case(vec![Expect::Open]), &record(vec![skipped()])), Verdict::Fail);
}

fn repeated(rounds: &[(u32, i32)], unrecorded: u32) -> StepResult {
    let runs = rounds.iter().map(|&(rounds, value)| Run { rounds, result: Box::new(gave(value)) }).collect();
    StepResult::Repeated { runs, unrecorded }
}

#[test]
fn every_round_is_checked_and_the_failing_one_named() {
    let mut twelve = case(vec![is(1)]);
    twelve.plan.steps[0].repeat = 12;
    assert_eq!(verdict(&twelve, &record(vec![repeated(&[(12, 1)], 0)])), Verdict::Pass);
    let judgement = judge(&twelve, &record(vec![repeated(&[(7, 1), (5, 2)], 0)]));
    assert_eq!((judgement.verdict, judgement.round), (Verdict::Fail, Some(8)));
}

#[test]
fn rounds_that_were_not_done_fail() {
    let mut twelve = case(vec![is(1)]);
    twelve.plan.steps[0].repeat = 12;
    let judgement = judge(&twelve, &record(vec![repeated(&[(11, 1)], 0)]));
    assert_eq!((judgement.verdict, judgement.round), (Verdict::Fail, Some(12)));
}

#[test]
fn rounds_that_nobody_recorded_are_no_pass() {
    let mut many = case(vec![is(1)]);
    many.plan.steps[0].repeat = 12;
    assert_eq!(verdict(&many, &record(vec![repeated(&[(5, 1)], 7)])), Verdict::Inconclusive);
}

#[test]
fn a_kept_value_is_taken_signed_or_unsigned_and_added_to() {
    let kept =
        |ty, unsigned, plus| Expect::Values(vec![Matcher::Kept(KeptResult { step: 1, ty, unsigned, plus })]);
    let check = |expect: Expect, value: Value| {
        verdict(&case(vec![Expect::Open, expect]), &record(vec![gave(-16), returned(value)]))
    };
    assert_eq!(check(kept(OperandType::I32, false, 8), Value::I32(-8)), Verdict::Pass);
    assert_eq!(check(kept(OperandType::Number, false, 0), Value::number(-16.0)), Verdict::Pass);
    assert_eq!(check(kept(OperandType::Number, true, 0), Value::number(4_294_967_280.0)), Verdict::Pass);
    assert_eq!(check(kept(OperandType::I32, true, 16), Value::I32(0)), Verdict::Pass);
    assert_eq!(check(kept(OperandType::I32, false, 8), Value::I32(-16)), Verdict::Fail);
}

#[test]
fn relations_compare_64_bit_values_without_loss() {
    let at_most = |most| {
        vec![Expect::Values(vec![Matcher::Number { multiple_of: None, at_least: None, at_most: Some(most) }])]
    };
    let most = i128::from(i64::MAX);
    let seen = record(vec![returned(Value::I64(i64::MAX))]);
    assert_eq!(verdict(&case(at_most(most)), &seen), Verdict::Pass);
    assert_eq!(verdict(&case(at_most(most - 1)), &seen), Verdict::Fail);
}

#[test]
fn a_nan_is_held_against_its_class_where_its_bits_are_known() {
    let check = |matcher, value: Float<u32>| {
        verdict(&case(vec![Expect::Values(vec![matcher])]), &record(vec![returned(Value::F32(value))]))
    };
    assert_eq!(check(Matcher::NanCanonical, Float::Bits(0xffc0_0000)), Verdict::Pass);
    assert_eq!(check(Matcher::NanCanonical, Float::Bits(0x7fc0_0001)), Verdict::Fail);
    assert_eq!(check(Matcher::NanArithmetic, Float::Bits(0x7fc0_0001)), Verdict::Pass);
    assert_eq!(check(Matcher::NanArithmetic, Float::Bits(0x7fa0_0000)), Verdict::Fail);
    assert_eq!(check(Matcher::NanCanonical, Float::Nan), Verdict::Pass);
    assert_eq!(check(Matcher::Nan, Float::Bits(0x3f80_0000)), Verdict::Fail);
}

#[test]
fn a_view_of_javascripts_is_demanded_only_where_there_is_one() {
    let expect = vec![Expect::Values(vec![Matcher::Js(Value::number(-5.0))])];
    let seen = |js| record(vec![StepResult::Returned { values: vec![Seen { value: Value::I32(-5), js }] }]);
    assert_eq!(verdict(&case(expect.clone()), &seen(None)), Verdict::Pass);
    assert_eq!(verdict(&case(expect.clone()), &seen(Some(Value::number(-5.0)))), Verdict::Pass);
    assert_eq!(verdict(&case(expect), &seen(Some(Value::number(5.0)))), Verdict::Fail);
}

#[test]
fn a_pass_that_the_embedding_alone_decided_is_counted_apart() {
    let both = case(vec![is(1), is(1)]);
    let mut seen = record(vec![gave(1), gave(1)]);
    seen.observations[0].observed_by = ObservedBy::Embedding;
    assert!(!judge(&both, &seen).by_embedding);
    seen.observations[1].observed_by = ObservedBy::Embedding;
    assert!(judge(&both, &seen).by_embedding);
}

#[test]
fn trap_kinds_and_messages_never_make_a_divergence() {
    let records = [record(vec![trap("unreachable")]), record(vec![trap("out-of-bounds")])];
    assert_eq!(agreement(&case(vec![Expect::Open]), &records), Agreement::Agree);
}

#[test]
fn who_observed_it_and_how_javascript_saw_it_are_not_compared_with_a_host_that_has_no_javascript() {
    let mut with_js = record(vec![StepResult::Returned {
        values: vec![Seen { value: Value::I32(-1), js: Some(Value::number(-1.0)) }],
    }]);
    with_js.observations[0].observed_by = ObservedBy::Host;
    assert_eq!(agreement(&case(vec![Expect::Open]), &[with_js, record(vec![gave(-1)])]), Agreement::Agree);
}

#[test]
fn the_order_in_which_agents_report_is_not_compared() {
    let mut turned = record(vec![gave(1), gave(2)]);
    turned.observations.reverse();
    assert_eq!(
        agreement(&case(vec![is(1), is(2)]), &[record(vec![gave(1), gave(2)]), turned]),
        Agreement::Agree
    );
}

#[test]
fn a_nan_of_unknown_bits_agrees_with_any_nan_and_with_nothing_else() {
    let one = |float| record(vec![returned(Value::F64(float))]);
    let payload = Float::Bits(0x7ff8_0000_0000_0001);
    let open = case(vec![Expect::Open]);
    assert_eq!(agreement(&open, &[one(Float::Nan), one(payload)]), Agreement::Agree);
    assert_eq!(agreement(&open, &[one(Float::Nan), one(Float::Bits(0))]), Agreement::Diverge);
}

#[test]
fn values_that_differ_without_an_expectation_diverge() {
    let records = [record(vec![gave(1)]), record(vec![gave(2)])];
    assert_eq!(agreement(&case(vec![Expect::Open]), &records), Agreement::Diverge);
}

#[test]
fn values_that_differ_within_a_set_are_allowed() {
    let records = [record(vec![gave(1)]), record(vec![gave(2)])];
    assert_eq!(agreement(&case(vec![Expect::Any(vec![is(1), is(2)])]), &records), Agreement::Allowed);
    assert_eq!(agreement(&case(vec![Expect::Any(vec![is(1), is(3)])]), &records), Agreement::Diverge);
    assert_eq!(agreement(&case(vec![Expect::Done]), &records), Agreement::Allowed);
}

#[test]
fn a_contested_case_does_not_diverge() {
    let mut contested = case(vec![is(1)]);
    contested.contested = Some(Contested { link: "https://example.org".into(), reason: "two texts".into() });
    let records = [record(vec![gave(1)]), record(vec![gave(2)])];
    assert_eq!(agreement(&contested, &records), Agreement::Contested);
}

#[test]
fn a_crash_differs_from_an_end_and_agrees_with_a_crash() {
    let one = case(vec![is(1)]);
    assert_eq!(agreement(&one, &[record(vec![gave(1)]), crashed(vec![gave(1)])]), Agreement::Diverge);
    assert_eq!(agreement(&one, &[crashed(vec![gave(1)]), crashed(vec![gave(1)])]), Agreement::Agree);
}

#[test]
fn groups_name_who_agrees_with_whom() {
    let records = [record(vec![gave(1)]), record(vec![gave(2)]), record(vec![gave(1)])];
    let records: Vec<(usize, &Record)> = records.iter().enumerate().collect();
    let comparison = compare(&case(vec![is(1)]), &records);
    assert_eq!(comparison.groups, [vec![0, 2], vec![1]]);
    assert_eq!(comparison.differing, [(1, None)]);
}

#[test]
fn calls_of_a_callback_are_compared_one_by_one() {
    let calls = |values: &[i32]| Record {
        observations: (0..)
            .zip(values)
            .map(|(call, value)| Observation { invocation: Some(call), ..observation(1, gave(*value)) })
            .collect(),
        end: End::Done,
    };
    let open = case(vec![Expect::Open]);
    assert_eq!(agreement(&open, &[calls(&[1, 2]), calls(&[1, 2])]), Agreement::Agree);
    assert_eq!(agreement(&open, &[calls(&[1, 2]), calls(&[2, 1])]), Agreement::Diverge);
    assert_eq!(agreement(&open, &[calls(&[1, 2]), calls(&[1])]), Agreement::Diverge);
}

#[test]
fn rounds_are_compared_one_by_one_however_they_are_folded() {
    let fold = |rounds: &[u32]| {
        let runs = rounds.iter().map(|&rounds| Run { rounds, result: Box::new(trap(&rounds.to_string())) });
        record(vec![StepResult::Repeated { runs: runs.collect(), unrecorded: 0 }])
    };
    let open = case(vec![Expect::Open]);
    assert_eq!(agreement(&open, &[fold(&[3, 4]), fold(&[7])]), Agreement::Agree);
    assert_eq!(agreement(&open, &[fold(&[3, 4]), fold(&[6])]), Agreement::Diverge);
}

#[test]
fn one_outcome_is_single_and_no_outcome_is_none() {
    assert_eq!(agreement(&case(vec![is(1)]), &[record(vec![gave(1)])]), Agreement::Single);
    assert_eq!(agreement(&case(vec![is(1)]), &[]), Agreement::None);
}
