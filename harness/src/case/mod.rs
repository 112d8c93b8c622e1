//! Cases: the YAML language, its diagnostics, and the resolution of a document into plans.
//!
//! The way of a case: [`Source`] (a file's bytes), `yaml` (text to a tree of nodes), `params` (one
//! tree to many), `document`, `step` and `verbs` (trees to typed forms), `resolve` (forms to a
//! [`plan`] and expectations). cases/README.md describes the language itself.

pub(crate) mod argument;
mod bearing;
mod blocks;
pub(crate) mod decode;
pub(crate) mod document;
pub mod expect;
mod load;
pub(crate) mod names;
pub(crate) mod node;
mod params;
pub mod plan;
pub(crate) mod problem;
mod resolve;
pub(crate) mod schema;
mod source;
mod step;
mod travel;
mod verbs;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;

pub use bearing::Bearing;
pub use expect::{Expect, Expected, Matcher};
pub(crate) use load::documents;
pub use load::{Case, Contested, Loaded, load, text};
pub use problem::{Place, Problem, SourceText};
pub use resolve::StepInfo;
pub use schema::schema;
pub use source::{CLAIMS, Content, MATRIX, MOST_BYTES, Source, directory, is_case, read};
