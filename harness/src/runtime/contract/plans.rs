//! Plans for the checks, as JSON: what is sent may be what no plan of ours can be.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// A guest with an export for everything that a check wants of one.
const GUEST: &str = r#"
(module
  (memory (export "memory") 1 32)
  (global $count (mut i32) (i32.const 0))
  (func (export "seven") (result i32) (i32.const 7))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "flip") (result i32)
    (global.set $count (i32.xor (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func (export "unreachable") (unreachable))
  (func $deep (export "deep") (param i32) (result i32)
    (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "endless") (loop (br 0)))
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "several") (result i32 i64 f64) (i32.const 1) (i64.const -2) (f64.const 0.5))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))
"#;

/// A guest that calls its host.
const CALLER: &str = r#"
(module
  (import "env" "back" (func $back (param i32 i64) (result i32)))
  (func (export "go") (param i32) (result i32) (call $back (local.get 0) (i64.const -1)))
  (func (export "seven") (result i32) (i32.const 7)))
"#;

/// A guest of a plan, from its text.
pub(super) fn guest(name: &str, text: &str) -> Value {
    // Only texts of ours come here, and the tests run every one of them.
    let wasm = wat::parse_str(text).unwrap_or_default();
    json!({"name": name, "wasm": BASE64_STANDARD.encode(wasm)})
}

/// A plan of steps over the two guests, `guest` and `caller`. Steps that have no number get their index, those
/// without an agent are main's.
pub(super) fn plan(steps: Vec<Value>) -> Value {
    let steps: Vec<Value> = steps.into_iter().enumerate().map(|(at, step)| numbered(step, at)).collect();
    let guests = [guest("guest", GUEST), guest("caller", CALLER)];
    json!({"id": "contract/check", "agents": [], "needs": [], "guests": guests, "callbacks": [], "steps": steps})
}

fn numbered(mut step: Value, number: usize) -> Value {
    if let Some(fields) = step.as_object_mut() {
        fields.entry("number").or_insert_with(|| json!(number));
        fields.entry("agent").or_insert_with(|| json!("main"));
    }
    step
}

/// Makes an instance `i` of `guest`.
pub(super) fn instantiate() -> Value {
    json!({"op": "instantiate", "as": "i", "module": {"guest": "guest"}, "imports": []})
}

/// Calls an export of `i`.
pub(super) fn call(export: &str, args: Value, results: &[&str]) -> Value {
    json!({"op": "call", "instance": "i", "export": export, "args": args, "results": results})
}

pub(super) fn i32(value: i32) -> Value {
    value_of("i32", &value.to_string())
}

pub(super) fn number(value: u32) -> Value {
    value_of("number", &value.to_string())
}

pub(super) fn value_of(kind: &str, value: &str) -> Value {
    json!({"type": kind, "value": value})
}

/// The case of many checks: an instance, and a call that returns 7.
pub(super) fn seven() -> Value {
    plan(vec![instantiate(), call("seven", json!([]), &["i32"])])
}
