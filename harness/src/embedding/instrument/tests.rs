//! Instrumentation adds what it says and leaves the rest of a module as it was.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::engine::wasmtime::Wasmtime;
use crate::engine::{Agent, Engine, Failure, Host, Import, InstanceId, Interruption, Memory, MemoryType};
use crate::value::Value;

/// Of everything something, with custom sections between the others.
const RICH: &str = r#"
    (module
      (@custom "salt" (before first) "abc")
      (type $t (func (param i32) (result i32)))
      (import "env" "g" (global $g i32))
      (import "env" "memory" (memory $imported 1 4))
      (table $table 2 funcref)
      (memory $own (export "own") 1 3)
      (memory $big (export "big") i64 1 3)
      (memory $never (export "never") 1 3)
      (global $count (mut i32) (i32.const 5))
      (export "imported" (memory $imported))
      (start $begin)
      (elem (table $table) (i32.const 0) func $grow $size)
      (data $passive "passive")
      (data (memory $own) (i32.const 4) "\01\02\03")
      (func $begin (drop (memory.grow $own (i32.const 1))))
      (func $grow (export "grow") (type $t) (local i64 f32)
        (local.set 1 (i64.const 77))
        (memory.grow $imported (local.get 0)))
      (func $size (export "size") (type $t) (memory.size $imported))
      (func (export "twice") (type $t)
        (i32.add (memory.grow $own (local.get 0)) (memory.grow $own (local.get 0))))
      (func (export "big-grow") (type $t)
        (i32.wrap_i64 (memory.grow $big (i64.extend_i32_s (local.get 0)))))
      (func (export "unreached") (type $t) (return (local.get 0)) (drop (memory.grow $own)) (i32.const 1))
      (func (export "init") (type $t)
        (memory.init $own $passive (local.get 0) (i32.const 0) (i32.const 7))
        (i32.load8_u $own (local.get 0)))
      (@custom "salt" (after last) "xyz"))"#;

fn rich() -> Vec<u8> {
    wat::parse_str(RICH).unwrap()
}

type Sections<'a> = Vec<(u8, &'a [u8])>;

/// The sections other than code, in order, and the functions' bodies with their operators.
fn sections(wasm: &[u8]) -> (Sections<'_>, Vec<Vec<String>>) {
    let (mut sections, mut bodies) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.unwrap();
        if let Some((id, range)) = payload.as_section()
            && id != CODE
        {
            sections.push((id, &wasm[range]));
        }
        if let Payload::CodeSectionEntry(body) = payload {
            let locals =
                body.get_locals_reader().unwrap().into_iter().map(|local| format!("{:?}", local.unwrap()));
            let operators =
                body.get_operators_reader().unwrap().into_iter().map(|op| format!("{:?}", op.unwrap()));
            bodies.push(locals.chain(operators).collect());
        }
    }
    (sections, bodies)
}

#[test]
fn every_other_section_is_copied_and_the_added_entries_come_last() {
    let wasm = rich();
    let instrumented = instrument(&wasm).unwrap().unwrap();
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&instrumented.wasm)
        .unwrap();
    let (before, _) = sections(&wasm);
    let (after, _) = sections(&instrumented.wasm);
    let kept: Vec<_> = before.iter().filter(|(id, _)| *id != START).collect();
    assert_eq!(kept.len(), after.len());
    for ((id, old), (new_id, new)) in kept.into_iter().zip(&after) {
        assert_eq!(id, new_id);
        if [GLOBAL, EXPORT].contains(id) {
            assert!(new[vector_start(new)..].starts_with(&old[vector_start(old)..]), "section {id}");
        } else {
            assert_eq!(old, new, "section {id}");
        }
    }
}

#[test]
fn functions_differ_by_what_follows_each_growth() {
    let wasm = rich();
    let instrumented = instrument(&wasm).unwrap().unwrap();
    let (_, before) = sections(&wasm);
    let (_, after) = sections(&instrumented.wasm);
    let mut grown = 0;
    for (old, new) in before.iter().zip(&after) {
        let mut new = new.iter();
        for operator in old {
            assert_eq!(new.next(), Some(operator));
            if operator.starts_with("MemoryGrow") {
                grown += 1;
                assert!(new.next().unwrap().starts_with("GlobalSet"));
                assert!(new.by_ref().nth(7).unwrap().starts_with("GlobalGet"));
            }
        }
        assert_eq!(new.next(), None);
    }
    assert_eq!(grown, 6);
}

