//! Handles: what an agent's names stand for, and whether that is what a step wants.

use super::Resolver;
use super::kinds::{Kind, MemoryKind};
use crate::case::names::{Name, Ref};
use crate::case::node::Span;
use crate::case::plan::{HandleRef, ViewType};
use crate::case::problem::{did_you_mean, quoted};

impl Resolver<'_> {
    /// What an agent's handle stands for.
    pub(super) fn handle(&mut self, agent: &str, name: &str, span: &Span) -> Option<Kind> {
        let owner = self.state.agents.get(agent)?;
        if let Some((kind, _)) = owner.handles.get(name) {
            // What is unknown was reported where it was made.
            return (*kind != Kind::Unknown).then(|| kind.clone());
        }
        if owner.kept.contains_key(name) {
            self.error(span, format!("`{name}` is a kept result: write `${name}`"));
            return None;
        }
        let elsewhere = self.state.agents.iter().find_map(|(other, state)| {
            state.handles.get(name).map(|(kind, _)| {
                format!("`{name}` is {} of agent {other}; {agent} has not received it", kind.describe())
            })
        });
        if let Some(message) = elsewhere {
            self.error(span, message);
            return None;
        }
        let help = did_you_mean(name, owner.handles.keys().map(String::as_str));
        self.report.error_with_help(span, format!("{agent} has no handle {}", quoted(name)), help);
        None
    }

    pub(super) fn wanted(&mut self, name: &str, span: &Span, found: &Kind, wanted: &str) {
        self.error(span, format!("`{name}` is {}, and {wanted} is wanted", found.describe()));
    }

    pub(super) fn memory(&mut self, agent: &str, name: &Name) -> Option<MemoryKind> {
        match self.handle(agent, &name.text, &name.span)? {
            Kind::Memory(memory) => Some(memory),
            other => {
                self.wanted(&name.text, &name.span, &other, "a memory");
                None
            }
        }
    }

    pub(super) fn view(&mut self, agent: &str, name: &Name) -> Option<ViewType> {
        match self.handle(agent, &name.text, &name.span)? {
            Kind::View(view) if view != ViewType::DataView => Some(view),
            other => {
                self.wanted(&name.text, &name.span, &other, "a typed array");
                None
            }
        }
    }

    pub(super) fn data_view(&mut self, agent: &str, name: &Name) -> Option<()> {
        match self.handle(agent, &name.text, &name.span)? {
            Kind::View(ViewType::DataView) => Some(()),
            other => {
                self.wanted(&name.text, &name.span, &other, "a DataView");
                None
            }
        }
    }

    pub(super) fn promise(&mut self, agent: &str, name: &Name) -> Option<String> {
        match self.handle(agent, &name.text, &name.span)? {
            Kind::Promise => Some(name.text.clone()),
            other => {
                self.wanted(&name.text, &name.span, &other, "a promise");
                None
            }
        }
    }

    /// Any object; `.buffer` only of what has one.
    pub(super) fn object(&mut self, agent: &str, reference: &Ref) -> Option<(HandleRef, Kind)> {
        let kind = self.handle(agent, &reference.name, &reference.span)?;
        let handle = HandleRef { handle: reference.name.clone(), buffer: reference.buffer };
        if !reference.buffer {
            return Some((handle, kind));
        }
        match kind {
            Kind::Memory(_) | Kind::View(_) => Some((handle, Kind::Buffer)),
            other => {
                self.error(
                    &reference.span,
                    format!("`{}` is {}, which has no buffer", reference.name, other.describe()),
                );
                None
            }
        }
    }

    /// A buffer; a memory stands for its current one.
    pub(super) fn buffer(&mut self, agent: &str, reference: &Ref) -> Option<HandleRef> {
        let (mut handle, kind) = self.object(agent, reference)?;
        match kind {
            Kind::Buffer => Some(handle),
            Kind::Memory(_) => {
                handle.buffer = true;
                Some(handle)
            }
            Kind::View(_) => {
                let name = &reference.name;
                let message = format!("`{name}` is {}, and a buffer is wanted", kind.describe());
                self.report.error_with_help(
                    &reference.span,
                    message,
                    format!("its buffer is `{name}.buffer`"),
                );
                None
            }
            other => {
                self.wanted(&reference.name, &reference.span, &other, "a buffer");
                None
            }
        }
    }

    /// A buffer or a view; a memory stands for its current buffer.
    pub(super) fn buffer_or_view(&mut self, agent: &str, reference: &Ref) -> Option<(HandleRef, Kind)> {
        let (mut handle, kind) = self.object(agent, reference)?;
        match kind {
            Kind::Buffer | Kind::View(_) => Some((handle, kind)),
            Kind::Memory(_) => {
                handle.buffer = true;
                Some((handle, Kind::Buffer))
            }
            other => {
                self.wanted(&reference.name, &reference.span, &other, "a buffer or a view");
                None
            }
        }
    }
}
