//! Guests, their failures, and callbacks while they are on the stack.

use super::*;

fn callback(ending: Json, steps: &[Json]) -> Json {
    let steps: Vec<_> = (101..).zip(steps).map(|(number, step)| number_step(number, step)).collect();
    json!([{"name": "back", "number": 100, "params": ["i32"], "results": ["i32"], "ending": ending, "steps": steps}])
}

const CALLER: &str = r#"
    (module
      (import "env" "back" (func $back (param i32) (result i32)))
      (memory (export "memory") 1 4)
      (data (i32.const 8) "\2a")
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "call") (param i32) (result i32) (call $back (local.get 0)))
      (func (export "grow-then-call") (param i32) (result i32)
        (drop (memory.grow (local.get 0))) (call $back (local.get 0))))"#;

fn caller(name: &str) -> Json {
    let import = json!({"module": "env", "name": "back", "callback": "back"});
    json!({"op": "instantiate", "as": name, "module": {"guest": "g"}, "imports": [import]})
}

fn take() -> Json {
    json!({"op": "take", "as": "mem", "instance": "inst", "export": "memory"})
}

#[test]
fn a_callback_grows_and_reads_and_calls_while_the_guest_is_on_the_stack() {
    let body = [
        json!({"op": "grow", "memory": "mem", "by": n(1.0)}),
        json!({"op": "detached", "buffer": {"handle": "b"}}),
        json!({"op": "read", "buffer": {"handle": "mem"}, "at": n(8.0), "count": n(1.0)}),
        call("inst", "load", &[i(8)]),
    ];
    let case = Case::of([
        caller("inst"),
        take(),
        json!({"op": "buffer", "as": "b", "memory": "mem"}),
        call("inst", "call", &[i(7)]),
        json!({"op": "size", "memory": "mem"}),
    ])
    .guest("g", CALLER)
    .callbacks(callback(json!({"returns": [i(5)]}), &body));
    assert_eq!(case.run(), ["done", "done", "\"ArrayBuffer\"", "5", "2", "7", "1", "true", "2a", "42"]);
}

#[test]
fn a_callback_sees_the_growth_that_the_guest_did_before_the_call() {
    let body = [json!({"op": "detached", "buffer": {"handle": "b"}})];
    let case = Case::of([
        caller("inst"),
        take(),
        json!({"op": "buffer", "as": "b", "memory": "mem"}),
        call("inst", "grow-then-call", &[i(1)]),
    ])
    .guest("g", CALLER)
    .callbacks(callback(json!({"returns": [i(0)]}), &body));
    assert_eq!(case.run(), ["done", "done", "\"ArrayBuffer\"", "0", "1", "true"]);
}

#[test]
fn a_callback_that_throws_ends_the_call_with_its_error() {
    let case = Case::of([caller("inst"), call("inst", "call", &[i(3)]), call("inst", "load", &[i(8)])])
        .guest("g", CALLER)
        .callbacks(callback(json!({"throws": "RangeError"}), &[]));
    assert_eq!(case.run(), ["done", "RangeError", "42", "3"]);
}

#[test]
fn the_calls_of_a_callback_are_counted() {
    let mut repeated = call("inst", "call", &[i(3)]);
    repeated["repeat"] = json!(2);
    let case = Case::of([caller("inst"), repeated, call("inst", "call", &[i(4)])])
        .guest("g", CALLER)
        .callbacks(callback(json!({"returns": [i(1)]}), &[json!({"op": "turn"})]));
    let seen = case.observe();
    let args: Vec<_> = seen
        .iter()
        .filter(|observation| observation.step == 100)
        .map(|observation| (observation.invocation, show(observation), observation.observed_by))
        .collect();
    use crate::protocol::ObservedBy::Engine;
    let expected = [
        (Some(0), "3".to_owned(), Engine),
        (Some(1), "3".to_owned(), Engine),
        (Some(2), "4".to_owned(), Engine),
    ];
    assert_eq!(args, expected);
    assert_eq!(seen.iter().filter(|o| o.step == 101 && o.invocation.is_some()).count(), 3);
}

