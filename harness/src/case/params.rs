//! `params`: one document, many cases. Works on nodes, before anything is decoded.

use std::collections::HashSet;

use super::decode::{Report, entries};
use super::names::is_name;
use super::node::{Key, Kind, Node, Scalar, Span, Style};
use super::problem::{did_you_mean, one_of, quoted};

/// How many cases one document may become.
const MOST: usize = 1000;
/// How many bytes of text all of them may have together.
const MOST_TEXT: usize = 32 << 20;

/// One way to fill in a document.
pub struct Expansion {
    /// What the id gets: `[k=v]`, or nothing without `params`.
    pub suffix: String,
    /// The document, without `params` and with every `${name}` replaced.
    pub document: Node,
}

type Binding<'n> = Vec<(&'n Key, &'n Node)>;

/// All cases of a document. Mistakes in `params`, and names that no parameter has, go to `report`.
pub fn expand(document: &Node, report: &mut Report) -> Vec<Expansion> {
    let Kind::Mapping(pairs) = &document.kind else {
        // The decoder says what is wrong.
        return vec![Expansion { suffix: String::new(), document: document.clone() }];
    };
    let Some((_, params)) = pairs.iter().find(|(key, _)| key.text == "params") else {
        let mut fill = Fill { binding: &Vec::new(), report, used: HashSet::new(), left: MOST_TEXT };
        return vec![Expansion { suffix: String::new(), document: fill.document(pairs, &document.span) }];
    };
    let (bindings, all_in_id) = match &params.kind {
        Kind::Mapping(_) => (combinations(params, report), true),
        Kind::Sequence(items) => (rows(items, params, report), false),
        Kind::Scalar(_) => {
            report.error(&params.span, "`params` is a mapping from names to lists, or a list of mappings");
            return Vec::new();
        }
    };
    let Some(bindings) = bindings else { return Vec::new() };
    let mut expansions = Vec::new();
    let mut used = HashSet::new();
    let mut text_left = MOST_TEXT;
    let mut suffixes = HashSet::new();
    for binding in &bindings {
        let named = if all_in_id { &binding[..] } else { &binding[..1] };
        let parts: Vec<String> =
            named.iter().map(|(key, value)| format!("{}={}", key.text, bare(value))).collect();
        let suffix = format!("[{}]", parts.join(","));
        if !suffixes.insert(suffix.clone()) {
            let span = named.last().map_or(&params.span, |(_, value)| &value.span);
            report.error(span, format!("two cases would be named {}", quoted(&suffix)));
            continue;
        }
        let mut fill = Fill { binding, report, used: HashSet::new(), left: text_left };
        let filled = fill.document(pairs, &document.span);
        used.extend(fill.used);
        let size = filled.text_size().max(report.source.text.len());
        if fill_is_too_much(&mut text_left, size) {
            report.error(&params.span, "the cases of this document are too much text");
            return Vec::new();
        }
        expansions.push(Expansion { suffix, document: filled });
    }
    if let Some(first) = bindings.first() {
        // The first key of a row names its case, and that is use enough.
        let named = usize::from(!all_in_id);
        for (key, _) in first.iter().skip(named).filter(|(key, _)| !used.contains(&key.text)) {
            report.error(&key.span, format!("the parameter {} is not used", quoted(&key.text)));
        }
    }
    expansions
}

fn fill_is_too_much(left: &mut usize, size: usize) -> bool {
    let enough = *left >= size;
    *left = left.saturating_sub(size);
    !enough
}

/// The text of a value within an id.
fn bare(value: &Node) -> String {
    value.scalar().map_or_else(|| value.on_one_line(), |scalar| scalar.text.clone())
}

fn name_is_right(key: &Key, report: &mut Report) -> bool {
    let right = is_name(&key.text);
    if !right {
        report.error(&key.span, format!("{} is not a name", quoted(&key.text)));
    }
    right
}

fn combinations<'n>(params: &'n Node, report: &mut Report) -> Option<Vec<Binding<'n>>> {
    let pairs = entries(params, report)?;
    let mut bindings: Vec<Binding<'n>> = vec![Vec::new()];
    let mut right = true;
    if pairs.is_empty() {
        report.error(&params.span, "`params` is empty");
        return None;
    }
    for (key, values) in pairs {
        right &= name_is_right(key, report);
        let Kind::Sequence(values) = &values.kind else {
            report.error(&values.span, format!("a list of values is wanted here, not {}", values.describe()));
            right = false;
            continue;
        };
        if values.is_empty() {
            report.error(&key.span, format!("the parameter {} has no values", quoted(&key.text)));
            right = false;
            continue;
        }
        if bindings.len() * values.len() > MOST {
            report.error(&key.span, format!("these are more than {MOST} cases"));
            return None;
        }
        bindings = bindings
            .iter()
            .flat_map(|binding| {
                values.iter().map(move |value| {
                    let mut binding = binding.clone();
                    binding.push((key, value));
                    binding
                })
            })
            .collect();
    }
    right.then_some(bindings)
}

