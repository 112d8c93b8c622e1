//! A wrapper around any engine whose host side misbehaves in one named way: the embedding above it
//! sees growth that did not happen, memories of another size, bytes in another order.
//!
//! What engines do wrong inside a guest is the affair of the guest mutants.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::engine::{
    Agent, Engine, Failure, Host, Import, InstanceId, Interruption, Memory, MemoryId, MemoryType, Module,
    OutOfBounds, SharedMemory, Stopper,
};
use crate::value::{Float, Value};

mod fault;
mod shared;

pub(super) use fault::FAULTS;
pub use fault::Fault;
use shared::FaultyShared;

/// An engine with a fault.
pub struct Faulty {
    engine: Arc<dyn Engine>,
    fault: Fault,
    wrapped: Wrapped,
}

impl Faulty {
    /// The engine with the fault of this name, if there is one.
    pub fn new(engine: Arc<dyn Engine>, name: &str) -> Option<Self> {
        let fault = FAULTS.iter().find(|known| known.name == name)?.fault;
        Some(Self { engine, fault, wrapped: Wrapped { fault, known: Arc::default() } })
    }
}

/// The wrappers of shared memories: one for each, since the embedding knows memories by identity.
#[derive(Clone)]
struct Wrapped {
    fault: Fault,
    known: Arc<Mutex<Vec<Weak<FaultyShared>>>>,
}

impl Wrapped {
    fn shared(&self, inner: Arc<dyn SharedMemory>, ty: Option<MemoryType>) -> Arc<dyn SharedMemory> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|memory| memory.strong_count() > 0);
        let found = known.iter().filter_map(Weak::upgrade).find(|memory| memory.is_around(&inner));
        found.unwrap_or_else(|| {
            let memory = Arc::new(FaultyShared::new(inner, self.fault, ty));
            known.push(Arc::downgrade(&memory));
            memory
        })
    }

    fn memory(&self, memory: Memory) -> Memory {
        match memory {
            Memory::Shared(inner) => Memory::Shared(self.shared(inner, None)),
            own => own,
        }
    }
}

impl Engine for Faulty {
    fn runtime(&self) -> (String, String) {
        self.engine.runtime()
    }

