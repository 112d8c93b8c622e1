//! Results in words, as reasons and diffs use them. What a runtime said stays unescaped.

use std::fmt::Write as _;

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
        Some(js) if js.to_string() != seen.value.to_string() => format!("{} (JavaScript saw {js})", seen.value),
        _ => seen.value.to_string(),
    };
    match values {
        [single] => one(single),
        several => format!("[{}]", several.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}
