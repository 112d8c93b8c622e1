//! The operations on views, on the bytes of buffers, and of `Atomics`.

use std::rc::Rc;

use sha2::{Digest as _, Sha256};

use super::{Done, nothing, one};
use crate::case::plan::{AtomicOp, HandleRef, Operand, SetSource, ViewType};
use crate::embedding::element::Kind;
use crate::embedding::error::Stop;
use crate::embedding::handle::Handle;
use crate::embedding::number::Js;
use crate::embedding::realm::Realm;
use crate::embedding::view::View;
use crate::embedding::{atomics, dataview};
use crate::engine::{Agent, PAGE};
use crate::protocol::ObservedBy::{self, Embedding, Engine};
use crate::value::{Value, hex};

/// Whose bytes a view shows.
fn owner(view: &View) -> ObservedBy {
    if view.buffer.is_engines() { Engine } else { Embedding }
}

impl Realm {
    pub fn slice(
        &self,
        agent: &mut dyn Agent,
        name: &str,
        of: &HandleRef,
        begin: Option<&Operand>,
        end: Option<&Operand>,
    ) -> Result<Done, Stop> {
        let (begin, end) = (self.optional(begin)?, self.optional(end)?);
        let copy = match self.object(of)? {
            Handle::View(view) => Handle::View(view.slice(agent, &begin, &end)?),
            _ => Handle::Buffer(self.buffer(of)?.slice(agent, &begin, &end)?),
        };
        self.name(name, copy);
        nothing(Embedding)
    }

    pub fn get(&self, agent: &mut dyn Agent, view: &str, index: &Operand) -> Result<Done, Stop> {
        let view = self.view(view)?;
        match view.get(agent, &self.js(index)?)? {
            Some(value) => one(owner(&view), value),
            None => one(Embedding, Value::Undefined),
        }
    }

    pub fn set(
        &self,
        agent: &mut dyn Agent,
        view: &str,
        source: &SetSource,
        offset: Option<&Operand>,
    ) -> Result<Done, Stop> {
        let view = self.view(view)?;
        let offset = self.optional(offset)?;
        match source {
            SetSource::View(source) => view.set_view(agent, self.view(source)?.as_ref(), &offset)?,
            SetSource::Values(values) => {
                let values = values.iter().map(|value| self.js(value)).collect::<Result<Vec<_>, _>>()?;
                view.set_values(agent, &values, &offset)?;
            }
        }
        nothing(Embedding)
    }

    pub fn data_get(
        &self,
        agent: &mut dyn Agent,
        view: &str,
        offset: &Operand,
        kind: Kind,
        little: bool,
    ) -> Result<Done, Stop> {
        let view = self.view(view)?;
        one(owner(&view), dataview::get(agent, &view, &self.js(offset)?, kind, little)?)
    }

    pub fn data_put(
        &self,
        agent: &mut dyn Agent,
        view: &str,
        offset: &Operand,
        kind: Kind,
        value: &Operand,
        little: bool,
    ) -> Result<Done, Stop> {
        let view = self.view(view)?;
        dataview::set(agent, &view, &self.js(offset)?, kind, &self.js(value)?, little)?;
        nothing(Embedding)
    }

    pub fn read(
        &self,
        agent: &mut dyn Agent,
        buffer: &HandleRef,
        at: &Operand,
        count: &Operand,
    ) -> Result<Done, Stop> {
        let view = self.bytes(buffer, &self.js(at)?, &self.js(count)?)?;
        one(owner(&view), Value::Bytes(view.buffer.read(agent, view.offset, view.length)?))
    }

    pub fn write(
        &self,
        agent: &mut dyn Agent,
        buffer: &HandleRef,
        at: &Operand,
        bytes: &[u8],
    ) -> Result<Done, Stop> {
        let view = self.bytes(buffer, &self.js(at)?, &Js::Number(bytes.len() as f64))?;
        view.buffer.write(agent, view.offset, bytes)?;
        nothing(Embedding)
    }

    pub fn digest(
        &self,
        agent: &mut dyn Agent,
        buffer: &HandleRef,
        at: Option<&Operand>,
        count: Option<&Operand>,
        pages: bool,
    ) -> Result<Done, Stop> {
        let view = self.bytes(buffer, &self.optional(at)?, &self.optional(count)?)?;
        Ok((owner(&view), digests(agent, &view, pages)?))
    }

    /// `new Uint8Array(buffer, at, count)`
    fn bytes(&self, buffer: &HandleRef, at: &Js, count: &Js) -> Result<Rc<View>, Stop> {
        Ok(View::new(&self.buffer(buffer)?, ViewType::Uint8Array, at, count)?)
    }

    pub fn atomic(
        &self,
        agent: &mut dyn Agent,
        action: AtomicOp,
        view: &str,
        index: &Operand,
        value: Option<&Operand>,
        expected: Option<&Operand>,
    ) -> Result<Done, Stop> {
        let view = self.view(view)?;
        let (value, expected) = (self.optional(value)?, self.optional(expected)?);
        let result = atomics::operate(agent, &view, action, &self.js(index)?, &value, &expected)?;
        // A store returns its own operand, and what is done to an unshared buffer is done here.
        let ours = action == AtomicOp::Store || !(view.buffer.is_shared() || action == AtomicOp::Load);
        one(if ours { Embedding } else { owner(&view) }, result)
    }

    pub fn wait(
        &self,
        view: &str,
        index: &Operand,
        value: &Operand,
        timeout: Option<&Operand>,
    ) -> Result<Done, Stop> {
        let timeout = self.optional(timeout)?;
        let (index, value) = (self.js(index)?, self.js(value)?);
        one(Engine, atomics::wait(self.view(view)?.as_ref(), &index, &value, &timeout)?)
    }

    pub fn notify(
        &self,
        view: &str,
        index: &Operand,
        count: Option<&Operand>,
        until: Option<u32>,
    ) -> Result<Done, Stop> {
        let view = self.view(view)?;
        let count = self.optional(count)?;
        let go_on = || !self.run.is_stopped(self.me);
        let woken = atomics::notify(&view, &self.js(index)?, &count, until, go_on)?;
        one(if view.buffer.is_shared() { Engine } else { Embedding }, woken)
    }
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
            values.push(Value::Digest(hex(&Sha256::digest(&*bytes))));
        } else {
            whole.update(&*bytes);
        }
        at += bytes.len() as u64;
    }
    if !pages {
        values.push(Value::Digest(hex(&whole.finalize())));
    }
    Ok(values)
}
