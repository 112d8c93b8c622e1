//! The engine adapter for wasmtime. Values and traps are converted in `convert`, shared memories
//! are in `shared`.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::{
    AsContextMut, Caller, Config, Extern, Func, FuncType, Global, GlobalType, Instance, MemoryTypeBuilder,
    Mutability, Store, UpdateDeadline, Val, ValRaw,
};

use self::shared::Shared;
use super::{
    Agent, Engine, Failure, Host, Import, InstanceId, Memory, MemoryId, MemoryType, Module, OutOfBounds,
    SharedMemory, Stopper,
};
use crate::value::{ValType, Value};

mod convert;
mod shared;
mod variant;

pub use variant::Variant;

/// The wasmtime that this package is locked to; a test compares it with the lock file, since
/// wasmtime does not tell its own version.
pub(crate) const VERSION: &str = "48.0.8";

/// wasmtime with Cranelift.
///
/// Its epoch is advanced only to stop an agent: it costs nothing otherwise.
pub struct Wasmtime {
    engine: wasmtime::Engine,
    compiler: &'static str,
}

impl Wasmtime {
    /// With every feature on that bears upon memories.
    ///
    /// # Errors
    /// [`Failure::Unsupported`] where wasmtime has no compiler for this machine.
    pub fn new() -> Result<Self, Failure> {
        Self::variant(Variant::Cranelift)
    }

    /// A variant, with every feature on that bears upon memories and that it has.
    ///
    /// # Errors
    /// [`Failure::Unsupported`] where wasmtime cannot be had in this variant on this machine.
    pub fn variant(variant: Variant) -> Result<Self, Failure> {
        let mut config = Config::new();
        config
            .shared_memory(true)
            .wasm_threads(true)
            .wasm_memory64(true)
            .wasm_multi_memory(true)
            .wasm_simd(true)
            .epoch_interruption(true);
        let unsupported = |error: wasmtime::Error| Failure::Unsupported { reason: format!("{error:#}") };
        variant.apply(&mut config).map_err(unsupported)?;
        let engine = wasmtime::Engine::new(&config).map_err(unsupported)?;
        Ok(Self { engine, compiler: variant.compiler() })
    }
}

impl Engine for Wasmtime {
    fn runtime(&self) -> (String, String) {
        ("wasmtime".to_owned(), VERSION.to_owned())
    }

    fn engine(&self) -> (String, String) {
        (self.compiler.to_owned(), VERSION.to_owned())
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Failure> {
        match wasmtime::Module::from_binary(&self.engine, wasm) {
            Ok(module) => Ok(Arc::new(module)),
            Err(error) => Err(Failure::Compile { message: format!("{error:#}") }),
        }
    }

    fn agent(&self, host: Rc<dyn Host>) -> Box<dyn Agent> {
        let stop = Arc::new(Stop { engine: self.engine.clone(), stopped: AtomicBool::new(false) });
        let state = State {
            host,
            stop: stop.clone(),
            instances: Vec::new(),
            functions: Vec::new(),
            memories: Vec::new(),
            values: Vec::new(),
        };
        let mut store = Store::new(&self.engine, state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            let stopped = stop.stopped.load(Ordering::SeqCst);
            Ok(if stopped { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(1) })
        });
        Box::new(Context(store))
    }

    fn shared_memory(&self, memory: MemoryType) -> Result<Arc<dyn SharedMemory>, Failure> {
        let ty = memory_type(memory)?;
        match wasmtime::SharedMemory::new(&self.engine, ty) {
            Ok(memory) => Ok(Arc::new(Shared(memory))),
            Err(error) => Err(Failure::Refused { message: format!("{error:#}") }),
        }
    }
}

struct State {
    host: Rc<dyn Host>,
    stop: Arc<Stop>,
    instances: Vec<Instance>,
    /// Functions that were called before, by instance: looking one up and asking for its type takes
    /// longer than a call.
    functions: Vec<Vec<(String, Callable)>>,
    memories: Vec<wasmtime::Memory>,
    /// Room for the arguments and results of the next call.
    values: Vec<ValRaw>,
}

/// An exported function of this agent's store, and its type.
#[derive(Clone)]
struct Callable {
    function: Func,
    params: Rc<[ValType]>,
    results: Rc<[ValType]>,
}

/// The epoch is the engine's, shared by all agents, so each store asks its own flag.
struct Stop {
    engine: wasmtime::Engine,
    stopped: AtomicBool,
}

impl Stopper for Stop {
    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.engine.increment_epoch();
    }
}

