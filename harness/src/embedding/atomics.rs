//! The `Atomics` object: <https://tc39.es/ecma262/#sec-atomics-object>.

use std::time::{Duration, Instant};

use super::buffer::Block;
use super::element::Kind;
use super::error::{Stop, Thrown};
use super::number::{Js, number};
use super::view::View;
use crate::case::plan::{AtomicOp, NOTIFY_DEADLINE_MS};
use crate::engine::{Agent, Atomic, SharedMemory, Woken};
use crate::value::Value;

/// [ValidateIntegerTypedArray](https://tc39.es/ecma262/#sec-validateintegertypedarray)
fn validate(view: &View, waitable: bool) -> Result<Kind, Thrown> {
    let kind = view.validate()?;
    let fits = if waitable { kind.is_waitable() } else { kind.is_atomic() };
    if fits { Ok(kind) } else { Err(Thrown::type_error("the view has not the elements that this needs")) }
}

/// [ValidateAtomicAccess](https://tc39.es/ecma262/#sec-validateatomicaccess): the byte in the buffer.
fn place(view: &View, kind: Kind, index: &Js) -> Result<u64, Thrown> {
    let index = index.to_index()?;
    if index >= view.current_length() {
        return Err(Thrown::range_error("the index is outside the view"));
    }
    Ok(view.offset + index * kind.bytes())
}

/// Any operation but waiting and notifying.
pub fn operate(
    agent: &mut dyn Agent,
    view: &View,
    action: AtomicOp,
    index: &Js,
    value: &Js,
    expected: &Js,
) -> Result<Value, Stop> {
    let kind = validate(view, false)?;
    let at = place(view, kind, index)?;
    let expected = if action == AtomicOp::CompareExchange { integer(kind, expected)?.0 } else { 0 };
    let (value, stored) =
        if action == AtomicOp::Load { (0, Value::Undefined) } else { integer(kind, value)? };
    let old = view.buffer.atomic(agent, at, kind.width(), Atomic { action, value, expected })?;
    // Atomics.store returns what it was given, as an integer.
    Ok(if action == AtomicOp::Store { stored } else { kind.value(old) })
}

/// The bits of an operand, and the integer that it is.
fn integer(kind: Kind, value: &Js) -> Result<(u64, Value), Thrown> {
    if kind.is_bigint() {
        let bigint = value.to_bigint()?;
        let text = bigint.exact.map_or_else(|| bigint.low.to_string(), |exact| exact.to_string());
        return Ok((bigint.low, Value::BigInt(text)));
    }
    let integer = value.to_integer()?;
    Ok((kind.bits(&Js::Number(integer))?, Value::number(integer)))
}

/// [DoWait](https://tc39.es/ecma262/#sec-dowait) of a synchronous wait. Every agent can suspend.
///
/// The waiter is in the engine's own queue, so that guests and hosts wake each other; nothing else
/// than a notification or the timeout gets it out of there, so such an agent cannot be terminated.
pub fn wait(view: &View, index: &Js, value: &Js, timeout: &Js) -> Result<Value, Stop> {
    let kind = validate(view, true)?;
    if !view.buffer.is_shared() {
        return Err(Thrown::type_error("only a shared buffer can be waited on").into());
    }
    let at = place(view, kind, index)?;
    let expected = kind.bits(value)?;
    let timeout = timeout.to_number()?;
    let timeout = if timeout.is_nan() { f64::INFINITY } else { timeout.max(0.0) };
    // What is too long to be a duration is longer than anybody waits.
    let timeout = Duration::try_from_secs_f64(timeout / 1000.0).ok();
    let woken = memory(view)?.wait(at, kind.width(), expected, timeout)?;
    let text = match woken {
        Woken::Ok => "ok",
        Woken::NotEqual => "not-equal",
        Woken::TimedOut => "timed-out",
    };
    Ok(Value::String(text.to_owned()))
}

/// `Atomics.notify(view, index, count)`; with `until`, again and again as the plan says, while
/// `go_on`.
pub fn notify(
    view: &View,
    index: &Js,
    count: &Js,
    until: Option<u32>,
    go_on: impl Fn() -> bool,
) -> Result<Value, Stop> {
    let kind = validate(view, true)?;
    let at = place(view, kind, index)?;
    let count = if *count == Js::Undefined { f64::INFINITY } else { count.to_integer()?.max(0.0) };
    if !view.buffer.is_shared() {
        return Ok(number(0));
    }
    let memory = memory(view)?;
    let mut woken = u64::from(memory.notify(at, count as u32)?);
    if let Some(until) = until {
        let deadline = Instant::now() + Duration::from_millis(NOTIFY_DEADLINE_MS);
        while woken < u64::from(until) && Instant::now() < deadline && go_on() {
            std::thread::sleep(Duration::from_micros(100));
            woken += u64::from(memory.notify(at, count as u32)?);
        }
    }
    Ok(number(woken))
}

/// The shared memory under a view.
fn memory(view: &View) -> Result<&dyn SharedMemory, Stop> {
    match &view.buffer.block {
        Block::Shared(memory) => Ok(memory.as_ref()),
        _ => Err(Stop::Unsupported("only a memory's buffer has a queue of waiters here".to_owned())),
    }
}
