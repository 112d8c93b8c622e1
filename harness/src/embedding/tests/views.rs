//! Views and atomics from the host.

use super::*;

fn get(view: &str, index: f64) -> Json {
    json!({"op": "get", "view": view, "index": n(index)})
}

fn put(view: &str, index: f64, value: Json) -> Json {
    json!({"op": "put", "view": view, "index": n(index), "value": value})
}

fn over(ty: &str, offset: f64, length: Option<f64>) -> Json {
    let mut step = view("x", ty, "mem");
    step["offset"] = n(offset);
    if let Some(length) = length {
        step["length"] = n(length);
    }
    step
}

fn property(of: &str, property: &str) -> Json {
    json!({"op": "property", "of": {"handle": of}, "property": property})
}

#[test]
fn elements_are_converted_as_javascript_does() {
    for (ty, value, expected) in [
        ("Int8Array", n(200.0), "-56"),
        ("Uint8Array", n(-1.0), "255"),
        ("Uint8ClampedArray", n(1.5), "2"),
        ("Uint8ClampedArray", n(-9.0), "0"),
        ("Int16Array", n(65_535.0), "-1"),
        ("Uint16Array", n(65_537.9), "1"),
        ("Int32Array", n(4_294_967_295.0), "-1"),
        ("Uint32Array", n(-1.0), "4294967295"),
        ("Float32Array", n(0.1), "0.1 (0x3dcccccd)"),
        ("Float64Array", n(-0.0), "-0 (0x8000000000000000)"),
        ("BigInt64Array", big("18446744073709551615"), "-1n"),
        ("BigUint64Array", big("-1"), "18446744073709551615n"),
    ] {
        let case = Case::of([memory("mem", 1, 1), view("v", ty, "mem"), put("v", 1.0, value), get("v", 1.0)]);
        assert_eq!(case.run()[3], expected, "{ty}");
    }
}

#[test]
fn the_wrong_kind_of_number_is_a_type_error() {
    let case = Case::of([
        memory("mem", 1, 1),
        view("big", "BigInt64Array", "mem"),
        put("big", 0.0, n(1.0)),
        view("v", "Int8Array", "mem"),
        put("v", 0.0, big("1")),
    ]);
    assert_eq!(case.run(), ["done", "done", "TypeError", "done", "TypeError"]);
}

#[test]
fn an_index_outside_is_undefined_and_ignored() {
    let case = Case::of([
        memory("mem", 1, 1),
        view("v", "Uint8Array", "mem"),
        get("v", 65_535.0),
        get("v", 65_536.0),
        get("v", -1.0),
        get("v", 0.5),
        put("v", 65_536.0, n(1.0)),
    ]);
    assert_eq!(case.run(), ["done", "done", "0", "undefined", "undefined", "undefined", "done"]);
}

#[test]
fn views_are_constructed_within_their_buffer() {
    for (step, expected) in [
        (over("Uint32Array", 4.0, None), "done"),
        (over("Uint32Array", 2.0, None), "RangeError"),
        (over("Uint32Array", 65_532.0, Some(1.0)), "done"),
        (over("Uint32Array", 65_532.0, Some(2.0)), "RangeError"),
        (over("Uint8Array", 65_536.0, None), "done"),
        (over("Uint8Array", 65_537.0, None), "RangeError"),
        (over("Uint8Array", -1.0, None), "RangeError"),
        (over("DataView", 65_536.0, None), "done"),
        (over("DataView", 65_530.0, Some(7.0)), "RangeError"),
        (over("DataView", 65_537.0, None), "RangeError"),
    ] {
        let case = Case::of([memory("mem", 1, 1), step.clone()]);
        assert_eq!(case.run()[1], expected, "{step}");
    }
}

