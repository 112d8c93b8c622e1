//! The shrinker against pure questions.

use proptest::prelude::*;

use super::*;
use crate::case::plan::{HandleRef, MAIN, Message, Operand, Pattern, Via};
use crate::value::Value;

fn any(_: &Step) -> bool {
    true
}

fn step(number: u32, agent: &str, op: Op) -> Step {
    Step { number, agent: agent.to_owned(), start: None, repeat: 1, op }
}

fn memory(name: &str) -> Op {
    Op::Memory { r#as: name.to_owned(), descriptor: Vec::new() }
}

fn size(name: &str) -> Op {
    Op::Size { memory: name.to_owned() }
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        id: "t".into(),
        agents: vec!["worker".into()],
        needs: Vec::new(),
        guests: Vec::new(),
        callbacks: Vec::new(),
        steps,
    }
}

fn numbers(plan: &Plan) -> Vec<u32> {
    plan.steps.iter().map(|step| step.number).collect()
}

/// A memory is posted to the worker, which looks at its size.
fn posted() -> Plan {
    let handle = HandleRef { handle: "mem".into(), buffer: false };
    plan(vec![
        step(0, MAIN, memory("mem")),
        step(1, MAIN, memory("other")),
        step(2, MAIN, size("other")),
        step(
            3,
            MAIN,
            Op::Post {
                to: "worker".into(),
                message: Message::Handle(handle),
                via: Via::Message,
                transfer: Vec::new(),
            },
        ),
        step(
            4,
            "worker",
            Op::Receive { r#as: Pattern::As("mem".into()), from: MAIN.into(), via: Via::Message, post: 3 },
        ),
        step(5, "worker", size("mem")),
        step(6, MAIN, Op::Grow { memory: "mem".into(), by: Operand::Literal(Value::number(1.0)) }),
        step(7, MAIN, size("mem")),
    ])
}

#[test]
fn what_the_vital_step_needs_stays_and_the_rest_goes() {
    let smaller = minimize(&posted(), 5, 100, &any, &mut |_| true);
    assert_eq!(numbers(&smaller.plan), [0, 3, 4, 5]);
    assert!(smaller.exhausted);
    let smaller = minimize(&posted(), 7, 100, &any, &mut |_| true);
    assert_eq!(numbers(&smaller.plan), [0, 7]);
    assert_eq!(smaller.plan.agents, Vec::<String>::new());
}

#[test]
fn what_the_question_demands_stays() {
    let smaller = minimize(&posted(), 7, 100, &any, &mut |plan| numbers(plan).contains(&6));
    assert_eq!(numbers(&smaller.plan), [0, 6, 7]);
}

#[test]
fn rounds_that_do_not_matter_go() {
    let mut seed = posted();
    seed.steps[7].repeat = 100;
    assert_eq!(minimize(&seed, 7, 100, &any, &mut |_| true).plan.steps[1].repeat, 1);
    let kept =
        minimize(&seed, 7, 100, &any, &mut |plan| plan.steps.last().is_some_and(|step| step.repeat == 100));
    assert_eq!(kept.plan.steps[1].repeat, 100);
}

#[test]
fn what_may_not_go_stays() {
    let reads = |step: &Step| matches!(step.op, Op::Size { .. });
    assert_eq!(numbers(&minimize(&posted(), 7, 100, &reads, &mut |_| true).plan), [0, 1, 3, 4, 6, 7]);
}

#[test]
fn an_agent_does_at_once_what_it_can_do_at_once() {
    let mut seed = posted();
    seed.steps.push(step(8, "worker", size("mem")));
    let all = [5, 6, 8];
    let smaller =
        minimize(&seed, 7, 100, &any, &mut |plan| all.iter().all(|number| numbers(plan).contains(number)));
    // The main thread goes on without the worker, and the message is not received before it is posted.
    assert_eq!(numbers(&smaller.plan), [0, 3, 6, 7, 4, 5, 8]);
}

#[test]
fn the_question_is_not_asked_beyond_the_budget() {
    let mut asked = 0;
    let smaller = minimize(&posted(), 7, 3, &any, &mut |_| {
        asked += 1;
        false
    });
    assert_eq!((asked, smaller.asked, &smaller.plan), (3, 3, &posted()));
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let op = (0_u8..4, 0_u8..4);
    prop::collection::vec((proptest::arbitrary::any::<bool>(), op), 1..24).prop_map(|ops| {
        let mut steps = vec![step(0, MAIN, memory("m0")), step(1, "worker", memory("m0"))];
        for (index, (worker, (kind, name))) in ops.into_iter().enumerate() {
            let number = index as u32 + 2;
            let agent = if worker { "worker" } else { MAIN };
            let op = match kind {
                0 => memory(&format!("m{name}")),
                1 => Op::Turn,
                _ => size(&format!("m{name}")),
            };
            steps.push(step(number, agent, op));
        }
        let last = steps.len() as u32;
        steps.push(step(last, MAIN, size("m0")));
        plan(steps)
    })
}

proptest! {
    #[test]
    fn nothing_can_be_left_out_of_what_is_left(seed in any_plan(), wanted in prop::collection::btree_set(0_u32..24, 0..4)) {
        let vital = seed.steps.last().expect("a step").number;
        // Steps that lack names are in no plan of ours.
        let seed = without(&seed, &BTreeSet::new(), vital);
        prop_assume!(seed.is_some());
        let seed = seed.expect("just looked at");
        let holds = |plan: &Plan| wanted.iter().all(|number| {
            !seed.steps.iter().any(|step| step.number == *number) || numbers(plan).contains(number)
        });
        let smaller = minimize(&seed, vital, 10_000, &any, &mut |plan| holds(plan)).plan;
        prop_assert!(holds(&smaller));
        for number in numbers(&smaller) {
            if let Some(less) = without(&smaller, &BTreeSet::from([number]), vital) {
                prop_assert!(!holds(&less), "{number} could go: {:?}", numbers(&smaller));
            }
        }
        // What is left of an agent's steps stands in its order.
        for agent in [MAIN, "worker"] {
            let own: Vec<u32> =
                smaller.steps.iter().filter(|step| step.agent == agent).map(|step| step.number).collect();
            prop_assert!(own.is_sorted(), "{own:?}");
        }
    }
}