#[test]
fn failures_of_guests_are_told_apart() {
    const GUEST: &str = r#"
        (module
          (memory 1)
          (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "div") (param i32) (result i32) (i32.div_s (i32.const -2147483648) (local.get 0)))
          (func (export "unreachable") (result i32) (unreachable))
          (func (export "atomic") (param i32) (result i32) (i32.atomic.load (local.get 0)))
          (func $deep (export "deep") (result i32) (i32.add (i32.const 1) (call $deep))))"#;
    let case = Case::of([
        alone("inst", "g"),
        call("inst", "load", &[i(65_533)]),
        call("inst", "div", &[i(0)]),
        call("inst", "div", &[i(-1)]),
        call("inst", "unreachable", &[]),
        call("inst", "atomic", &[i(2)]),
        call("inst", "deep", &[]),
        call("inst", "absent", &[]),
        call("nobody", "load", &[]),
        alone("bad", "broken"),
        alone("linked", "wants"),
        json!({"op": "instantiate", "as": "linked", "module": {"guest": "wants"},
            "imports": [{"module": "env", "name": "x", "value": big("1")}]}),
        json!({"op": "instantiate", "as": "linked", "module": {"guest": "wants"},
            "imports": [{"module": "env", "name": "x", "value": n(4.0)}]}),
        call("linked", "x", &[]),
    ])
    .guest("g", GUEST)
    .guest(
        "wants",
        r#"(module (global $x (import "env" "x") i32) (func (export "x") (result i32) (global.get $x)))"#,
    )
    .guest("broken", "(module (func (result i32)))");
    let expected = [
        "done",
        "trap out-of-bounds",
        "trap divide-by-zero",
        "trap integer-overflow",
        "trap unreachable",
        "trap unaligned",
        "exhaustion",
        "TypeError",
        "skipped",
        "CompileError",
        "TypeError",
        "LinkError",
        "done",
        "4",
    ];
    assert_eq!(case.run(), expected);
}

#[test]
fn nan_payloads_keep_their_bits() {
    const GUEST: &str = r#"(module (memory (export "memory") 1)
        (func (export "same") (param f32) (result f32) (local.get 0))
        (func (export "store") (param f64) (f64.store (i32.const 0) (local.get 0))))"#;
    let f32_nan = json!({"type": "f32", "value": "0xffa00001"});
    let f64_nan = json!({"type": "f64", "value": "0x7ff4000000000001"});
    let case = Case::of([
        alone("inst", "g"),
        json!({"op": "call", "instance": "inst", "export": "same", "args": [f32_nan], "results": ["f32"]}),
        json!({"op": "call", "instance": "inst", "export": "store", "args": [f64_nan], "results": []}),
        json!({"op": "take", "as": "mem", "instance": "inst", "export": "memory"}),
        view("v", "Float64Array", "mem"),
        json!({"op": "get", "view": "v", "index": n(0.0)}),
    ])
    .guest("g", GUEST);
    assert_eq!(case.run(), ["done", "NaN (0xffa00001)", "done", "done", "done", "NaN (0x7ff4000000000001)"]);
}

#[test]
fn equal_rounds_of_a_repeated_call_are_folded() {
    const GUEST: &str = r#"(module (global $n (mut i32) (i32.const 0))
        (func (export "next") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1)))
          (if (i32.eq (global.get $n) (i32.const 4)) (then (unreachable)))
          (i32.const 7)))"#;
    let mut repeated = call("inst", "next", &[]);
    repeated["repeat"] = json!(6);
    let case = Case::of([alone("inst", "g"), repeated]).guest("g", GUEST);
    assert_eq!(case.run(), ["done", "3x 7, 1x trap unreachable, 2x 7"]);
}

