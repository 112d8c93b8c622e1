//! DataViews: <https://tc39.es/ecma262/#sec-dataview-objects>.

use std::rc::Rc;

use super::buffer::Buffer;
use super::element::Kind;
use super::error::{Stop, Thrown};
use super::number::Js;
use super::view::View;
use crate::case::plan::ViewType;
use crate::engine::Agent;
use crate::value::Value;

/// `new DataView(buffer, offset, length)`
pub fn new(buffer: &Rc<Buffer>, offset: &Js, length: &Js) -> Result<Rc<View>, Thrown> {
    let offset = offset.to_index()?;
    buffer.attached()?;
    let available = buffer.byte_length();
    let rest = available
        .checked_sub(offset)
        .ok_or_else(|| Thrown::range_error("the offset is outside the buffer"))?;
    let length = if *length == Js::Undefined { rest } else { length.to_index()? };
    if length > rest {
        return Err(Thrown::range_error("the view is outside the buffer"));
    }
    Ok(Rc::new(View { buffer: Rc::clone(buffer), ty: ViewType::DataView, offset, length }))
}

/// [GetViewValue](https://tc39.es/ecma262/#sec-getviewvalue)
pub fn get(agent: &mut dyn Agent, view: &View, at: &Js, kind: Kind, little: bool) -> Result<Value, Stop> {
    let at = index(view, at)?;
    let at = place(view, at, kind)?;
    let mut word = [0; 8];
    view.buffer.read_into(agent, at, &mut word[..kind.bytes() as usize])?;
    Ok(kind.value(kind.decode(&word, little)))
}

/// [SetViewValue](https://tc39.es/ecma262/#sec-setviewvalue)
pub fn set(
    agent: &mut dyn Agent,
    view: &View,
    at: &Js,
    kind: Kind,
    value: &Js,
    little: bool,
) -> Result<(), Stop> {
    let at = index(view, at)?;
    let bits = kind.bits(value)?;
    let at = place(view, at, kind)?;
    view.buffer.write(agent, at, &kind.encode(bits, little)[..kind.bytes() as usize])
}

fn index(view: &View, at: &Js) -> Result<u64, Thrown> {
    if view.ty != ViewType::DataView {
        return Err(Thrown::type_error("a typed array has no such method"));
    }
    at.to_index()
}

fn place(view: &View, at: u64, kind: Kind) -> Result<u64, Thrown> {
    view.buffer.attached()?;
    if at.checked_add(kind.bytes()).is_none_or(|end| end > view.length) {
        return Err(Thrown::range_error("the access is outside the view"));
    }
    Ok(view.offset + at)
}
