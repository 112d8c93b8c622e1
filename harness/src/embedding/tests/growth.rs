//! What growth does to buffers.

use super::*;

const GROWER: &str = r#"
    (module
      (import "env" "memory" (memory 1 4))
      (export "again" (memory 0))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "size") (result i32) (memory.size)))"#;

const SHARED_GROWER: &str = r#"
    (module
      (import "env" "memory" (memory 1 4 shared))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "size") (result i32) (memory.size)))"#;

fn buffer(name: &str, memory: &str) -> Json {
    json!({"op": "buffer", "as": name, "memory": memory})
}

fn detached(buffer: &str) -> Json {
    json!({"op": "detached", "buffer": {"handle": buffer}})
}

fn same(left: &str, right: &str) -> Json {
    let handle = |name: &str| match name.strip_suffix(".buffer") {
        Some(memory) => json!({"handle": memory, "buffer": true}),
        None => json!({"handle": name}),
    };
    json!({"op": "same", "left": handle(left), "right": handle(right)})
}

fn grow(memory: &str, by: f64) -> Json {
    json!({"op": "grow", "memory": memory, "by": n(by)})
}

#[test]
fn growth_by_the_host_detaches_and_gives_another_buffer() {
    let case = Case::of([
        memory("mem", 1, 4),
        buffer("before", "mem"),
        same("before", "mem.buffer"),
        grow("mem", 2.0),
        detached("before"),
        same("before", "mem.buffer"),
        json!({"op": "size", "memory": "mem"}),
        json!({"op": "property", "of": {"handle": "before"}, "property": "byteLength"}),
    ]);
    assert_eq!(case.run(), ["done", "\"ArrayBuffer\"", "true", "1", "true", "false", "3", "0"]);
}

#[test]
fn growth_by_zero_detaches() {
    let case = Case::of([memory("mem", 1, 4), buffer("b", "mem"), grow("mem", 0.0), detached("b")]);
    assert_eq!(case.run(), ["done", "\"ArrayBuffer\"", "1", "true"]);
}

#[test]
fn growth_that_fails_changes_nothing() {
    let case = Case::of([
        memory("mem", 1, 4),
        buffer("b", "mem"),
        grow("mem", 4.0),
        grow("mem", -1.0),
        instance("inst", "g", "mem"),
        call("inst", "grow", &[i(4)]),
        detached("b"),
        same("b", "mem.buffer"),
    ])
    .guest("g", GROWER);
    let expected = ["done", "\"ArrayBuffer\"", "RangeError", "TypeError", "done", "-1", "false", "true"];
    assert_eq!(case.run(), expected);
}

#[test]
fn growth_inside_a_guest_detaches_by_zero_too() {
    for pages in [0, 1] {
        let case = Case::of([
            memory("mem", 1, 4),
            instance("inst", "g", "mem"),
            buffer("b", "mem"),
            view("v", "Uint8Array", "mem"),
            call("inst", "size", &[]),
            detached("b"),
            call("inst", "grow", &[i(pages)]),
            detached("b"),
            json!({"op": "get", "view": "v", "index": n(0.0)}),
            json!({"op": "property", "of": {"handle": "v"}, "property": "length"}),
            json!({"op": "size", "memory": "mem"}),
        ])
        .guest("g", GROWER);
        let size = (1 + pages).to_string();
        let expected =
            ["done", "done", "\"ArrayBuffer\"", "done", "1", "false", "1", "true", "undefined", "0", &size];
        assert_eq!(case.run(), expected, "by {pages}");
    }
}

#[test]
fn an_imported_memory_that_is_exported_again_is_the_same_object() {
    let case = Case::of([
        memory("mem", 1, 4),
        instance("inst", "g", "mem"),
        json!({"op": "take", "as": "again", "instance": "inst", "export": "again"}),
        same("mem", "again"),
    ])
    .guest("g", GROWER);
    assert_eq!(case.run(), ["done", "done", "done", "true"]);
}

#[test]
fn growth_by_an_instance_detaches_the_buffer_of_the_exporter() {
    const OWNER: &str = r#"(module (memory (export "memory") 1 4))"#;
    let import =
        json!({"module": "env", "name": "memory", "export": {"instance": "owner", "export": "memory"}});
    let case = Case::of([
        alone("owner", "o"),
        json!({"op": "take", "as": "mem", "instance": "owner", "export": "memory"}),
        buffer("b", "mem"),
        json!({"op": "instantiate", "as": "inst", "module": {"guest": "g"}, "imports": [import]}),
        call("inst", "grow", &[i(1)]),
        detached("b"),
        json!({"op": "size", "memory": "mem"}),
    ])
    .guest("o", OWNER)
    .guest("g", GROWER);
    assert_eq!(case.run(), ["done", "done", "\"ArrayBuffer\"", "done", "1", "true", "2"]);
}

