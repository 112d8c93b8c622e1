//! Problems: what is wrong with a case, and where. Rendered as compilers do it, with the line and a
//! caret under the place.
//!
//! Whoever finds a problem says where it is; this file only shows it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use unicode_width::UnicodeWidthChar;

use crate::shown::{escaped, is_hidden};

/// How many columns of a source line are shown.
const WINDOW: usize = 100;
/// How many columns before the caret are kept of a line that is too long.
const BEFORE: usize = 40;

/// A text that a problem can point into.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SourceText {
    /// The file, as messages name it.
    pub file: String,
    /// Its content.
    pub text: String,
}

/// One thing that is wrong with the cases, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The file.
    pub file: String,
    /// Where in the file, unless it is about the file as a whole.
    pub place: Option<Place>,
    /// What would help.
    pub help: Option<String>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    source: Arc<SourceText>,
    bytes: Range<usize>,
}

impl Place {
    /// The bytes `bytes` of `source`. A range that does not fit is cut so that it does.
    pub fn new(source: &Arc<SourceText>, bytes: Range<usize>) -> Self {
        let floor = |at: usize| {
            let mut at = at.min(source.text.len());
            while !source.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(bytes.start);
        Self { source: Arc::clone(source), bytes: start..floor(bytes.end).max(start) }
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.source.text[..self.bytes.start].matches('\n').count() + 1
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        self.source.text[self.line_start()..self.bytes.start].chars().count() + 1
    }

    fn line_start(&self) -> usize {
        self.source.text[..self.bytes.start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The line and the caret below it, both cut to the window.
    fn excerpt(&self) -> (String, String) {
        let start = self.line_start();
        let line = self.source.text[start..].split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (mut shown, mut from, mut to) = (Vec::new(), 0, 0);
        let mut columns = 0;
        for (at, char) in line.char_indices() {
            if start + at == self.bytes.start {
                from = columns;
            }
            let cell = visible(char);
            let width: usize = cell.chars().map(|c| c.width().unwrap_or(0)).sum();
            columns += width;
            if start + at < self.bytes.end {
                to = columns;
            }
            shown.push((cell, width));
        }
        if start + line.len() <= self.bytes.start {
            from = columns;
        }
        let to = to.max(from + 1);
        let skip = if columns <= WINDOW { 0 } else { from.saturating_sub(BEFORE) };
        let mut text = String::new();
        let (mut at, mut indent) = (0, 0);
        if skip > 0 {
            text.push('…');
            indent = 1;
        }
        let mut first = None;
        let mut cut = false;
        for (cell, width) in shown {
            if at >= skip {
                first.get_or_insert(at);
                if at + width > skip + WINDOW {
                    cut = true;
                    break;
                }
                text.push_str(&cell);
            }
            at += width;
        }
        if cut {
            text.push('…');
        }
        let first = first.unwrap_or(from);
        let before = indent + from.saturating_sub(first);
        let width = to.min(skip + WINDOW).max(from + 1) - from;
        (text, format!("{}{}", " ".repeat(before), "^".repeat(width)))
    }
}

/// A character as it is shown: tabs become spaces, and whatever could move the cursor or reorder
/// the line is escaped.
fn visible(char: char) -> String {
    match char {
        '\t' => "    ".to_owned(),
        _ if is_hidden(char) => char.escape_unicode().to_string(),
        _ => char.to_string(),
    }
}

impl Problem {
    /// A problem at a place.
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        let file = place.source.file.clone();
        Self { message: message.into(), file, place: Some(place), help: None }
    }

    /// A problem of a whole file.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), file: file.into(), place: None, help: None }
    }

    /// Add what would help. Nothing is added for `None`.
    pub fn with_help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into().or(self.help);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", escaped(&self.message))?;
        let file = escaped(&self.file);
        let margin = match &self.place {
            None => {
                write!(f, " --> {file}")?;
                2
            }
            Some(place) => {
                let number = place.line().to_string();
                let margin = number.len() + 1;
                let blank = " ".repeat(margin);
                let (line, caret) = place.excerpt();
                writeln!(f, "{}--> {file}:{number}:{}", " ".repeat(margin - 1), place.column())?;
                writeln!(f, "{blank}|")?;
                writeln!(f, "{number} | {line}")?;
                write!(f, "{blank}| {caret}")?;
                margin
            }
        };
        if let Some(help) = &self.help {
            write!(f, "\n{}= help: {}", " ".repeat(margin), escaped(help))?;
        }
        Ok(())
    }
}

/// A name in a message: in back quotes, and cut when it is too long to be one.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(LONGEST).collect::<String>())
}

/// The name that was probably meant, as a help text.
pub(crate) fn did_you_mean<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Nothing sensible is that long, and the distance costs the product of the lengths.
    if found.len() > 100 {
        return None;
    }
    let (distance, name) = known
        .into_iter()
        .filter(|name| name.len() <= 100)
        .map(|name| (strsim::damerau_levenshtein(&found.to_lowercase(), &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)?;
    let allowed = 1 + name.chars().count().min(found.chars().count()) / 4;
    (distance <= allowed).then(|| format!("did you mean `{name}`?"))
}

/// The names of a list, for a help text.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, needle: &str) -> String {
        let source = Arc::new(SourceText { file: "a.yaml".into(), text: text.into() });
        let at = text.find(needle).unwrap();
        Problem::at(Place::new(&source, at..at + needle.len()), "no").to_string()
    }

    #[test]
    fn the_caret_stands_under_the_place_behind_tabs_and_wide_characters() {
        assert_eq!(
            shown("a\n\tö漢 key: 1", "key"),
            "error: no\n --> a.yaml:2:5\n  |\n2 |     ö漢 key: 1\n  |         ^^^"
        );
    }

    #[test]
    fn control_characters_are_escaped() {
        let text = shown("a\u{1b}[2Jb\u{202e} key", "key");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        assert!(text.ends_with(&format!("| {}^^^", " ".repeat("a\\u{1b}[2Jb\\u{202e} ".len()))), "{text}");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_place() {
        let line = format!("{}key{}", "x".repeat(5000), "y".repeat(5000));
        let text = shown(&line, "key");
        assert!(text.contains(":1:5001\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 120), "{text}");
        let [.., source, caret] = text.lines().collect::<Vec<_>>()[..] else { panic!() };
        let at = |line: &str, what| line.chars().position(|c| c == what);
        assert_eq!(at(source, 'k'), at(caret, '^'));
    }

    #[test]
    fn a_place_at_the_end_of_the_text_is_shown() {
        let source = Arc::new(SourceText { file: "a.yaml".into(), text: "ab".into() });
        let text = Problem::at(Place::new(&source, 2..2), "no").to_string();
        assert!(text.ends_with("1 | ab\n  |   ^"), "{text}");
    }
}
