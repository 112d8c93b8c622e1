use std::time::Duration;

use super::*;
use crate::engine::{Interruption, Width, Woken, smoke};

struct Nobody;

impl Host for Nobody {
    fn call(&self, _: &mut dyn Agent, _: u32, _: Vec<Value>) -> Result<Vec<Value>, Interruption> {
        Err(Interruption::Stopped)
    }
}

fn guest(engine: &Wasmtime, text: &str, imports: &[Import]) -> (Box<dyn Agent>, InstanceId) {
    let module = engine.compile(&wat::parse_str(text).unwrap()).unwrap();
    let mut agent = engine.agent(Rc::new(Nobody));
    let instance = agent.instantiate(&module, imports).unwrap();
    (agent, instance)
}

#[test]
fn wasmtime_passes_the_smoke_test() {
    for variant in Variant::ALL {
        smoke(&Wasmtime::variant(variant).unwrap());
    }
}

#[test]
fn the_version_is_that_of_the_lock_file() {
    let lock = include_str!("../../../../Cargo.lock");
    assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{VERSION}\"")));
}

#[test]
fn every_feature_of_memories_is_there() {
    let features = crate::engine::probe::features(&Wasmtime::new().unwrap());
    for (feature, support) in &features {
        assert!(matches!(support, crate::protocol::Support::Supported(_)), "{feature}: {support:?}");
    }
    assert_eq!(features.len(), 6);
}

#[test]
fn stopping_one_agent_leaves_the_others_running() {
    let engine = Wasmtime::new().unwrap();
    let spin = r#"(module (func (export "spin") (loop (br 0)))
        (func (export "count") (param i32) (result i32)
          (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))"#;
    let (mut looping, instance) = guest(&engine, spin, &[]);
    let (mut other, other_instance) = guest(&engine, spin, &[]);
    let stopper = looping.stopper().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stopper.stop());
        let stopped = looping.call(instance, "spin", &[]);
        assert_eq!(stopped, Err(Failure::Interrupted(Interruption::Stopped)));
    });
    assert_eq!(other.call(other_instance, "count", &[Value::I32(9)]), Ok(vec![Value::I32(0)]));
    let again = looping.call(instance, "count", &[Value::I32(9)]);
    assert_eq!(again, Err(Failure::Interrupted(Interruption::Stopped)), "a stopped agent stays so");
}

#[test]
fn the_host_wakes_a_guest_that_waits() {
    let engine = Wasmtime::new().unwrap();
    let ty = MemoryType { minimum: 1, maximum: Some(1), shared: true, address64: false };
    let memory = engine.shared_memory(ty).unwrap();
    let text = r#"(module (import "" "" (memory 1 1 shared)) (func (export "wait") (result i32)
        (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))"#;
    let imports = [Import::Memory(Memory::Shared(memory.clone()))];
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let (mut agent, instance) = guest(&engine, text, &imports);
            agent.call(instance, "wait", &[])
        });
        while memory.notify(8, 1) == Ok(0) {
            std::thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap(), Ok(vec![Value::I32(0)]));
    });
}

#[test]
fn a_guest_wakes_a_host_that_waits() {
    let engine = Wasmtime::new().unwrap();
    let ty = MemoryType { minimum: 1, maximum: Some(1), shared: true, address64: false };
    let memory = engine.shared_memory(ty).unwrap();
    let text = r#"(module (import "" "" (memory 1 1 shared)) (func (export "notify") (result i32)
        (memory.atomic.notify (i32.const 8) (i32.const 1))))"#;
    let (mut agent, instance) = guest(&engine, text, &[Import::Memory(Memory::Shared(memory.clone()))]);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| memory.wait(8, Width::W64, 0, Some(Duration::from_secs(60))));
        while agent.call(instance, "notify", &[]) == Ok(vec![Value::I32(0)]) {
            std::thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap(), Ok(Woken::Ok));
    });
}

#[test]
fn a_wait_on_an_unshared_memory_is_named_as_such() {
    let engine = Wasmtime::new().unwrap();
    let text = r#"(module (memory 1) (func (export "wait") (result i32)
        (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))"#;
    let (mut agent, instance) = guest(&engine, text, &[]);
    let trapped = agent.call(instance, "wait", &[]);
    assert!(
        matches!(trapped, Err(Failure::Trap { kind: Some("atomic-wait-non-shared"), .. })),
        "{trapped:?}"
    );
}
