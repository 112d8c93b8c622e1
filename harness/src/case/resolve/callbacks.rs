//! Callbacks: host functions whose bodies are steps.
//!
//! A body runs with the handles of whichever agent calls, while the guest is on the stack. So it is
//! resolved at the first call that can reach it and at which it makes sense, by what that agent has
//! then; and for every other agent that can reach it, the same must come out.

use std::collections::{BTreeMap, BTreeSet};

use super::guests::Signature;
use super::operands::{self, Returns, wasm_operand};
use super::{Resolver, Scope, StepInfo, numbers};
use crate::case::decode::Literal;
use crate::case::document::{CallbackForm, Document};
use crate::case::expect::{Expect, Expected};
use crate::case::names::types;
use crate::case::node::Key;
use crate::case::plan::{Callback, CallbackEnding, Kept, MAIN, Operand, Step};
use crate::case::problem::{Place, Problem, did_you_mean, quoted};

/// What is known of a callback.
pub struct CallbackState<'d> {
    /// Its name, and where that stands.
    pub key: &'d Key,
    form: &'d CallbackForm,
    number: u32,
    signature: Option<Signature>,
    agents: BTreeMap<String, Attempt>,
    resolved: Option<Body>,
}

/// How far a callback is for one agent.
enum Attempt {
    /// It could not be resolved yet; the problems are those of the last time.
    Pending(Vec<Problem>),
    /// It is being resolved.
    Running,
    /// It is resolved.
    Done,
}

#[derive(Clone, PartialEq)]
struct Body {
    steps: Vec<Step>,
    ending: CallbackEnding,
    expect: Option<Expect>,
}

impl<'d> Resolver<'d> {
    /// Callbacks and their steps are numbered after all others.
    pub(super) fn number_callbacks(&mut self, document: &'d Document) {
        let mut number = 1 + numbers(&document.steps);
        for (key, form) in document.callbacks.iter().flat_map(|table| &table.0) {
            if !crate::case::names::is_name(&key.text) {
                self.error(&key.span, format!("{} is not a name", quoted(&key.text)));
            }
            let state =
                CallbackState { key, form, number, signature: None, agents: BTreeMap::new(), resolved: None };
            self.callbacks.insert(key.text.clone(), state);
            let line = Place::new(&self.report.source, key.span.clone()).line();
            let text = format!("callback {}", key.text);
            self.steps
                .insert(number, StepInfo { line, verb: "callback".to_owned(), text, decides: Vec::new() });
            number += 1 + numbers(form.steps.as_deref().unwrap_or_default());
        }
    }

    /// Give a callback to a guest that imports it.
    pub(super) fn bind_callback(
        &mut self,
        agent: &str,
        literal: &Literal,
        signature: Option<Signature>,
    ) -> Option<()> {
        let name = literal.text.as_str();
        if self.callback_key(name).is_none() {
            let help = did_you_mean(name, self.known_callbacks()).unwrap_or_else(|| {
                "a function is imported from `callbacks`, or as `instance.export`".to_owned()
            });
            self.report.error_with_help(
                &literal.span,
                format!("there is no callback {}", quoted(name)),
                help,
            );
            return None;
        }
        let Some(signature) = signature else {
            self.error(
                &literal.span,
                "this import has vectors or references, which cannot cross a call to JavaScript",
            );
            return None;
        };
        let callback = self.callbacks.get_mut(name)?;
        if callback.signature.get_or_insert_with(|| signature.clone()) != &signature {
            let (params, results) = (types(&signature.params), types(&signature.results));
            let message = format!(
                "the callback `{name}` is imported with another type before this one: ({params}) -> ({results})"
            );
            self.error(&literal.span, message);
            return None;
        }
        callback.agents.entry(agent.to_owned()).or_insert_with(|| Attempt::Pending(Vec::new()));
        Some(())
    }

    /// Resolve those of the callbacks that make sense now.
    pub(super) fn try_callbacks(&mut self, agent: &str, reachable: &BTreeSet<String>) {
        for name in reachable {
            let Some(callback) = self.callbacks.get_mut(name) else { continue };
            let attempt =
                callback.agents.entry(agent.to_owned()).or_insert_with(|| Attempt::Pending(Vec::new()));
            if !matches!(attempt, Attempt::Pending(_)) {
                continue;
            }
            *attempt = Attempt::Running;
            let problems = self.try_callback(agent, name);
            let done = if problems.is_empty() { Attempt::Done } else { Attempt::Pending(problems) };
            if let Some(callback) = self.callbacks.get_mut(name) {
                callback.agents.insert(agent.to_owned(), done);
            }
        }
    }