#[test]
fn everything_over_a_detached_buffer_behaves_as_ecmascript_says() {
    let handle = |name: &str| json!({"handle": name});
    let case = Case::of([
        memory("mem", 1, 4),
        json!({"op": "buffer", "as": "b", "memory": "mem"}),
        view("v", "Int32Array", "mem"),
        view("d", "DataView", "mem"),
        json!({"op": "grow", "memory": "mem", "by": n(0.0)}),
        get("v", 0.0),
        put("v", 0.0, n(1.0)),
        property("v", "length"),
        property("v", "byteOffset"),
        property("d", "byteLength"),
        property("b", "maxByteLength"),
        property("b", "resizable"),
        property("b", "growable"),
        json!({"op": "view", "as": "x", "type": "Uint8Array", "buffer": handle("b")}),
        json!({"op": "view", "as": "x", "type": "Uint16Array", "buffer": handle("b"), "offset": n(1.0)}),
        json!({"op": "slice", "as": "x", "of": handle("b")}),
        json!({"op": "slice", "as": "x", "of": handle("v")}),
        json!({"op": "subarray", "as": "x", "view": "v"}),
        json!({"op": "fill", "view": "v", "value": n(1.0)}),
        json!({"op": "copy-within", "view": "v", "target": n(0.0), "begin": n(1.0)}),
        json!({"op": "set", "view": "v", "source": {"values": []}}),
        json!({"op": "data-get", "view": "d", "offset": n(0.0), "element": "int8", "little": true}),
        json!({"op": "data-get", "view": "d", "offset": n(-1.0), "element": "int8", "little": true}),
        json!({"op": "atomic", "action": "load", "view": "v", "index": n(0.0)}),
        json!({"op": "read", "buffer": handle("b"), "at": n(0.0), "count": n(0.0)}),
        json!({"op": "digest", "buffer": handle("b")}),
    ]);
    let te = "TypeError";
    let expected = [
        "done",
        "\"ArrayBuffer\"",
        "done",
        "done",
        "1",
        "undefined",
        "done",
        "0",
        "0",
        te,
        "0",
        "false",
        "undefined",
        te,
        "RangeError",
        te,
        te,
        te,
        te,
        te,
        te,
        te,
        "RangeError",
        te,
        te,
        te,
    ];
    assert_eq!(case.run(), expected);
}

#[test]
fn data_views_have_both_byte_orders() {
    let data = |op: &str, at: f64, element: &str, little: bool| json!({"op": op, "view": "d", "offset": n(at), "element": element, "little": little});
    let mut write = data("data-put", 1.0, "uint32", false);
    write["value"] = n(16_909_060.0);
    let case = Case::of([
        memory("mem", 1, 1),
        view("d", "DataView", "mem"),
        write,
        json!({"op": "read", "buffer": {"handle": "mem"}, "at": n(0.0), "count": n(6.0)}),
        data("data-get", 1.0, "uint16", true),
        data("data-get", 1.0, "big-int64", false),
        data("data-get", 65_529.0, "float64", true),
        json!({"op": "get", "view": "d", "index": n(0.0)}),
    ]);
    let expected =
        ["done", "done", "done", "00010203 0400", "513", "72623859706101760n", "RangeError", "undefined"];
    assert_eq!(case.run(), expected);
}

#[test]
fn copies_own_their_bytes() {
    let case = Case::of([
        memory("mem", 1, 1),
        json!({"op": "write", "buffer": {"handle": "mem"}, "at": n(0.0), "bytes": "01020304"}),
        json!({"op": "slice", "as": "copy", "of": {"handle": "mem"}, "begin": n(1.0), "end": n(3.0)}),
        view("v", "Uint8Array", "mem"),
        json!({"op": "slice", "as": "part", "of": {"handle": "v"}, "begin": n(-65_535.0), "end": n(3.0)}),
        json!({"op": "fill", "view": "v", "value": n(9.0), "begin": n(0.0), "end": n(4.0)}),
        json!({"op": "read", "buffer": {"handle": "copy"}, "at": n(0.0), "count": n(2.0)}),
        get("part", 1.0),
        property("part", "length"),
        get("v", 3.0),
    ]);
    assert_eq!(case.run(), ["done", "done", "done", "done", "done", "done", "0203", "3", "2", "9"]);
}

