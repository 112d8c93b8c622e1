//! Expectations, typed by what the operation returns.

use super::Resolver;
use super::operands::{self, HostType, Returns, host_result, integer, wasm, wasm_operand};
use crate::case::decode::Literal;
use crate::case::expect::{Expect, ExpectForm, ExpectKind, Expected, KeptResult, Matcher, Relation};
use crate::case::plan::OperandType;
use crate::case::problem::{did_you_mean, one_of, quoted};
use crate::case::verbs::Common;
use crate::value::{ValType, Value};

/// The type of one expected value.
#[derive(Clone, Copy)]
enum Single {
    Wasm(ValType),
    Host(HostType),
    Word(&'static [&'static str]),
    Text,
    Bytes(Option<usize>),
    Digest,
    Anything,
}

impl Resolver<'_> {
    /// What is expected of a step. The outer `None` says that something is wrong, the inner one that
    /// there is nothing to be said.
    pub(super) fn expectation(
        &mut self,
        agent: &str,
        common: &Common,
        done: &super::Done,
    ) -> Option<Option<Expected>> {
        let (returns, allocates) = (&done.returns, done.allocates);
        if *returns == Returns::Unknown {
            return None;
        }
        let expect = match &common.expect {
            Some(form) => Some(self.expect(agent, form, returns)?),
            None => None,
        };
        let refused = match &common.refused {
            Some(literal) => Some(self.refused(literal, returns)?),
            None => None,
        };
        let expect = expect.or(done.op.keeps().then_some(Expect::Completes));
        let may_be_refused = allocates && !expect.as_ref().is_some_and(may_throw);
        if expect.is_none() && refused.is_none() && !may_be_refused {
            return Some(None);
        }
        Some(Some(Expected { expect: expect.unwrap_or(Expect::Open), refused, may_be_refused }))
    }

    fn refused(&mut self, literal: &Literal, returns: &Returns) -> Option<Value> {
        let value = match returns {
            Returns::Wasm(types) if types.len() == 1 => wasm(literal, types[0]),
            Returns::Host(ty) => host_result(literal, *ty),
            Returns::Anything => operands::host(literal, HostType::Number),
            _ => Err("`refused` is for steps that return one number".to_owned()),
        };
        self.checked(literal, value)
    }

    /// The value; or its problem, reported at the literal.
    pub(super) fn checked<T>(&mut self, literal: &Literal, value: Result<T, String>) -> Option<T> {
        value.map_err(|message| self.error(&literal.span, message)).ok()
    }

    /// Type an expectation.
    pub(super) fn expect(&mut self, agent: &str, form: &ExpectForm, returns: &Returns) -> Option<Expect> {
        match &form.kind {
            ExpectKind::One(literal) if literal.is_plain() && literal.text == "done" => Some(Expect::Done),
            ExpectKind::One(literal) if literal.is_plain() && literal.text == "trap" => Some(Expect::Trap),
            ExpectKind::One(literal) if literal.is_plain() && literal.text == "exhaustion" => {
                Some(Expect::Exhaustion)
            }
            ExpectKind::Relation(Relation { throws: Some(class), .. }) => {
                Some(Expect::Throws(class.0.value.clone()))
            }
            ExpectKind::Relation(Relation { not: Some(inner), .. }) => {
                self.expect(agent, inner, returns).map(|expect| Expect::Not(Box::new(expect)))
            }
            ExpectKind::Relation(Relation { any: Some(several), .. }) => {
                if several.len() < 2 {
                    self.error(&form.span, "`any` lists two or more");
                    return None;
                }
                let several: Vec<_> = several.iter().map(|one| self.expect(agent, one, returns)).collect();
                several.into_iter().collect::<Option<_>>().map(Expect::Any)
            }
            ExpectKind::List(forms) => self.values(agent, form, forms.iter().collect(), returns),
            _ => self.values(agent, form, vec![form], returns),
        }
    }

    fn values(
        &mut self,
        agent: &str,
        form: &ExpectForm,
        forms: Vec<&ExpectForm>,
        returns: &Returns,
    ) -> Option<Expect> {
        let singles: Vec<Single> = match returns {
            Returns::Nothing => Vec::new(),
            Returns::Wasm(types) => types.iter().map(|ty| Single::Wasm(*ty)).collect(),
            Returns::Host(ty) => vec![Single::Host(*ty)],
            Returns::Several(ty, count) => vec![Single::Host(*ty); count.unwrap_or(forms.len())],
            Returns::Text => vec![Single::Text],
            Returns::Word(words) => vec![Single::Word(words)],
            Returns::Bytes(count) => vec![Single::Bytes(*count)],
            Returns::Digest => vec![Single::Digest],
            Returns::Anything | Returns::Unknown => forms.iter().map(|_| Single::Anything).collect(),
        };
        if singles.len() != forms.len() {
            let count = match singles.len() {
                0 => "nothing".to_owned(),
                1 => "one value".to_owned(),
                many => format!("{many} values"),
            };
            let help =
                "`done` expects that it completes, `trap` and `{throws: ...}` that it does not".to_owned();
            let message = format!(
                "this step returns {count}, and {} expected",
                if forms.len() == 1 { "one is".to_owned() } else { format!("{} are", forms.len()) }
            );
            self.report.error_with_help(&form.span, message, help);
            return None;
        }
        let matchers: Vec<Option<Matcher>> =
            forms.into_iter().zip(singles).map(|(form, single)| self.matcher(agent, form, single)).collect();
        matchers.into_iter().collect::<Option<_>>().map(Expect::Values)
    }

    fn matcher(&mut self, agent: &str, form: &ExpectForm, single: Single) -> Option<Matcher> {
        match &form.kind {
            ExpectKind::One(literal) => self.value_matcher(agent, literal, single),
            ExpectKind::Relation(relation) => self.relation(form, relation, single),
            ExpectKind::List(_) => {
                self.error(&form.span, "one value is wanted here, not a list");
                None
            }
        }
    }

    fn relation(&mut self, form: &ExpectForm, relation: &Relation, single: Single) -> Option<Matcher> {
        let Relation { js, multiple_of, at_least, at_most, .. } = relation;
        if let Some(js) = js {
            let Single::Wasm(ty) = single else {
                self.error(&form.span, "`js` is for what a guest returns");
                return None;
            };
            let seen = if ty == ValType::I64 { HostType::BigInt } else { HostType::Number };
            let value = host_result(js, seen);
            return self.checked(js, value).map(Matcher::Js);
        }
        if [multiple_of, at_least, at_most].iter().all(|key| key.is_none()) {
            self.error(
                &form.span,
                "`throws`, `not` and `any` are for a step as a whole, not for one of its values",
            );
            return None;
        }
        let numeric = match single {
            Single::Wasm(ValType::I32 | ValType::I64) | Single::Anything => true,
            Single::Host(ty) => ty != HostType::Boolean,
            _ => false,
        };
        if !numeric {
            self.error(&form.span, "this step does not return an integer that could be so");
            return None;
        }
        let mut bound = |literal: &Option<Literal>| match literal {
            None => Some(None),
            Some(literal) => match integer(&literal.text) {
                Some(value) => Some(Some(value)),
                None => {
                    self.error(&literal.span, format!("{} is not an integer", quoted(&literal.text)));
                    None
                }
            },
        };
        let (multiple_of, at_least, at_most) = (bound(multiple_of), bound(at_least), bound(at_most));
        if multiple_of == Some(Some(0)) {
            self.error(&form.span, "nothing but 0 is a multiple of 0");
            return None;
        }
        Some(Matcher::Number { multiple_of: multiple_of?, at_least: at_least?, at_most: at_most? })
    }

    fn value_matcher(&mut self, agent: &str, literal: &Literal, single: Single) -> Option<Matcher> {
        if let Some(kept) = operands::kept(literal) {
            let kept = self.checked(literal, kept)?;
            let (ty, is) = match single {
                Single::Wasm(ty) => (wasm_operand(ty), Some(ty)),
                Single::Host(HostType::BigInt) => (OperandType::BigInt, None),
                Single::Host(HostType::Number | HostType::F32 | HostType::F64) => (OperandType::Number, None),
                _ => {
                    self.error(&literal.span, "this step does not return a number");
                    return None;
                }
            };
            let step = self.kept_step(agent, &kept, literal, is)?;
            return Some(Matcher::Kept(KeptResult { step, ty, unsigned: kept.unsigned, plus: kept.plus }));
        }
        let float = match single {
            Single::Wasm(ty) => matches!(ty, ValType::F32 | ValType::F64),
            Single::Host(ty) => matches!(ty, HostType::Number | HostType::F32 | HostType::F64),
            Single::Anything => true,
            _ => false,
        };
        if literal.is_plain() && float {
            match literal.text.as_str() {
                "nan" => return Some(Matcher::Nan),
                "nan:canonical" => return Some(Matcher::NanCanonical),
                "nan:arithmetic" => return Some(Matcher::NanArithmetic),
                _ => {}
            }
        }
        let text = literal.text.as_str();
        let value = match single {
            Single::Wasm(ty) => wasm(literal, ty),
            Single::Host(ty) => host_result(literal, ty),
            Single::Text if literal.is_plain() => Err(format!("a text stands in quotes: {text:?}")),
            Single::Text => Ok(Value::String(text.to_owned())),
            Single::Word(words) if words.contains(&text) => Ok(Value::String(text.to_owned())),
            Single::Word(words) => {
                let words = words.iter().copied();
                let help =
                    did_you_mean(text, words.clone()).unwrap_or_else(|| format!("one of {}", one_of(words)));
                self.report.error_with_help(
                    &literal.span,
                    format!("this step never returns {}", quoted(text)),
                    help,
                );
                return None;
            }
            Single::Bytes(count) => bytes(text, count),
            Single::Digest => match crate::value::unhex(text) {
                Some(bytes) if bytes.len() == 32 => Ok(Value::Digest(crate::value::hex(&bytes))),
                _ => Err("a digest is 64 hexadecimal digits".to_owned()),
            },
            Single::Anything => {
                operands::host(literal, HostType::Number).or_else(|_| Ok(Value::String(text.to_owned())))
            }
        };
        self.checked(literal, value).map(Matcher::Is)
    }
}

fn bytes(text: &str, count: Option<usize>) -> Result<Value, String> {
    let Some(bytes) = crate::value::unhex(text) else {
        return Err(format!("{} is not bytes: two hexadecimal digits each", quoted(text)));
    };
    match count {
        Some(count) if count != bytes.len() => {
            Err(format!("{count} bytes are read, and {} are expected", bytes.len()))
        }
        _ => Ok(Value::Bytes(bytes)),
    }
}

/// Does the expectation allow that the step throws?
fn may_throw(expect: &Expect) -> bool {
    match expect {
        Expect::Throws(_) => true,
        Expect::Any(several) => several.iter().any(may_throw),
        _ => false,
    }
}
