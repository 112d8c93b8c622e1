//! Published verdicts: the classic shapes, and the counterexamples of "Repairing and mechanising the
//! JavaScript relaxed memory model" (Watt et al., PLDI 2020).

use super::*;

fn sb(order: Order) -> Test {
    test(2, vec![vec![store(X, order, 1), load(0, Y, order)], vec![store(Y, order, 1), load(1, X, order)]])
}

fn mp(data: Order, flag: Order) -> Test {
    test(2, vec![vec![store(X, data, 1), store(Y, flag, 1)], vec![load(0, Y, flag), load(1, X, data)]])
}

fn lb(order: Order) -> Test {
    test(2, vec![vec![load(0, X, order), store(Y, order, 1)], vec![load(1, Y, order), store(X, order, 1)]])
}

#[test]
fn plain_store_buffering_allows_everything() {
    assert_eq!(allowed(&sb(PLAIN)), [[0, 0], [0, 1], [1, 0], [1, 1]]);
}

#[test]
fn atomic_store_buffering_has_no_total_order() {
    assert_eq!(allowed(&sb(SC)), [[0, 1], [1, 0], [1, 1]]);
    assert_eq!(axiom(&sb(SC), &[0, 0]), Some(Axiom::SequentiallyConsistentAtomics));
}

#[test]
fn a_fence_orders_nothing_in_the_text() {
    let mut fenced = sb(PLAIN);
    for agent in &mut fenced.agents {
        agent.body.insert(1, Op::Fence);
    }
    assert!(of(&fenced).allows(&[0, 0]));
}

#[test]
fn an_atomic_flag_passes_a_plain_message() {
    assert_eq!(allowed(&mp(PLAIN, PLAIN)), [[0, 0], [0, 1], [1, 0], [1, 1]]);
    assert_eq!(allowed(&mp(PLAIN, SC)), [[0, 0], [0, 1], [1, 1]]);
    assert_eq!(axiom(&mp(PLAIN, SC), &[1, 0]), Some(Axiom::CoherentReads));
    assert!(of(&mp(SC, PLAIN)).allows(&[1, 0]), "the flag is what orders");
}

#[test]
fn plain_loads_may_see_stores_behind_them_and_atomic_ones_not() {
    assert!(of(&lb(PLAIN)).allows(&[1, 1]));
    assert_eq!(axiom(&lb(SC), &[1, 1]), Some(Axiom::HappensBefore));
}

#[test]
fn plain_reads_of_one_location_need_not_agree_with_its_order() {
    let corr = |order| test(1, vec![vec![store(X, order, 1)], vec![load(0, X, order), load(1, X, order)]]);
    assert!(of(&corr(PLAIN)).allows(&[1, 0]));
    assert!(!of(&corr(SC)).allows(&[1, 0]));
}

#[test]
fn independent_readers_agree_on_the_order_of_atomic_writes() {
    let iriw = |order| {
        test(
            2,
            vec![
                vec![store(X, order, 1)],
                vec![store(Y, order, 1)],
                vec![load(0, X, order), load(1, Y, order)],
                vec![load(2, Y, order), load(3, X, order)],
            ],
        )
    };
    assert!(of(&iriw(PLAIN)).allows(&[1, 0, 1, 0]));
    assert_eq!(axiom(&iriw(SC), &[1, 0, 1, 0]), Some(Axiom::SequentiallyConsistentAtomics));
}

#[test]
fn increments_are_not_lost() {
    let mut counter = test(1, vec![vec![add(0, X, 1)], vec![add(1, X, 1)], vec![add(2, X, 1)]]);
    counter.finals = vec![X];
    let outcomes = allowed(&counter);
    assert_eq!(outcomes.len(), 6);
    assert!(outcomes.iter().all(|outcome| outcome[3] == 3), "{outcomes:?}");
}

#[test]
fn one_of_two_takes_the_lock() {
    let lock = test(1, vec![vec![compare_exchange(0, X, 0, 1)], vec![compare_exchange(1, X, 0, 2)]]);
    assert_eq!(allowed(&lock), [[0, 1], [2, 0]]);
}

/// The compilation of JavaScript to ARMv8 gives this; the model before its correction forbade it.
#[test]
fn a_plain_write_may_stand_between_an_atomic_write_and_its_reader() {
    let arm = test(
        2,
        vec![
            vec![store(X, SC, 1), load(0, Y, SC)],
            vec![store(Y, SC, 1), store(Y, SC, 2), store(X, PLAIN, 2), load(1, X, SC)],
        ],
    );
    assert!(of(&arm).allows(&[1, 1]));
    let atomic = test(
        2,
        vec![
            vec![store(X, SC, 1), load(0, Y, SC)],
            vec![store(Y, SC, 1), store(Y, SC, 2), store(X, SC, 2), load(1, X, SC)],
        ],
    );
    assert_eq!(axiom(&atomic, &[1, 1]), Some(Axiom::SequentiallyConsistentAtomics));
}

