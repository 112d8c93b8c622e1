//! A matrix: which runtimes run which cases, as a file says it. Running it belongs to `suite`,
//! putting runtimes on the machine to `store`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::bundle;
use crate::case::{Content, MATRIX, Problem};
use crate::expectations::Pattern;
use crate::runtime::Variant;
use crate::runtime::select::{self, Choice, ChoiceError};
use crate::store::Spec;

mod read;
#[cfg(test)]
mod tests;

/// What a matrix file says.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The runtimes.
    pub rows: Vec<Row>,
    /// Which cases; all where there is none.
    pub cases: Vec<Pattern>,
    /// How long a case may take, if that is said.
    pub timeout: Option<Duration>,
    /// How often a case that is news is run again, to tell flaky from steady.
    pub confirm: u32,
}

/// One runtime of a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// As for `--runtime`: `node`, `node@24`, `wasmtime`.
    pub runtime: String,
    /// The name of its variant, known or of the row's own making.
    pub variant: Option<String>,
    /// A command, instead of the one that the runtime's name stands for.
    pub command: Option<String>,
    /// Arguments beside the runtime's own.
    pub arguments: Vec<String>,
    /// Variables of the environment.
    pub environment: BTreeMap<String, String>,
}

/// How often a case that is news is run again where the matrix does not say it.
const CONFIRM: u32 = 2;

impl Matrix {
    /// Reads a matrix.
    ///
    /// # Errors
    ///
    /// All that is wrong with the file.
    pub fn read(file: &str, content: &Content) -> Result<Self, Vec<Problem>> {
        read::read(file, content)
    }

    /// The matrix that the suite ships.
    ///
    /// # Errors
    ///
    /// What is wrong with it, which a test looks for.
    pub fn shipped() -> Result<Self, Vec<Problem>> {
        let bytes = bundle::CASES.iter().find(|(path, _)| *path == MATRIX).map(|(_, bytes)| bytes.to_vec());
        Self::read(&format!("cases/{MATRIX}"), &Content::Bytes(bytes.unwrap_or_default()))
    }

    /// Its runtimes, those that this machine does not have as missing.
    ///
    /// # Errors
    ///
    /// If one means nothing, or two have one name.
    pub fn choices(&self) -> Result<Vec<Choice>, ChoiceError> {
        let choices = self.rows.iter().map(Row::choice).collect::<Result<Vec<_>, _>>()?;
        select::distinct(choices)
    }

    /// What its runtimes are in the store.
    pub fn specs(&self) -> Vec<Spec> {
        let mut specs: Vec<Spec> = Vec::new();
        for row in self.rows.iter().filter(|row| row.command.is_none()) {
            specs.extend(Spec::parse(&row.runtime).ok().filter(|spec| !specs.contains(spec)));
        }
        specs
    }

    /// Does it want this case?
    pub fn wants(&self, case: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|pattern| pattern.finds(case))
    }
}

impl Row {
    fn choice(&self) -> Result<Choice, ChoiceError> {
        let choice = match &self.command {
            Some(command) => select::parse(&format!("{}={command}", self.runtime))?,
            None => select::parse(&self.runtime)?,
        };
        let Some(name) = &self.variant else { return Ok(choice) };
        let known = Variant::by_name(choice.kind(), name);
        let own = !self.arguments.is_empty() || !self.environment.is_empty();
        let mut variant = match known {
            Some(known) => known,
            None if own => Variant { name: name.clone(), ..Variant::default() },
            None => {
                return Err(ChoiceError::Variant { runtime: choice.kind().to_owned(), name: name.clone() });
            }
        };
        variant.arguments.extend(self.arguments.iter().cloned());
        variant.environment.extend(self.environment.clone());
        Ok(choice.with(variant))
    }
}
