//! What each operation of a plan does, and whose behaviour its result shows.
//!
//! The rule for `observed_by`: *engine* where the engine decided the result, *embedding* where this
//! crate's algorithms did. The engine decides what a compilation, an instantiation or a call did,
//! whether a memory could be made or grown, what its bytes are (elements, ranges and digests that
//! were read), and what the atomic operations, waits and notifications on its shared memories did.
//! The embedding decides buffers, their lengths and detachment, identity, properties, the
//! construction of views, messages, and every error that it throws before the engine is asked; and
//! operations that return nothing but the certainty that they did not throw. An element that is
//! `undefined` was never read. Who observed an error is in
//! `error`.
//!
//! The operations on views and their bytes are in `views`, those between agents in `agents`.

use super::error::{Stop, Thrown};
use super::handle::Handle;
use super::memory;
use super::number::number;
use super::realm::Realm;
use super::{instance, module::Compiled, view::View};
use crate::case::plan::{Call, HandleRef, Import, ModuleRef, Op, Operand, Property, Step, ViewType};
use crate::engine::{Agent, Failure};
use crate::protocol::ObservedBy::{self, Embedding, Engine};
use crate::value::Value;

mod agents;
mod views;

type Done = (ObservedBy, Vec<Value>);

fn nothing(by: ObservedBy) -> Result<Done, Stop> {
    Ok((by, Vec::new()))
}

fn one(by: ObservedBy, value: Value) -> Result<Done, Stop> {
    Ok((by, vec![value]))
}

fn javascript(what: &str) -> Result<Done, Stop> {
    Err(Stop::Unsupported(format!("{what} needs a JavaScript host")))
}

