//! Lines of an executor: finding the protocol in what a process prints.

use crate::protocol::Response;

/// What a line holds.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// A message, and what stood before it on the line.
    Message { stray: String, response: Box<Response> },
    /// No nonce: not the protocol's.
    Stray(String),
    /// The nonce, and after it nothing that could be understood.
    Nonsense(String),
}

/// Takes a line apart. The nonce may stand anywhere in it, since whatever a guest or a runtime prints
/// need not end its line.
pub(super) fn parse(line: &[u8], nonce: &str) -> Line {
    let text = String::from_utf8_lossy(line);
    let mut failure = None;
    for (at, _) in text.match_indices(nonce) {
        let payload = text[at + nonce.len()..].trim();
        match serde_json::from_str(payload) {
            Ok(response) => {
                return Line::Message { stray: text[..at].to_owned(), response: Box::new(response) };
            }
            Err(error) => failure = failure.or(Some(format!("{error} in `{}`", shorten(payload, 200)))),
        }
    }
    match failure {
        Some(failure) => Line::Nonsense(failure),
        None => Line::Stray(text.into_owned()),
    }
}

/// The beginning of a text, of at most `most` characters.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}

/// A word that no runtime prints by itself. It keeps what is printed apart from the protocol; it is
/// no secret.
pub(crate) fn nonce() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let state = RandomState::new();
    format!("sb{:016x}{:016x}", state.hash_one(0_u8), state.hash_one(1_u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: &str = r#"{"type":"done","sequence":4}"#;

    fn done() -> Box<Response> {
        Box::new(Response::Done { sequence: 4, retire: false })
    }

    #[test]
    fn a_message_is_found_behind_text_without_a_line_end() {
        let line = parse(format!("printedN0NCE {DONE}").as_bytes(), "N0NCE");
        assert_eq!(line, Line::Message { stray: "printed".into(), response: done() });
    }

    #[test]
    fn a_message_is_found_behind_half_a_message() {
        let line = parse(format!("N0NCE {{\"type\":\"obserN0NCE {DONE}").as_bytes(), "N0NCE");
        assert_eq!(line, Line::Message { stray: "N0NCE {\"type\":\"obser".into(), response: done() });
    }

    #[test]
    fn a_message_without_the_nonce_is_stray_text() {
        assert_eq!(parse(DONE.as_bytes(), "N0NCE"), Line::Stray(DONE.into()));
    }

    #[test]
    fn nonsense_after_the_nonce_is_told_apart_from_stray_text() {
        assert!(matches!(parse(b"N0NCE {\"type\":\"dance\"}", "N0NCE"), Line::Nonsense(_)));
        assert!(matches!(parse(b"N0NCE \xff\xfe", "N0NCE"), Line::Nonsense(_)));
    }
}
