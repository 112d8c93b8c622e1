//! Reports: what a run looks like on a screen and in a file. Reporters know events and results, and
//! nothing of how they come about.

mod claims;
mod claims_json;
mod diff;
pub mod document;
mod mutants;
mod progress;
mod screen;
mod table;
mod terminal;

pub use claims::claims;
pub use claims_json::claims_json;
pub use mutants::mutants;
pub use progress::Progress;
pub use screen::{Page, Tone, escaped};
pub use terminal::{add_unmatched, terminal, unavailable_line};