    /// Resolve a callback with what an agent has now. Leaves nothing behind if that fails.
    fn try_callback(&mut self, agent: &str, name: &str) -> Vec<Problem> {
        let before = self.report.problems.len();
        let (state, next) = (self.state.clone(), self.next);
        let body = self.callback_body(agent, name);
        self.next = next;
        let mut problems = self.report.problems.split_off(before);
        let Some(callback) = self.callbacks.get_mut(name) else { return problems };
        if let (Some(body), true) = (body, problems.is_empty()) {
            match &callback.resolved {
                None => {
                    let expect = body.expect.clone();
                    let number = callback.number;
                    callback.resolved = Some(body);
                    let expected =
                        expect.map(|expect| Expected { expect, refused: None, may_be_refused: false });
                    self.expected.extend(expected.map(|expected| (number, expected)));
                    return problems;
                }
                Some(first) if *first == body => return problems,
                Some(_) => {
                    let place = Place::new(&self.report.source, callback.key.span.clone());
                    let message = format!("the callback `{name}` comes to something else on agent {agent}");
                    problems.push(Problem::at(place, message));
                }
            }
        }
        self.state = state;
        problems
    }

    fn callback_body(&mut self, agent: &str, name: &str) -> Option<Body> {
        let callback = self.callbacks.get(name)?;
        let (form, key, number) = (callback.form, callback.key, callback.number);
        let Signature { params, results } = callback.signature.clone()?;
        self.next = number + 1;
        let expect = match &form.expect {
            Some(expect) => Some(self.expect(agent, expect, &Returns::Wasm(params))?),
            None => None,
        };
        let forms = form.steps.as_deref().unwrap_or_default();
        let mut steps = self.steps(forms, Scope::Block { agent, what: "a callback" });
        anybody(&mut steps);
        let ending = match (&form.returns, &form.throws) {
            (Some(_), Some(throws)) => {
                self.error(&throws.0.span, "a callback either returns or throws");
                return None;
            }
            (None, Some(throws)) => CallbackEnding::Throws(throws.0.value.clone()),
            (Some(returns), None) => {
                let span = returns.0.first().map_or(&key.span, |first| &first.span).clone();
                CallbackEnding::Returns(self.returned(agent, &returns.0, &results, &span)?)
            }
            (None, None) if results.is_empty() => CallbackEnding::Returns(Vec::new()),
            (None, None) => {
                self.error(
                    &key.span,
                    format!("this callback returns {}: `returns` is missing", types(&results)),
                );
                return None;
            }
        };
        Some(Body { steps, ending, expect })
    }

    fn returned(
        &mut self,
        agent: &str,
        values: &[Literal],
        results: &[crate::value::ValType],
        span: &crate::case::node::Span,
    ) -> Option<Vec<Operand>> {
        if values.len() != results.len() {
            let message = format!("this callback returns ({}), not {} values", types(results), values.len());
            self.error(span, message);
            return None;
        }
        let operands: Vec<Option<Operand>> = values
            .iter()
            .zip(results)
            .map(|(literal, ty)| {
                let Some(kept) = operands::kept(literal) else {
                    let value = operands::wasm(literal, *ty);
                    return self.checked(literal, value).map(Operand::Literal);
                };
                let kept = self.checked(literal, kept)?;
                self.kept_step(agent, &kept, literal, Some(*ty))?;
                let (ty, unsigned, plus) = (wasm_operand(*ty), kept.unsigned, kept.plus);
                Some(Operand::Kept(Kept { kept: kept.name, ty, unsigned, plus }))
            })
            .collect();
        operands.into_iter().collect()
    }

    /// Resolve what no call reached, and report what cannot be.
    pub(super) fn finish_callbacks(&mut self) -> Vec<Callback> {
        let names: Vec<String> = self.callbacks.keys().cloned().collect();
        for name in &names {
            let agents: Vec<String> = self
                .callbacks
                .get(name)
                .map(|callback| callback.agents.keys().cloned().collect())
                .unwrap_or_default();
            for agent in agents {
                self.try_callbacks(&agent, &BTreeSet::from([name.clone()]));
            }
        }
        let mut callbacks = Vec::new();
        for (name, callback) in std::mem::take(&mut self.callbacks) {
            let Some(signature) = callback.signature else {
                self.error(&callback.key.span, format!("no guest imports the callback {}", quoted(&name)));
                continue;
            };
            for (_, attempt) in callback.agents {
                if let Attempt::Pending(problems) = attempt {
                    self.report.problems.extend(problems);
                }
            }
            let Some(body) = callback.resolved else { continue };
            callbacks.push(Callback {
                name,
                number: callback.number,
                params: signature.params,
                results: signature.results,
                steps: body.steps,
                ending: body.ending,
            });
        }
        callbacks.sort_by_key(|callback| callback.number);
        callbacks
    }
}

/// Whoever calls does the steps, so the plan names nobody in particular.
fn anybody(steps: &mut [Step]) {
    for step in steps {
        MAIN.clone_into(&mut step.agent);
        step.op.blocks_mut().into_iter().for_each(|steps| anybody(steps));
    }
}
