//! A bug as the text of an issue: Markdown that can be pasted, in which whatever a case or a runtime
//! says stays text.

use std::fmt::Write as _;

use super::script::Symptom;
use crate::case::Case;
use crate::protocol::Handshake;

/// A runtime that ran the script.
#[derive(Clone, Debug)]
pub struct Witness {
    /// What it is called.
    pub name: String,
    /// Who it says it is.
    pub handshake: Handshake,
    /// Does it show the bug? None where that cannot be said.
    pub shows: Option<bool>,
    /// Why not, or how it ended.
    pub remark: String,
}

/// What an issue tells.
#[derive(Clone, Debug)]
pub struct Issue<'i> {
    /// The smaller case.
    pub case: &'i Case,
    /// How the bug shows.
    pub symptom: Symptom,
    /// What is wrong, in words.
    pub reason: &'i str,
    /// What is to be typed.
    pub command: &'i str,
    /// What the script printed in the suspect.
    pub output: &'i str,
    /// The suspect.
    pub suspect: &'i Witness,
    /// The others.
    pub others: &'i [Witness],
    /// The files that show it: their names, and their text.
    pub files: &'i [(&'i str, &'i str)],
}

/// The issue's text.
pub fn issue(issue: &Issue<'_>) -> String {
    let case = issue.case;
    let Witness { handshake, .. } = issue.suspect;
    let mut text = String::new();
    let title = match issue.symptom {
        Symptom::Wrong => "This does not hold",
        Symptom::Crash => "A crash where this should hold",
        Symptom::Timeout => "It does not come to an end where this should hold",
    };
    let _ = writeln!(text, "# {title}: {}\n", inline(&case.title));
    let _ = writeln!(
        text,
        "**Version:** {} {} ({} {}), {}\n",
        inline(&handshake.runtime.name),
        inline(&handshake.runtime.version),
        inline(&handshake.engine.name),
        inline(&handshake.engine.version),
        inline(&handshake.platform)
    );
    text.push_str("## Steps to reproduce\n\n");
    text.push_str(&fenced("sh", issue.command));
    let _ = writeln!(text, "## Expected\n\n{}.\n", inline(case.title.trim_end_matches('.')));
    for link in &case.spec {
        let _ = writeln!(text, "- <{}>", url(link));
    }
    if let Some(contested) = &case.contested {
        let _ = writeln!(text, "\nContested: {} <{}>", inline(&contested.reason), url(&contested.link));
    }
    text.push_str("\n## Actual\n\n");
    // What the script prints says it without a word of how the case was run.
    if !issue.reason.is_empty() && issue.output.trim().is_empty() {
        let _ = writeln!(text, "{}\n", inline(issue.reason));
    }
    text.push_str(&fenced("text", issue.output.trim_end()));
    text.push_str("## Other runtimes\n\n");
    if issue.others.is_empty() {
        text.push_str("None was tried.\n\n");
    } else {
        text.push_str("| runtime | engine | shows it |\n|---|---|---|\n");
        for witness in issue.others {
            let shows = match witness.shows {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not tried",
            };
            let remark =
                if witness.remark.is_empty() { String::new() } else { format!(": {}", witness.remark) };
            let _ = writeln!(
                text,
                "| {} {} | {} {} | {shows}{} |",
                inline(&witness.handshake.runtime.name),
                inline(&witness.handshake.runtime.version),
                inline(&witness.handshake.engine.name),
                inline(&witness.handshake.engine.version),
                inline(&remark)
            );
        }
        text.push('\n');
    }
    for (name, content) in issue.files {
        let _ = writeln!(text, "## {}\n", inline(name));
        let language = match name.rsplit('.').next() {
            Some("mjs") => "js",
            Some("rs") => "rust",
            other => other.unwrap_or_default(),
        };
        text.push_str(&fenced(language, content));
    }
    let _ = writeln!(text, "Found by samebytes, case `{}`.", inline_code(&case.id));
    text
}

/// A text that is to be read as it is, within a line.
fn inline(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '~' | '!' | '@'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn inline_code(text: &str) -> String {
    visible(text).replace('`', "'")
}

fn url(link: &str) -> String {
    visible(link).chars().filter(|c| !matches!(c, '<' | '>' | ' ')).collect()
}

/// Without what ends a line or changes how a text is shown.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect()
}

/// A block that no line of the text can end.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<String> = text.lines().map(visible).collect();
    format!("{fence}{language}\n{}\n{fence}\n\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            inline("<img src=x> [a](b) `c` | @all\n# d"),
            "\\<img src=x\\> \\[a\\](b) \\`c\\` \\| \\@all \\# d"
        );
        assert_eq!(fenced("text", "a\n````\nb"), "`````text\na\n````\nb\n`````\n\n");
        assert_eq!(fenced("text", "\u{1b}[2Jx"), "```text\n [2Jx\n```\n\n");
        assert_eq!(url("https://a/> <b"), "https://a/b");
    }
}
