//! What is expected, in Rust: a text to print, and a condition over `actual`, which is a `Result`.

use super::ProjectError;
use super::literal::{identifier, string, value, whole};
use crate::case::expect::{Expect, Matcher};
use crate::case::plan::{Op, Plan};
use crate::repro::parts::all_steps;
use crate::value::{Float, Value};

/// What is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// An expression of what is printed, by `Display`.
    pub shown: String,
    /// The condition.
    pub right: String,
}

/// An expectation's text.
///
/// # Errors
///
/// If it has none.
pub fn condition(expect: &Expect, plan: &Plan) -> Result<Condition, ProjectError> {
    let plain = |shown: &str, right: &str| Condition { shown: string(shown), right: right.to_owned() };
    Ok(match expect {
        Expect::Open => return Err(ProjectError::Uncovered("a step without an expectation")),
        Expect::Completes | Expect::Done => plain("that it completes", "actual.is_ok()"),
        Expect::Values(matchers) => values(matchers, plan)?,
        Expect::Trap => plain("a trap", "matches!(&actual, Err(error) if error.is::<Trap>())"),
        Expect::Exhaustion => plain(
            "that the stack is exhausted",
            "matches!(&actual, Err(error) if error.downcast_ref() == Some(&Trap::StackOverflow))",
        ),
        Expect::Throws(_) => plain("that it is refused", "actual.is_err()"),
        Expect::Not(inner) => {
            let inner = condition(inner, plan)?;
            Condition {
                shown: format!("format!(\"anything but {{}}\", {})", inner.shown),
                right: format!("actual.is_ok() && !{}", inner.right),
            }
        }
        Expect::Any(several) => {
            let several = several.iter().map(|one| condition(one, plan)).collect::<Result<Vec<_>, _>>()?;
            let shown: Vec<&str> = several.iter().map(|one| one.shown.as_str()).collect();
            let right: Vec<&str> = several.iter().map(|one| one.right.as_str()).collect();
            Condition {
                shown: format!("[{}].map(|one| one.to_string()).join(\" or \")", shown.join(", ")),
                right: right.join(" || "),
            }
        }
    })
}

fn values(matchers: &[Matcher], plan: &Plan) -> Result<Condition, ProjectError> {
    if matchers.is_empty() {
        return Ok(Condition { shown: string("that it completes"), right: "actual.is_ok()".to_owned() });
    }
    let names: Vec<String> = match matchers.len() {
        1 => vec!["value".to_owned()],
        count => (1..=count).map(|index| format!("value{index}")).collect(),
    };
    let each = matchers.iter().zip(&names).map(|(one, name)| matcher(one, name, plan));
    let each = each.collect::<Result<Vec<_>, _>>()?;
    let shown: Vec<String> = each.iter().map(|one| one.shown.clone()).collect();
    let right: Vec<String> = each.into_iter().map(|one| one.right).collect();
    Ok(match (shown.as_slice(), names.as_slice()) {
        ([shown], [name]) => {
            Condition { shown: shown.clone(), right: format!("matches!(actual, Ok({name}) if {})", right[0]) }
        }
        _ => Condition {
            shown: format!(
                "[{}].join(\", \")",
                shown.iter().map(|one| format!("{one}.to_string()")).collect::<Vec<_>>().join(", ")
            ),
            right: format!("matches!(actual, Ok(({})) if {})", names.join(", "), right.join(" && ")),
        },
    })
}

fn matcher(matcher: &Matcher, name: &str, plan: &Plan) -> Result<Condition, ProjectError> {
    let said = |shown: &str, right: String| Condition { shown: string(shown), right };
    Ok(match matcher {
        Matcher::Is(wanted) => is(wanted, name)?,
        Matcher::Nan => said("a NaN", format!("{name}.is_nan()")),
        Matcher::NanCanonical | Matcher::NanArithmetic => {
            return Err(ProjectError::Uncovered("a NaN of certain bits"));
        }
        Matcher::Js(_) => return Err(ProjectError::Embedding("what JavaScript makes of a value")),
        Matcher::Kept(result) => {
            let step = all_steps(plan).into_iter().find(|step| step.number == result.step);
            match step.map(|step| &step.op) {
                Some(Op::Call { r#as: Some(kept), .. }) if !result.unsigned && result.plus == 0 => {
                    let kept = identifier(kept);
                    Condition { right: format!("{name} == {kept}"), shown: kept }
                }
                _ => return Err(ProjectError::Uncovered("an earlier result that is changed")),
            }
        }
        Matcher::Number { multiple_of, at_least, at_most } => {
            let wide = format!("i128::from({name})");
            let parts = [
                multiple_of.as_ref().map(|of| (format!("a multiple of {of}"), format!("{wide} % {of} == 0"))),
                at_least.as_ref().map(|least| (format!("at least {least}"), format!("{wide} >= {least}"))),
                at_most.as_ref().map(|most| (format!("at most {most}"), format!("{wide} <= {most}"))),
            ];
            let (shown, right): (Vec<_>, Vec<_>) = parts.into_iter().flatten().unzip();
            said(&shown.join(", "), right.join(" && "))
        }
    })
}

fn is(wanted: &Value, name: &str) -> Result<Condition, ProjectError> {
    let bits = |bits: String| format!("{name}.to_bits() == {bits}");
    let shown = |value: &Value| value_text(value).ok_or(ProjectError::Uncovered("a value of JavaScript's"));
    Ok(match wanted {
        Value::F32(Float::Bits(one)) => {
            Condition { shown: string(&shown(wanted)?), right: bits(format!("{one:#x}")) }
        }
        Value::F64(Float::Bits(one)) => {
            Condition { shown: string(&shown(wanted)?), right: bits(format!("{one:#x}")) }
        }
        Value::F32(Float::Nan) | Value::F64(Float::Nan) => {
            Condition { shown: string("a NaN"), right: format!("{name}.is_nan()") }
        }
        Value::Bytes(bytes) => {
            let listed: Vec<String> = bytes.iter().map(u8::to_string).collect();
            Condition {
                shown: string(&format!("[{}]", listed.join(", "))),
                right: format!("{name} == [{}]", listed.join(", ")),
            }
        }
        other => {
            let text = shown(other)?;
            Condition { right: format!("{name} == {text}"), shown: string(&text) }
        }
    })
}

/// A value as text: a host operation's number is a whole one.
fn value_text(wanted: &Value) -> Option<String> {
    value(wanted).or_else(|| whole(wanted).map(|whole| whole.to_string()))
}
