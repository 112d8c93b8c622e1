//! Typed arrays: construction, elements, and the methods that copy.
//!
//! <https://tc39.es/ecma262/#sec-typedarray-objects>. DataViews are in `dataview`, and share
//! [`View`] with typed arrays since both are a range of a buffer. No buffer here changes its length
//! while it is attached, so a view is out of bounds exactly when its buffer is detached.

use std::rc::Rc;

use super::buffer::Buffer;
use super::element::Kind;
use super::error::{Stop, Thrown};
use super::number::{Js, relative};
use crate::case::plan::ViewType;
use crate::engine::{Agent, PAGE};
use crate::value::Value;

/// A view object. Two are the same if they are one `Rc`.
pub struct View {
    pub buffer: Rc<Buffer>,
    pub ty: ViewType,
    /// [[ByteOffset]]
    pub offset: u64,
    /// In elements, of a DataView in bytes.
    pub length: u64,
}

impl View {
    /// `new Type(buffer, offset, length)`:
    /// [InitializeTypedArrayFromArrayBuffer](https://tc39.es/ecma262/#sec-initializetypedarrayfromarraybuffer).
    pub fn new(buffer: &Rc<Buffer>, ty: ViewType, offset: &Js, length: &Js) -> Result<Rc<Self>, Thrown> {
        let Some(kind) = Kind::of_view(ty) else {
            return super::dataview::new(buffer, offset, length);
        };
        let offset = offset.to_index()?;
        if !offset.is_multiple_of(kind.bytes()) {
            return Err(Thrown::range_error(format!(
                "offset {offset} is not a multiple of {}",
                kind.bytes()
            )));
        }
        let wanted = if *length == Js::Undefined { None } else { Some(length.to_index()?) };
        buffer.attached()?;
        let available = buffer.byte_length();
        let length = match wanted {
            None if !available.is_multiple_of(kind.bytes()) => {
                return Err(Thrown::range_error("the buffer's length is no multiple of the element's"));
            }
            None => available
                .checked_sub(offset)
                .map(|bytes| bytes / kind.bytes())
                .ok_or_else(|| Thrown::range_error("the offset is outside the buffer"))?,
            Some(length) => {
                let end = length.checked_mul(kind.bytes()).and_then(|bytes| bytes.checked_add(offset));
                if end.is_none_or(|end| end > available) {
                    return Err(Thrown::range_error("the view is outside the buffer"));
                }
                length
            }
        };
        Ok(Rc::new(Self { buffer: Rc::clone(buffer), ty, offset, length }))
    }

    /// The kind of its elements; a TypeError for a DataView, which has no such methods.
    pub fn kind(&self) -> Result<Kind, Thrown> {
        Kind::of_view(self.ty).ok_or_else(|| Thrown::type_error("a DataView has no such method"))
    }

    /// Its length, 0 once the buffer is detached.
    pub fn current_length(&self) -> u64 {
        if self.buffer.is_detached() { 0 } else { self.length }
    }

    /// [ValidateTypedArray](https://tc39.es/ecma262/#sec-validatetypedarray)
    pub fn validate(&self) -> Result<Kind, Thrown> {
        let kind = self.kind()?;
        self.buffer.attached()?;
        Ok(kind)
    }

    /// The byte at which an element is; nothing where the index is not one:
    /// [IsValidIntegerIndex](https://tc39.es/ecma262/#sec-isvalidintegerindex).
    fn place(&self, kind: Kind, index: f64) -> Option<u64> {
        let integral = index.trunc() == index && index >= 0.0 && !(index == 0.0 && index.is_sign_negative());
        let valid = integral && index < self.current_length() as f64;
        valid.then(|| self.offset + index as u64 * kind.bytes())
    }

    fn bits(&self, agent: &mut dyn Agent, kind: Kind, at: u64) -> Result<u64, Stop> {
        let mut word = [0; 8];
        let word = &mut word[..kind.bytes() as usize];
        self.buffer.read_into(agent, at, word)?;
        Ok(kind.decode(word, true))
    }

    fn set_bits(&self, agent: &mut dyn Agent, kind: Kind, at: u64, bits: u64) -> Result<(), Stop> {
        self.buffer.write(agent, at, &kind.encode(bits, true)[..kind.bytes() as usize])
    }

    /// `view[index]`, nothing where JavaScript has `undefined`.
    pub fn get(&self, agent: &mut dyn Agent, index: &Js) -> Result<Option<Value>, Stop> {
        let Some(kind) = Kind::of_view(self.ty) else { return Ok(None) };
        match self.place(kind, index.to_number()?) {
            Some(at) => Ok(Some(kind.value(self.bits(agent, kind, at)?))),
            None => Ok(None),
        }
    }

    /// `view[index] = value`: [TypedArraySetElement](https://tc39.es/ecma262/#sec-typedarraysetelement),
    /// which converts the value first and then ignores a bad index.
    pub fn put(&self, agent: &mut dyn Agent, index: &Js, value: &Js) -> Result<(), Stop> {
        // A DataView gets an ordinary property, which nothing here looks at.
        let Some(kind) = Kind::of_view(self.ty) else { return Ok(()) };
        let bits = kind.bits(value)?;
        match self.place(kind, index.to_number()?) {
            Some(at) => self.set_bits(agent, kind, at, bits),
            None => Ok(()),
        }
    }

