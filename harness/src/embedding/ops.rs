//! What each operation of a plan does, and whose behaviour its result shows.
//!
//! The rule for `observed_by`: *engine* where the engine decided the result, *embedding* where this
//! crate's algorithms did. The engine decides what a compilation, an instantiation or a call did, whether
//! a memory could be made or grown, what its bytes are (elements, ranges and digests that were read), and what
//! the atomic operations, waits and notifications on its shared memories did. The embedding decides
//! buffers, their lengths and detachment, identity, properties, the construction of views, messages, and
//! every error that it throws before the engine is asked; and operations that return nothing but
//! the certainty that they did not throw. An element that is `undefined` was never read.

use sha2::{Digest as _, Sha256};

use super::error::{Stop, Thrown};
use super::handle::Handle;
use super::number::{Js, number};
use super::realm::Realm;
use super::run::Terminated;
use super::view::View;
use super::{atomics, dataview, instance, memory, message};
use crate::case::plan::{
    AtomicOp, Call, HandleRef, ModuleRef, Op, Operand, Property, SetSource, Step, ViewType,
};
use crate::engine::{Agent, PAGE};
use crate::protocol::ObservedBy::{self, Embedding, Engine};
use crate::value::Value;

type Done = (ObservedBy, Vec<Value>);

fn nothing(by: ObservedBy) -> Result<Done, Stop> {
    Ok((by, Vec::new()))
}