/// A store, or within a host function the caller's: the same agent, re-entered.
struct Context<C>(C);

impl<C: AsContextMut<Data = State>> Context<C> {
    fn state(&self) -> &State {
        self.0.as_context().data()
    }

    fn instance(&self, id: InstanceId) -> Result<Instance, Failure> {
        let found = self.state().instances.get(id.0).copied();
        found.ok_or_else(|| Failure::Missing { message: format!("there is no instance {}", id.0) })
    }

    fn callable(&mut self, id: InstanceId, export: &str) -> Result<Callable, Failure> {
        let instance = self.instance(id)?;
        let mut known = self.state().functions.get(id.0).into_iter().flatten();
        if let Some((_, callable)) = known.find(|(name, _)| name == export) {
            return Ok(callable.clone());
        }
        let missing = || Failure::Missing { message: format!("there is no function {export:?}") };
        let function = instance.get_func(self.0.as_context_mut(), export).ok_or_else(missing)?;
        let ty = function.ty(self.0.as_context());
        let numbers = |types: &mut dyn Iterator<Item = wasmtime::ValType>| {
            types.map(|ty| convert::number_type(&ty)).collect::<Option<Rc<[_]>>>()
        };
        let (Some(params), Some(results)) = (numbers(&mut ty.params()), numbers(&mut ty.results())) else {
            let reason = format!("{export:?} takes or returns other values than numbers");
            return Err(Failure::Unsupported { reason });
        };
        let callable = Callable { function, params, results };
        let mut store = self.0.as_context_mut();
        let functions = &mut store.data_mut().functions;
        functions.resize_with(functions.len().max(id.0 + 1), Vec::new);
        functions[id.0].push((export.to_owned(), callable.clone()));
        Ok(callable)
    }

    fn wasmtime_memory(&self, id: MemoryId) -> Option<wasmtime::Memory> {
        self.state().memories.get(id.0).copied()
    }

    fn keep(&mut self, memory: wasmtime::Memory) -> MemoryId {
        let mut store = self.0.as_context_mut();
        let memories = &mut store.data_mut().memories;
        memories.push(memory);
        MemoryId(memories.len() - 1)
    }

    fn import(&mut self, import: &Import) -> Result<Extern, Failure> {
        let missing = |message: &str| Failure::Missing { message: message.to_owned() };
        Ok(match import {
            Import::Callback { callback, params, results } => {
                let types = |types: &[_]| types.iter().map(|ty| convert::val_type(*ty)).collect::<Vec<_>>();
                let ty = FuncType::new(self.0.as_context().engine(), types(params), types(results));
                let callback = *callback;
                Func::new(self.0.as_context_mut(), ty, move |caller, args, results| {
                    call_host(caller, callback, args, results)
                })
                .into()
            }
            Import::Memory(Memory::Unshared(id)) => {
                self.wasmtime_memory(*id).ok_or_else(|| missing("there is no such memory"))?.into()
            }
            Import::Memory(Memory::Shared(memory)) => {
                let memory: &dyn std::any::Any = memory.as_ref();
                let memory = memory.downcast_ref::<Shared>();
                memory.ok_or_else(|| missing("a shared memory of another engine"))?.0.clone().into()
            }
            Import::Constant(value) => {
                let value = convert::to_wasm(value)?;
                let value_type = value.ty(self.0.as_context()).map_err(|error| convert::failure(&error))?;
                let ty = GlobalType::new(value_type, Mutability::Const);
                Global::new(self.0.as_context_mut(), ty, value)
                    .map_err(|error| convert::failure(&error))?
                    .into()
            }
            Import::Export { instance, name } => {
                let instance = self.instance(*instance)?;
                let export = instance.get_export(self.0.as_context_mut(), name);
                export.ok_or_else(|| missing(&format!("there is no export {name:?}")))?
            }
        })
    }
}

fn call_host(
    caller: Caller<'_, State>,
    callback: u32,
    args: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let host = caller.data().host.clone();
    let args = args.iter().filter_map(convert::from_wasm).collect();
    let values = host.call(&mut Context(caller), callback, args).map_err(wasmtime::Error::new)?;
    for (result, value) in results.iter_mut().zip(&values) {
        *result = convert::to_wasm(value).map_err(wasmtime::Error::new)?;
    }
    Ok(())
}

