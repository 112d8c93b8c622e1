//! The verbs between agents: messages, started steps, termination.

use super::kinds::{Kind, Posted, Shape};
use super::operands::{self, HostType};
use super::{Done, Resolver};
use crate::case::decode::Literal;
use crate::case::expect::ExpectKind;
use crate::case::names::Ref;
use crate::case::plan::{Feature, HandleRef, MAIN, Message, Op, Pattern, Via};
use crate::case::problem::{did_you_mean, one_of, quoted};
use crate::case::step::StepForm;
use crate::case::travel::{MessageForm, PatternForm};
use crate::case::verbs::{Common, keys};

impl Resolver<'_> {
    pub(super) fn post(
        &mut self,
        number: u32,
        agent: &str,
        keys: &keys::Post,
        common: &Common,
    ) -> Option<Done> {
        let message = self.message(agent, &keys.message);
        let transfer = self.transferred(agent, keys.transfer.as_deref().unwrap_or_default());
        let (to, span) = (keys.to.text.as_str(), &keys.to.span);
        let via = keys.via.as_ref().map(|via| via.value).unwrap_or_default();
        self.agent_exists(to, span).then_some(())?;
        if to == agent {
            self.error(span, format!("{agent} cannot post to itself"));
            return None;
        }
        let receiver = self.state.agents.get_mut(to)?;
        let touched = std::mem::replace(&mut receiver.touched, true);
        if receiver.terminated {
            self.error(span, format!("the agent `{to}` was terminated"));
        }
        if via == Via::WorkerData && (agent != MAIN || touched) {
            let place = keys.via.as_ref().map_or(span, |via| &via.span).clone();
            let message = match agent {
                MAIN => {
                    format!("worker data is given when the worker is made: nothing may concern `{to}` before")
                }
                _ => "only main makes workers, and gives them data".to_owned(),
            };
            self.error(&place, message);
        }
        if via == Via::Message && agent != MAIN && to != MAIN {
            let help = "write `via: channel`".to_owned();
            self.report.error_with_help(span, "two workers reach each other only by a channel", help);
        }
        let (message, shape) = message?;
        // What cannot be cloned is not sent.
        let throws = common.expect.as_ref().is_some_and(
            |expect| matches!(&expect.kind, ExpectKind::Relation(relation) if relation.throws.is_some()),
        );
        if !throws {
            let (from, to) = (agent.to_owned(), to.to_owned());
            self.state.posted.push(Posted { step: number, from, to, via, shape });
        }
        Some(Done::nothing(Op::Post { to: to.to_owned(), message, via, transfer: transfer? }))
    }

    fn transferred(&mut self, agent: &str, transfer: &[Ref]) -> Option<Vec<HandleRef>> {
        let handles: Vec<Option<HandleRef>> =
            transfer.iter().map(|reference| self.buffer(agent, reference)).collect();
        handles.into_iter().collect()
    }

    fn message(&mut self, agent: &str, form: &MessageForm) -> Option<(Message, Shape)> {
        match form {
            MessageForm::One(literal) => self.message_part(agent, literal),
            MessageForm::Object(pairs) => {
                let parts: Vec<_> = pairs
                    .iter()
                    .map(|(key, form)| Some((key.text.clone(), self.message(agent, form)?)))
                    .collect();
                let (mut messages, mut shapes) = (Vec::new(), Vec::new());
                for (key, (message, shape)) in parts.into_iter().collect::<Option<Vec<_>>>()? {
                    messages.push((key.clone(), message));
                    shapes.push((key, shape));
                }
                Some((Message::Object(messages), Shape::Object(shapes)))
            }
            MessageForm::Array(forms) => {
                let parts: Vec<_> = forms.iter().map(|form| self.message(agent, form)).collect();
                let (messages, shapes) = parts.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
                Some((Message::Array(messages), Shape::Array(shapes)))
            }
        }
    }

    fn message_part(&mut self, agent: &str, literal: &Literal) -> Option<(Message, Shape)> {
        let keyword =
            matches!(literal.text.as_str(), "true" | "false" | "undefined" | "null" | "nan" | "inf");
        let reference = Ref::parse(&literal.text, &literal.span).filter(|_| literal.is_plain() && !keyword);
        if let Some(reference) = reference {
            let (handle, kind) = self.object(agent, &reference)?;
            let shape = match kind {
                Kind::Structure(shape) => *shape,
                kind => Shape::Handle(kind),
            };
            return Some((Message::Handle(handle), shape));
        }
        let value = operands::host(literal, HostType::Number);
        self.checked(literal, value).map(|value| (Message::Literal(value), Shape::Value))
    }

    pub(super) fn receive(&mut self, agent: &str, form: &StepForm, keys: &keys::Receive) -> Option<Done> {
        if let Some(from) = &keys.from {
            self.agent_exists(&from.text, &from.span).then_some(())?;
        }
        let fits = |posted: &Posted| {
            posted.to == agent
                && keys.from.as_ref().is_none_or(|from| from.text == posted.from)
                && keys.via.as_ref().is_none_or(|via| via.value == posted.via)
        };
        let Some(at) = self.state.posted.iter().position(fits) else {
            let message = match self.state.posted.iter().any(|posted| posted.to == agent) {
                true => format!("no message like that is under way to {agent}"),
                false => format!("no message is under way to {agent}: its `post` comes before"),
            };
            if !self.post_lost {
                self.error(&form.span, message);
            }
            return None;
        };
        let posted = self.state.posted.remove(at);
        let pattern = self.pattern(agent, &keys.pattern, &posted.shape)?;
        Some(Done::nothing(Op::Receive {
            r#as: pattern,
            from: posted.from,
            via: posted.via,
            post: posted.step,
        }))
    }

    fn pattern(&mut self, agent: &str, form: &PatternForm, shape: &Shape) -> Option<Pattern> {
        match (form, shape) {
            (PatternForm::Name(name), shape) => {
                self.define(agent, name, shape.kind());
                Some(Pattern::As(name.text.clone()))
            }
            (PatternForm::Object(_, pairs), Shape::Object(shapes)) => {
                let parts: Vec<Option<(String, Pattern)>> = pairs
                    .iter()
                    .map(|(key, form)| match shapes.iter().find(|(name, _)| *name == key.text) {
                        Some((_, shape)) => Some((key.text.clone(), self.pattern(agent, form, shape)?)),
                        None => {
                            let known = || shapes.iter().map(|(name, _)| name.as_str());
                            let help = did_you_mean(&key.text, known())
                                .unwrap_or_else(|| format!("it has {}", one_of(known())));
                            let message = format!("the message has no {}", quoted(&key.text));
                            self.report.error_with_help(&key.span, message, help);
                            None
                        }
                    })
                    .collect();
                parts.into_iter().collect::<Option<_>>().map(Pattern::Object)
            }
            (PatternForm::Array(span, forms), Shape::Array(shapes)) => {
                if forms.len() > shapes.len() {
                    self.error(span, format!("the message has {} elements", shapes.len()));
                    return None;
                }
                let parts: Vec<_> =
                    forms.iter().zip(shapes).map(|(form, shape)| self.pattern(agent, form, shape)).collect();
                parts.into_iter().collect::<Option<_>>().map(Pattern::Array)
            }
            (PatternForm::Object(span, _) | PatternForm::Array(span, _), shape) => {
                let found = match shape {
                    Shape::Handle(kind) => kind.describe(),
                    Shape::Value => "a value".to_owned(),
                    Shape::Object(_) => "a mapping".to_owned(),
                    Shape::Array(_) => "a list".to_owned(),
                };
                self.error(span, format!("the message is {found} here, and cannot be taken apart so"));
                None
            }
        }
    }

    pub(super) fn structured_clone(&mut self, agent: &str, keys: &keys::StructuredClone) -> Option<Done> {
        self.needs.insert(Feature::Js);
        let message = self.message(agent, &keys.message);
        let transfer = self.transferred(agent, keys.transfer.as_deref().unwrap_or_default());
        let (message, shape) = message?;
        self.define(agent, &keys.name, shape.kind());
        Some(Done::nothing(Op::StructuredClone {
            r#as: keys.name.text.clone(),
            message,
            transfer: transfer?,
        }))
    }

    pub(super) fn join(&mut self, keys: &keys::Join) -> Option<Done> {
        let (name, span) = (keys.started.text.as_str(), &keys.started.span);
        let Some(started) = self.state.started.get_mut(name) else {
            let help = did_you_mean(name, self.state.started.keys().map(String::as_str));
            self.report.error_with_help(span, format!("no step was started as {}", quoted(name)), help);
            return None;
        };
        if started.over {
            let stopped = self.state.agents.get(&started.agent).is_some_and(|agent| agent.terminated);
            let message = match stopped {
                true => format!("{} was terminated, and cannot be joined", quoted(name)),
                false => format!("{} is joined already", quoted(name)),
            };
            self.error(span, message);
            return None;
        }
        started.over = true;
        let done = Done {
            op: Op::Join { started: started.number },
            returns: started.returns.clone(),
            allocates: started.allocates,
        };
        let agent = started.agent.clone();
        if let Some(agent) = self.state.agents.get_mut(&agent) {
            agent.busy = None;
        }
        Some(done)
    }

    pub(super) fn terminate(&mut self, agent: &str, keys: &keys::Terminate) -> Option<Done> {
        self.needs.insert(Feature::Terminate);
        let (target, span) = (keys.target.text.as_str(), &keys.target.span);
        self.agent_exists(target, span).then_some(())?;
        if target == MAIN || target == agent {
            self.error(span, "only another agent can be terminated, and never `main`");
            return None;
        }
        let state = self.state.agents.get_mut(target)?;
        state.touched = true;
        if std::mem::replace(&mut state.terminated, true) {
            self.error(span, format!("the agent `{target}` is terminated already"));
            return None;
        }
        state.busy = None;
        for started in self.state.started.values_mut().filter(|started| started.agent == target) {
            started.over = true;
        }
        Some(Done::nothing(Op::Terminate { target: target.to_owned() }))
    }
}