fn one(by: ObservedBy, value: Value) -> Result<Done, Stop> {
    Ok((by, vec![value]))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn unsupported(what: &str) -> Result<Done, Stop> {
    Err(Stop::Unsupported(format!("{what} needs a JavaScript host")))
}

impl Realm {
    /// Does a step once.
    pub fn perform(
        &self,
        agent: &mut dyn Agent,
        step: &Step,
        _invocation: Option<u32>,
    ) -> Result<Done, Stop> {
        match &step.op {
            Op::Memory { .. }
            | Op::Take { .. }
            | Op::Size { .. }
            | Op::Grow { .. }
            | Op::Buffer { .. }
            | Op::Same { .. }
            | Op::Property { .. }
            | Op::Detached { .. } => self.object_op(agent, &step.op),
            Op::View { .. }
            | Op::Subarray { .. }
            | Op::Slice { .. }
            | Op::Get { .. }
            | Op::Put { .. }
            | Op::Set { .. }
            | Op::Fill { .. }
            | Op::CopyWithin { .. }
            | Op::DataGet { .. }
            | Op::DataPut { .. } => self.view_op(agent, &step.op),
            Op::Read { .. } | Op::Write { .. } | Op::Digest { .. } => self.bytes_op(agent, &step.op),
            Op::Atomic { .. } | Op::Wait { .. } | Op::Notify { .. } => self.atomic_op(agent, &step.op),
            Op::Compile { .. } | Op::Instantiate { .. } | Op::Call { .. } => self.guest_op(agent, &step.op),
            Op::Post { .. } | Op::Receive { .. } | Op::Turn | Op::Terminate { .. } | Op::Join { .. } => {
                self.agent_op(agent, step)
            }
            Op::ToResizable { .. } => unsupported("toResizableBuffer"),
            Op::ToFixedLength { .. } => unsupported("toFixedLengthBuffer"),
            Op::Resize { .. } => unsupported("a resizable buffer"),
            Op::WaitAsync { .. } => unsupported("Atomics.waitAsync"),
            Op::Settle { .. } | Op::Pending { .. } => unsupported("a promise"),
            Op::StructuredClone { .. } => unsupported("structuredClone"),
            Op::Transfer { .. } => unsupported("ArrayBuffer.prototype.transfer"),
            Op::Using { .. } => unsupported("a using declaration"),
        }
    }

    fn object_op(&self, agent: &mut dyn Agent, op: &Op) -> Result<Done, Stop> {
        match op {
            Op::Memory { r#as, descriptor } => {
                let properties = descriptor.iter().map(|(name, value)| Ok((name.clone(), self.js(value)?)));
                let ty = memory::descriptor(&properties.collect::<Result<Vec<_>, Stop>>()?)?;
                let memory = memory::allocate(self.run.engine.as_ref(), agent, ty)?;
                self.remember(&memory);
                self.name(r#as, Handle::Memory(memory));
                nothing(Engine)
            }
            Op::Take { r#as, instance, export } => {
                let memory = self.instance(instance)?.exported_memory(export);
                let memory =
                    memory.ok_or_else(|| Thrown::type_error(format!("{export:?} is not a memory")))?;
                self.name(r#as, Handle::Memory(memory));
                nothing(Embedding)
            }
            Op::Size { memory } => one(Embedding, number(memory::pages(&self.memory(memory)?.buffer()))),
            Op::Grow { memory, by } => {
                let memory = self.memory(memory)?;
                match memory.grow(agent, &self.js(by)?)? {
                    Some(former) if memory.address64 => one(Engine, Value::BigInt(former.to_string())),
                    Some(former) => one(Engine, number(former)),
                    None => {
                        let message = "the memory cannot be grown".to_owned();
                        Err(Stop::Engine(crate::engine::Failure::Refused { message }))
                    }
                }
            }
            Op::Buffer { r#as, memory } => {
                let buffer = self.memory(memory)?.buffer();
                let class = text(buffer.class());
                self.name(r#as, Handle::Buffer(buffer));
                one(Embedding, class)
            }
            Op::Same { left, right } => {
                one(Embedding, Value::Boolean(self.object(left)?.is(&self.object(right)?)))
            }
            Op::Property { of, property } => one(Embedding, self.property(of, *property)?),
            Op::Detached { buffer } => one(Embedding, Value::Boolean(self.buffer(buffer)?.is_detached())),
            _ => unsupported("this"),
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

    fn view_op(&self, agent: &mut dyn Agent, op: &Op) -> Result<Done, Stop> {
        match op {
            Op::View { r#as, ty, buffer, offset, length } => {
                let (offset, length) = (self.optional(offset.as_ref())?, self.optional(length.as_ref())?);
                let view = View::new(&self.buffer(buffer)?, *ty, &offset, &length)?;
                self.name(r#as, Handle::View(view));
            }
            Op::Subarray { r#as, view, begin, end } => {
                let (begin, end) = (self.optional(begin.as_ref())?, self.optional(end.as_ref())?);
                let view = self.view(view)?.subarray(&begin, &end)?;
                self.name(r#as, Handle::View(view));
            }
            Op::Slice { r#as, of, begin, end } => {
                let (begin, end) = (self.optional(begin.as_ref())?, self.optional(end.as_ref())?);
                let copy = match self.object(of)? {
                    Handle::View(view) => Handle::View(view.slice(agent, &begin, &end)?),
                    _ => Handle::Buffer(self.buffer(of)?.slice(agent, &begin, &end)?),
                };
                self.name(r#as, copy);
            }
            Op::Get { view, index } => {
                let view = self.view(view)?;
                return match view.get(agent, &self.js(index)?)? {
                    Some(value) if view.buffer.is_engines() => one(Engine, value),
                    Some(value) => one(Embedding, value),
                    None => one(Embedding, Value::Undefined),
                };
            }
            Op::Put { view, index, value } => {
                self.view(view)?.put(agent, &self.js(index)?, &self.js(value)?)?;
            }
            Op::Set { view, source, offset } => {
                let offset = self.optional(offset.as_ref())?;
                match source {
                    SetSource::View(source) => {
                        self.view(view)?.set_view(agent, self.view(source)?.as_ref(), &offset)?;
                    }
                    SetSource::Values(values) => {
                        let values =
                            values.iter().map(|value| self.js(value)).collect::<Result<Vec<_>, _>>()?;
                        self.view(view)?.set_values(agent, &values, &offset)?;
                    }
                }
            }
            Op::Fill { view, value, begin, end } => {
                let (begin, end) = (self.optional(begin.as_ref())?, self.optional(end.as_ref())?);
                self.view(view)?.fill(agent, &self.js(value)?, &begin, &end)?;
            }
            Op::CopyWithin { view, target, begin, end } => {
                let end = self.optional(end.as_ref())?;
                self.view(view)?.copy_within(agent, &self.js(target)?, &self.js(begin)?, &end)?;
            }
            Op::DataGet { view, offset, element, little } => {
                let view = self.view(view)?;
                let value = dataview::get(agent, &view, &self.js(offset)?, (*element).into(), *little)?;
                return one(if view.buffer.is_engines() { Engine } else { Embedding }, value);
            }
            Op::DataPut { view, offset, element, value, little } => {
                let (offset, value) = (self.js(offset)?, self.js(value)?);
                dataview::set(agent, self.view(view)?.as_ref(), &offset, (*element).into(), &value, *little)?;
            }
            _ => return unsupported("this"),
        }
        nothing(Embedding)
    }

    fn bytes_op(&self, agent: &mut dyn Agent, op: &Op) -> Result<Done, Stop> {
        match op {
            Op::Read { buffer, at, count } => {
                let view = self.bytes(buffer, Some(at), Some(&self.js(count)?))?;
                let bytes = view.buffer.read(agent, view.offset, view.length)?;
                one(if view.buffer.is_engines() { Engine } else { Embedding }, Value::Bytes(bytes))
            }
            Op::Write { buffer, at, bytes } => {
                let view = self.bytes(buffer, Some(at), Some(&Js::Number(bytes.len() as f64)))?;
                view.buffer.write(agent, view.offset, bytes)?;
                nothing(Embedding)
            }
            Op::Digest { buffer, at, count, pages } => {
                let count = self.optional(count.as_ref())?;
                let view = self.bytes(buffer, at.as_ref(), Some(&count))?;
                let values = digests(agent, &view, *pages)?;
                Ok((if view.buffer.is_engines() { Engine } else { Embedding }, values))
            }
            _ => unsupported("this"),
        }
    }

    /// `new Uint8Array(buffer, at, count)`
    fn bytes(
        &self,
        buffer: &HandleRef,
        at: Option<&Operand>,
        count: Option<&Js>,
    ) -> Result<std::rc::Rc<View>, Stop> {
        let at = self.optional(at)?;
        Ok(View::new(&self.buffer(buffer)?, ViewType::Uint8Array, &at, count.unwrap_or(&Js::Undefined))?)
    }

    fn atomic_op(&self, agent: &mut dyn Agent, op: &Op) -> Result<Done, Stop> {
        match op {
            Op::Atomic { action, view, index, value, expected } => {
                let view = self.view(view)?;
                let (value, expected) = (self.optional(value.as_ref())?, self.optional(expected.as_ref())?);
                let result = atomics::operate(agent, &view, *action, &self.js(index)?, &value, &expected)?;
                // A store returns its own operand; an unshared buffer's operations are ours.
                let engines = view.buffer.is_engines()
                    && *action != AtomicOp::Store
                    && (view.buffer.is_shared() || *action == AtomicOp::Load);
                one(if engines { Engine } else { Embedding }, result)
            }
            Op::Wait { view, index, value, timeout } => {
                let timeout = self.optional(timeout.as_ref())?;
                let (index, value) = (self.js(index)?, self.js(value)?);
                one(Engine, atomics::wait(self.view(view)?.as_ref(), &index, &value, &timeout)?)
            }
            Op::Notify { view, index, count, until } => {
                let view = self.view(view)?;
                let count = self.optional(count.as_ref())?;
                let go_on = || !self.run.is_stopped(self.me);
                let woken = atomics::notify(&view, &self.js(index)?, &count, *until, go_on)?;
                one(if view.buffer.is_shared() { Engine } else { Embedding }, woken)
            }
            _ => unsupported("this"),
        }
    }

    fn guest_op(&self, agent: &mut dyn Agent, op: &Op) -> Result<Done, Stop> {
        match op {
            Op::Compile { r#as, module } => {
                let module = self.module(module)?;
                self.name(r#as, Handle::Module(module));
                nothing(Engine)
            }
            Op::Instantiate { r#as, module, imports } => {
                let module = self.module(module)?;
                let instance = instance::instantiate(self, agent, &module, imports)?;
                self.name(r#as, Handle::Instance(instance));
                nothing(Engine)
            }
            Op::Call { call: Call { instance, export, args, .. }, r#as } => {
                let instance = self.instance(instance)?;
                let args = args.iter().map(|arg| self.operand(arg)).collect::<Result<Vec<_>, _>>()?;
                let called = agent.call(instance.id, export, &args);
                self.refresh(agent);
                let values = called?;
                if let (Some(name), [value]) = (r#as, values.as_slice()) {
                    self.keep(name, value.clone());
                }
                Ok((Engine, values))
            }
            _ => unsupported("this"),
        }
    }

    fn module(&self, module: &ModuleRef) -> Result<std::sync::Arc<super::module::Compiled>, Stop> {
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

    fn agent_op(&self, agent: &mut dyn Agent, step: &Step) -> Result<Done, Stop> {
        match &step.op {
            Op::Post { message, transfer, .. } => {
                let packet = self.packet(agent, message, transfer);
                let (packet, done) = match packet {
                    Ok(packet) => (Some(packet), nothing(Embedding)),
                    Err(stop) => (None, Err(stop)),
                };
                self.run.post(step.number, packet);
                done
            }
            Op::Receive { r#as, post, .. } => {
                let packet = self.run.receive(self.me, *post).ok_or(Stop::Ended)?;
                let packet = packet.ok_or_else(|| Stop::Skipped("nothing was posted".to_owned()))?;
                let handle =
                    message::deserialize(&packet, |shared, address64| self.adopt(agent, shared, address64))?;
                self.take_apart(r#as, &handle)?;
                nothing(Embedding)
            }
            // There is no event loop, so once round it is nothing but a mark in the plan.
            Op::Turn => nothing(Embedding),
            Op::Terminate { target } => {
                if target == self.run.agent_name(self.me) {
                    return Err(Stop::Unsupported("an agent cannot terminate itself".to_owned()));
                }
                match self.run.terminate(target) {
                    Some(Terminated::Ended) => nothing(Embedding),
                    Some(Terminated::Left) => Err(Stop::Unsupported(format!(
                        "{target} did not stop: the engine cannot stop an agent that waits"
                    ))),
                    None => Err(Stop::Skipped(format!("there is no agent {target}"))),
                }
            }
            Op::Join { started } => match self.run.join(self.me, *started) {
                Some(true) => nothing(Embedding),
                Some(false) => Err(Stop::Skipped("the agent was terminated".to_owned())),
                None => Err(Stop::Ended),
            },
            _ => unsupported("this"),
        }
    }

    fn packet(
        &self,
        agent: &mut dyn Agent,
        message: &crate::case::plan::Message,
        transfer: &[HandleRef],
    ) -> Result<message::Packet, Stop> {
        let transfer =
            transfer.iter().map(|reference| self.object(reference)).collect::<Result<Vec<_>, _>>()?;
        message::serialize(agent, &self.structure(message)?, &transfer)
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

/// The digest of a view's bytes, or of each page of them.
fn digests(agent: &mut dyn Agent, view: &View, pages: bool) -> Result<Vec<Value>, Stop> {
    let mut values = Vec::new();
    let mut whole = Sha256::new();
    let mut page = vec![0; PAGE.min(view.length) as usize];
    let mut at = 0;
    while at < view.length {
        let bytes = &mut page[..PAGE.min(view.length - at) as usize];
        view.buffer.read_into(agent, view.offset + at, bytes)?;
        if pages {
            values.push(Value::Digest(crate::value::hex(&Sha256::digest(&*bytes))));
        } else {
            whole.update(&*bytes);
        }
        at += bytes.len() as u64;
    }
    if !pages {
        values.push(Value::Digest(crate::value::hex(&whole.finalize())));
    }
    Ok(values)
}
