//! `samebytes doctor`: what is here, what it can do, what is missing and how to get it.

use super::{CliError, ExitCode, print};
use crate::case::plan::Feature;
use crate::protocol::{Handshake, Support};
use crate::report::{Page, Tone};
use crate::runtime::select::choose;
use crate::runtime::{Cancel, Limits, Runtime as _};
use crate::store::{Entry, Store};

/// Starts each runtime and shows what it says of itself.
pub(super) fn doctor(runtimes: &[String]) -> Result<ExitCode, CliError> {
    let mut page = Page::new();
    let mut code = ExitCode::Expected;
    page.line(Tone::Bold, &format!("samebytes {}", env!("CARGO_PKG_VERSION"))).end();
    for choice in choose(runtimes)? {
        match choice.start(Limits::default(), &Cancel::default()) {
            Ok(runtime) => add_runtime(&mut page, &choice.name, &choice.command_text(), runtime.handshake()),
            Err(error) => {
                page.add(Tone::Bad, "missing  ").line(Tone::Bold, &choice.name);
                page.wrapped(Tone::Plain, 0, 9, &error.to_string());
                if choice.required {
                    code = ExitCode::NoRuntime;
                }
            }
        }
        page.end();
    }
    let stored = Store::of_user().and_then(|store| store.entries()).unwrap_or_default();
    if runtimes.is_empty() && !stored.is_empty() {
        let labels: Vec<String> = stored.iter().map(Entry::label).collect();
        page.add(Tone::Bold, "stored   ");
        page.wrapped(Tone::Plain, 9, 9, &labels.join(", "));
        page.wrapped(Tone::Dim, 0, 9, "more of them: samebytes runtimes list").end();
    }
    print(&page)?;
    Ok(code)
}

fn add_runtime(page: &mut Page, name: &str, command: &str, handshake: &Handshake) {
    let (runtime, engine) = (&handshake.runtime, &handshake.engine);
    page.add(Tone::Good, "ready    ").line(Tone::Bold, name);
    let identity = format!(
        "         {} {} ({} {}) on {}",
        runtime.name, runtime.version, engine.name, engine.version, handshake.platform
    );
    page.line(Tone::Plain, &identity);
    page.wrapped(Tone::Dim, 0, 9, command);
    let has = |feature: &&Feature| matches!(handshake.features.get(feature), Some(Support::Supported(_)));
    let features: Vec<&str> = Feature::ALL.iter().filter(has).map(|feature| feature.name()).collect();
    page.wrapped(Tone::Plain, 0, 9, &format!("has {}", features.join(", ")));
    for feature in Feature::ALL {
        match handshake.features.get(feature) {
            Some(Support::Unsupported(reason)) => {
                page.wrapped(Tone::Notice, 0, 9, &format!("lacks {feature}: {reason}"));
            }
            None => {
                page.wrapped(Tone::Notice, 0, 9, &format!("does not say whether it has {feature}"));
            }
            Some(Support::Supported(_)) => {}
        }
    }
}
