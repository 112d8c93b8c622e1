//! Guests as text: what is shown of them, and what of them nobody needs.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::case::Case;
use crate::case::plan::Guest;

/// How many lines of a guest are shown.
const MOST_LINES: usize = 300;

/// A guest as text.
pub fn guest_text(case: &Case, guest: &Guest) -> String {
    let printed = || wasmprinter::print_bytes(&guest.wasm).unwrap_or_default();
    let text = case.wat.get(&guest.name).cloned().unwrap_or_else(printed);
    let text = dedented(&text);
    if text.is_empty() || text.lines().count() > MOST_LINES {
        return format!("A module of {} bytes.", guest.wasm.len());
    }
    text
}

fn dedented(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let least = lines().map(indent).min().unwrap_or(0);
    lines().map(|line| line.get(least..).unwrap_or_default().trim_end()).collect::<Vec<_>>().join("\n")
}

/// The case with a part of a guest's text after the other taken away, wherever the answer stays yes.
pub fn smaller_guests(case: &Case, question: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut case = case.clone();
    let names: Vec<String> = case.plan.guests.iter().map(|guest| guest.name.clone()).collect();
    for name in names.iter().filter(|name| case.wat.contains_key(*name)).cloned().collect::<BTreeSet<_>>() {
        let count = fields(&case.wat[&name]).len();
        for index in (0..count).rev() {
            if let Some(smaller) = without_field(&case, &name, index)
                && question(&smaller)
            {
                case = smaller;
            }
        }
    }
    case
}

fn without_field(case: &Case, name: &str, index: usize) -> Option<Case> {
    let text = &case.wat[name];
    let range = fields(text).get(index)?.clone();
    let rest = format!("{}{}", &text[..range.start], &text[range.end..]);
    let wasm = wat::parse_str(&rest).ok()?;
    let mut case = case.clone();
    case.plan.guests.iter_mut().find(|guest| guest.name == name)?.wasm = wasm;
    case.wat.insert(name.to_owned(), rest);
    Some(case)
}

/// The fields of a module's text, each with the comments before it.
fn fields(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let (mut depth, mut at, mut begin) = (0_u32, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b';' if bytes.get(at + 1) == Some(&b';') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'(' if bytes.get(at + 1) == Some(&b';') => {
                let end = text[at..].find(";)").map_or(bytes.len(), |end| at + end + 1);
                at = end;
            }
            b'(' => {
                depth += 1;
                if depth == 1 {
                    // Behind the word `module` and the name that may follow it.
                    begin = text[at + 1..].find(['\n', '(']).map_or(at + 1, |to| at + 1 + to);
                }
            }
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    fields.push(begin..at + 1);
                    begin = at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "(module $m\n  (import \"e\" \"a)\\\"b\" (memory 1))\n  ;; not (this\n  (func (export \"f\")) (func $g (; ( ;)))";

    #[test]
    fn fields_go_with_the_comments_before_them() {
        let fields: Vec<&str> = fields(TEXT).into_iter().map(|range| &TEXT[range]).collect();
        assert_eq!(
            fields,
            [
                "\n  (import \"e\" \"a)\\\"b\" (memory 1))",
                "\n  ;; not (this\n  (func (export \"f\"))",
                " (func $g (; ( ;))"
            ]
        );
    }

    #[test]
    fn text_loses_the_indentation_that_all_lines_share() {
        assert_eq!(dedented("    (module\n      (memory 1))\n\n"), "(module\n  (memory 1))");
    }
}
