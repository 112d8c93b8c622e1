//! YAML text to a tree of nodes. The only file that knows the YAML library.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};

use super::node::{Key, Kind, Node, Scalar, Span, Style};
use super::problem::{Place, Problem, SourceText};

/// How deep a document may nest. The library takes tens of kilobytes of stack for each level in a build
/// without optimisation, and no case needs half of this.
const MOST_NESTED: usize = 24;

/// Parse one document.
///
/// # Errors
///
/// What is not YAML, more than one document, an alias bomb, or a key that is not a scalar.
pub fn parse(source: &Arc<SourceText>) -> Result<Node, Problem> {
    let budget = serde_saphyr::budget! {
        max_events: 200_000,
        max_aliases: 1_000,
        max_anchors: 1_000,
        max_recorded_anchor_events: 50_000,
        max_depth: MOST_NESTED,
        flow_nesting_limit: MOST_NESTED,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 20_000 },
        // Repeated keys are reported by the decoder, all at once and each at its place.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(&source.text, options)
        .map_err(|error| problem(source, &error))?;
    convert(source, raw)
}

fn problem(source: &Arc<SourceText>, error: &serde_saphyr::Error) -> Problem {
    let span = error.location().map_or(0..0, |location| span_of(source, location));
    use serde_saphyr::Error;
    let message = match error.without_snippet() {
        Error::MultipleDocuments { .. } => {
            return Problem::at(Place::new(source, span), "a second document begins here")
                .with_help("one file is one case; write the other one to a file of its own".to_owned());
        }
        Error::MergeKeyNotAllowed { .. } => "merge keys (`<<`) are not part of the case language".to_owned(),
        _ if first_line(error).contains("alias replay limit") => {
            "the aliases stand for far too much".to_owned()
        }
        Error::Budget { .. } => format!("this is too much for a case: {}", first_line(error)),
        _ => first_line(error),
    };
    Problem::at(Place::new(source, span), message)
}

/// The library's own words, without the place, which is shown anyway.
fn first_line(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or_default();
    text.split(" at line ").next().unwrap_or(text).trim_end_matches(':').to_owned()
}

fn span_of(source: &SourceText, location: Location) -> Span {
    let span = location.span();
    if let (Some(start), Some(length)) = (span.byte_offset(), span.byte_len()) {
        let (start, length) = (start as usize, length as usize);
        return start..start + length;
    }
    let line = usize::try_from(location.line()).unwrap_or(1).max(1) - 1;
    let start: usize = source.text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(location.column()).unwrap_or(1).max(1) - 1;
    let rest = source.text.get(start..).unwrap_or_default();
    let at = start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    at..at
}

