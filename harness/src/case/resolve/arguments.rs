//! Arguments: literals and kept results, by the type that is wanted.

use super::operands::{self, HostType, wasm_operand};
use super::{Resolver, Scope};
use crate::case::argument::{Argument, Conversion};
use crate::case::decode::Literal;
use crate::case::names::types;
use crate::case::node::Span;
use crate::case::plan::{Converting, Feature, Kept, Operand, OperandType};
use crate::case::problem::{did_you_mean, quoted};
use crate::value::ValType;

impl<'d> Resolver<'d> {
    /// The step that kept a result, for a use as `is` (a Wasm type) or by the host.
    pub(super) fn kept_step(
        &mut self,
        agent: &str,
        kept: &operands::KeptRef,
        literal: &Literal,
        is: Option<ValType>,
    ) -> Option<u32> {
        let Some(found) = self.state.agents.get(agent).and_then(|owner| owner.kept.get(&kept.name)).cloned()
        else {
            let names = self.state.agents.get(agent).map(|owner| owner.kept.keys().map(String::as_str));
            let help = names.and_then(|names| did_you_mean(&kept.name, names));
            self.report.error_with_help(
                &literal.span,
                format!("{agent} kept no result as {}", quoted(&kept.name)),
                help,
            );
            return None;
        };
        let ty = found.ty?;
        if let Some(is) = is.filter(|is| *is != ty) {
            self.error(&literal.span, format!("`${}` is an {ty}, and an {is} is wanted", kept.name));
            return None;
        }
        if matches!(ty, ValType::F32 | ValType::F64) && (kept.unsigned || kept.plus != 0) {
            self.error(&literal.span, format!("`${}` is an {ty}: nothing can be done with it", kept.name));
            return None;
        }
        Some(found.step)
    }

    pub(super) fn kept_operand(
        &mut self,
        agent: &str,
        literal: &Literal,
        ty: OperandType,
        is: Option<ValType>,
    ) -> Option<Operand> {
        let kept = operands::kept(literal)?;
        let kept = self.checked(literal, kept)?;
        self.kept_step(agent, &kept, literal, is)?;
        Some(Operand::Kept(Kept { kept: kept.name, ty, unsigned: kept.unsigned, plus: kept.plus }))
    }

    /// An argument of a host operation.
    pub(super) fn host(&mut self, agent: &str, argument: &'d Argument, target: HostType) -> Option<Operand> {
        let value_of = self.stated(agent, argument.literal(), target);
        self.converting(agent, argument, value_of)
    }

    /// The operand itself, or an object whose conversion gives it.
    fn converting(
        &mut self,
        agent: &str,
        argument: &'d Argument,
        value_of: Option<Operand>,
    ) -> Option<Operand> {
        let Argument::Converting(Conversion { steps, .. }) = argument else { return value_of };
        self.needs.insert(Feature::Js);
        let steps = self.steps(steps, Scope::Block { agent, what: "a conversion" });
        Some(Operand::Converting(Converting { value_of: Box::new(value_of?), steps }))
    }

    /// An argument of a guest.
    fn wasm_value(&mut self, agent: &str, literal: &Literal, ty: ValType) -> Option<Operand> {
        if operands::kept(literal).is_some() {
            return self.kept_operand(agent, literal, wasm_operand(ty), Some(ty));
        }
        let value = operands::wasm(literal, ty);
        self.checked(literal, value).map(Operand::Literal)
    }

    /// An argument of a host operation that runs no steps.
    pub(super) fn stated(&mut self, agent: &str, literal: &Literal, target: HostType) -> Option<Operand> {
        if operands::kept(literal).is_some() {
            return self.kept_operand(agent, literal, target.operand(), None);
        }
        let value = operands::host(literal, target);
        self.checked(literal, value).map(Operand::Literal)
    }

    pub(super) fn number(&mut self, agent: &str, argument: &'d Argument) -> Option<Operand> {
        self.host(agent, argument, HostType::Number)
    }

    pub(super) fn stated_number(&mut self, agent: &str, literal: &Literal) -> Option<Operand> {
        self.stated(agent, literal, HostType::Number)
    }

    /// An argument that may be absent. The outer `None` says that it is wrong.
    pub(super) fn maybe(&mut self, agent: &str, argument: Option<&'d Argument>) -> Option<Option<Operand>> {
        argument.map_or(Some(None), |argument| self.number(agent, argument).map(Some))
    }

    /// As [`Self::maybe`], of one that runs no steps.
    pub(super) fn maybe_stated(&mut self, agent: &str, literal: Option<&Literal>) -> Option<Option<Operand>> {
        literal.map_or(Some(None), |literal| self.stated_number(agent, literal).map(Some))
    }

    /// The arguments of a call.
    pub(super) fn args(
        &mut self,
        agent: &str,
        args: &'d [Argument],
        params: &[ValType],
        span: &Span,
        what: &str,
    ) -> Option<Vec<Operand>> {
        if args.len() != params.len() {
            let wants = match params {
                [] => "nothing".to_owned(),
                params => format!("({})", types(params)),
            };
            self.error(
                span,
                format!(
                    "{what} takes {wants}, and {} given",
                    match args.len() {
                        0 => "nothing is".to_owned(),
                        1 => "one value is".to_owned(),
                        many => format!("{many} values are"),
                    }
                ),
            );
            return None;
        }
        let operands: Vec<Option<Operand>> = args
            .iter()
            .zip(params)
            .map(|(argument, ty)| {
                let value_of = self.wasm_value(agent, argument.literal(), *ty);
                self.converting(agent, argument, value_of)
            })
            .collect();
        operands.into_iter().collect()
    }
}
