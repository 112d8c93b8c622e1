//! What documents mean, and what is said of those that are wrong.

use super::{Loaded, load};
use crate::case::Source;
use crate::litmus::program::{Access, Condition, Host, Op, Operand, Order};

fn read(text: &str) -> Loaded {
    load([Source::embedded("a.yaml", text.as_bytes())])
}

/// The messages for a document, each with its line and column.
fn problems(text: &str) -> Vec<String> {
    let loaded = read(text);
    assert!(loaded.tests.is_empty(), "no mistake was found");
    let shown = |problem: &crate::case::Problem| match &problem.place {
        Some(place) => format!("{}:{} {}", place.line(), place.column(), problem.message),
        None => problem.message.clone(),
    };
    loaded.problems.iter().map(shown).collect()
}

/// A document with these agents and this outcome of interest.
fn document(agents: &str, interest: &str) -> String {
    format!(
        "title: It is so\nspec: https://example.org\nlocations: {{x: 4, y: {{bytes: 8, misaligned: 2}}}}\n\
         agents:\n{agents}  last:\n    - load: {{at: x, into: last}}\ninterest: {interest}\n"
    )
}

/// What is said of an operation.
fn of_operation(operation: &str) -> Vec<String> {
    problems(&document(&format!("  P0:\n    - {operation}\n"), "{last: 0}"))
}

#[test]
fn store_buffering_in_eleven_lines_is_a_test() {
    let text = "title: Both loads are early\n\
                spec: https://tc39.es/ecma262/#sec-memory-order\n\
                locations: {x: 4, y: 4}\n\
                agents:\n  P0:\n    - store: {at: x, value: 1}\n    - load: {at: y, into: r0}\n  \
                P1:\n    - store: {at: y, value: 1}\n    - load: {at: x, into: r1}\n\
                interest: {r0: 0, r1: 0}\n";
    let loaded = read(text);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems[0]);
    let [test] = &loaded.tests[..] else { panic!() };
    assert_eq!(test.id, "litmus/a");
    assert_eq!(test.registers, ["r0", "r1"]);
    assert_eq!(test.interest, Condition::All(vec![(0, 0), (1, 0)]));
    let access = |location| Access { location, offset: 0, bytes: 4, order: Order::Plain };
    assert_eq!(
        test.agents[1].body,
        [
            Op::Store { access: access(1), value: Operand::Constant(1) },
            Op::Load { into: 1, access: access(0) }
        ]
    );
    assert_eq!(test.agents[1].host, Host::Wasm);
}

#[test]
fn the_nearest_order_counts() {
    let text = "title: T\nspec: https://example.org\norder: seqcst\nlocations: {x: 4, y: {bytes: 4, order: plain}}\n\
                agents:\n  P0:\n    - load: {at: x, into: a}\n    - load: {at: y, into: b}\n    \
                - load: {at: y, into: c, order: seqcst}\n  P1:\n    order: plain\n    body:\n      \
                - load: {at: x, into: d}\ninterest: {a: 0}\n";
    let loaded = read(text);
    let order = |op: &Op| match op {
        Op::Load { access, .. } => access.order,
        _ => panic!("a load"),
    };
    let orders: Vec<Order> =
        loaded.tests[0].agents.iter().flat_map(|agent| agent.body.iter().map(order)).collect();
    assert_eq!(orders, [Order::SeqCst, Order::Plain, Order::SeqCst, Order::Plain]);
}

#[test]
fn params_make_many_tests_of_one_document() {
    let text = "title: T\nspec: https://example.org\nparams: {width: [1, 2], host: [wasm, js]}\nhost: ${host}\n\
                locations: {x: \"${width}\"}\nagents:\n  P0:\n    - store: {at: x, value: 1}\n  P1:\n    \
                - load: {at: x, into: r}\ninterest: {r: 1}\n";
    let loaded = read(text);
    let ids: Vec<&str> = loaded.tests.iter().map(|test| test.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "litmus/a[width=1,host=js]",
            "litmus/a[width=1,host=wasm]",
            "litmus/a[width=2,host=js]",
            "litmus/a[width=2,host=wasm]"
        ]
    );
}

#[test]
fn what_an_operation_cannot_do_is_said_at_its_place() {
    for (operation, wanted) in [
        ("load: {at: z, into: r}", "6:18 there is no location `z`"),
        ("load: {at: x+2, into: r}", "`bytes` says here how wide the access is"),
        ("load: {at: x+2, bytes: 4, into: r}", "4 bytes from byte 2 are not within `x`, which has 4"),
        ("load: {at: x, bytes: 3, into: r}", "an access has 1, 2, 4 or 8 bytes, not 3"),
        ("load: {at: y, into: r, order: seqcst}", "an atomic access of 8 bytes is aligned"),
        ("add: {at: y, value: 1, into: r}", "an atomic access of 8 bytes is aligned"),
        ("wait: {at: x, bytes: 2, expected: 0, into: r}", "waiting is for 4 or 8 bytes, not 2"),
        ("store: {at: x, value: 0x100000000}", "0x100000000 has more than 4 bytes"),
        ("store: {at: x, value: r}", "this agent has no register `r`"),
        ("store: {at: x, value: last}", "this agent has no register `last`"),
        ("if: {register: r, equals: 0, then: []}", "this agent has no register `r`"),
        ("load: {at: x, into: x}", "`x` is a location already"),
        ("store: {at: x}", "the key `value` is missing here"),
        ("stroe: {at: x, value: 1}", "unknown operation `stroe`"),
        ("store: {at: x, value: 1, ordr: seqcst}", "unknown key `ordr`"),
        ("store: {at: x, value: 1, order: relaxed}", "`relaxed` is not an order"),
        ("wait: {at: x, expected: 0, timeout: 5m, into: r}", "`5m` is no duration"),
        ("grow: {pages: 1000, into: r}", "a growth has at most 16 pages"),
    ] {
        let found = of_operation(operation);
        assert!(found.iter().any(|problem| problem.contains(wanted)), "{operation}: {found:?}");
        assert!(found.iter().all(|problem| problem.starts_with("6:")), "{operation}: {found:?}");
    }
}

#[test]
fn javascript_has_no_fence() {
    let agents = "  P0:\n    host: js\n    body:\n      - fence:\n";
    assert_eq!(
        problems(&document(agents, "{last: 0}")),
        ["8:9 JavaScript has no fence, and this agent runs in it"]
    );
}

#[test]
fn all_mistakes_of_a_document_are_found_at_once() {
    let agents = "  P0:\n    - load: {at: x, into: r}\n    - load: {at: x, into: r}\n  P1: []\n  \
                  P2:\n    - load: {at: zz, into: s}\n  P3:\n    - fence:\n";
    assert_eq!(
        problems(&document(agents, "{q: 0, y: 1}")),
        [
            "7:27 the register `r` is written twice",
            "8:3 the agent `P1` does nothing",
            "10:18 there is no location `zz`",
            "13:3 a test has two to four agents, not 5",
            "15:12 `q` is neither a register nor a final location",
            "15:18 `y` is not looked at in the end",
        ]
    );
}

#[test]
fn a_mistake_is_shown_with_its_line_and_a_help() {
    let text = document("  P0:\n    - stor: {at: x, value: 1}\n", "{last: 0}");
    assert_eq!(
        read(&text).problems[0].to_string(),
        "error: unknown operation `stor`\n --> cases/a.yaml:6:7\n  |\n6 |     - stor: {at: x, value: 1}\n  |       ^^^^\n  \
         = help: did you mean `store`?"
    );
}
