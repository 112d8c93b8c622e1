//! The test that every engine adapter must pass before its cases mean anything.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Agent, Atomic, Engine, Failure, Host, Import, InstanceId, Interruption, Memory, MemoryId, MemoryType,
    PAGE, Width, Woken, probe,
};
use crate::case::plan::{AtomicOp, Feature};
use crate::protocol::{Support, True};
use crate::value::{Float, ValType, Value};

const GUEST: &str = r#"
    (module
      (import "env" "memory" (memory 1 4))
      (import "env" "call" (func $call (param i32) (result i32)))
      (import "env" "seven" (global $seven i64))
      (global (export "counter") (mut i64) (i64.const 3))
      (export "memory" (memory 0))
      (func (export "seven") (result i64) (global.get $seven))
      (func (export "size") (result i32) (memory.size))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "call") (param i32) (result i32) (call $call (local.get 0)))
      (func (export "both") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
      (func (export "unreachable") (unreachable))
      (func $deeper (export "deeper") (result i32) (i32.add (i32.const 1) (call $deeper))))
"#;

/// Checks that an engine adapter does what the embedding relies upon: values keep their bits,
/// memories are the ones that were imported, failures are told apart, and the agent can be used
/// while its guest is on the stack.
///
/// # Panics
/// Where it does not, with what was found.
pub fn smoke(engine: &dyn Engine) {
    let host = Rc::new(Reentrant::default());
    let mut agent = engine.agent(host.clone());
    let agent = agent.as_mut();
    let ty = MemoryType { minimum: 1, maximum: Some(4), shared: false, address64: false };
    let memory = agent.create_memory(ty).expect("a memory of one page");
    host.memory.set(Some(memory));
    let module = engine.compile(&wat::parse_str(GUEST).expect("the guest")).expect("the guest compiles");
    let imports = [
        Import::Memory(Memory::Unshared(memory)),
        Import::Callback { callback: 5, params: vec![ValType::I32], results: vec![ValType::I32] },
        Import::Constant(Value::I64(7)),
    ];
    let instance = agent.instantiate(&module, &imports).expect("an instance");
    host.instance.set(Some(instance));

    values(agent, instance);
    memories(agent, instance, memory);
    failures(engine, agent, instance);

    // The callback grows the memory, writes, and calls the guest that is on the stack.
    assert_eq!(agent.call(instance, "call", &[Value::I32(1)]), Ok(vec![Value::I32(0x0a0a)]));
    assert_eq!(agent.size(memory), 3 * PAGE);
    let thrown = Interruption::Thrown { error: "RangeError".to_owned(), message: "no".to_owned() };
    assert_eq!(agent.call(instance, "call", &[Value::I32(0)]), Err(Failure::Interrupted(thrown)));
    assert_eq!(agent.call(instance, "size", &[]), Ok(vec![Value::I32(3)]), "usable after a throw");

    let features = probe::features(engine);
    if features.get(&Feature::Threads) == Some(&Support::Supported(True)) {
        shared(engine);
    }
}

fn values(agent: &mut dyn Agent, instance: InstanceId) {
    assert_eq!(agent.call(instance, "seven", &[]), Ok(vec![Value::I64(7)]));
    assert_eq!(agent.global(instance, "counter"), Some(Value::I64(3)));
    let f32_nan = Value::F32(Float::Bits(0xffa0_0001));
    let f64_nan = Value::F64(Float::Bits(0x7ff4_0000_0000_0001));
    assert_eq!(
        agent.call(instance, "both", &[f32_nan.clone(), f64_nan.clone()]),
        Ok(vec![f64_nan, f32_nan]),
        "NaN payloads cross unchanged"
    );
}

fn memories(agent: &mut dyn Agent, instance: InstanceId, memory: MemoryId) {
    agent.write(memory, PAGE - 4, &[1, 2, 3, 4]).expect("the last four bytes");
    assert_eq!(
        agent.call(instance, "load", &[Value::I32(PAGE as i32 - 4)]),
        Ok(vec![Value::I32(0x0403_0201)])
    );
    assert!(agent.read(memory, PAGE - 3, &mut [0; 4]).is_err());
    assert!(agent.read(memory, u64::MAX, &mut [0; 4]).is_err());
    assert!(agent.write(memory, PAGE, &[0]).is_err());
    assert_eq!(agent.call(instance, "grow", &[Value::I32(1)]), Ok(vec![Value::I32(1)]));
    assert_eq!(agent.size(memory), 2 * PAGE);
    assert_eq!(agent.grow(memory, 3), None, "beyond the maximum");
    let Some(Memory::Unshared(exported)) = agent.memory(instance, "memory") else {
        panic!("the export is an unshared memory")
    };
    assert_eq!(agent.size(exported), 2 * PAGE);
}