#[test]
fn set_and_copy_within_move_elements() {
    let values = json!({"values": [n(1.0), n(2.0), n(300.0)]});
    let case = Case::of([
        memory("mem", 1, 1),
        view("v", "Uint8Array", "mem"),
        json!({"op": "set", "view": "v", "source": values}),
        json!({"op": "copy-within", "view": "v", "target": n(1.0), "begin": n(0.0), "end": n(3.0)}),
        json!({"op": "read", "buffer": {"handle": "mem"}, "at": n(0.0), "count": n(4.0)}),
        json!({"op": "view", "as": "w", "type": "Uint16Array", "buffer": {"handle": "mem"}, "offset": n(8.0), "length": n(4.0)}),
        json!({"op": "subarray", "as": "sub", "view": "v", "begin": n(0.0), "end": n(4.0)}),
        json!({"op": "set", "view": "w", "source": {"view": "sub"}}),
        json!({"op": "read", "buffer": {"handle": "mem"}, "at": n(8.0), "count": n(8.0)}),
        json!({"op": "set", "view": "w", "source": {"view": "sub"}, "offset": n(1.0)}),
        json!({"op": "set", "view": "w", "source": {"view": "sub"}, "offset": n(-1.0)}),
        view("big", "BigInt64Array", "mem"),
        json!({"op": "set", "view": "big", "source": {"view": "sub"}}),
    ]);
    let expected = [
        "done",
        "done",
        "done",
        "done",
        "0101022c",
        "done",
        "done",
        "done",
        "01000100 02002c00",
        "RangeError",
        "RangeError",
        "done",
        "TypeError",
    ];
    assert_eq!(case.run(), expected);
}

#[test]
fn atomics_work_on_unshared_views_but_waiting_does_not() {
    let atomic = |action: &str, view: &str, value: Json| json!({"op": "atomic", "action": action, "view": view, "index": n(0.0), "value": value});
    for (make, wait) in [(memory("mem", 1, 1), "TypeError"), (shared("mem", 1, 1), "\"not-equal\"")] {
        let mut exchange = atomic("compare-exchange", "v", n(5.0));
        exchange["expected"] = n(4_294_967_295.0);
        let case = Case::of([
            make,
            view("v", "Int32Array", "mem"),
            atomic("store", "v", n(4_294_967_295.7)),
            exchange,
            atomic("add", "v", n(2.0)),
            atomic("load", "v", n(0.0)),
            json!({"op": "wait", "view": "v", "index": n(0.0), "value": n(1.0), "timeout": n(0.0)}),
            json!({"op": "notify", "view": "v", "index": n(0.0)}),
            view("f", "Float64Array", "mem"),
            atomic("load", "f", n(0.0)),
            view("u", "Uint32Array", "mem"),
            json!({"op": "notify", "view": "u", "index": n(0.0)}),
            json!({"op": "atomic", "action": "load", "view": "u", "index": n(16_384.0)}),
            view("b", "BigUint64Array", "mem"),
            atomic("sub", "b", big("8")),
            atomic("load", "b", big("0")),
        ]);
        let expected = [
            "done",
            "done",
            "4294967295",
            "-1",
            "5",
            "7",
            wait,
            "0",
            "done",
            "TypeError",
            "done",
            "TypeError",
            "RangeError",
            "done",
            "7n",
            "18446744073709551615n",
        ];
        assert_eq!(case.run(), expected);
    }
}

#[test]
fn a_digest_is_that_of_the_bytes_and_can_be_by_page() {
    let case = Case::of([
        memory("mem", 2, 2),
        json!({"op": "digest", "buffer": {"handle": "mem"}, "at": n(0.0), "count": n(0.0)}),
        json!({"op": "digest", "buffer": {"handle": "mem"}, "pages": true}),
        json!({"op": "digest", "buffer": {"handle": "mem"}, "at": n(0.0), "count": n(65_536.0)}),
    ]);
    let seen = case.run();
    assert!(seen[1].starts_with("sha256 e3b0c44298fc1c14"), "{}", seen[1]);
    assert_eq!(seen[2], format!("{} {}", seen[3], seen[3]));
}

#[test]
fn what_only_javascript_has_is_unsupported_and_a_turn_is_not() {
    let case = Case::of([
        memory("mem", 1, 1),
        json!({"op": "to-resizable", "as": "b", "memory": "mem"}),
        json!({"op": "turn"}),
        json!({"op": "size", "memory": "mem"}),
    ]);
    assert_eq!(case.run(), ["done", "unsupported", "done", "1"]);
}
