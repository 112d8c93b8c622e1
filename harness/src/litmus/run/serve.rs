//! The executor's side for what this binary runs itself: the embedded wasmtime and the native
//! baseline. JavaScript runtimes have node-runner/litmus.js.

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use crate::engine::wasmtime::Variant;
use crate::runtime::select::WASMTIME;

use super::embedded::{Embedded, engine};
use super::job::{Product, Request, Response, VERSION};
use super::native::Native;

/// The name of the native baseline, as of a runtime.
pub const NATIVE: &str = "native";

/// An executor cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Neither wasmtime nor native.
    #[error("litmus tests run in `{WASMTIME}` and `{NATIVE}` here, not in `{0}`")]
    Engine(String),
    /// No variant of that name.
    #[error("there is no variant `{0}`")]
    Variant(String),
    /// The streams are gone.
    #[error("cannot read or write the messages: {0}")]
    Stream(#[from] io::Error),
}

enum Prepared {
    Nothing,
    Embedded(Box<Embedded>),
    Native(Native),
}

/// Answers requests on standard input until there are none.
///
/// # Errors
///
/// Where there is no such engine or the streams break.
pub fn serve(name: &str, variant: Option<&str>) -> Result<(), ServeError> {
    let wasmtime = match name {
        NATIVE => None,
        WASMTIME => {
            let name = variant.unwrap_or(Variant::Cranelift.name());
            Some(Variant::by_name(name).ok_or_else(|| ServeError::Variant(name.to_owned()))?)
        }
        _ => return Err(ServeError::Engine(name.to_owned())),
    };
    let product = |name: &str, version: &str| Product { name: name.to_owned(), version: version.to_owned() };
    let runtime = match wasmtime {
        Some(_) => product(WASMTIME, crate::engine::wasmtime::VERSION),
        None => product(NATIVE, env!("CARGO_PKG_VERSION")),
    };
    let compiler = match wasmtime {
        Some(variant) => product(variant.compiler(), crate::engine::wasmtime::VERSION),
        None => product("rustc", env!("CARGO_PKG_RUST_VERSION")),
    };
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let mut engine_made = None;
    let mut prepared = Prepared::Nothing;
    let mut nonce = String::new();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let response = match serde_json::from_str::<Request>(&line) {
            Ok(Request::Hello { nonce: given }) => {
                nonce = given;
                let (runtime, engine) = (runtime.clone(), compiler.clone());
                Response::Hello { version: VERSION, runtime, engine, platform: platform.clone() }
            }
            Ok(Request::Prepare { job }) => {
                let made = match wasmtime {
                    None => Native::prepare(&job).map(Prepared::Native),
                    Some(variant) => {
                        let engine = engine_made.get_or_insert_with(|| engine(variant)).clone();
                        engine
                            .map_err(|reason| Response::Unsupported { reason })
                            .and_then(|engine| Embedded::prepare(&engine, *job))
                            .map(|embedded| Prepared::Embedded(Box::new(embedded)))
                    }
                };
                match made {
                    Ok(made) => {
                        prepared = made;
                        Response::Ready { notes: Vec::new() }
                    }
                    Err(response) => response,
                }
            }
            Ok(Request::Slice { batches, milliseconds }) => {
                let patience = Duration::from_millis(milliseconds);
                match &mut prepared {
                    Prepared::Nothing => Response::Failed { message: "nothing is prepared".to_owned() },
                    Prepared::Native(native) => Response::Slice(native.slice(batches, patience)),
                    Prepared::Embedded(embedded) => match embedded.slice(batches, patience) {
                        Ok(slice) => Response::Slice(slice),
                        Err(error) => Response::Failed { message: format!("{error:#}") },
                    },
                }
            }
            Ok(Request::Bye) => return Ok(()),
            Err(error) => Response::Failed { message: format!("a request that is none: {error}") },
        };
        let text = serde_json::to_string(&response).unwrap_or_default();
        writeln!(out, "{nonce} {text}")?;
        out.flush()?;
    }
    Ok(())
}