fn failures(engine: &dyn Engine, agent: &mut dyn Agent, instance: InstanceId) {
    let out_of_bounds = agent.call(instance, "load", &[Value::I32(-1)]);
    assert!(
        matches!(out_of_bounds, Err(Failure::Trap { kind: Some("out-of-bounds") | None, .. })),
        "{out_of_bounds:?}"
    );
    let unreachable = agent.call(instance, "unreachable", &[]);
    assert!(
        matches!(unreachable, Err(Failure::Trap { kind: Some("unreachable") | None, .. })),
        "{unreachable:?}"
    );
    let deep = agent.call(instance, "deeper", &[]);
    assert!(matches!(deep, Err(Failure::Exhaustion { .. })), "{deep:?}");
    for (export, args) in [("absent", &[][..]), ("size", &[Value::I32(0)]), ("load", &[Value::I64(0)])] {
        let missing = agent.call(instance, export, args);
        assert!(matches!(missing, Err(Failure::Missing { .. })), "{missing:?}");
    }
    assert!(matches!(engine.compile(b"\0asm"), Err(Failure::Compile { .. })));
    let wants = r#"(module (import "" "" (global i32)))"#;
    let module = engine.compile(&wat::parse_str(wants).expect("text")).expect("valid");
    let linked = agent.instantiate(&module, &[Import::Constant(Value::I64(1))]);
    assert!(matches!(linked, Err(Failure::Link { .. })), "{linked:?}");
    let traps = r"(module (func $f (unreachable)) (start $f))";
    let module = engine.compile(&wat::parse_str(traps).expect("text")).expect("valid");
    let started = agent.instantiate(&module, &[]);
    assert!(matches!(started, Err(Failure::Trap { .. })), "{started:?}");
}

fn shared(engine: &dyn Engine) {
    let ty = MemoryType { minimum: 1, maximum: Some(2), shared: true, address64: false };
    let memory = engine.shared_memory(ty).expect("a shared memory");
    let host: Rc<dyn Host> = Rc::new(Reentrant::default());
    let mut agent = engine.agent(host);
    let text = r#"(module (import "" "" (memory 1 2 shared)) (export "memory" (memory 0))
        (func (export "load") (result i64) (i64.atomic.load (i32.const 8)))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    let module = engine.compile(&wat::parse_str(text).expect("text")).expect("valid");
    let imports = [Import::Memory(Memory::Shared(Arc::clone(&memory)))];
    let instance = agent.instantiate(&module, &imports).expect("an instance");
    let atomic = |action, value, expected| Atomic { action, value, expected };
    assert_eq!(memory.atomic(8, Width::W64, atomic(AtomicOp::Store, u64::MAX, 0)), Ok(0));
    assert_eq!(memory.atomic(8, Width::W8, atomic(AtomicOp::Add, 2, 0)), Ok(0xff));
    assert_eq!(memory.atomic(10, Width::W16, atomic(AtomicOp::CompareExchange, 0, 1)), Ok(0xffff));
    assert_eq!(memory.atomic(12, Width::W32, atomic(AtomicOp::Exchange, 7, 0)), Ok(0xffff_ffff));
    assert!(memory.atomic(9, Width::W32, atomic(AtomicOp::Load, 0, 0)).is_err());
    assert_eq!(agent.call(instance, "load", &[]), Ok(vec![Value::I64(0x0000_0007_ffff_ff01)]));
    assert_eq!(agent.call(instance, "grow", &[]), Ok(vec![Value::I32(1)]));
    assert_eq!(memory.size(), 2 * PAGE);
    assert_eq!(memory.grow(1), None);
    assert!(matches!(agent.memory(instance, "memory"), Some(Memory::Shared(_))));
    let zero = Some(Duration::ZERO);
    for unequal in [memory.wait(8, Width::W32, 0, zero), memory.wait(8, Width::W64, 1, zero)] {
        assert!(matches!(unequal, Ok(Woken::NotEqual) | Err(Failure::Unsupported { .. })), "{unequal:?}");
    }
    let nobody = memory.notify(8, 1);
    assert!(matches!(nobody, Ok(0) | Err(Failure::Unsupported { .. })), "{nobody:?}");
}

#[derive(Default)]
struct Reentrant {
    memory: Cell<Option<MemoryId>>,
    instance: Cell<Option<InstanceId>>,
}

impl Host for Reentrant {
    fn call(
        &self,
        agent: &mut dyn Agent,
        callback: u32,
        args: Vec<Value>,
    ) -> Result<Vec<Value>, Interruption> {
        assert_eq!(callback, 5);
        let (Some(memory), Some(instance)) = (self.memory.get(), self.instance.get()) else {
            panic!("called before it was set up")
        };
        let [Value::I32(pages)] = args[..] else { panic!("{args:?}") };
        if pages == 0 {
            let (error, message) = ("RangeError".to_owned(), "no".to_owned());
            return Err(Interruption::Thrown { error, message });
        }
        let before = agent.size(memory);
        assert_eq!(agent.grow(memory, pages as u64), Some(before / PAGE));
        agent.write(memory, before, &[10, 10]).expect("the new page");
        Ok(agent.call(instance, "load", &[Value::I32(before as i32)]).expect("the guest, re-entered"))
    }
}