#[test]
fn kept_results_are_arguments() {
    const GUEST: &str = r#"(module (memory (export "memory") 1)
        (func (export "ptr") (result i32) (i32.const -8))
        (func (export "same") (param i32) (result i32) (local.get 0)))"#;
    let mut ptr = call("inst", "ptr", &[]);
    ptr["as"] = json!("ptr");
    let at = |unsigned: bool, plus: i64| json!({"kept": "ptr", "type": "number", "unsigned": unsigned, "plus": plus});
    let read = |at: Json| json!({"op": "read", "buffer": {"handle": "mem"}, "at": at, "count": n(1.0)});
    let case = Case::of([
        alone("inst", "g"),
        json!({"op": "take", "as": "mem", "instance": "inst", "export": "memory"}),
        ptr,
        call("inst", "same", &[json!({"kept": "ptr", "type": "i32", "plus": 9})]),
        read(at(false, 8)),
        read(at(false, 0)),
        read(at(true, -4_294_967_288)),
        call("inst", "same", &[json!({"kept": "nothing", "type": "i32"})]),
    ])
    .guest("g", GUEST);
    assert_eq!(case.run(), ["done", "done", "-8", "1", "00", "RangeError", "00", "skipped"]);
}

#[test]
fn recursion_through_the_host_exhausts_the_stack_and_not_the_process() {
    let case = Case::of([caller("inst"), call("inst", "call", &[i(1)])])
        .guest("g", CALLER)
        .callbacks(callback(json!({"returns": [i(5)]}), &[call("inst", "call", &[i(2)])]));
    let seen = case.observe();
    let nested: Vec<_> = seen.iter().filter(|o| o.step == 101).map(show).collect();
    let (last, others) = nested.split_last().unwrap();
    assert_eq!(last, "exhaustion");
    assert!(others.iter().all(|result| result == "5"), "{others:?}");
}

#[test]
fn every_result_names_whose_behaviour_it_shows() {
    use crate::protocol::ObservedBy::{Embedding as Ours, Engine as Theirs};
    let atomic = |action: &str| json!({"op": "atomic", "action": action, "view": "v", "index": n(0.0), "value": n(1.0)});
    let expected = [
        (memory("mem", 1, 2), Theirs),
        (json!({"op": "memory", "as": "bad", "descriptor": []}), Ours),
        (json!({"op": "grow", "memory": "mem", "by": n(0.0)}), Theirs),
        (json!({"op": "grow", "memory": "mem", "by": n(9.0)}), Theirs),
        (json!({"op": "grow", "memory": "mem", "by": n(-1.0)}), Ours),
        (json!({"op": "size", "memory": "mem"}), Ours),
        (view("v", "Int32Array", "mem"), Ours),
        (json!({"op": "get", "view": "v", "index": n(0.0)}), Theirs),
        (json!({"op": "get", "view": "v", "index": n(-1.0)}), Ours),
        (atomic("load"), Theirs),
        (atomic("add"), Ours),
        (atomic("store"), Ours),
        (json!({"op": "read", "buffer": {"handle": "mem"}, "at": n(0.0), "count": n(1.0)}), Theirs),
        (json!({"op": "slice", "as": "copy", "of": {"handle": "mem"}, "end": n(1.0)}), Ours),
        (json!({"op": "digest", "buffer": {"handle": "copy"}}), Ours),
        (alone("bad", "broken"), Theirs),
        (shared("mem", 1, 1), Theirs),
        (view("v", "Int32Array", "mem"), Ours),
        (atomic("add"), Theirs),
        (json!({"op": "notify", "view": "v", "index": n(0.0)}), Theirs),
        (json!({"op": "wait-async", "as": "p", "view": "v", "index": n(0.0), "value": n(0.0)}), Ours),
    ];
    let steps: Vec<_> = expected.iter().map(|(step, _)| step.clone()).collect();
    let seen = Case::of(steps).guest("broken", "(module (func (result i32)))").observe();
    for (observation, (step, by)) in seen.iter().zip(&expected) {
        assert_eq!(observation.observed_by, *by, "{step} gave {}", show(observation));
    }
}