fn rows<'n>(items: &'n [Node], params: &Node, report: &mut Report) -> Option<Vec<Binding<'n>>> {
    if items.is_empty() || items.len() > MOST {
        report.error(&params.span, format!("`params` lists 1 to {MOST} cases"));
        return None;
    }
    let mut rows: Vec<Binding<'n>> = Vec::new();
    let mut right = true;
    for item in items {
        let Some(pairs) = entries(item, report) else {
            right = false;
            continue;
        };
        if pairs.is_empty() {
            report.error(&item.span, "this case has no parameters");
            right = false;
            continue;
        }
        let row: Binding<'n> = pairs.into_iter().map(|(key, value)| (key, value)).collect();
        right &= row.iter().all(|(key, _)| name_is_right(key, report));
        if let Some(first) = rows.first() {
            if first[0].0.text != row[0].0.text {
                let message = format!(
                    "the first parameter names the case: it is {} everywhere",
                    quoted(&first[0].0.text)
                );
                report.error(&row[0].0.span, message);
                right = false;
            }
            let has = |row: &Binding<'_>, name: &str| row.iter().any(|(key, _)| key.text == name);
            for (key, _) in first.iter().filter(|(key, _)| !has(&row, &key.text)) {
                report.error(&item.span, format!("the parameter {} is missing here", quoted(&key.text)));
                right = false;
            }
            for (key, _) in row.iter().filter(|(key, _)| !has(first, &key.text)) {
                let help = did_you_mean(&key.text, first.iter().map(|(key, _)| key.text.as_str()));
                report.error_with_help(
                    &key.span,
                    format!("the first case has no parameter {}", quoted(&key.text)),
                    help,
                );
                right = false;
            }
        }
        rows.push(row);
    }
    right.then_some(rows)
}

struct Fill<'a, 'n> {
    binding: &'a Binding<'n>,
    report: &'a mut Report,
    used: HashSet<String>,
    /// How many bytes parameters may still put in.
    left: usize,
}

impl Fill<'_, '_> {
    fn document(&mut self, pairs: &[(Key, Node)], span: &Span) -> Node {
        let pairs = pairs.iter().map(|(key, value)| {
            // Kept, so that the decoder sees every key; its content is not decoded again.
            let value = if key.text == "params" { value.clone() } else { self.node(value) };
            (key.clone(), value)
        });
        Node { span: span.clone(), kind: Kind::Mapping(pairs.collect()) }
    }

    fn node(&mut self, node: &Node) -> Node {
        let kind = match &node.kind {
            Kind::Sequence(items) => Kind::Sequence(items.iter().map(|item| self.node(item)).collect()),
            Kind::Mapping(pairs) => Kind::Mapping(
                pairs
                    .iter()
                    .map(|(key, value)| {
                        let text = self.text(&key.text, &key.span);
                        (
                            Key { text: text.unwrap_or_else(|| key.text.clone()), span: key.span.clone() },
                            self.node(value),
                        )
                    })
                    .collect(),
            ),
            Kind::Scalar(scalar) => {
                if let Some(whole) = self.whole(&scalar.text) {
                    return Node { span: node.span.clone(), kind: respan(whole, &node.span).kind };
                }
                let Some(text) = self.text(&scalar.text, &node.span) else { return node.clone() };
                // `{` must be quoted within `{}` and `[]`, so these quotes say nothing.
                let style = if scalar.style == Style::Quoted { Style::Plain } else { scalar.style };
                Kind::Scalar(Scalar { text, style })
            }
        };
        Node { span: node.span.clone(), kind }
    }

    /// The parameter's own node, if the text is nothing but `${name}`.
    fn whole(&mut self, text: &str) -> Option<Node> {
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        let (_, value) = self.binding.iter().find(|(key, _)| key.text == name)?;
        self.used.insert(name.to_owned());
        let size = value.text_size();
        if size > self.left {
            return None;
        }
        self.left -= size;
        Some((*value).clone())
    }

    /// The text with every `${name}` replaced; `None` if there was none.
    fn text(&mut self, text: &str, span: &Span) -> Option<String> {
        let mut rest = text;
        let mut out = String::new();
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            let Some(end) = rest[at..].find('}') else {
                self.report.error(span, "a `${` without its `}`");
                break;
            };
            let name = &rest[at + 2..at + end];
            match self.binding.iter().find(|(key, _)| key.text == name) {
                Some((key, value)) => {
                    self.used.insert(key.text.clone());
                    match value.scalar() {
                        Some(scalar) if scalar.text.len() > self.left => {
                            self.left = 0;
                            self.report.error(span, "the parameters make this document too long");
                            return None;
                        }
                        Some(scalar) => {
                            self.left -= scalar.text.len();
                            out.push_str(&scalar.text);
                        }
                        None => {
                            let message = format!(
                                "{} is {}, and cannot stand within a text",
                                quoted(name),
                                value.describe()
                            );
                            self.report.error(span, message);
                        }
                    }
                }
                None => {
                    let known: Vec<&str> = self.binding.iter().map(|(key, _)| key.text.as_str()).collect();
                    let help =
                        did_you_mean(name, known.iter().copied()).unwrap_or_else(|| match &known[..] {
                            [] => "this case has no `params`".to_owned(),
                            _ => format!("the parameters are {}", one_of(known.iter().copied())),
                        });
                    self.report.error_with_help(
                        span,
                        format!("there is no parameter {}", quoted(name)),
                        help,
                    );
                }
            }
            rest = &rest[at + end + 1..];
        }
        (rest.len() < text.len()).then(|| out + rest)
    }
}

/// The node as if it stood at `span`: mistakes are shown where the parameter is used.
fn respan(node: Node, span: &Span) -> Node {
    let kind = match node.kind {
        Kind::Scalar(scalar) => Kind::Scalar(scalar),
        Kind::Sequence(items) => Kind::Sequence(items.into_iter().map(|item| respan(item, span)).collect()),
        Kind::Mapping(pairs) => Kind::Mapping(
            pairs
                .into_iter()
                .map(|(key, value)| (Key { text: key.text, span: span.clone() }, respan(value, span)))
                .collect(),
        ),
    };
    Node { span: span.clone(), kind }
}