    /// `view.subarray(begin, end)`
    pub fn subarray(&self, begin: &Js, end: &Js) -> Result<Rc<Self>, Thrown> {
        let kind = self.kind()?;
        let (from, to) = bounds(begin, end, self.current_length())?;
        let offset = Js::Number((self.offset + from * kind.bytes()) as f64);
        Self::new(&self.buffer, self.ty, &offset, &Js::Number(to.saturating_sub(from) as f64))
    }

    /// `view.slice(begin, end)`
    pub fn slice(&self, agent: &mut dyn Agent, begin: &Js, end: &Js) -> Result<Rc<Self>, Stop> {
        let kind = self.validate()?;
        let (from, to) = bounds(begin, end, self.length)?;
        let length = to.saturating_sub(from);
        let bytes = self.buffer.read(agent, self.offset + from * kind.bytes(), length * kind.bytes())?;
        Ok(Rc::new(Self { buffer: Buffer::owned(bytes, false), ty: self.ty, offset: 0, length }))
    }

    /// `view.fill(value, begin, end)`
    pub fn fill(&self, agent: &mut dyn Agent, value: &Js, begin: &Js, end: &Js) -> Result<(), Stop> {
        let kind = self.validate()?;
        let bits = kind.bits(value)?;
        let (from, to) = bounds(begin, end, self.length)?;
        let element = &kind.encode(bits, true)[..kind.bytes() as usize];
        // In parts, since a view can be larger than what the host wants to allocate.
        let end = self.offset + to.max(from) * kind.bytes();
        let part = element.repeat((PAGE / kind.bytes()) as usize);
        let mut at = self.offset + from * kind.bytes();
        while at < end {
            let count = (end - at).min(PAGE);
            self.buffer.write(agent, at, &part[..count as usize])?;
            at += count;
        }
        Ok(())
    }

    /// `view.copyWithin(target, begin, end)`
    pub fn copy_within(&self, agent: &mut dyn Agent, target: &Js, begin: &Js, end: &Js) -> Result<(), Stop> {
        let kind = self.validate()?;
        let to = relative(target.to_integer()?, self.length);
        let (from, end) = bounds(begin, end, self.length)?;
        let count = end.saturating_sub(from).min(self.length - to);
        let bytes = self.buffer.read(agent, self.offset + from * kind.bytes(), count * kind.bytes())?;
        self.buffer.write(agent, self.offset + to * kind.bytes(), &bytes)
    }

    /// `view.set(values, offset)`
    pub fn set_values(&self, agent: &mut dyn Agent, values: &[Js], offset: &Js) -> Result<(), Stop> {
        let (kind, start) = self.set_target(offset, values.len() as u64, |_| Ok(()))?;
        for (index, value) in (start..).zip(values) {
            let bits = kind.bits(value)?;
            self.set_bits(agent, kind, self.offset + index * kind.bytes(), bits)?;
        }
        Ok(())
    }

    /// `view.set(source, offset)`
    pub fn set_view(&self, agent: &mut dyn Agent, source: &Self, offset: &Js) -> Result<(), Stop> {
        let Some(from) = Kind::of_view(source.ty) else {
            // An array-like object without a length.
            return self.set_values(agent, &[], offset);
        };
        let (to, start) = self.set_target(offset, source.length, |to| {
            source.buffer.attached()?;
            let mixed = to.is_bigint() != from.is_bigint();
            if mixed { Err(Thrown::type_error("the elements are of different types")) } else { Ok(()) }
        })?;
        // Everything is read first, as the specification clones a source that overlaps.
        let bytes = source.buffer.read(agent, source.offset, source.length * from.bytes())?;
        let at = self.offset + start * to.bytes();
        if self.ty == source.ty {
            return self.buffer.write(agent, at, &bytes);
        }
        let mut converted = Vec::with_capacity((source.length * to.bytes()) as usize);
        for element in bytes.chunks_exact(from.bytes() as usize) {
            let value = Js::from(&from.value(from.decode(element, true)));
            converted.extend_from_slice(&to.encode(to.bits(&value)?, true)[..to.bytes() as usize]);
        }
        self.buffer.write(agent, at, &converted)
    }

    /// What both kinds of [set](https://tc39.es/ecma262/#sec-%typedarray%.prototype.set) check.
    fn set_target(
        &self,
        offset: &Js,
        count: u64,
        check_source: impl FnOnce(Kind) -> Result<(), Thrown>,
    ) -> Result<(Kind, u64), Thrown> {
        self.kind()?;
        let offset = offset.to_integer()?;
        if offset < 0.0 {
            return Err(Thrown::range_error("the offset is negative"));
        }
        let kind = self.validate()?;
        check_source(kind)?;
        if offset + count as f64 > self.length as f64 {
            return Err(Thrown::range_error("the source does not fit"));
        }
        Ok((kind, offset as u64))
    }
}

/// Where `begin` and `end` are in a sequence; an undefined end is the sequence's.
pub fn bounds(begin: &Js, end: &Js, length: u64) -> Result<(u64, u64), Thrown> {
    let from = relative(begin.to_integer()?, length);
    let to = if *end == Js::Undefined { length } else { relative(end.to_integer()?, length) };
    Ok((from, to))
}
