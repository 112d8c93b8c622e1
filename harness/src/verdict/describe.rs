//! Results and expectations in words, as reasons and diffs use them. What a runtime said stays unescaped.

use std::fmt::Write as _;

use super::check::Kept;
use crate::case::expect::{Expect, Matcher};
use crate::protocol::{Seen, StepResult};

/// What a step did, as the rest of a sentence that begins with it.
pub fn describe(result: &StepResult) -> String {
    match result {
        StepResult::Returned { values } if values.is_empty() => "completed".to_owned(),
        StepResult::Returned { values } => format!("gave {}", values_text(values)),
        StepResult::Trap { kind: Some(kind), .. } => format!("trapped ({kind})"),
        StepResult::Trap { kind: None, message } => format!("trapped ({message})"),
        StepResult::Exhaustion { .. } => "exhausted the stack".to_owned(),
        StepResult::Threw { error, message } => format!("threw {error}: {message}"),
        StepResult::Started => "was started".to_owned(),
        StepResult::Unsupported { reason } => format!("is unsupported: {reason}"),
        StepResult::Skipped { reason } => format!("was skipped: {reason}"),
        StepResult::Repeated { runs, unrecorded } => {
            let mut text = String::new();
            for (index, run) in runs.iter().enumerate() {
                if index == 4 {
                    let _ = write!(text, ", then {} more kinds of rounds", runs.len() - index);
                    break;
                }
                let separator = if index == 0 { "" } else { ", then " };
                let _ = write!(text, "{separator}{} ({} rounds)", describe(&run.result), run.rounds);
            }
            if *unrecorded > 0 {
                let _ = write!(text, ", then {unrecorded} rounds that were not recorded");
            }
            text
        }
    }
}

fn values_text(values: &[Seen]) -> String {
    let one = |seen: &Seen| match &seen.js {
        Some(js) if js.to_string() != seen.value.to_string() => {
            format!("{} (JavaScript saw {js})", seen.value)
        }
        _ => seen.value.to_string(),
    };
    match values {
        [single] => one(single),
        several => format!("[{}]", several.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// An expectation in words, as the rest of `expected ...`.
pub(super) fn describe_expect(expect: &Expect, kept: &Kept<'_>) -> String {
    let matchers = |matchers: &[Matcher]| -> Vec<String> {
        matchers.iter().map(|matcher| describe_matcher(matcher, kept)).collect()
    };
    match expect {
        Expect::Open => "anything".to_owned(),
        Expect::Values(one) if one.len() == 1 => matchers(one).concat(),
        Expect::Values(several) => format!("[{}]", matchers(several).join(", ")),
        Expect::Done => "that it completes".to_owned(),
        Expect::Trap => "a trap".to_owned(),
        Expect::Exhaustion => "the stack to be exhausted".to_owned(),
        Expect::Throws(class) => format!("a {class}"),
        Expect::Not(inner) => format!("anything but {}", describe_expect(inner, kept)),
        Expect::Any(several) => {
            let several: Vec<String> = several.iter().map(|one| describe_expect(one, kept)).collect();
            several.join(" or ")
        }
    }
}

fn describe_matcher(matcher: &Matcher, kept: &Kept<'_>) -> String {
    match matcher {
        Matcher::Is(value) => value.to_string(),
        Matcher::Nan => "a NaN".to_owned(),
        Matcher::NanCanonical => "a canonical NaN".to_owned(),
        Matcher::NanArithmetic => "an arithmetic NaN".to_owned(),
        Matcher::Js(value) => format!("JavaScript to see {value}"),
        Matcher::Kept(result) => {
            let plus = if result.plus == 0 { String::new() } else { format!(" {:+}", result.plus) };
            match kept.value(result) {
                Some(value) => format!("{value} (what step {} gave{plus})", result.step),
                None => format!("what step {} gave{plus}, which gave nothing", result.step),
            }
        }
        Matcher::Number { multiple_of, at_least, at_most } => {
            let parts = [("a multiple of", multiple_of), ("at least", at_least), ("at most", at_most)];
            let parts = parts.iter().filter_map(|(word, bound)| bound.map(|bound| format!("{word} {bound}")));
            parts.collect::<Vec<_>>().join(", ")
        }
    }
}
