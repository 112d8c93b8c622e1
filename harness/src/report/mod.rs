//! Reports: what a run looks like on a screen and in a file. Reporters know events and results, and
//! nothing of how they come about.

mod annotations;
pub mod changes;
mod claims;
mod claims_json;
mod diff;
pub mod document;
mod html;
mod junit;
mod markdown;
mod merge;
mod mutants;
mod outcome;
mod progress;
mod screen;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod versions;

pub use crate::shown::escaped;
pub use annotations::annotations;
pub use claims::claims;
pub use claims_json::claims_json;
pub use html::html;
pub use junit::{JunitError, junit};
pub use markdown::markdown;
pub use merge::{MergeError, merge};
pub use mutants::mutants;
pub use progress::Progress;
pub use screen::{Page, Tone};
pub use terminal::{add_unmatched, terminal, unavailable_line};
