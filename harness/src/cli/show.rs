//! `samebytes show`: a case as it will run.

use std::sync::Arc;

use super::{CliError, ExitCode, SuiteArgs, add_lines, code_of, print};
use crate::case::{Bearing, Case, did_you_mean};
use crate::expectations::Pattern;
use crate::report::{Page, Tone};
use crate::suite::Catalogue;

/// Shows the one case that is meant.
pub(super) fn show(wanted: &str, args: &SuiteArgs) -> Result<ExitCode, CliError> {
    let suite = args.read();
    let case = find(&suite, wanted)?;
    let mut page = Page::new();
    page.line(Tone::Bold, &case.id);
    page.line(Tone::Plain, &case.title);
    for link in &case.spec {
        page.line(Tone::Dim, link);
    }
    if !case.plan.needs.is_empty() {
        let needs: Vec<&str> = case.plan.needs.iter().map(|need| need.name()).collect();
        page.line(Tone::Plain, &format!("needs: {}", needs.join(", ")));
    }
    if !case.claims.is_empty() {
        let words = |(claim, bearing): (&u32, &Bearing)| format!("{} {claim}", bearing.name());
        let claims: Vec<String> = case.claims.iter().map(words).collect();
        page.line(Tone::Plain, &format!("claims: {}", claims.join(", ")));
    }
    if let Some(contested) = &case.contested {
        page.wrapped(Tone::Notice, 0, 0, &format!("contested: {} {}", contested.reason, contested.link));
    }
    page.end();
    for (number, info) in &case.steps {
        page.add(Tone::Dim, &format!("{number:>4}  "));
        page.wrapped(Tone::Plain, 6, 6, info.text.trim());
    }
    for guest in &case.plan.guests {
        page.end().line(Tone::Bold, &format!("guest {}, {} bytes", guest.name, guest.wasm.len()));
        let text =
            wasmprinter::print_bytes(&guest.wasm).map_err(|error| CliError::Guest(error.to_string()))?;
        add_lines(&mut page, &text);
    }
    print(&page)?;
    Ok(code_of(&suite))
}

/// The one case that is meant.
pub(super) fn find<'s>(suite: &'s Catalogue, wanted: &str) -> Result<&'s Arc<Case>, CliError> {
    if let Some(case) = suite.cases.iter().find(|case| case.id == wanted) {
        return Ok(case);
    }
    let pattern = Pattern::new(wanted)?;
    let found: Vec<&Arc<Case>> = suite.cases.iter().filter(|case| pattern.finds(&case.id)).collect();
    match found.as_slice() {
        [] => {
            let meant = did_you_mean(wanted, suite.cases.iter().map(|case| case.id.as_str()));
            let meant = meant.map_or(String::new(), |meant| format!("; {meant}"));
            Err(CliError::NoCase(format!("`{wanted}`{meant}")))
        }
        [case] => Ok(case),
        several => {
            let ids: String = several.iter().take(20).map(|case| format!("\n  {}", case.id)).collect();
            Err(CliError::Ambiguous(wanted.to_owned(), ids))
        }
    }
}
