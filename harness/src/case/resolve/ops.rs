//! The verbs that work on host objects: memories, buffers, views, atomics, promises.

use super::kinds::{Kind, MemoryKind};
use super::operands::{HostType, Returns};
use super::{Done, Resolver};
use crate::case::argument::Argument;
use crate::case::decode::At;
use crate::case::names::{Address, Order, Ref};
use crate::case::plan::{AtomicOp, Element, Feature, Op, Operand, Property, SetSource, ViewType};
use crate::case::problem::quoted;
use crate::case::step::StepForm;
use crate::case::verbs::{Verb, keys};
use crate::value::Value;

const PAGE: u64 = 65536;
/// How many bytes a digest may cover.
const MOST_DIGESTED: u64 = 64 << 20;

const CLASSES: &[&str] = &["ArrayBuffer", "SharedArrayBuffer"];
const WAITS: &[&str] = &["ok", "not-equal", "timed-out"];
const ASYNC_WAITS: &[&str] = &["async", "not-equal", "timed-out"];

impl<'d> Resolver<'d> {
    pub(super) fn host_operation(&mut self, agent: &str, form: &'d StepForm, verb: &'d Verb) -> Option<Done> {
        let number = Returns::Host(HostType::Number);
        let boolean = Returns::Host(HostType::Boolean);
        Some(match verb {
            Verb::Memory(keys) => self.make_memory(agent, form, keys)?,
            Verb::Take(keys) => self.take(agent, keys)?,
            Verb::Size(keys) => {
                self.memory(agent, &keys.memory)?;
                Done::returning(Op::Size { memory: keys.memory.text.clone() }, number)
            }
            Verb::Grow(keys) => {
                let memory = self.memory(agent, &keys.memory)?;
                let ty = if memory.address64 { HostType::BigInt } else { HostType::Number };
                let by = self.host(agent, &keys.by, ty)?;
                Done::returning(Op::Grow { memory: keys.memory.text.clone(), by }, Returns::Host(ty))
                    .allocating()
            }
            Verb::Buffer(keys) => {
                self.memory(agent, &keys.memory)?;
                self.define(agent, &keys.name, Kind::Buffer);
                let (r#as, memory) = (keys.name.text.clone(), keys.memory.text.clone());
                Done::returning(Op::Buffer { r#as, memory }, Returns::Word(CLASSES))
            }
            Verb::ToResizable(keys) => {
                self.needs.insert(Feature::ResizableBuffer);
                self.memory(agent, &keys.memory)?;
                self.define(agent, &keys.name, Kind::Buffer);
                let (r#as, memory) = (keys.name.text.clone(), keys.memory.text.clone());
                Done::returning(Op::ToResizable { r#as, memory }, Returns::Word(CLASSES)).allocating()
            }
            Verb::ToFixedLength(keys) => {
                self.needs.insert(Feature::ResizableBuffer);
                self.memory(agent, &keys.memory)?;
                self.define(agent, &keys.name, Kind::Buffer);
                let (r#as, memory) = (keys.name.text.clone(), keys.memory.text.clone());
                Done::returning(Op::ToFixedLength { r#as, memory }, Returns::Word(CLASSES))
            }
            Verb::Resize(keys) => {
                let buffer = self.buffer(agent, &keys.buffer);
                let to = self.number(agent, &keys.to);
                Done::nothing(Op::Resize { buffer: buffer?, to: to? }).allocating()
            }
            Verb::Same(keys) => {
                let [left, right] = &keys.objects[..] else {
                    self.error(&form.span, "`same` compares two objects");
                    return None;
                };
                let (left, right) = (self.object(agent, left), self.object(agent, right));
                Done::returning(Op::Same { left: left?.0, right: right?.0 }, boolean)
            }
            Verb::ByteLength(keys::ByteLength { of, .. }) => {
                self.property(agent, of, Property::ByteLength, number)?
            }
            Verb::ByteOffset(keys::ByteOffset { of, .. }) => {
                self.property(agent, of, Property::ByteOffset, number)?
            }
            Verb::Length(keys::Length { of, .. }) => self.property(agent, of, Property::Length, number)?,
            Verb::MaxByteLength(keys::MaxByteLength { of, .. }) => {
                self.property(agent, of, Property::MaxByteLength, number)?
            }
            Verb::Resizable(keys::Resizable { of, .. }) => {
                self.property(agent, of, Property::Resizable, boolean)?
            }
            Verb::Growable(keys::Growable { of, .. }) => {
                self.property(agent, of, Property::Growable, boolean)?
            }
            Verb::Detached(keys) => {
                let buffer = self.buffer(agent, &keys.buffer)?;
                Done::returning(Op::Detached { buffer }, boolean)
            }
            Verb::View(keys) => {
                if keys.ty.value == ViewType::Buffer {
                    self.needs.insert(Feature::Js);
                }
                let buffer = self.buffer(agent, &keys.over);
                let offset = self.maybe(agent, keys.offset.as_ref());
                let length = self.maybe(agent, keys.length.as_ref());
                self.define(agent, &keys.name, Kind::View(keys.ty.value));
                let r#as = keys.name.text.clone();
                Done::nothing(Op::View {
                    r#as,
                    ty: keys.ty.value,
                    buffer: buffer?,
                    offset: offset?,
                    length: length?,
                })
            }
            Verb::Subarray(keys) => {
                let view = self.view(agent, &keys.view);
                let (begin, end) =
                    (self.maybe(agent, keys.begin.as_ref()), self.maybe(agent, keys.end.as_ref()));
                self.define(agent, &keys.name, view.map_or(Kind::Unknown, Kind::View));
                view?;
                let (r#as, view) = (keys.name.text.clone(), keys.view.text.clone());
                Done::nothing(Op::Subarray { r#as, view, begin: begin?, end: end? })
            }
            Verb::Slice(keys) => {
                let of = self.buffer_or_view(agent, &keys.of);
                let (begin, end) =
                    (self.maybe(agent, keys.begin.as_ref()), self.maybe(agent, keys.end.as_ref()));
                if let Some((_, Kind::View(ViewType::DataView))) = of {
                    self.error(&keys.of.span, "a DataView has no `slice`");
                    return None;
                }
                let (of, kind) = of.map_or((None, Kind::Unknown), |(of, kind)| (Some(of), kind));
                self.define(agent, &keys.name, kind);
                Done::nothing(Op::Slice { r#as: keys.name.text.clone(), of: of?, begin: begin?, end: end? })
            }
            Verb::Get(keys) => {
                let view = self.view(agent, &keys.view);
                let index = self.stated_number(agent, &keys.index)?;
                let returns = Returns::Host(HostType::of_view(view?));
                Done::returning(Op::Get { view: keys.view.text.clone(), index }, returns)
            }
            Verb::Put(keys) => {
                let index = self.stated_number(agent, &keys.index);
                let ty = HostType::of_view(self.view(agent, &keys.view)?);
                let value = self.host(agent, &keys.value, ty)?;
                Done::nothing(Op::Put { view: keys.view.text.clone(), index: index?, value })
            }
            Verb::Set(keys) => self.set(agent, form, keys)?,
            Verb::Fill(keys) => {
                let (begin, end) =
                    (self.maybe(agent, keys.begin.as_ref()), self.maybe(agent, keys.end.as_ref()));
                let ty = HostType::of_view(self.view(agent, &keys.view)?);
                let value = self.host(agent, &keys.value, ty)?;
                Done::nothing(Op::Fill { view: keys.view.text.clone(), value, begin: begin?, end: end? })
            }
            Verb::CopyWithin(keys) => {
                let (target, begin) = (self.number(agent, &keys.target), self.number(agent, &keys.begin));
                let end = self.maybe(agent, keys.end.as_ref());
                self.view(agent, &keys.view)?;
                let view = keys.view.text.clone();
                Done::nothing(Op::CopyWithin { view, target: target?, begin: begin?, end: end? })
            }
            Verb::DataGet(keys) => {
                let offset = self.number(agent, &keys.offset);
                let little = self.order(form, &keys.ty, keys.order.as_ref());
                self.data_view(agent, &keys.view)?;
                let (view, element) = (keys.view.text.clone(), keys.ty.value);
                let op = Op::DataGet { view, offset: offset?, element, little: little? };
                Done::returning(op, Returns::Host(HostType::of_element(element)))
            }
            Verb::DataPut(keys) => {
                let offset = self.number(agent, &keys.offset);
                let value = self.host(agent, &keys.value, HostType::of_element(keys.ty.value));
                let little = self.order(form, &keys.ty, keys.order.as_ref());
                self.data_view(agent, &keys.view)?;
                let (view, element) = (keys.view.text.clone(), keys.ty.value);
                Done::nothing(Op::DataPut { view, offset: offset?, element, value: value?, little: little? })
            }
            Verb::Read(keys) => {
                let buffer = self.buffer(agent, &keys.buffer);
                let (at, count) =
                    (self.stated_number(agent, &keys.at), self.stated_number(agent, &keys.count)?);
                let known = literal_number(&count).map(|count| count as usize);
                Done::returning(Op::Read { buffer: buffer?, at: at?, count }, Returns::Bytes(known))
            }
            Verb::Write(keys) => {
                let buffer = self.buffer(agent, &keys.buffer);
                let at = self.stated_number(agent, &keys.at);
                let Some(bytes) = crate::value::unhex(&keys.bytes.text) else {
                    let found = quoted(&keys.bytes.text);
                    self.error(
                        &keys.bytes.span,
                        format!("{found} is not bytes: two hexadecimal digits each"),
                    );
                    return None;
                };
                Done::nothing(Op::Write { buffer: buffer?, at: at?, bytes })
            }
            Verb::Digest(keys) => self.digest(agent, keys)?,
            Verb::Atomic(keys) => self.atomic(agent, form, keys)?,
            Verb::Wait(keys) => {
                let (index, timeout) =
                    (self.number(agent, &keys.index), self.maybe(agent, keys.timeout.as_ref()));
                let ty = HostType::of_view(self.view(agent, &keys.view)?);
                let value = self.host(agent, &keys.value, ty)?;
                let view = keys.view.text.clone();
                Done::returning(
                    Op::Wait { view, index: index?, value, timeout: timeout? },
                    Returns::Word(WAITS),
                )
            }
            Verb::WaitAsync(keys) => {
                self.needs.extend([Feature::WaitAsync, Feature::Js]);
                let (index, timeout) =
                    (self.number(agent, &keys.index), self.maybe(agent, keys.timeout.as_ref()));
                self.define(agent, &keys.name, Kind::Promise);
                let ty = HostType::of_view(self.view(agent, &keys.view)?);
                let value = self.host(agent, &keys.value, ty)?;
                let (r#as, view) = (keys.name.text.clone(), keys.view.text.clone());
                let op = Op::WaitAsync { r#as, view, index: index?, value, timeout: timeout? };
                Done::returning(op, Returns::Word(ASYNC_WAITS))
            }
            Verb::Notify(keys) => {
                let (index, count) =
                    (self.number(agent, &keys.index), self.maybe(agent, keys.count.as_ref()));
                self.view(agent, &keys.view)?;
                let until = keys.until.as_ref().map(|until| until.value);
                Done::returning(
                    Op::Notify { view: keys.view.text.clone(), index: index?, count: count?, until },
                    number,
                )
            }
            Verb::Settle(keys) => {
                self.needs.insert(Feature::Js);
                Done::returning(
                    Op::Settle { promise: self.promise(agent, &keys.promise)? },
                    Returns::Anything,
                )
            }
            Verb::Pending(keys) => {
                self.needs.insert(Feature::Js);
                Done::returning(Op::Pending { promise: self.promise(agent, &keys.promise)? }, boolean)
            }
            Verb::Turn(_) => Done::nothing(Op::Turn),
            Verb::Transfer(keys) => {
                self.needs.extend([Feature::Transfer, Feature::Js]);
                let buffer = self.buffer(agent, &keys.buffer);
                let length = self.maybe(agent, keys.length.as_ref());
                self.define(agent, &keys.name, Kind::Buffer);
                Done::nothing(Op::Transfer { r#as: keys.name.text.clone(), buffer: buffer?, length: length? })
            }
            // `Resolver::operation` takes the others.
            _ => return None,
        })
    }

    fn make_memory(&mut self, agent: &str, form: &StepForm, keys: &keys::Memory) -> Option<Done> {
        let mut pairs: Vec<(String, Option<Operand>)> = Vec::new();
        if let Some(verbatim) = &keys.descriptor {
            if keys.initial.is_some()
                || keys.maximum.is_some()
                || keys.shared.is_some()
                || keys.address.is_some()
            {
                self.error(&form.span, "a memory has either `descriptor` or the keys for it");
            }
            for (key, literal) in &verbatim.0 {
                // A descriptor has texts that need no quotes, `address: i64` above all.
                let word = literal.is_plain() && matches!(literal.text.as_str(), "i32" | "i64");
                let value = match word {
                    true => Some(Operand::Literal(Value::String(literal.text.clone()))),
                    false => self.stated_number(agent, literal),
                };
                pairs.push((key.text.clone(), value));
            }
        } else {
            let wide = keys.address.as_ref().is_some_and(|address| address.value == Address::I64);
            let pages = if wide { HostType::BigInt } else { HostType::Number };
            let Some(initial) = &keys.initial else {
                self.error(&form.span, "the key `initial` is missing here");
                return None;
            };
            pairs.push(("initial".to_owned(), self.stated(agent, initial, pages)));
            if let Some(maximum) = &keys.maximum {
                pairs.push(("maximum".to_owned(), self.stated(agent, maximum, pages)));
            }
            if let Some(shared) = &keys.shared {
                pairs.push(("shared".to_owned(), Some(Operand::Literal(Value::Boolean(shared.value)))));
            }
            if let Some(address) = &keys.address {
                let name = if address.value == Address::I64 { "i64" } else { "i32" };
                pairs.push(("address".to_owned(), Some(Operand::Literal(Value::String(name.to_owned())))));
            }
        }
        let descriptor: Option<Vec<(String, Operand)>> =
            pairs.into_iter().map(|(key, operand)| Some((key, operand?))).collect();
        let descriptor = descriptor?;
        let is = |key: &str, value: &Value| {
            descriptor
                .iter()
                .any(|(name, operand)| name == key && *operand == Operand::Literal(value.clone()))
        };
        let kind = MemoryKind {
            address64: is("address", &Value::String("i64".to_owned())),
            shared: is("shared", &Value::Boolean(true)),
            initial: descriptor
                .iter()
                .find(|(name, _)| name == "initial")
                .and_then(|(_, initial)| literal_number(initial)),
        };
        if kind.shared {
            self.needs.insert(Feature::Threads);
        }
        if kind.address64 {
            self.needs.insert(Feature::Memory64);
        }
        if kind.shared && kind.address64 {
            self.needs.insert(Feature::SharedMemory64);
        }
        self.define(agent, &keys.name, Kind::Memory(kind));
        Some(Done::nothing(Op::Memory { r#as: keys.name.text.clone(), descriptor }).allocating())
    }

    fn property(&mut self, agent: &str, of: &Ref, property: Property, returns: Returns) -> Option<Done> {
        let (of, _) = self.buffer_or_view(agent, of)?;
        Some(Done::returning(Op::Property { of, property }, returns))
    }

    fn order(&mut self, form: &StepForm, element: &At<Element>, order: Option<&At<Order>>) -> Option<bool> {
        match order {
            Some(order) => Some(order.value == Order::Little),
            None if matches!(element.value, Element::Int8 | Element::Uint8) => Some(false),
            None => {
                self.error(&form.span, "the key `order` is missing here: `little` or `big`");
                None
            }
        }
    }

    fn set(&mut self, agent: &str, form: &StepForm, keys: &'d keys::Set) -> Option<Done> {
        let offset = self.maybe(agent, keys.offset.as_ref());
        let ty = HostType::of_view(self.view(agent, &keys.view)?);
        let source = match (&keys.values, &keys.from) {
            (Some(values), None) => {
                let values: Vec<_> = values.iter().map(|value| self.host(agent, value, ty)).collect();
                SetSource::Values(values.into_iter().collect::<Option<_>>()?)
            }
            (None, Some(from)) => {
                self.view(agent, from)?;
                SetSource::View(from.text.clone())
            }
            _ => {
                self.error(&form.span, "`set` has either `values` or `from`");
                return None;
            }
        };
        Some(Done::nothing(Op::Set { view: keys.view.text.clone(), source, offset: offset? }))
    }

    fn digest(&mut self, agent: &str, keys: &keys::Digest) -> Option<Done> {
        let buffer = self.buffer(agent, &keys.buffer);
        let (at, count) =
            (self.maybe_stated(agent, keys.at.as_ref()), self.maybe_stated(agent, keys.count.as_ref())?);
        let range = count.as_ref().and_then(literal_number);
        // A memory only grows, so what it began with is the least that it has.
        let whole = match self.state.agents.get(agent).and_then(|owner| owner.handles.get(&keys.buffer.name))
        {
            Some((Kind::Memory(memory), _)) if keys.count.is_none() && keys.at.is_none() => {
                memory.initial.map(|pages| pages.saturating_mul(PAGE))
            }
            _ => None,
        };
        if range.or(whole).is_some_and(|bytes| bytes > MOST_DIGESTED) {
            let span = keys.count.as_ref().map_or(&keys.buffer.span, |count| &count.span);
            let help = "give a smaller range: `at` and `count`".to_owned();
            self.report.error_with_help(span, "a digest covers at most 64 MiB", help);
            return None;
        }
        let op = Op::Digest { buffer: buffer?, at: at?, count, pages: false };
        Some(Done::returning(op, Returns::Digest))
    }

    fn atomic(&mut self, agent: &str, form: &StepForm, keys: &'d keys::Atomic) -> Option<Done> {
        let index = self.number(agent, &keys.index);
        let action = keys.action.value;
        let wants = |key: &str, wanted: bool, found: bool| match (wanted, found) {
            (true, false) => Some(format!("the key `{key}` is missing here")),
            (false, true) => Some(format!("this operation takes no `{key}`")),
            _ => None,
        };
        let wrong = wants("value", action != AtomicOp::Load, keys.value.is_some())
            .or_else(|| wants("expected", action == AtomicOp::CompareExchange, keys.expected.is_some()));
        if let Some(message) = wrong {
            self.error(&form.span, message);
            return None;
        }
        let ty = HostType::of_view(self.view(agent, &keys.view)?);
        let mut operand = |argument: &'d Option<Argument>| {
            argument.as_ref().map_or(Some(None), |argument| self.host(agent, argument, ty).map(Some))
        };
        let (value, expected) = (operand(&keys.value), operand(&keys.expected));
        let op = Op::Atomic {
            action,
            view: keys.view.text.clone(),
            index: index?,
            value: value?,
            expected: expected?,
        };
        Some(Done::returning(op, Returns::Host(ty)))
    }
}

/// A whole number that the case states.
fn literal_number(operand: &Operand) -> Option<u64> {
    match operand {
        Operand::Literal(Value::BigInt(text)) => text.parse().ok(),
        Operand::Literal(value) => {
            let number = value.as_number()?;
            (number >= 0.0 && number.fract() == 0.0 && number < 2f64.powi(53)).then_some(number as u64)
        }
        Operand::Kept(_) | Operand::Converting(_) => None,
    }
}