/// What the library hands over.
enum Raw {
    Text(String),
    /// Something that it took for a number, a boolean or nothing: its text is read from the source.
    Plain,
    Sequence(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element()? {
            nodes.push(node);
        }
        Ok(Raw::Sequence(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = entries.next_entry()? {
            pairs.push(pair);
        }
        Ok(Raw::Mapping(pairs))
    }
}

/// How the scalar that begins at `start` is written. The library tells where a block's first line
/// begins, so its header is looked for above.
fn style(text: &str, start: usize) -> Style {
    let (before, rest) = text.split_at(start.min(text.len()));
    if rest.starts_with(['"', '\'']) {
        return Style::Quoted;
    }
    let Some((above, indent)) = before.rsplit_once('\n') else { return Style::Plain };
    if !indent.trim().is_empty() {
        return Style::Plain;
    }
    let header = above.trim_end().rsplit('\n').next().unwrap_or_default();
    let header = header.split(" #").next().unwrap_or_default().trim_end();
    let header = header.trim_end_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
    match header.chars().next_back() {
        Some('|') => Style::Literal,
        Some('>') => Style::Folded,
        _ => Style::Plain,
    }
}

fn convert(source: &Arc<SourceText>, raw: Spanned<Raw>) -> Result<Node, Problem> {
    // An alias stands for what its anchor names, and mistakes are made there.
    let span = span_of(source, raw.defined);
    let written = source.text.get(span.clone()).unwrap_or_default();
    let kind = match raw.value {
        Raw::Plain => Kind::Scalar(Scalar { text: written.trim().to_owned(), style: Style::Plain }),
        Raw::Text(text) => {
            let style = style(&source.text, span.start);
            Kind::Scalar(Scalar { text, style })
        }
        Raw::Sequence(items) => {
            Kind::Sequence(items.into_iter().map(|item| convert(source, item)).collect::<Result<_, _>>()?)
        }
        Raw::Mapping(pairs) => Kind::Mapping(
            pairs
                .into_iter()
                .map(|(key, value)| {
                    let key = convert(source, key)?;
                    let Kind::Scalar(Scalar { text, .. }) = key.kind else {
                        return Err(Problem::at(Place::new(source, key.span), "a key is a single word"));
                    };
                    Ok((Key { text, span: key.span }, convert(source, value)?))
                })
                .collect::<Result<_, _>>()?,
        ),
    };
    Ok(Node { span, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Arc<SourceText> {
        Arc::new(SourceText { file: "a.yaml".into(), text: text.into() })
    }

    fn error(text: &str) -> String {
        parse(&source(text)).unwrap_err().to_string()
    }

    fn values(text: &str) -> Vec<(String, Style, String)> {
        let node = parse(&source(text)).unwrap();
        let Kind::Mapping(pairs) = node.kind else { panic!("not a mapping") };
        pairs
            .into_iter()
            .map(|(_, value)| {
                let scalar = value.scalar().unwrap().clone();
                (scalar.text, scalar.style, text[value.span].to_owned())
            })
            .collect()
    }

    #[test]
    fn scalars_keep_what_is_written() {
        let text = "a: 0x10 # c\nb: -0x8000000000000000\nc: 18446744073709551615\nd: 007\ne: 1e999\nf: .nan\n\
                    g: yes\nh: \ni: 1.50\nj: ~\n";
        let written: Vec<String> = values(text).into_iter().map(|(text, ..)| text).collect();
        assert_eq!(
            written,
            [
                "0x10",
                "-0x8000000000000000",
                "18446744073709551615",
                "007",
                "1e999",
                ".nan",
                "yes",
                "",
                "1.50",
                "~"
            ]
        );
    }

    #[test]
    fn styles_are_told_apart() {
        let text = "a: 'x'\nb: \"y\"\nc: |2- # why\n    z\nd: >\n  w\ne: x|\nf:\n  plain\ng: |\n\n  ö\n";
        let styles: Vec<Style> = values(text).into_iter().map(|(_, style, _)| style).collect();
        use Style::{Folded, Literal, Plain, Quoted};
        assert_eq!(styles, [Quoted, Quoted, Literal, Folded, Plain, Plain, Literal]);
    }

    #[test]
    fn an_alias_bomb_is_one_clear_error() {
        let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, of) in ["b", "c", "d", "e", "f", "g"].iter().zip(["a", "b", "c", "d", "e", "f"]) {
            text +=
                &format!("{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]\n");
        }
        assert!(
            error(&text).starts_with("error: the aliases stand for far too much\n --> a.yaml:"),
            "{}",
            error(&text)
        );
    }

    #[test]
    fn a_second_document_is_refused_at_its_place() {
        assert!(
            error("a: 1\n---\nb: 2\n").starts_with("error: a second document begins here\n --> a.yaml:3:1")
        );
    }

    #[test]
    fn merge_keys_tags_and_keys_that_are_lists_are_refused() {
        assert!(error("a: &x {b: 1}\nc:\n  <<: *x\n").contains("merge keys"));
        assert!(error("a: !foo x\n").contains("unsupported tag"));
        assert!(error("? [1]\n: 2\n").contains("a key is a single word"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let flow = error(&"[".repeat(10_000));
        assert!(flow.contains("recursion limit"), "{flow}");
        let block: String = (0..500).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(error(&block).contains("this is too much for a case"), "{}", error(&block));
    }
}
