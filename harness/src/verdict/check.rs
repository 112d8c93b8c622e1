//! Does a result meet an expectation?

use super::agreement::same_value;
use super::describe::describe_expect;
use crate::case::expect::{Expect, Expected, KeptResult, Matcher};
use crate::case::plan::OperandType;
use crate::protocol::{Observation, Seen, StepResult};
use crate::value::{Float, Value};

/// The values that earlier steps kept, for expectations that refer to them.
pub struct Kept<'a> {
    seen: &'a [Observation],
    invocation: Option<u32>,
}

impl<'a> Kept<'a> {
    /// What the expectation of `observation` may refer to among all that was seen.
    pub fn new(seen: &'a [Observation], observation: &Observation) -> Self {
        Self { seen, invocation: observation.invocation }
    }

    /// The value that is meant, if the step that was to keep it returned one.
    pub(super) fn value(&self, kept: &KeptResult) -> Option<Value> {
        let of_step = || self.seen.iter().filter(|o| o.step == kept.step);
        // In a callback, what the same call kept; from outside, what the last one did.
        let same_call = of_step().find(|o| o.invocation.is_some() && o.invocation == self.invocation);
        let observation = same_call.or_else(|| of_step().next_back())?;
        let mut result = &observation.result;
        if let StepResult::Repeated { runs, .. } = result {
            result = &runs.last()?.result;
        }
        match result {
            StepResult::Returned { values } => convert(&values.first()?.value, kept),
            _ => None,
        }
    }
}

fn convert(value: &Value, kept: &KeptResult) -> Option<Value> {
    let integer = match value {
        Value::I32(v) if kept.unsigned => i128::from(v.cast_unsigned()),
        Value::I64(v) if kept.unsigned => i128::from(v.cast_unsigned()),
        // Floats are kept as they are: nothing can be added to bits.
        Value::F32(_) if kept.ty == OperandType::F32 => return Some(value.clone()),
        Value::F64(_) if kept.ty == OperandType::F64 => return Some(value.clone()),
        Value::Number(Float::Nan) => return Some(value.clone()),
        other => match as_integer(other) {
            Some(integer) => integer,
            None => {
                let number = as_double(other)? + kept.plus as f64;
                return (kept.ty == OperandType::Number).then(|| Value::number(number));
            }
        },
    };
    let sum = integer.checked_add(i128::from(kept.plus))?;
    Some(match kept.ty {
        #[allow(clippy::cast_possible_truncation)] // wrapping is what is meant
        OperandType::I32 => Value::I32(sum as i32),
        #[allow(clippy::cast_possible_truncation)] // wrapping is what is meant
        OperandType::I64 => Value::I64(sum as i64),
        OperandType::F32 => Value::F32(Float::Bits((sum as f32).to_bits())),
        OperandType::F64 => Value::F64(Float::Bits((sum as f64).to_bits())),
        OperandType::Number => Value::number(sum as f64),
        OperandType::BigInt => Value::BigInt(sum.to_string()),
    })
}

/// Does one round's result meet the expectation?
pub fn meets(expect: &Expect, result: &StepResult, kept: &Kept<'_>) -> bool {
    match (expect, result) {
        (Expect::Open, _) => true,
        (Expect::Any(several), _) => several.iter().any(|one| meets(one, result, kept)),
        (Expect::Done, StepResult::Returned { .. } | StepResult::Started)
        | (Expect::Trap, StepResult::Trap { .. })
        | (Expect::Exhaustion, StepResult::Exhaustion { .. }) => true,
        (Expect::Not(inner), StepResult::Returned { .. }) => !meets(inner, result, kept),
        (Expect::Values(matchers), StepResult::Returned { values }) => {
            matchers.len() == values.len()
                && matchers.iter().zip(values).all(|(matcher, seen)| matches(matcher, seen, kept))
        }
        (Expect::Throws(class), StepResult::Threw { error, .. }) => class == error,
        _ => false,
    }
}

