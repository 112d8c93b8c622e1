//! Cases: the YAML language, its diagnostics, and the resolution of a document into plans.

pub mod plan;
