//! The tree of a YAML document: scalars as they are written, and where everything stands.
//!
//! What a scalar means is decided by whoever decodes it, by the type that is wanted there.

use std::ops::Range;

/// Where something stands in its file, in bytes.
pub type Span = Range<usize>;

/// One node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands. Of a mapping or a sequence, where it begins.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, a word, a text.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the written order; a key may stand there twice.
    Mapping(Vec<(Key, Node)>),
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// A plain scalar as it is written; any other as YAML says that it reads.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: it may be a number, a keyword, a name.
    Plain,
    /// In quotes: never a keyword.
    Quoted,
    /// A literal block (`|`), whose first line stands below its header.
    Literal,
    /// A folded block (`>`), whose lines are not those of the file.
    Folded,
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// The scalar, if this is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Is nothing written here?
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| {
            scalar.style == Style::Plain && matches!(scalar.text.as_str(), "" | "~" | "null")
        })
    }

    /// What kind of node this is, for messages.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            _ if self.is_null() => "nothing",
            Kind::Scalar(_) => "a single value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// How many bytes of text the node has.
    pub fn text_size(&self) -> usize {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.text.len(),
            Kind::Sequence(items) => items.iter().map(Node::text_size).sum(),
            Kind::Mapping(pairs) => pairs.iter().map(|(key, value)| key.text.len() + value.text_size()).sum(),
        }
    }

    /// The node on one line, as a person would write it.
    pub fn on_one_line(&self) -> String {
        let mut text = String::new();
        self.write_flow(&mut text);
        text
    }

    pub(crate) fn write_flow(&self, out: &mut String) {
        match &self.kind {
            Kind::Scalar(scalar) => match scalar.style {
                Style::Plain => out.push_str(&scalar.text),
                _ => out.push_str(&format!("{:?}", scalar.text)),
            },
            Kind::Sequence(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    item.write_flow(out);
                }
                out.push(']');
            }
            Kind::Mapping(pairs) => {
                out.push('{');
                for (at, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    out.push_str(&key.text);
                    out.push_str(": ");
                    value.write_flow(out);
                }
                out.push('}');
            }
        }
    }
}
