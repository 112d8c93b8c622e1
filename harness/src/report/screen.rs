//! Text for a terminal. Whatever a case, a guest or a runtime says is escaped on its way through
//! here, so nothing of it can move the cursor, change colours or reorder a line.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::shown::escaped;

/// How wide a report may be, in columns.
pub(super) const WIDTH: usize = 100;

/// What a piece of text means, which decides its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading.
    Bold,
    /// Beside the point.
    Dim,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Worth a look.
    Notice,
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Bold => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => colour(AnsiColor::Green),
            Self::Bad => colour(AnsiColor::Red).bold(),
            Self::Notice => colour(AnsiColor::Yellow),
        }
    }
}

/// Lines that are going to be printed.
#[derive(Clone, Debug, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text to the current line.
    pub fn add(&mut self, tone: Tone, text: &str) -> &mut Self {
        let style = tone.style();
        let _ = write!(self.text, "{style}{}{style:#}", escaped(text));
        self
    }

    /// Ends the current line.
    pub fn end(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// Adds a whole line.
    pub fn line(&mut self, tone: Tone, text: &str) -> &mut Self {
        self.add(tone, text).end()
    }

    /// Adds a text over as many lines as it needs, each indented. The first line goes on where the
    /// current one, of `used` columns, ended.
    pub fn wrapped(&mut self, tone: Tone, used: usize, indent: usize, text: &str) -> &mut Self {
        let mut column = used.max(indent);
        self.text.push_str(&" ".repeat(indent.saturating_sub(used)));
        let mut first = true;
        for word in escaped(text).split(' ') {
            let width = word.chars().count();
            if !first && column + 1 + width > WIDTH {
                self.end();
                self.text.push_str(&" ".repeat(indent));
                column = indent;
            } else if !first {
                self.text.push(' ');
                column += 1;
            }
            self.add(tone, word);
            column += width;
            first = false;
        }
        self.end()
    }

    /// Adds the lines of another page.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        self.text.push_str(&other.text);
        self
    }

    /// The text with its colours.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Prints to standard output. Colours are left out where it is no terminal or `NO_COLOR` is set.
    ///
    /// # Errors
    ///
    /// As writing fails, except that a reader who has gone away is no error.
    pub fn print(&self) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match out.write_all(self.text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Prints to standard error, where nobody can be told that it failed.
    pub fn print_to_stderr(&self) {
        let mut out = anstream::stderr().lock();
        let _ = out.write_all(self.text.as_bytes()).and_then(|()| out.flush());
    }
}

/// The beginning of a text that may be very long.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_escaped() {
        let text = escaped("a\u{1b}[31mb\u{9b}2J\u{202e}c\u{7}\r\nd\u{2066}");
        assert_eq!(text, "a\\u{1b}[31mb\\u{9b}2J\\u{202e}c\\u{7}\\r\\nd\\u{2066}");
    }

    #[test]
    fn wrapped_text_stays_within_the_width() {
        let mut page = Page::new();
        page.wrapped(Tone::Plain, 0, 8, &"word ".repeat(60));
        assert!(page.as_str().lines().all(|line| line.len() <= WIDTH && line.starts_with("        ")));
        assert!(page.as_str().lines().count() > 2);
    }
}
