//! Text of others, made fit to be shown: nothing that a case, a guest or a runtime prints moves a
//! terminal's cursor, hides what stands beside it or breaks a line.

use std::fmt::Write as _;

/// The text with everything escaped that a terminal does not show as itself.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_hidden(char) => {
                let _ = write!(out, "{}", char.escape_unicode());
            }
            _ => out.push(char),
        }
    }
    out
}

/// Control characters, and those that are invisible or change the direction of text.
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}
