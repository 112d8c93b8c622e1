//! The verbs that only JavaScript has and that run steps or convert text: `using`, `each`, `decode`,
//! `encode-into`.

use super::kinds::Kind;
use super::operands::{HostType, Returns};
use super::{Done, Resolver, Scope};
use crate::case::plan::{EachMethod, Feature, Op, ViewType};
use crate::case::verbs::keys;

impl<'d> Resolver<'d> {
    pub(super) fn using(&mut self, agent: &str, keys: &'d keys::Using) -> Option<Done> {
        self.needs.extend([Feature::Using, Feature::Js]);
        let args = keys.dispose.args.as_deref().unwrap_or_default();
        let dispose = self.checked_call(agent, &keys.dispose.export, args);
        let steps = self.steps(&keys.steps, Scope::Block { agent, what: "a `using` block" });
        let propagate = keys.propagate.as_ref().is_some_and(|propagate| propagate.value);
        Some(Done::nothing(Op::Using { dispose: dispose?, propagate, steps }))
    }

    pub(super) fn each(&mut self, agent: &str, keys: &'d keys::Each) -> Option<Done> {
        self.needs.insert(Feature::Js);
        let view = self.view(agent, &keys.view);
        let method = keys.method.value;
        let steps = self.steps(&keys.steps, Scope::Block { agent, what: "a method's callback" });
        if let Some(name) = &keys.name {
            if !matches!(method, EachMethod::Map | EachMethod::Filter) {
                self.error(&name.span, "only `map` and `filter` make a typed array");
            }
            self.define(agent, name, view.map_or(Kind::Unknown, Kind::View));
        }
        let element = HostType::of_view(view?);
        let returns = match method {
            EachMethod::Sort => Returns::Nothing,
            _ => Returns::Several(element, None),
        };
        let op = Op::Each {
            view: keys.view.text.clone(),
            method,
            at: keys.at.as_ref().map_or(0, |at| at.value),
            steps,
            r#as: keys.name.as_ref().map(|name| name.text.clone()),
        };
        Some(Done::returning(op, returns))
    }

    pub(super) fn decode(&mut self, agent: &str, keys: &keys::Decode) -> Option<Done> {
        self.needs.insert(Feature::Js);
        let (of, _) = self.buffer_or_view(agent, &keys.of)?;
        Some(Done::returning(Op::Decode { of }, Returns::Text))
    }

    pub(super) fn encode_into(&mut self, agent: &str, keys: &keys::EncodeInto) -> Option<Done> {
        self.needs.insert(Feature::Js);
        let view = self.view(agent, &keys.view)?;
        if !matches!(view, ViewType::Uint8Array | ViewType::Buffer) {
            self.wanted(&keys.view.text, &keys.view.span, &Kind::View(view), "a Uint8Array");
            return None;
        }
        let op = Op::EncodeInto { view: keys.view.text.clone(), text: keys.text.text.clone() };
        Some(Done::returning(op, Returns::Several(HostType::Number, Some(2))))
    }
}