impl Realm {
    /// Does a step once.
    pub fn perform(&self, agent: &mut dyn Agent, step: &Step) -> Result<Done, Stop> {
        match &step.op {
            Op::Memory { r#as, descriptor } => self.make_memory(agent, r#as, descriptor),
            Op::Take { r#as, instance, export } => self.take(r#as, instance, export),
            Op::Size { memory } => one(Embedding, number(memory::pages(&self.memory(memory)?.buffer()))),
            Op::Grow { memory, by } => self.grow(agent, memory, by),
            Op::Buffer { r#as, memory } => {
                let buffer = self.memory(memory)?.buffer();
                let class = Value::String(buffer.class().to_owned());
                self.name(r#as, Handle::Buffer(buffer));
                one(Embedding, class)
            }
            Op::Same { left, right } => {
                one(Embedding, Value::Boolean(self.object(left)?.is(&self.object(right)?)))
            }
            Op::Property { of, property } => one(Embedding, self.property(of, *property)?),
            Op::Detached { buffer } => one(Embedding, Value::Boolean(self.buffer(buffer)?.is_detached())),

            Op::View { ty: ViewType::Buffer, .. } => javascript("a Buffer"),
            Op::View { r#as, ty, buffer, offset, length } => {
                let (offset, length) = (self.optional(offset.as_ref())?, self.optional(length.as_ref())?);
                let view = View::new(&self.buffer(buffer)?, *ty, &offset, &length)?;
                self.name(r#as, Handle::View(view));
                nothing(Embedding)
            }
            Op::Subarray { r#as, view, begin, end } => {
                let (begin, end) = (self.optional(begin.as_ref())?, self.optional(end.as_ref())?);
                let view = self.view(view)?.subarray(&begin, &end)?;
                self.name(r#as, Handle::View(view));
                nothing(Embedding)
            }
            Op::Slice { r#as, of, begin, end } => self.slice(agent, r#as, of, begin.as_ref(), end.as_ref()),
            Op::Get { view, index } => self.get(agent, view, index),
            Op::Put { view, index, value } => {
                self.view(view)?.put(agent, &self.js(index)?, &self.js(value)?)?;
                nothing(Embedding)
            }
            Op::Set { view, source, offset } => self.set(agent, view, source, offset.as_ref()),
            Op::Fill { view, value, begin, end } => {
                let (begin, end) = (self.optional(begin.as_ref())?, self.optional(end.as_ref())?);
                self.view(view)?.fill(agent, &self.js(value)?, &begin, &end)?;
                nothing(Embedding)
            }
            Op::CopyWithin { view, target, begin, end } => {
                let end = self.optional(end.as_ref())?;
                self.view(view)?.copy_within(agent, &self.js(target)?, &self.js(begin)?, &end)?;
                nothing(Embedding)
            }
            Op::DataGet { view, offset, element, little } => {
                self.data_get(agent, view, offset, (*element).into(), *little)
            }
            Op::DataPut { view, offset, element, value, little } => {
                self.data_put(agent, view, offset, (*element).into(), value, *little)
            }
            Op::Read { buffer, at, count } => self.read(agent, buffer, at, count),
            Op::Write { buffer, at, bytes } => self.write(agent, buffer, at, bytes),
            Op::Digest { buffer, at, count, pages } => {
                self.digest(agent, buffer, at.as_ref(), count.as_ref(), *pages)
            }
            Op::Atomic { action, view, index, value, expected } => {
                self.atomic(agent, *action, view, index, value.as_ref(), expected.as_ref())
            }
            Op::Wait { view, index, value, timeout } => self.wait(view, index, value, timeout.as_ref()),
            Op::Notify { view, index, count, until } => self.notify(view, index, count.as_ref(), *until),

            Op::Compile { r#as, module } => {
                let module = self.module(module)?;
                self.name(r#as, Handle::Module(module));
                nothing(Engine)
            }
            Op::Instantiate { r#as, module, imports } => self.instantiate(agent, r#as, module, imports),
            Op::Call { call, r#as } => self.call_export(agent, call, r#as.as_deref()),

            Op::Post { message, transfer, .. } => self.post(agent, step.number, message, transfer),
            Op::Receive { r#as, post, .. } => self.receive(agent, r#as, *post),
            // There is no event loop, so once round it is nothing but a mark in the plan.
            Op::Turn => nothing(Embedding),
            Op::Terminate { target } => self.terminate(target),
            Op::Join { started } => self.join(*started),

            Op::ToResizable { .. } => javascript("toResizableBuffer"),
            Op::ToFixedLength { .. } => javascript("toFixedLengthBuffer"),
            Op::Resize { .. } => javascript("a resizable buffer"),
            Op::WaitAsync { .. } => javascript("Atomics.waitAsync"),
            Op::Settle { .. } | Op::Pending { .. } => javascript("a promise"),
            Op::StructuredClone { .. } => javascript("structuredClone"),
            Op::Transfer { .. } => javascript("ArrayBuffer.prototype.transfer"),
            Op::Using { .. } => javascript("a using declaration"),
            Op::Each { .. } => javascript("a typed array's method that calls back"),
            Op::Decode { .. } => javascript("TextDecoder"),
            Op::EncodeInto { .. } => javascript("TextEncoder"),
        }
    }

    fn make_memory(
        &self,
        agent: &mut dyn Agent,
        name: &str,
        descriptor: &[(String, Operand)],
    ) -> Result<Done, Stop> {
        let properties = descriptor.iter().map(|(name, value)| Ok((name.clone(), self.js(value)?)));
        let ty = memory::descriptor(&properties.collect::<Result<Vec<_>, Stop>>()?)?;
        let memory = memory::allocate(self.run.engine.as_ref(), agent, ty)?;
        self.remember(&memory);
        self.name(name, Handle::Memory(memory));
        nothing(Engine)
    }

    fn take(&self, name: &str, instance: &str, export: &str) -> Result<Done, Stop> {
        let memory = self.instance(instance)?.exported_memory(export);
        let memory = memory.ok_or_else(|| Thrown::type_error(format!("{export:?} is not a memory")))?;
        self.name(name, Handle::Memory(memory));
        nothing(Embedding)
    }

    fn grow(&self, agent: &mut dyn Agent, memory: &str, by: &Operand) -> Result<Done, Stop> {
        let memory = self.memory(memory)?;
        match memory.grow(agent, &self.js(by)?)? {
            Some(former) if memory.address64 => one(Engine, Value::BigInt(former.to_string())),
            Some(former) => one(Engine, number(former)),
            None => {
                let message = "the memory cannot be grown".to_owned();
                Err(Stop::Engine(Failure::Refused { message }))
            }
        }
    }

    fn property(&self, of: &HandleRef, property: Property) -> Result<Value, Stop> {
        let handle = match self.object(of)? {
            Handle::Memory(memory) => Handle::Buffer(memory.buffer()),
            other => other,
        };
        Ok(match handle {
            Handle::Buffer(buffer) => match property {
                Property::ByteLength | Property::MaxByteLength => number(buffer.byte_length()),
                Property::Resizable if !buffer.is_shared() => Value::Boolean(false),
                Property::Growable if buffer.is_shared() => Value::Boolean(false),
                _ => Value::Undefined,
            },
            Handle::View(view) => view_property(&view, property)?,
            _ => Value::Undefined,
        })
    }

    fn module(&self, module: &ModuleRef) -> Result<std::sync::Arc<Compiled>, Stop> {
        match module {
            ModuleRef::Guest(name) => {
                let compiled = self.run.guest(name);
                Ok(compiled.ok_or_else(|| Stop::Skipped(format!("there is no guest `{name}`")))??)
            }
            ModuleRef::Handle(name) => match self.handle(name)? {
                Handle::Module(module) => Ok(module),
                other => {
                    let message = format!("`{name}` is {}, not a module", other.what());
                    Err(Thrown::type_error(message).into())
                }
            },
        }
    }

    fn instantiate(
        &self,
        agent: &mut dyn Agent,
        name: &str,
        module: &ModuleRef,
        imports: &[Import],
    ) -> Result<Done, Stop> {
        let module = self.module(module)?;
        let instance = instance::instantiate(self, agent, &module, imports)?;
        self.name(name, Handle::Instance(instance));
        nothing(Engine)
    }

    fn call_export(&self, agent: &mut dyn Agent, call: &Call, name: Option<&str>) -> Result<Done, Stop> {
        let instance = self.instance(&call.instance)?;
        let args = call.args.iter().map(|arg| self.operand(arg)).collect::<Result<Vec<_>, _>>()?;
        let called = agent.call(instance.id, &call.export, &args);
        self.refresh(agent);
        let values = called?;
        if let (Some(name), [value]) = (name, values.as_slice()) {
            self.keep(name, value.clone());
        }
        Ok((Engine, values))
    }
}

fn view_property(view: &View, property: Property) -> Result<Value, Thrown> {
    let data_view = view.ty == ViewType::DataView;
    let detached = view.buffer.is_detached();
    Ok(match property {
        // A DataView's getters throw where a typed array's return 0.
        Property::ByteLength | Property::ByteOffset if data_view => {
            view.buffer.attached()?;
            number(if property == Property::ByteLength { view.length } else { view.offset })
        }
        Property::ByteLength => number(view.current_length() * view.kind()?.bytes()),
        Property::ByteOffset => number(if detached { 0 } else { view.offset }),
        Property::Length if !data_view => number(view.current_length()),
        _ => Value::Undefined,
    })
}
