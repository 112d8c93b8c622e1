//! The adapter of wasmi: all that samebytes has to know of this engine. Values and errors are
//! converted in `convert`.

use std::rc::Rc;
use std::sync::Arc;

use samebytes::engine::{
    Agent, Engine, Failure, Host, Import, InstanceId, Memory, MemoryId, MemoryType, Module, OutOfBounds,
};
use samebytes::value::Value;
use wasmi::{
    AsContextMut, Caller, Config, Extern, Func, FuncType, Global, Instance, Mutability, Store, Val,
};

mod convert;

/// wasmi with every feature on that bears upon memories. It has no threads, and nothing stops a
/// guest from outside, so it has neither shared memories nor a stopper.
pub struct Wasmi(wasmi::Engine);

impl Wasmi {
    /// With its own limits.
    pub fn new() -> Self {
        let mut config = Config::default();
        config.wasm_memory64(true).wasm_multi_memory(true).wasm_simd(true);
        Self(wasmi::Engine::new(&config))
    }
}

impl Default for Wasmi {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine for Wasmi {
    fn runtime(&self) -> (String, String) {
        ("wasmi".to_owned(), VERSION.to_owned())
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Failure> {
        match wasmi::Module::new(&self.0, wasm) {
            Ok(module) => Ok(Arc::new(module)),
            Err(error) => Err(Failure::Compile { message: error.to_string() }),
        }
    }

    fn agent(&self, host: Rc<dyn Host>) -> Box<dyn Agent> {
        Box::new(Context(Store::new(&self.0, State { host, instances: Vec::new(), functions: Vec::new(), values: Vec::new(), memories: Vec::new() })))
    }
}

/// The wasmi of the lock file, which a test compares: wasmi does not tell its own version.
pub const VERSION: &str = "2.0.0";

struct State {
    host: Rc<dyn Host>,
    instances: Vec<Instance>,
    /// Functions that were called before, by instance: looking one up takes longer than a short call.
    functions: Vec<Vec<(String, Rc<Callable>)>>,
    /// Room for the arguments and results of the next call.
    values: Vec<Val>,
    memories: Vec<wasmi::Memory>,
}

struct Callable {
    function: Func,
    params: Vec<wasmi::ValType>,
    results: Vec<Val>,
}

/// A store, or within a host function the caller's: the same agent, re-entered.
struct Context<C>(C);

impl<C: AsContextMut<Data = State>> Context<C> {
    fn instance(&self, id: InstanceId) -> Result<Instance, Failure> {
        let found = self.0.as_context().data().instances.get(id.0).copied();
        found.ok_or_else(|| Failure::Missing { message: format!("there is no instance {}", id.0) })
    }

    fn callable(&mut self, id: InstanceId, export: &str) -> Result<Rc<Callable>, Failure> {
        let store = self.0.as_context();
        let mut known = store.data().functions.get(id.0).into_iter().flatten();
        if let Some((_, callable)) = known.find(|(name, _)| name == export) {
            return Ok(Rc::clone(callable));
        }
        let function = self.instance(id)?.get_func(self.0.as_context(), export);
        let function =
            function.ok_or_else(|| Failure::Missing { message: format!("there is no function {export:?}") })?;
        let ty = function.ty(self.0.as_context());
        let results = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        let callable = Rc::new(Callable { function, params: ty.params().to_vec(), results });
        self.0.as_context_mut().data_mut().functions[id.0].push((export.to_owned(), Rc::clone(&callable)));
        Ok(callable)
    }

    fn wasmi_memory(&self, id: MemoryId) -> Option<wasmi::Memory> {
        self.0.as_context().data().memories.get(id.0).copied()
    }

    fn keep(&mut self, memory: wasmi::Memory) -> MemoryId {
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
                let ty = FuncType::new(types(params), types(results));
                let callback = *callback;
                Func::new(self.0.as_context_mut(), ty, move |caller, args, results| {
                    call_host(caller, callback, args, results)
                })
                .into()
            }
            Import::Memory(Memory::Unshared(id)) => {
                self.wasmi_memory(*id).ok_or_else(|| missing("there is no such memory"))?.into()
            }
            Import::Constant(value) => {
                let value = convert::to_wasm(value)?;
                Global::new(self.0.as_context_mut(), value, Mutability::Const).into()
            }
            Import::Export { instance, name } => {
                let instance = self.instance(*instance)?;
                let export = instance.get_export(self.0.as_context(), name);
                export.ok_or_else(|| missing(&format!("there is no export {name:?}")))?
            }
            // Shared memories, which this engine never made, and whatever comes later.
            _ => return Err(missing("wasmi has no such imports")),
        })
    }
}

/// wasmi wants imports by kind, and within a kind in the module's order.
fn kind(import: &Extern) -> u8 {
    match import {
        Extern::Func(_) => 0,
        Extern::Table(_) => 1,
        Extern::Memory(_) => 2,
        Extern::Global(_) => 3,
    }
}