#[test]
fn a_counter_is_there_for_each_memory_that_is_grown() {
    let instrumented = instrument(&rich()).unwrap().unwrap();
    let counters: Vec<_> = instrumented.counters.iter().map(|c| (c.memory, c.export.as_str())).collect();
    assert_eq!(counters, [(0, "samebytes.grown.0"), (1, "samebytes.grown.1"), (2, "samebytes.grown.2")]);
    assert_eq!(instrumented.start.as_deref(), Some("samebytes.start"));
}

#[test]
fn a_module_that_never_grows_is_left_alone() {
    let wasm = wat::parse_str("(module (memory 1) (func (drop (memory.size))))").unwrap();
    assert!(instrument(&wasm).unwrap().is_none());
}

#[test]
fn sections_that_are_missing_are_added_in_their_place() {
    let wasm = wat::parse_str("(module (memory 1) (func (drop (memory.grow (i32.const 0)))))").unwrap();
    let instrumented = instrument(&wasm).unwrap().unwrap();
    wasmparser::validate(&instrumented.wasm).unwrap();
    let (sections, _) = sections(&instrumented.wasm);
    assert_eq!(sections.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 3, 5, GLOBAL, EXPORT]);
}

#[test]
fn a_reserved_export_name_is_refused() {
    let text =
        r#"(module (memory (export "samebytes.grown.0") 1) (func (drop (memory.grow (i32.const 0)))))"#;
    assert!(matches!(instrument(&wat::parse_str(text).unwrap()), Err(Error::Reserved(_))));
    assert!(matches!(instrument(b"\0asm\x01\0\0\0\x01"), Err(Error::Malformed(_))));
}

struct Nobody;

impl Host for Nobody {
    fn call(&self, _: &mut dyn Agent, _: u32, _: Vec<Value>) -> Result<Vec<Value>, Interruption> {
        Err(Interruption::Stopped)
    }
}

/// Results of the same calls, and the bytes and sizes of the memories after them.
type Behaviour = (Vec<Result<Vec<Value>, Failure>>, BTreeMap<&'static str, (u64, Vec<u8>)>);

fn behave(wasm: &[u8], start: Option<&str>) -> (Behaviour, Box<dyn Agent>, InstanceId) {
    let engine = Wasmtime::new().unwrap();
    let module = engine.compile(wasm).unwrap();
    let mut agent = engine.agent(Rc::new(Nobody));
    let ty = MemoryType { minimum: 1, maximum: Some(4), shared: false, address64: false };
    let memory = agent.create_memory(ty).unwrap();
    let imports = [Import::Constant(Value::I32(3)), Import::Memory(Memory::Unshared(memory))];
    let instance = agent.instantiate(&module, &imports).unwrap();
    if let Some(start) = start {
        agent.call(instance, start, &[]).unwrap();
    }
    let mut results = Vec::new();
    for export in ["grow", "size", "twice", "big-grow", "unreached", "init"] {
        for argument in [0, 1, 2, 65_536, -1] {
            results.push(agent.call(instance, export, &[Value::I32(argument)]));
        }
    }
    let mut memories = BTreeMap::new();
    for name in ["imported", "own", "big", "never"] {
        let Some(Memory::Unshared(memory)) = agent.memory(instance, name) else { panic!("{name}") };
        let mut bytes = vec![0; 256];
        agent.read(memory, 0, &mut bytes).unwrap();
        memories.insert(name, (agent.size(memory), bytes));
    }
    ((results, memories), agent, instance)
}

#[test]
fn an_instrumented_guest_behaves_as_before_and_counts() {
    let wasm = rich();
    let instrumented = instrument(&wasm).unwrap().unwrap();
    let (plain, _, _) = behave(&wasm, None);
    let (counting, mut agent, instance) = behave(&instrumented.wasm, instrumented.start.as_deref());
    assert_eq!(plain, counting);
    let counts: Vec<_> = instrumented
        .counters
        .iter()
        .map(|counter| agent.global(instance, &counter.export).unwrap())
        .collect();
    // imported: by 0, 1 and 2; own: at the start, then twice by 0 and once by 1; big: as imported,
    // but its maximum allows 0, 1 and no 2.
    assert_eq!(counts, [Value::I64(3), Value::I64(4), Value::I64(2)]);
}
