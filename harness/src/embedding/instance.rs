//! Instances: reading the imports, and telling the memories apart.
//!
//! <https://webassembly.github.io/spec/js-api/#instances>. Which Memory object an export is follows
//! from the module's own text: an imported memory is the object that was given, and a memory that
//! the module defines is one object for each instance.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wasmparser::ExternalKind;

use super::error::{Stop, Thrown};
use super::handle::Handle;
use super::memory::MemoryObject;
use super::module::{Compiled, Import as Wanted, ImportKind};
use super::number::{Js, to_wasm};
use super::realm::Realm;
use crate::case::plan::{self, ImportSource};
use crate::engine::{Agent, Import, InstanceId};
use crate::value::{ValType, Value};

/// A `WebAssembly.Instance`.
pub struct InstanceObject {
    pub id: InstanceId,
    pub module: Arc<Compiled>,
    /// By memory index; nothing where the memory is neither imported nor exported.
    pub memories: Vec<Option<Rc<MemoryObject>>>,
    /// What the counters of growth were last.
    seen: RefCell<Vec<i64>>,
}

impl InstanceObject {
    /// The memory that it exports under a name.
    pub fn exported_memory(&self, name: &str) -> Option<Rc<MemoryObject>> {
        self.memories[self.module.exported_memory(name)? as usize].clone()
    }

    /// Resets the buffer of every memory that the instance has grown since the last time.
    pub fn refresh(&self, agent: &mut dyn Agent) {
        let Some(instrumented) = &self.module.instrumented else { return };
        for (index, counter) in instrumented.counters.iter().enumerate() {
            let Some(Value::I64(count)) = agent.global(self.id, &counter.export) else { continue };
            if std::mem::replace(&mut self.seen.borrow_mut()[index], count) != count
                && let Some(memory) = &self.memories[counter.memory as usize]
            {
                memory.reset(agent);
            }
        }
    }
}

/// `new WebAssembly.Instance(module, imports)`
pub fn instantiate(
    realm: &Realm,
    agent: &mut dyn Agent,
    module: &Arc<Compiled>,
    given: &[plan::Import],
) -> Result<Rc<InstanceObject>, Stop> {
    let mut memories: Vec<Option<Rc<MemoryObject>>> = vec![None; module.shape.memories.len()];
    let mut imports = Vec::with_capacity(module.shape.imports.len());
    for wanted in &module.shape.imports {
        if !given.iter().any(|import| import.module == wanted.module) {
            let message = format!("there is nothing to import from {:?}", wanted.module);
            return Err(Thrown::type_error(message).into());
        }
        let import = given.iter().find(|i| i.module == wanted.module && i.name == wanted.name);
        let source = import.map(|import| &import.source).ok_or_else(|| link_error(wanted))?;
        imports.push(match source_of(realm, source, wanted)? {
            Found::Memory(memory) => {
                let import = Import::Memory(memory.memory.clone());
                if let ImportKind::Memory(index) = wanted.kind {
                    memories[index as usize] = Some(memory);
                }
                import
            }
            Found::Other(import) => import,
        });
    }
    let id = agent.instantiate(&module.module, &imports)?;
    for export in module.shape.exports.iter().filter(|export| export.kind == ExternalKind::Memory) {
        let index = export.index as usize;
        if memories[index].is_none()
            && let Some(memory) = agent.memory(id, &export.name)
        {
            memories[index] = Some(realm.memory_object(agent, memory, module.shape.memories[index]));
        }
    }
    let counters = module.instrumented.as_ref().map_or(0, |instrumented| instrumented.counters.len());
    let seen = RefCell::new(vec![0; counters]);
    let instance = Rc::new(InstanceObject { id, module: Arc::clone(module), memories, seen });
    if let Some(instrumented) = &module.instrumented {
        realm.watch(&instance);
        if let Some(start) = &instrumented.start {
            let started = agent.call(id, start, &[]);
            realm.refresh(agent);
            started?;
        }
    }
    Ok(instance)
}

enum Found {
    Memory(Rc<MemoryObject>),
    Other(Import),
}

fn link_error(wanted: &Wanted) -> Stop {
    let Wanted { module, name, kind } = wanted;
    Thrown::new("LinkError", format!("what is given for {module:?} {name:?} is not a {kind:?}")).into()
}

/// What is given for one import, as [read the
/// imports](https://webassembly.github.io/spec/js-api/#read-the-imports) takes it.
fn source_of(realm: &Realm, source: &ImportSource, wanted: &Wanted) -> Result<Found, Stop> {
    match source {
        ImportSource::Handle(name) => match (realm.handle(name), name.split_once('.')) {
            (Ok(Handle::Memory(memory)), _) if matches!(wanted.kind, ImportKind::Memory(_)) => {
                Ok(Found::Memory(memory))
            }
            (Err(_), Some((instance, export))) => export_of(realm, instance, export, wanted),
            (Ok(_), _) => Err(link_error(wanted)),
            (Err(missing), None) => Err(missing),
        },
        ImportSource::Export { instance, export } => export_of(realm, instance, export, wanted),
        ImportSource::Callback(name) => {
            let plan = realm.plan();
            let Some(index) = plan.callbacks.iter().position(|callback| callback.name == *name) else {
                return Err(Stop::Skipped(format!("there is no callback `{name}`")));
            };
            if wanted.kind != ImportKind::Function {
                return Err(link_error(wanted));
            }
            let (params, results) = (&plan.callbacks[index].params, &plan.callbacks[index].results);
            let (params, results) = (params.clone(), results.clone());
            Ok(Found::Other(Import::Callback { callback: index as u32, params, results }))
        }
        ImportSource::Value(value) => match wanted.kind {
            ImportKind::Global(Some(ty), false) if fits(value, ty) => {
                Ok(Found::Other(Import::Constant(to_wasm(value, ty)?)))
            }
            _ => Err(link_error(wanted)),
        },
    }
}

fn export_of(realm: &Realm, instance: &str, export: &str, wanted: &Wanted) -> Result<Found, Stop> {
    let instance = realm.instance(instance)?;
    let found = instance.module.shape.exports.iter().find(|candidate| candidate.name == export);
    let fits = found.is_some_and(|export| {
        matches!(
            (export.kind, wanted.kind),
            (ExternalKind::Func | ExternalKind::FuncExact, ImportKind::Function)
                | (ExternalKind::Memory, ImportKind::Memory(_))
                | (ExternalKind::Table, ImportKind::Table)
                | (ExternalKind::Global, ImportKind::Global(..))
                | (ExternalKind::Tag, ImportKind::Tag)
        )
    });
    if !fits {
        return Err(link_error(wanted));
    }
    Ok(match instance.exported_memory(export) {
        Some(memory) => Found::Memory(memory),
        None => Found::Other(Import::Export { instance: instance.id, name: export.to_owned() }),
    })
}

/// Whether an immutable global can be made of a value: an i64 of a BigInt, the others of a number.
fn fits(value: &Value, ty: ValType) -> bool {
    match Js::from(value) {
        Js::BigInt(_) => ty == ValType::I64,
        Js::Number(_) => ty != ValType::I64,
        _ => false,
    }
}
