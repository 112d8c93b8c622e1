//! What messages carry, and what they refuse.

use super::*;

fn handle(name: &str) -> Json {
    json!({"handle": {"handle": name}})
}

fn same(left: &str, right: &str) -> Json {
    by("worker", json!({"op": "same", "left": {"handle": left}, "right": {"handle": right, "buffer": true}}))
}

#[test]
fn an_unshared_memory_cannot_be_posted_and_its_receiver_does_not_wait() {
    let case =
        Case::of([memory("mem", 1, 1), post(handle("mem")), receive(json!({"as": "mem"}), 1)]).worker();
    assert_eq!(case.run(), ["done", "DataCloneError", "skipped"]);
}

#[test]
fn a_cloned_buffer_has_its_own_bytes_and_a_memorys_cannot_be_transferred() {
    let mut transfer = post(handle("b"));
    transfer["transfer"] = json!([{"handle": "b"}]);
    let case = Case::of([
        memory("mem", 1, 1),
        json!({"op": "buffer", "as": "b", "memory": "mem"}),
        json!({"op": "write", "buffer": {"handle": "b"}, "at": n(0.0), "bytes": "07"}),
        transfer,
        json!({"op": "detached", "buffer": {"handle": "b"}}),
        post(handle("b")),
        json!({"op": "write", "buffer": {"handle": "b"}, "at": n(0.0), "bytes": "09"}),
        receive(json!({"as": "b"}), 5),
        by("worker", json!({"op": "read", "buffer": {"handle": "b"}, "at": n(0.0), "count": n(1.0)})),
    ])
    .worker();
    let class = "\"ArrayBuffer\"";
    assert_eq!(case.run(), ["done", class, "done", "TypeError", "false", "done", "done", "done", "07"]);
}

#[test]
fn structures_keep_what_is_one_object_in_them() {
    const GUEST: &str = r#"(module (func (export "f") (result i32) (i32.const 3)))"#;
    let message = json!({"object": [
        ["memory", handle("mem")],
        ["rest", {"array": [handle("b"), handle("v"), handle("mod"), {"literal": n(5.0)}]}],
    ]});
    let pattern = json!({"object": [
        ["memory", {"as": "mem"}],
        ["rest", {"array": [{"as": "b"}, {"as": "v"}, {"as": "mod"}, {"as": "five"}]}],
    ]});
    let case = Case::of([
        shared("mem", 1, 2),
        json!({"op": "buffer", "as": "b", "memory": "mem"}),
        view("v", "Uint8Array", "mem"),
        json!({"op": "compile", "as": "mod", "module": {"guest": "g"}}),
        post(message),
        receive(pattern, 4),
        same("b", "v"),
        same("b", "mem"),
        by("worker", json!({"op": "put", "view": "v", "index": n(0.0), "value": n(6.0)})),
        json!({"op": "get", "view": "v", "index": n(0.0)}),
        by("worker", json!({"op": "instantiate", "as": "i", "module": {"handle": "mod"}, "imports": []})),
        by("worker", call("i", "f", &[])),
        by("worker", json!({"op": "get", "view": "v", "index": {"kept": "five", "type": "number"}})),
    ])
    .guest("g", GUEST)
    .worker();
    let expected = [
        "done",
        "\"SharedArrayBuffer\"",
        "done",
        "done",
        "done",
        "done",
        "true",
        "false",
        "done",
        "6",
        "done",
        "3",
        "0",
    ];
    assert_eq!(case.run(), expected);
}

#[test]
fn a_shared_buffer_that_was_posted_before_a_growth_keeps_its_length() {
    let case = Case::of([
        shared("mem", 1, 4),
        json!({"op": "buffer", "as": "b", "memory": "mem"}),
        post(handle("b")),
        json!({"op": "grow", "memory": "mem", "by": n(1.0)}),
        receive(json!({"as": "b"}), 2),
        by("worker", json!({"op": "property", "of": {"handle": "b"}, "property": "byteLength"})),
    ])
    .worker();
    assert_eq!(case.run()[5], "65536");
}
