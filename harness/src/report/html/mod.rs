//! The report as one page that opens from disk: no network, no other files, and a policy that lets the
//! browser run nothing but the page's own script. The data goes into the page as JSON; page/*.js builds
//! what is seen of it, from text nodes alone. What the data is made of belongs to `view`.

use std::io;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use sha2::{Digest as _, Sha256};

use super::changes::changes;
use super::document::Report;

mod view;

const STYLE: &str = concat!(
    include_str!("page/base.css"),
    include_str!("page/head.css"),
    include_str!("page/grid.css"),
    include_str!("page/case.css"),
    include_str!("page/lists.css"),
);

/// One script, so that its files see each other's names and nobody else's.
const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("page/dom.js"),
    include_str!("page/words.js"),
    include_str!("page/data.js"),
    include_str!("page/head.js"),
    include_str!("page/filters.js"),
    include_str!("page/rows.js"),
    include_str!("page/grid.js"),
    include_str!("page/outcomes.js"),
    include_str!("page/source.js"),
    include_str!("page/case.js"),
    include_str!("page/versions.js"),
    include_str!("page/changes.js"),
    include_str!("page/runtimes.js"),
    include_str!("page/keys.js"),
    include_str!("page/main.js"),
    "})();\n",
);

const SHELL: &str = include_str!("page/shell.html");

/// The page of a report, and of what changed since a previous one.
///
/// # Errors
///
/// If the data cannot be serialized, which no content leads to.
pub fn html(report: &Report, previous: Option<&Report>) -> Result<String, serde_json::Error> {
    let changes = previous.map(|previous| changes(previous, report));
    let data = embedded_json(&view::view(report, changes.as_ref()))?;
    let mut page = String::with_capacity(SHELL.len() + STYLE.len() + SCRIPT.len() + data.len());
    // The shell is ours, and each part follows its mark's place in it.
    let mut rest = SHELL;
    for (mark, part) in [
        ("{script-hash}", hash(SCRIPT).as_str()),
        ("{style-hash}", hash(STYLE).as_str()),
        ("{style}", STYLE),
        ("{data}", data.as_str()),
        ("{script}", SCRIPT),
    ] {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(part);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// As a content security policy names an inline script or style.
fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// JSON in which nothing can end the element that it stands in.
fn embedded_json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Embedded))?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

struct Embedded;

impl Formatter for Embedded {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&']) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let escape = match rest.as_bytes()[at] {
                b'<' => b"\\u003c",
                b'>' => b"\\u003e",
                _ => b"\\u0026",
            };
            writer.write_all(escape)?;
            rest = &rest[at + 1..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_end_the_element_that_holds_the_data() {
        let text = "</script><!--<script>&lt;\u{2028}\"\\\n";
        let json = embedded_json(&[text]).expect("serializes");
        assert!(!json.contains(['<', '>', '&']), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).expect("JSON"), [text]);
    }

    #[test]
    fn the_shell_has_a_place_for_every_part_in_their_order() {
        let places = ["{script-hash}", "{style-hash}", "{style}", "{data}", "{script}"].map(|mark| {
            assert_eq!(SHELL.matches(mark).count(), 1, "{mark}");
            SHELL.find(mark)
        });
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn our_script_and_style_cannot_end_their_elements() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
    }
}
