//! Claims: what somebody said of runtimes, and what the cases that bear on it come to. How a case
//! bears on a claim stands in the case; reading the file of claims belongs to `read`.

use serde::Serialize;

mod evidence;
mod read;
#[cfg(test)]
mod tests;

pub use evidence::{Conclusion, Decision, Evidence, Finding, Witness, decide};

/// A checkable statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its number, which never changes.
    pub id: u32,
    /// A short name.
    pub slug: String,
    /// The statement, in our own words.
    pub text: String,
    /// The kinds of runtime that it is about, as handshakes name them; all where there is none.
    pub about: Vec<String>,
    /// One instance makes it true, where of any other claim one instance makes it false.
    pub existential: bool,
    /// Why cases cannot decide all of it.
    pub open: Option<Open>,
}

/// What deciding a claim takes beside cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Open {
    /// It is about a duration or an amount, which no case looks at.
    Measurement,
    /// A part of it is about browsers, which are no runtimes here.
    Browser,
}

/// All claims.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// Sorted by id.
    claims: Vec<Claim>,
}

impl Claims {
    /// Each of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Claim> {
        self.claims.iter()
    }

    /// The claim of a number.
    pub fn get(&self, id: u32) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }

    fn extend(&mut self, claims: impl IntoIterator<Item = Claim>) {
        self.claims.extend(claims);
        self.claims.sort_by_key(|claim| claim.id);
    }
}
