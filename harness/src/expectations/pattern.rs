//! Patterns over case ids: what the user filters by, and what expectations files name cases by.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern over ids. `*` and `?` stand for any text and any character, `{a,b}` for either;
/// brackets stand for themselves, since ids have them.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// None where the text holds no wildcard.
    glob: Option<GlobMatcher>,
}

/// A pattern that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a pattern: {reason}")]
pub struct PatternError {
    text: String,
    reason: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// If braces are not balanced, or the text is empty.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let error = |reason: String| PatternError { text: text.to_owned(), reason };
        if text.is_empty() {
            return Err(error("it is empty".to_owned()));
        }
        let glob = text.contains(['*', '?', '{', '}']).then(|| {
            let literal = text.replace('[', "\u{0}").replace(']', "[]]").replace('\u{0}', "[[]");
            GlobBuilder::new(&literal).literal_separator(false).backslash_escape(true).build()
        });
        let glob = glob.transpose().map_err(|problem| error(problem.kind().to_string()))?;
        Ok(Self { text: text.to_owned(), glob: glob.map(|glob| glob.compile_matcher()) })
    }

    /// Does it name this id, as a whole?
    pub fn names(&self, id: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(id),
            None => self.text == id,
        }
    }

    /// Does it find this id: by naming it, or by being a part of it?
    pub fn finds(&self, id: &str) -> bool {
        id.contains(&self.text) || self.names(id)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text).expect("a pattern")
    }

    #[test]
    fn brackets_stand_for_themselves() {
        assert!(pattern("endianness/load[width=i32]").names("endianness/load[width=i32]"));
        assert!(pattern("*[width=*]").names("endianness/load[width=i32]"));
        assert!(!pattern("*[width=*]").names("endianness/load"));
        assert!(!pattern("a[bc]*").names("ab"));
    }

    #[test]
    fn a_part_of_an_id_finds_it_but_does_not_name_it() {
        assert!(pattern("load[").finds("endianness/load[width=i32]"));
        assert!(!pattern("load").names("endianness/load"));
    }

    #[test]
    fn a_star_crosses_slashes() {
        assert!(pattern("end*32*").names("endianness/load[width=i32]"));
    }

    #[test]
    fn open_braces_are_an_error() {
        assert!(Pattern::new("{a,b").is_err());
        assert!(Pattern::new("").is_err());
    }
}
