//! The language as a whole: documents in, cases or diagnostics out.

mod diagnostics;
mod examples;
mod hostile;
mod schema;
mod within;

use super::*;

/// Load one document as `t/case.yaml`.
fn loaded(text: &str) -> Loaded {
    load([Source::embedded("t/case.yaml", text.as_bytes())], &|_| None)
}

/// The cases of a document that is right.
fn cases(text: &str) -> Vec<Case> {
    let loaded = loaded(text);
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    loaded.cases
}