fn call_host(
    caller: Caller<'_, State>,
    callback: u32,
    args: &[Val],
    results: &mut [Val],
) -> Result<(), wasmi::Error> {
    let host = Rc::clone(&caller.data().host);
    let args = args.iter().filter_map(convert::from_wasm).collect();
    let values = host.call(&mut Context(caller), callback, args).map_err(convert::interruption)?;
    for (result, value) in results.iter_mut().zip(&values) {
        *result = convert::to_wasm(value).map_err(|failure| wasmi::Error::new(failure.to_string()))?;
    }
    Ok(())
}

impl<C: AsContextMut<Data = State>> Agent for Context<C> {
    fn instantiate(&mut self, module: &Module, imports: &[Import]) -> Result<InstanceId, Failure> {
        let module = module
            .downcast_ref::<wasmi::Module>()
            .ok_or_else(|| Failure::Missing { message: "a module of another engine".to_owned() })?;
        let mut imports = imports.iter().map(|import| self.import(import)).collect::<Result<Vec<_>, _>>()?;
        imports.sort_by_key(kind);
        let instance = Instance::new(self.0.as_context_mut(), module, &imports)
            .map_err(|error| convert::failure(&error))?;
        let mut store = self.0.as_context_mut();
        let state = store.data_mut();
        state.instances.push(instance);
        state.functions.push(Vec::new());
        Ok(InstanceId(state.instances.len() - 1))
    }

    fn call(&mut self, instance: InstanceId, export: &str, args: &[Value]) -> Result<Vec<Value>, Failure> {
        let callable = self.callable(instance, export)?;
        // One vector, kept between calls; a call within this one makes its own.
        let mut values = std::mem::take(&mut self.0.as_context_mut().data_mut().values);
        values.clear();
        for arg in args {
            values.push(convert::to_wasm(arg)?);
        }
        if !callable.params.iter().copied().eq(values.iter().map(Val::ty)) {
            return Err(Failure::Missing { message: format!("{export:?} has other parameters") });
        }
        values.extend_from_slice(&callable.results);
        let (inputs, outputs) = values.split_at_mut(args.len());
        let called = callable.function.call(self.0.as_context_mut(), inputs, outputs);
        let returned = outputs.iter().filter_map(convert::from_wasm).collect();
        self.0.as_context_mut().data_mut().values = values;
        called.map(|()| returned).map_err(|error| convert::failure(&error))
    }

    fn memory(&mut self, instance: InstanceId, export: &str) -> Option<Memory> {
        let memory = self.instance(instance).ok()?.get_memory(self.0.as_context(), export)?;
        Some(Memory::Unshared(self.keep(memory)))
    }

    fn global(&mut self, instance: InstanceId, export: &str) -> Option<Value> {
        let global = self.instance(instance).ok()?.get_global(self.0.as_context(), export)?;
        convert::from_wasm(&global.get(self.0.as_context()))
    }

    fn create_memory(&mut self, memory: MemoryType) -> Result<MemoryId, Failure> {
        let refused = |message: String| Failure::Refused { message };
        let mut ty = wasmi::MemoryType::builder();
        ty.memory64(memory.address64).min(memory.minimum).max(memory.maximum);
        let ty = ty.build().map_err(|error| refused(error.to_string()))?;
        let memory = wasmi::Memory::new(self.0.as_context_mut(), ty)
            .map_err(|error| refused(error.to_string()))?;
        Ok(self.keep(memory))
    }

    fn size(&mut self, memory: MemoryId) -> u64 {
        self.wasmi_memory(memory).map_or(0, |memory| memory.data_size(self.0.as_context()) as u64)
    }

    fn grow(&mut self, memory: MemoryId, pages: u64) -> Option<u64> {
        self.wasmi_memory(memory)?.grow(self.0.as_context_mut(), pages).ok()
    }

    fn read(&mut self, memory: MemoryId, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds> {
        let memory = self.wasmi_memory(memory).ok_or(OutOfBounds)?;
        let at = usize::try_from(at).map_err(|_| OutOfBounds)?;
        memory.read(self.0.as_context(), at, into).map_err(|_| OutOfBounds)
    }

    fn write(&mut self, memory: MemoryId, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let memory = self.wasmi_memory(memory).ok_or(OutOfBounds)?;
        let at = usize::try_from(at).map_err(|_| OutOfBounds)?;
        memory.write(self.0.as_context_mut(), at, bytes).map_err(|_| OutOfBounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasmi_passes_the_smoke_test() {
        samebytes::engine::smoke(&Wasmi::new());
    }

    #[test]
    fn the_version_is_that_of_the_lock_file() {
        let lock = include_str!("../Cargo.lock");
        assert!(lock.contains(&format!("name = \"wasmi\"\nversion = \"{VERSION}\"")));
    }
}