impl<C: AsContextMut<Data = State>> Agent for Context<C> {
    fn instantiate(&mut self, module: &Module, imports: &[Import]) -> Result<InstanceId, Failure> {
        let module = module
            .downcast_ref::<wasmtime::Module>()
            .ok_or_else(|| Failure::Missing { message: "a module of another engine".to_owned() })?;
        let imports = imports.iter().map(|import| self.import(import)).collect::<Result<Vec<_>, _>>()?;
        let instance = Instance::new(self.0.as_context_mut(), module, &imports)
            .map_err(|error| convert::instantiation(&error))?;
        let mut store = self.0.as_context_mut();
        let instances = &mut store.data_mut().instances;
        instances.push(instance);
        Ok(InstanceId(instances.len() - 1))
    }

    fn call(&mut self, instance: InstanceId, export: &str, args: &[Value]) -> Result<Vec<Value>, Failure> {
        let Callable { function, params, results } = self.callable(instance, export)?;
        // One vector, kept between calls; a call within this one makes its own.
        let mut values = std::mem::take(&mut self.0.as_context_mut().data_mut().values);
        values.clear();
        values.resize(params.len().max(results.len()), ValRaw::i32(0));
        let fits = params.len() == args.len()
            && values
                .iter_mut()
                .zip(params.iter().zip(args))
                .all(|(raw, (ty, arg))| convert::to_raw(*ty, arg).map(|value| *raw = value).is_some());
        if !fits {
            return Err(Failure::Missing { message: format!("{export:?} has other parameters") });
        }
        // SAFETY: `values` has room for the parameters and for the results; each parameter was
        // written with the type that the function has for it, and all of them are numbers. The
        // function is of this store: an `InstanceId` and what is found by it are the store's own.
        // `Func::call` would ask for the function's type in every call, which takes longer than
        // most of the guests' functions.
        let called = unsafe { function.call_unchecked(self.0.as_context_mut(), &raw mut values[..]) };
        let returned = results.iter().zip(&values).map(|(ty, raw)| convert::from_raw(*ty, raw)).collect();
        self.0.as_context_mut().data_mut().values = values;
        called.map(|()| returned).map_err(|error| convert::failure(&error))
    }

    fn memory(&mut self, instance: InstanceId, export: &str) -> Option<Memory> {
        let instance = self.instance(instance).ok()?;
        match instance.get_export(self.0.as_context_mut(), export)? {
            Extern::Memory(memory) => Some(Memory::Unshared(self.keep(memory))),
            Extern::SharedMemory(memory) => Some(Memory::Shared(Arc::new(Shared(memory)))),
            _ => None,
        }
    }

    fn global(&mut self, instance: InstanceId, export: &str) -> Option<Value> {
        let instance = self.instance(instance).ok()?;
        let global = instance.get_global(self.0.as_context_mut(), export)?;
        convert::from_wasm(&global.get(self.0.as_context_mut()))
    }

    fn create_memory(&mut self, memory: MemoryType) -> Result<MemoryId, Failure> {
        let ty = memory_type(memory)?;
        let memory = wasmtime::Memory::new(self.0.as_context_mut(), ty)
            .map_err(|error| Failure::Refused { message: format!("{error:#}") })?;
        Ok(self.keep(memory))
    }

    fn size(&mut self, memory: MemoryId) -> u64 {
        self.wasmtime_memory(memory).map_or(0, |memory| memory.data_size(self.0.as_context()) as u64)
    }

    fn grow(&mut self, memory: MemoryId, pages: u64) -> Option<u64> {
        self.wasmtime_memory(memory)?.grow(self.0.as_context_mut(), pages).ok()
    }

    fn read(&mut self, memory: MemoryId, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds> {
        let memory = self.wasmtime_memory(memory).ok_or(OutOfBounds)?;
        let at = usize::try_from(at).map_err(|_| OutOfBounds)?;
        memory.read(self.0.as_context(), at, into).map_err(|_| OutOfBounds)
    }

    fn write(&mut self, memory: MemoryId, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let memory = self.wasmtime_memory(memory).ok_or(OutOfBounds)?;
        let at = usize::try_from(at).map_err(|_| OutOfBounds)?;
        memory.write(self.0.as_context_mut(), at, bytes).map_err(|_| OutOfBounds)
    }

    fn stopper(&self) -> Option<Arc<dyn Stopper>> {
        Some(self.state().stop.clone())
    }
}

fn memory_type(memory: MemoryType) -> Result<wasmtime::MemoryType, Failure> {
    MemoryTypeBuilder::new()
        .min(memory.minimum)
        .max(memory.maximum)
        .shared(memory.shared)
        .memory64(memory.address64)
        .build()
        .map_err(|error| Failure::Refused { message: format!("{error:#}") })
}

#[cfg(test)]
mod tests;
