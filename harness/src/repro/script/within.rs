//! Steps that run in the middle of another one: the bodies of host functions, of blocks and of
//! conversions.

use std::collections::BTreeMap;
use std::mem;

use super::agent::Agent;
use super::literal::identifier;
use super::{ScriptError, indented};
use crate::case::plan::{Callback, CallbackEnding, ImportSource, Op};

/// Errors that a callback can throw by their names.
const CONSTRUCTORS: &[&str] =
    &["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

impl Agent<'_> {
    /// The statements of an operation's blocks, each by its first step's number.
    pub(super) fn blocks(&mut self, op: &Op) -> Result<BTreeMap<u32, Vec<String>>, ScriptError> {
        let mut blocks = BTreeMap::new();
        for block in op.blocks() {
            let propagating =
                mem::replace(&mut self.propagating, matches!(op, Op::Using { propagate: true, .. }));
            let mut lines = Vec::new();
            for step in block {
                lines.extend(self.step(step)?);
            }
            self.propagating = propagating;
            blocks.extend(block.first().map(|first| (first.number, lines)));
        }
        Ok(blocks)
    }

    /// A host function.
    pub(super) fn callback(&mut self, callback: &Callback) -> Result<Vec<String>, ScriptError> {
        let seen = callback.number == self.script.subject.step;
        let params: Vec<String> =
            (1..=callback.params.len()).map(|index| format!("argument{index}")).collect();
        let params = if seen { params.join(", ") } else { String::new() };
        let mut lines = vec![format!("const {} = ({params}) => {{", identifier(&callback.name))];
        if seen {
            let value = if callback.params.len() == 1 { params } else { format!("[{params}]") };
            lines.push(format!("  actual = {value};"));
        }
        for step in &callback.steps {
            let inner = self.step(step)?;
            lines.extend(indented(&inner, 1));
        }
        match &callback.ending {
            CallbackEnding::Returns(values) if values.is_empty() => {}
            CallbackEnding::Returns(values) => {
                let values = values.iter().map(|value| {
                    let types = self.script.kept_types();
                    super::literal::operand(value, &|name| types.get(name).copied())
                        .ok_or(ScriptError::Operand)
                });
                let values = values.collect::<Result<Vec<_>, _>>()?;
                lines.push(match values.as_slice() {
                    [one] => format!("  return {one};"),
                    several => format!("  return [{}];", several.join(", ")),
                });
            }
            CallbackEnding::Throws(class) if CONSTRUCTORS.contains(&class.as_str()) => {
                lines.push(format!("  throw new {class}(\"thrown by the host\");"));
            }
            CallbackEnding::Throws(_) => {
                return Err(ScriptError::Operation("a callback that throws such an error"));
            }
        }
        lines.push("};".to_owned());
        Ok(lines)
    }
}

/// The host functions that an instance is given.
pub(super) fn imported_callbacks(op: &Op) -> Vec<&str> {
    let Op::Instantiate { imports, .. } = op else { return Vec::new() };
    imports
        .iter()
        .filter_map(|import| match &import.source {
            ImportSource::Callback(name) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}