    fn engine(&self) -> (String, String) {
        self.engine.engine()
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Failure> {
        self.engine.compile(wasm)
    }

    fn agent(&self, host: Rc<dyn Host>) -> Box<dyn Agent> {
        let state = State {
            fault: self.fault,
            engine: Arc::clone(&self.engine),
            wrapped: self.wrapped.clone(),
            sizes: Rc::default(),
            reads: Rc::default(),
        };
        let host = Rc::new(FaultyHost { host, state: state.clone() });
        Box::new(FaultyAgent { agent: self.engine.agent(host), state })
    }

    fn shared_memory(&self, memory: MemoryType) -> Result<Arc<dyn SharedMemory>, Failure> {
        Ok(self.wrapped.shared(self.engine.shared_memory(memory)?, Some(memory)))
    }
}

/// What an agent's wrapper knows; callbacks get another wrapper of the same agent.
#[derive(Clone)]
struct State {
    fault: Fault,
    engine: Arc<dyn Engine>,
    wrapped: Wrapped,
    /// The sizes of memories when they were first asked for.
    sizes: Rc<RefCell<HashMap<MemoryId, u64>>>,
    /// How often a counter was read.
    reads: Rc<RefCell<i64>>,
}

struct FaultyHost {
    host: Rc<dyn Host>,
    state: State,
}

impl Host for FaultyHost {
    fn call(
        &self,
        agent: &mut dyn Agent,
        callback: u32,
        mut args: Vec<Value>,
    ) -> Result<Vec<Value>, Interruption> {
        if self.state.fault == Fault::CallbackArgumentsReversed {
            args.reverse();
        }
        let mut agent = FaultyAgent { agent, state: self.state.clone() };
        let results = self.host.call(&mut agent, callback, args);
        match self.state.fault {
            Fault::CallbackErrorsSwallowed => results.or_else(|_| Ok(Vec::new())),
            _ => results,
        }
    }
}

struct FaultyAgent<A> {
    agent: A,
    state: State,
}

impl<'a, A> Agent for FaultyAgent<A>
where
    A: std::ops::DerefMut<Target = dyn Agent + 'a>,
{
    fn instantiate(&mut self, module: &Module, imports: &[Import]) -> Result<InstanceId, Failure> {
        let imports: Vec<Import> = imports
            .iter()
            .map(|import| match import {
                Import::Memory(Memory::Shared(memory)) => {
                    Import::Memory(Memory::Shared(shared::imported(memory, &*self.state.engine)))
                }
                other => other.clone(),
            })
            .collect();
        let result = self.agent.instantiate(module, &imports);
        match (self.state.fault, result) {
            (Fault::LinkFailureTraps, Err(Failure::Link { message })) => {
                Err(Failure::Trap { kind: None, message })
            }
            (_, result) => result,
        }
    }

    fn call(&mut self, instance: InstanceId, export: &str, args: &[Value]) -> Result<Vec<Value>, Failure> {
        let fault = self.state.fault;
        let args: Vec<Value> = args
            .iter()
            .map(|arg| match arg {
                Value::I64(value) if fault == Fault::ArgumentsTruncated => {
                    Value::I64(i64::from(*value as i32))
                }
                other => other.clone(),
            })
            .collect();
        let result = self.agent.call(instance, export, &args);
        match (fault, result) {
            (Fault::TrapIsExhaustion, Err(Failure::Trap { message, .. })) => {
                Err(Failure::Exhaustion { message })
            }
            (Fault::ExhaustionIsTrap, Err(Failure::Exhaustion { message })) => {
                Err(Failure::Trap { kind: None, message })
            }
            (Fault::TrapIsSwallowed, Err(Failure::Trap { .. })) => Ok(Vec::new()),
            (_, Ok(values)) => Ok(values.into_iter().map(|value| result_of(fault, value)).collect()),
            (_, other) => other,
        }
    }

    fn memory(&mut self, instance: InstanceId, export: &str) -> Option<Memory> {
        self.agent.memory(instance, export).map(|memory| self.state.wrapped.memory(memory))
    }

    fn global(&mut self, instance: InstanceId, export: &str) -> Option<Value> {
        let value = self.agent.global(instance, export)?;
        Some(match (self.state.fault, value) {
            (Fault::GrowthUnseen, Value::I64(_)) => Value::I64(0),
            (Fault::GrowthSeenTooOften, Value::I64(count)) => {
                *self.state.reads.borrow_mut() += 1;
                Value::I64(count + *self.state.reads.borrow())
            }
            (_, value) => value,
        })
    }

    fn create_memory(&mut self, memory: MemoryType) -> Result<MemoryId, Failure> {
        let maximum = match self.state.fault {
            Fault::MaximumIgnored => None,
            _ => memory.maximum,
        };
        let more = u64::from(self.state.fault == Fault::InitialOneMore && maximum != Some(memory.minimum));
        self.agent.create_memory(MemoryType { maximum, minimum: memory.minimum + more, ..memory })
    }

    fn size(&mut self, memory: MemoryId) -> u64 {
        let size = self.agent.size(memory);
        let first = *self.state.sizes.borrow_mut().entry(memory).or_insert(size);
        if self.state.fault == Fault::SizeStale { first } else { size }
    }

    fn grow(&mut self, memory: MemoryId, pages: u64) -> Option<u64> {
        fault::grown(self.state.fault, pages, |pages| self.agent.grow(memory, pages))
    }

    fn read(&mut self, memory: MemoryId, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds> {
        self.agent.read(memory, at, into)?;
        fault::received(self.state.fault, into);
        Ok(())
    }

    fn write(&mut self, memory: MemoryId, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        match fault::sent(self.state.fault, bytes) {
            Some(bytes) => self.agent.write(memory, at, &bytes),
            None => Ok(()),
        }
    }

    fn stopper(&self) -> Option<Arc<dyn Stopper>> {
        self.agent.stopper()
    }
}

/// What becomes of a result.
fn result_of(fault: Fault, value: Value) -> Value {
    match (fault, value) {
        (Fault::ResultsTruncated, Value::I64(value)) => Value::I64(i64::from(value as i32)),
        (Fault::ResultsLoseSign, Value::I32(value)) => Value::I32(value & i32::MAX),
        (Fault::ResultsCanonicaliseNan, Value::F32(Float::Bits(bits))) if f32::from_bits(bits).is_nan() => {
            Value::F32(Float::Bits(0x7fc0_0000))
        }
        (Fault::ResultsCanonicaliseNan, Value::F64(Float::Bits(bits))) if f64::from_bits(bits).is_nan() => {
            Value::F64(Float::Bits(0x7ff8_0000_0000_0000))
        }
        (_, value) => value,
    }
}
