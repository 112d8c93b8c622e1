//! What is expected, as JavaScript: a text to print, and a condition over `actual`.

use super::ScriptError;
use super::literal::{operand, string, value};
use crate::case::expect::{Expect, KeptResult, Matcher};
use crate::case::plan::{EachMethod, Kept, Op, Operand, Plan};
use crate::repro::parts::all_steps;
use crate::value::{Float, ValType, Value};

/// What is expected, in JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// An expression of what is printed.
    pub shown: String,
    /// A condition over `actual`.
    pub right: String,
    /// The two refer to what an earlier step kept.
    pub kept: bool,
    /// What was kept is what must not be.
    pub negated: bool,
}

/// What a step that returns nothing is said to have done.
pub const COMPLETED: &str = "completed";

/// An expectation's text.
///
/// # Errors
///
/// If it has none.
pub fn expectation(expect: &Expect, step: u32, plan: &Plan) -> Result<Expectation, ScriptError> {
    let plain =
        |shown: &str, right: String| Expectation { shown: string(shown), right, kept: false, negated: false };
    let begins = |name: &str| format!("String(actual).startsWith({})", string(&format!("{name}: ")));
    Ok(match expect {
        Expect::Open => plain("anything", "true".to_owned()),
        Expect::Completes | Expect::Done => {
            plain("that it completes", "!/^\\w*Error: /.test(String(actual))".to_owned())
        }
        Expect::Values(matchers) => values(matchers, gives_list(step, plan), plan)?,
        Expect::Trap => plain("a trap", begins("RuntimeError")),
        Expect::Exhaustion => plain(
            "that the stack is exhausted",
            "/^\\w*Error: .*(stack|recursion)/i.test(String(actual))".to_owned(),
        ),
        Expect::Throws(class) => plain(&format!("a {class}"), begins(class)),
        Expect::Not(inner) => {
            let inner = expectation(inner, step, plan)?;
            let right = format!("!({}) && !/^\\w*Error: /.test(String(actual))", inner.right);
            match inner.kept {
                true => Expectation { right, negated: !inner.negated, ..inner },
                false => Expectation { shown: format!("\"anything but\", {}", inner.shown), right, ..inner },
            }
        }
        Expect::Any(several) => {
            let several = several
                .iter()
                .map(|one| alone(expectation(one, step, plan)?))
                .collect::<Result<Vec<_>, _>>()?;
            let shown: Vec<&str> = several.iter().map(|one| one.shown.as_str()).collect();
            let right: Vec<&str> = several.iter().map(|one| one.right.as_str()).collect();
            Expectation {
                shown: shown.join(", \"or\", "),
                right: right.join(" || "),
                kept: false,
                negated: false,
            }
        }
    })
}

/// An expectation within another one: there is no name for what it refers to.
fn alone(expectation: Expectation) -> Result<Expectation, ScriptError> {
    if expectation.kept { Err(ScriptError::Operand) } else { Ok(expectation) }
}

/// Is what the step gives an array, however long?
fn gives_list(step: u32, plan: &Plan) -> bool {
    let is_list = |op: &Op| matches!(op, Op::Each { method, .. } if *method != EachMethod::Sort);
    all_steps(plan).into_iter().any(|other| other.number == step && is_list(&other.op))
}

fn values(matchers: &[Matcher], list: bool, plan: &Plan) -> Result<Expectation, ScriptError> {
    match matchers {
        [] if list => {
            let right = "actual.length === 0".to_owned();
            Ok(Expectation { shown: "[]".to_owned(), right, kept: false, negated: false })
        }
        [] => {
            let right = format!("actual === {}", string(COMPLETED));
            Ok(Expectation { shown: string("that it completes"), right, kept: false, negated: false })
        }
        [one] if !list => matcher(one, "actual", plan),
        several => {
            let each = several.iter().enumerate();
            let each = each.map(|(index, one)| matcher(one, &format!("actual[{index}]"), plan));
            let each = each.collect::<Result<Vec<_>, _>>()?;
            let shown: Vec<&str> = each.iter().map(|one| one.shown.as_str()).collect();
            let right: Vec<&str> = each.iter().map(|one| one.right.as_str()).collect();
            let length = several.len();
            Ok(Expectation {
                shown: format!("[{}]", shown.join(", ")),
                right: format!("actual.length === {length} && {}", right.join(" && ")),
                kept: each.iter().any(|one| one.kept),
                negated: false,
            })
        }
    }
}

fn matcher(matcher: &Matcher, actual: &str, plan: &Plan) -> Result<Expectation, ScriptError> {
    let nan = |shown: &str| Expectation {
        shown: string(shown),
        right: format!("Number.isNaN({actual})"),
        kept: false,
        negated: false,
    };
    Ok(match matcher {
        Matcher::Is(wanted) | Matcher::Js(wanted) => is(wanted, actual)?,
        // JavaScript does not keep the bits of a NaN.
        Matcher::Nan | Matcher::NanCanonical | Matcher::NanArithmetic => nan("a NaN"),
        Matcher::Kept(result) => {
            let text = kept(result, plan)?;
            let expected = actual.replacen("actual", "expected", 1);
            Expectation {
                right: format!("Object.is({actual}, {expected})"),
                shown: text,
                kept: true,
                negated: false,
            }
        }
        Matcher::Number { multiple_of, at_least, at_most } => {
            let big = |number: &i128| format!("{number}n");
            let of = multiple_of
                .as_ref()
                .map(|of| (format!("a multiple of {of}"), format!("BigInt({actual}) % {} === 0n", big(of))));
            let least = at_least
                .as_ref()
                .map(|least| (format!("at least {least}"), format!("{actual} >= {}", big(least))));
            let most = at_most
                .as_ref()
                .map(|most| (format!("at most {most}"), format!("{actual} <= {}", big(most))));
            let (shown, right): (Vec<_>, Vec<_>) = [of, least, most].into_iter().flatten().unzip();
            Expectation {
                shown: string(&shown.join(", ")),
                right: right.join(" && "),
                kept: false,
                negated: false,
            }
        }
    })
}

fn is(wanted: &Value, actual: &str) -> Result<Expectation, ScriptError> {
    let text = value(wanted).ok_or(ScriptError::Operand)?;
    let number = match wanted {
        Value::F32(float) => Some(f64::from(float.to_f32())),
        Value::F64(float) | Value::Number(float) => Some(float.to_f64()),
        _ => None,
    };
    let right = match (wanted, number) {
        (Value::F32(Float::Nan) | Value::F64(Float::Nan) | Value::Number(Float::Nan), _) => {
            format!("Number.isNaN({actual})")
        }
        (_, Some(number)) if number.is_nan() => format!("Number.isNaN({actual})"),
        (_, Some(0.0)) => format!("Object.is({actual}, {text})"),
        _ => format!("{actual} === {text}"),
    };
    Ok(Expectation { shown: text, right, kept: false, negated: false })
}

/// What an earlier step kept, as the expectation wants it.
fn kept(result: &KeptResult, plan: &Plan) -> Result<String, ScriptError> {
    let step = all_steps(plan).into_iter().find(|step| step.number == result.step);
    let (name, ty): (&str, Option<ValType>) = match step.map(|step| &step.op) {
        Some(Op::Call { call, r#as: Some(name) }) => (name, call.results.first().copied()),
        _ => return Err(ScriptError::Operand),
    };
    let wanted = Operand::Kept(Kept {
        kept: name.to_owned(),
        ty: result.ty,
        unsigned: result.unsigned,
        plus: result.plus,
    });
    operand(&wanted, &|_| ty).ok_or(ScriptError::Operand)
}
