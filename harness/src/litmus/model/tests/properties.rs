//! Properties of the model, over small programs that are generated.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::interleavings::interleaved;
use super::*;
use crate::litmus::program::Outcome;

const LOCATIONS: usize = 2;

/// Where a generated access may be: whole locations, or parts of them too.
#[derive(Clone, Copy)]
enum Widths {
    Whole,
    Mixed,
}

fn accesses(widths: Widths, orders: Vec<Order>) -> impl Strategy<Value = Access> {
    let parts: Vec<(u8, u8)> = match widths {
        Widths::Whole => vec![(0, 4)],
        Widths::Mixed => vec![(0, 4), (0, 2), (2, 2), (0, 1)],
    };
    (0..LOCATIONS, prop::sample::select(parts), prop::sample::select(orders))
        .prop_map(|(location, (offset, bytes), order)| Access { location, offset, bytes, order })
}

/// An operation; its register is given later.
fn ops(widths: Widths, orders: Vec<Order>) -> impl Strategy<Value = Op> {
    let access = || accesses(widths, orders.clone());
    // Few values, since a read is tried with each mixture of their bytes.
    let value = || prop::sample::select(vec![1_u64, 0x1_0001]);
    prop_oneof![
        4 => access().prop_map(|access| Op::Load { into: 0, access }),
        4 => (access(), value()).prop_map(|(access, value)| {
            Op::Store { access, value: Operand::Constant(value & ((1 << (8 * u32::from(access.bytes))) - 1)) }
        }),
        1 => access().prop_map(|access| Op::Rmw {
            into: 0,
            op: RmwOp::Add,
            access: Access { order: SC, ..access },
            value: Operand::Constant(1),
        }),
        1 => access().prop_map(|access| Op::CompareExchange {
            into: 0,
            access: Access { order: SC, ..access },
            expected: Operand::Constant(0),
            replacement: Operand::Constant(1),
        }),
    ]
}

fn tests(widths: Widths, orders: Vec<Order>) -> impl Strategy<Value = Test> {
    let agent = prop::collection::vec(ops(widths, orders), 1..=3);
    (prop::collection::vec(agent, 2..=3), any::<bool>()).prop_map(|(mut agents, finals)| {
        // Three agents have two operations at most, so that nothing takes long.
        if agents.len() == 3 {
            agents.iter_mut().for_each(|body| body.truncate(2));
        }
        let mut next = 0;
        for op in agents.iter_mut().flatten() {
            if let Op::Load { into, .. } | Op::Rmw { into, .. } | Op::CompareExchange { into, .. } = op {
                *into = next;
                next += 1;
            }
        }
        let mut test = test(LOCATIONS, agents);
        test.finals = if finals { vec![X, Y] } else { vec![] };
        test
    })
}

fn set(test: &Test) -> BTreeSet<Outcome> {
    allowed(test).into_iter().collect()
}

/// All places of plain loads and stores.
fn plain(test: &Test) -> Vec<(usize, usize)> {
    let is_plain = |op: &Op| match op {
        Op::Load { access, .. } | Op::Store { access, .. } => access.order == PLAIN,
        _ => false,
    };
    let of = |(agent, body): (usize, &Vec<Op>)| {
        body.iter().enumerate().filter(|(_, op)| is_plain(op)).map(|(op, _)| (agent, op)).collect::<Vec<_>>()
    };
    test.agents.iter().map(|agent| &agent.body).enumerate().flat_map(of).collect()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn atomic_accesses_of_one_width_are_interleaved(test in tests(Widths::Whole, vec![SC])) {
        prop_assert_eq!(set(&test), interleaved(&test));
    }

    #[test]
    fn what_interleaving_gives_is_allowed(test in tests(Widths::Whole, vec![PLAIN, SC])) {
        let allowed = set(&test);
        prop_assert!(interleaved(&test).is_subset(&allowed));
    }

    /// With mixed widths too: an execution of the program with the atomic access is one of the
    /// program with the plain access. Its reads-from and its total order stay as they are, and there
    /// is nothing that the axioms demand of a plain access and not of an atomic one of the same
    /// range: synchronizes-with, and with it happens-before, loses pairs, and every axiom only
    /// forbids by them; tearing is forbidden to fewer; fewer writes count in the total order.
    #[test]
    fn making_an_access_atomic_adds_no_outcome(
        test in tests(Widths::Mixed, vec![PLAIN, SC]),
        which in any::<prop::sample::Index>(),
    ) {
        let places = plain(&test);
        prop_assume!(!places.is_empty());
        let (agent, op) = places[which.index(places.len())];
        let mut atomic = test.clone();
        match &mut atomic.agents[agent].body[op] {
            Op::Load { access, .. } | Op::Store { access, .. } => access.order = SC,
            _ => unreachable!("only loads and stores are plain"),
        }
        prop_assert!(set(&atomic).is_subset(&set(&test)));
    }

    #[test]
    fn the_order_of_agents_does_not_matter(test in tests(Widths::Mixed, vec![PLAIN, SC])) {
        let mut turned = test.clone();
        turned.agents.rotate_left(1);
        prop_assert_eq!(set(&test), set(&turned));
        turned.agents.reverse();
        prop_assert_eq!(set(&test), set(&turned));
    }

    #[test]
    fn the_numbers_of_locations_and_registers_do_not_matter(test in tests(Widths::Mixed, vec![PLAIN, SC])) {
        let registers = test.registers.len();
        let mut renamed = test.clone();
        for op in renamed.agents.iter_mut().flat_map(|agent| &mut agent.body) {
            match op {
                Op::Load { access, into } | Op::Rmw { access, into, .. } | Op::CompareExchange { access, into, .. } => {
                    access.location = LOCATIONS - 1 - access.location;
                    *into = registers - 1 - *into;
                }
                Op::Store { access, .. } => access.location = LOCATIONS - 1 - access.location,
                _ => {}
            }
        }
        let back = |mut outcome: Outcome| {
            outcome[..registers].reverse();
            outcome[registers..].reverse();
            outcome
        };
        prop_assert_eq!(set(&test), set(&renamed).into_iter().map(back).collect::<BTreeSet<_>>());
    }

    /// What reading the whole program's events would show: an allowed outcome's execution obeys the
    /// axioms when they are checked one by one over its total order.
    #[test]
    fn an_execution_that_is_shown_obeys_the_axioms(test in tests(Widths::Mixed, vec![PLAIN, SC])) {
        for verdict in of(&test).verdicts.values() {
            if let Verdict::Allowed(execution) = verdict {
                prop_assert_eq!(super::checked(execution), Ok(()));
            }
        }
    }
}