#[test]
fn growth_in_a_start_function_is_seen_by_the_callback_it_calls() {
    const STARTS: &str = r#"(module
        (import "env" "memory" (memory 1 4)) (import "env" "look" (func $look))
        (func $start (drop (memory.grow (i32.const 1))) (call $look))
        (start $start))"#;
    let imports = json!([
        {"module": "env", "name": "memory", "handle": "mem"},
        {"module": "env", "name": "look", "callback": "look"},
    ]);
    let case = Case::of([
        memory("mem", 1, 4),
        buffer("b", "mem"),
        json!({"op": "instantiate", "as": "inst", "module": {"guest": "g"}, "imports": imports}),
    ])
    .guest("g", STARTS)
    .callbacks(json!([{
        "name": "look", "number": 10, "params": [], "results": [], "ending": {"returns": []},
        "steps": [number_step(11, &detached("b"))],
    }]));
    assert_eq!(case.run(), ["done", "\"ArrayBuffer\"", "done", "done", "true"]);
}

#[test]
fn every_successful_growth_gives_a_shared_memory_a_new_buffer() {
    let case = Case::of([
        shared("mem", 1, 4),
        instance("inst", "g", "mem"),
        buffer("first", "mem"),
        grow("mem", 0.0),
        same("first", "mem.buffer"),
        buffer("second", "mem"),
        call("inst", "grow", &[i(1)]),
        same("second", "mem.buffer"),
        detached("first"),
        json!({"op": "property", "of": {"handle": "first"}, "property": "byteLength"}),
        json!({"op": "size", "memory": "mem"}),
    ])
    .guest("g", SHARED_GROWER);
    let class = "\"SharedArrayBuffer\"";
    let expected = ["done", "done", class, "1", "false", class, "1", "false", "false", "65536", "2"];
    assert_eq!(case.run(), expected);
}

#[test]
fn another_agents_growth_leaves_the_cached_buffer_and_shows_in_the_guest() {
    let case = Case::of([
        shared("mem", 1, 4),
        post(json!({"handle": {"handle": "mem"}})),
        receive(json!({"as": "mem"}), 1),
        by("worker", instance("there", "g", "mem")),
        by("worker", buffer("b", "mem")),
        instance("here", "g", "mem"),
        call("here", "grow", &[i(2)]),
        by("worker", call("there", "size", &[])),
        by("worker", same("b", "mem.buffer")),
        by("worker", json!({"op": "size", "memory": "mem"})),
        by("worker", grow("mem", 0.0)),
        by("worker", json!({"op": "size", "memory": "mem"})),
    ])
    .guest("g", SHARED_GROWER)
    .worker();
    let class = "\"SharedArrayBuffer\"";
    let expected = ["done", "done", "done", "done", class, "done", "1", "3", "true", "1", "3", "3"];
    assert_eq!(case.run(), expected);
}

#[test]
fn a_64_bit_memory_counts_in_bigints() {
    let descriptor = json!([
        ["address", {"type": "string", "value": "i64"}],
        ["initial", big("1")],
        ["maximum", big("4")],
    ]);
    const GUEST: &str = r#"(module (import "env" "memory" (memory i64 1 4))
        (func (export "grow") (param i32) (result i32)
          (i32.wrap_i64 (memory.grow (i64.extend_i32_s (local.get 0))))))"#;
    let case = Case::of([
        json!({"op": "memory", "as": "mem", "descriptor": descriptor}),
        buffer("b", "mem"),
        json!({"op": "grow", "memory": "mem", "by": big("1")}),
        json!({"op": "grow", "memory": "mem", "by": n(1.0)}),
        detached("b"),
        buffer("b", "mem"),
        instance("inst", "g", "mem"),
        call("inst", "grow", &[i(9)]),
        detached("b"),
        call("inst", "grow", &[i(0)]),
        detached("b"),
    ])
    .guest("g", GUEST);
    let class = "\"ArrayBuffer\"";
    let expected = ["done", class, "1n", "TypeError", "true", class, "done", "-1", "false", "2", "true"];
    assert_eq!(case.run(), expected);
}

#[test]
fn a_descriptor_is_checked_as_the_js_api_says() {
    let yes = json!({"type": "boolean", "value": "true"});
    for (descriptor, expected) in [
        (json!([]), "TypeError"),
        (json!([["initial", n(2.0)], ["maximum", n(1.0)]]), "RangeError"),
        (json!([["initial", n(65_537.0)]]), "RangeError"),
        (json!([["initial", n(-1.0)]]), "TypeError"),
        (json!([["initial", n(1.0)], ["shared", yes]]), "TypeError"),
        (json!([["initial", n(1.0)], ["address", {"type": "string", "value": "i65"}]]), "TypeError"),
        (json!([["initial", n(1.0)], ["address", {"type": "string", "value": "i64"}]]), "TypeError"),
        (json!([["initial", n(1.0)], ["index", {"type": "string", "value": "i64"}]]), "done"),
        (json!([["initial", n(0.0)], ["maximum", {"type": "undefined"}]]), "done"),
    ] {
        let case = Case::of([json!({"op": "memory", "as": "mem", "descriptor": descriptor})]);
        assert_eq!(case.run(), [expected], "{descriptor}");
    }
}