/// Does the result, and for a repeated step each round's, meet an expectation that demands
/// something?
pub fn every_round_meets(expect: &Expect, result: &StepResult, kept: &Kept<'_>) -> bool {
    *expect != Expect::Open
        && match result {
            StepResult::Repeated { runs, .. } => runs.iter().all(|run| meets(expect, &run.result, kept)),
            _ => meets(expect, result, kept),
        }
}

fn matches(matcher: &Matcher, seen: &Seen, kept: &Kept<'_>) -> bool {
    let value = &seen.value;
    match matcher {
        Matcher::Is(wanted) => same_value(wanted, value),
        Matcher::Nan => is_nan(value, |_| true, |_| true),
        // The sign of a canonical NaN is open; an arithmetic one has the quiet bit.
        Matcher::NanCanonical => {
            is_nan(value, |b| b & 0x7fff_ffff == 0x7fc0_0000, |b| b & (u64::MAX >> 1) == 0x7ff8 << 48)
        }
        Matcher::NanArithmetic => is_nan(value, |b| b & 1 << 22 != 0, |b| b & 1 << 51 != 0),
        Matcher::Kept(result) => kept.value(result).is_some_and(|wanted| same_value(&wanted, value)),
        Matcher::Js(wanted) => match &seen.js {
            Some(js) => same_value(wanted, js),
            // What a host operation returned is what JavaScript sees; a Wasm value that no
            // JavaScript saw has no such side.
            None => value.val_type().is_some() || same_value(wanted, value),
        },
        Matcher::Number { multiple_of, at_least, at_most } => match as_integer(value) {
            Some(number) => {
                multiple_of.is_none_or(|of| of != 0 && number % of == 0)
                    && at_least.is_none_or(|least| number >= least)
                    && at_most.is_none_or(|most| number <= most)
            }
            None => as_double(value).is_some_and(|number| {
                multiple_of.is_none()
                    && at_least.is_none_or(|least| number >= least as f64)
                    && at_most.is_none_or(|most| number <= most as f64)
            }),
        },
    }
}

/// Is it a NaN that, where its bits are known, is of a class?
fn is_nan(value: &Value, single: fn(u32) -> bool, double: fn(u64) -> bool) -> bool {
    match value {
        Value::F32(Float::Nan) | Value::F64(Float::Nan) | Value::Number(Float::Nan) => true,
        Value::F32(Float::Bits(bits)) => f32::from_bits(*bits).is_nan() && single(*bits),
        Value::F64(Float::Bits(bits)) | Value::Number(Float::Bits(bits)) => {
            f64::from_bits(*bits).is_nan() && double(*bits)
        }
        _ => false,
    }
}

/// A whole number without loss.
fn as_integer(value: &Value) -> Option<i128> {
    match value {
        Value::I32(v) => Some(i128::from(*v)),
        Value::I64(v) => Some(i128::from(*v)),
        Value::BigInt(text) => text.parse().ok(),
        _ => as_double(value)
            .filter(|number| number.fract() == 0.0 && number.abs() < 2_f64.powi(120))
            .map(|number| number as i128),
    }
}

fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::F32(float) => Some(f64::from(float.to_f32())),
        Value::F64(float) | Value::Number(float) => Some(float.to_f64()),
        _ => None,
    }
}

/// The expectation in words.
pub fn demand(expect: &Expect, kept: &Kept<'_>) -> String {
    describe_expect(expect, kept)
}

/// Does the result say that a resource was refused where the specification allows that?
pub fn is_refusal(expected: &Expected, result: &StepResult) -> bool {
    match result {
        StepResult::Returned { values } => match (&expected.refused, values.as_slice()) {
            (Some(refused), [seen]) => same_value(refused, &seen.value),
            _ => false,
        },
        StepResult::Threw { error, .. } => expected.may_be_refused && error == "RangeError",
        _ => false,
    }
}
