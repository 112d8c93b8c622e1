//! The files that the binary carries inside it. Reading them as cases belongs to `case`, putting
//! the runner where a runtime can read it to `runtime`.

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));