/// Without races this program must behave as interleaved; the model before its correction let the
/// plain load see 2.
#[test]
fn a_plain_read_behind_its_lock_sees_the_last_atomic_write() {
    let then = vec![load(1, X, PLAIN)];
    let branch = Op::If { register: 0, equals: 1, then, otherwise: vec![] };
    let drf = test(1, vec![vec![store(X, SC, 1)], vec![store(X, SC, 2), load(0, X, SC), branch]]);
    assert!(of(&drf).allows(&[1, 1]));
    assert_eq!(axiom(&drf, &[1, 2]), Some(Axiom::SequentiallyConsistentAtomics));
}

#[test]
fn aligned_accesses_of_four_bytes_do_not_tear_and_unaligned_or_wider_ones_may() {
    let one = 0x0000_0001_0000_0001;
    let tearing = |bytes: u8, misaligned, order, value: u64| {
        let access = Access { location: X, offset: 0, bytes, order };
        let store = Op::Store { access, value: Operand::Constant(value) };
        let mut test = test(1, vec![vec![store], vec![Op::Load { into: 0, access }]]);
        test.locations[0].bytes = bytes;
        test.locations[0].misaligned = misaligned;
        test
    };
    assert_eq!(allowed(&tearing(4, 0, PLAIN, 0x1_0001)), [[0], [0x1_0001]]);
    assert_eq!(axiom(&tearing(4, 0, PLAIN, 0x1_0001), &[1]), Some(Axiom::TearFreeReads));
    assert!(of(&tearing(4, 2, PLAIN, 0x1_0001)).allows(&[1]));
    assert!(of(&tearing(8, 0, PLAIN, one)).allows(&[1]));
    assert_eq!(allowed(&tearing(8, 0, SC, one)), [vec![0], vec![u128::from(one)]]);
}

#[test]
fn atomic_accesses_of_other_widths_do_not_synchronize() {
    let half = Access { location: Y, offset: 0, bytes: 2, order: SC };
    let mixed = test(
        2,
        vec![
            vec![store(X, PLAIN, 1), Op::Store { access: half, value: Operand::Constant(1) }],
            vec![load(0, Y, SC), load(1, X, PLAIN)],
        ],
    );
    assert!(of(&mixed).allows(&[1, 0]), "the flag is read by another width than it is written");
}

#[test]
fn a_notified_waiter_was_waiting_and_none_is_forgotten() {
    let wait = |timeout| Op::Wait { into: 0, access: access(X, SC), expected: 0, timeout };
    let notify = Op::Notify { into: 1, access: access(X, SC), count: 1 };
    let handover = |timeout| test(1, vec![vec![wait(timeout)], vec![store(X, SC, 1), notify.clone()]]);
    let timed = handover(Some(1));
    assert_eq!(allowed(&timed), [[0, 1], [1, 0], [2, 0]]);
    assert_eq!(axiom(&timed, &[2, 1]), Some(Axiom::WaiterLists));
    let endless = of(&handover(None));
    assert!(matches!(endless.stuck, Some(Verdict::Forbidden(_))), "{:?}", endless.stuck);
    let silent = of(&test(1, vec![vec![wait(None)], vec![store(X, SC, 1)]]));
    assert!(matches!(silent.stuck, Some(Verdict::Allowed(_))));
}

#[test]
fn the_message_of_a_notification_is_seen() {
    let wait = Op::Wait { into: 0, access: access(Y, SC), expected: 0, timeout: None };
    let notify = Op::Notify { into: 1, access: access(Y, SC), count: 1 };
    let woken = test(2, vec![vec![wait, load(2, X, PLAIN)], vec![store(X, PLAIN, 1), notify]]);
    assert_eq!(allowed(&woken), [[0, 1, 1]]);
}

#[test]
fn two_growers_get_different_sizes_and_a_flag_passes_the_size() {
    let grow = |into| Op::Grow { into, pages: 1 };
    assert_eq!(allowed(&test(1, vec![vec![grow(0)], vec![grow(1)]])), [[0, 1], [1, 0]]);
    let passed = |order| {
        test(1, vec![vec![grow(0), store(X, order, 1)], vec![load(1, X, order), Op::Size { into: 2 }]])
    };
    assert!(!of(&passed(SC)).allows(&[0, 1, 0]));
    assert!(of(&passed(PLAIN)).allows(&[0, 1, 0]), "a plain flag orders nothing");
    let mut js = passed(SC);
    js.agents[1].host = Host::Js;
    assert!(of(&js).allows(&[0, 1, 0]), "an agent may keep its buffer");
}

#[test]
fn values_out_of_thin_air_are_no_outcomes() {
    let copy = |into, from, to| {
        vec![load(into, from, PLAIN), Op::Store { access: access(to, PLAIN), value: Operand::Register(into) }]
    };
    assert_eq!(allowed(&test(2, vec![copy(0, X, Y), copy(1, Y, X)])), [[0, 0]]);
}
