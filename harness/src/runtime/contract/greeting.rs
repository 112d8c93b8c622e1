//! The handshake.

use serde_json::json;

use super::session::{Next, Session, shown};
use super::{Check, Lab, Stop, demand, plans};
use crate::case::plan::Feature;
use crate::protocol::{Handshake, Response, Support, VERSION};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "hello is answered with the protocol's version, a runtime, an engine and a platform",
        clause: "responses",
        run: introduces_itself,
    },
    Check {
        name: "every feature has an answer: true, or the reason why not",
        clause: "features",
        run: answers_every_feature,
    },
    Check {
        name: "a second process answers with every feature too, told or not what the first found out",
        clause: "requests",
        run: takes_over_features,
    },
    Check {
        name: "every line begins with the nonce of its own hello",
        clause: "lines",
        run: repeats_the_nonce,
    },
    Check {
        name: "a version of the protocol that it does not speak is not agreed to",
        clause: "requests",
        run: denies_other_versions,
    },
];

fn greet(lab: &Lab) -> Result<Handshake, Stop> {
    let mut session = Session::fresh(lab)?;
    let nonce = session.nonce().to_owned();
    session.send(&json!({"type": "hello", "protocol": VERSION, "nonce": nonce}));
    session.handshake()
}

fn introduces_itself(lab: &Lab) -> Result<(), Stop> {
    let handshake = greet(lab)?;
    *lab.handshake.borrow_mut() = Some(handshake.clone());
    let version = handshake.protocol;
    demand(version == VERSION, format!("protocol {VERSION}"), || format!("protocol {version}"))?;
    let Handshake { runtime, engine, platform, .. } = handshake;
    for (what, text) in [
        ("the runtime's name", runtime.name),
        ("the runtime's version", runtime.version),
        ("the engine's name", engine.name),
        ("the engine's version", engine.version),
        ("the platform", platform),
    ] {
        demand(!text.trim().is_empty(), what, || "an empty text".to_owned())?;
    }
    Ok(())
}

fn answers_every_feature(lab: &Lab) -> Result<(), Stop> {
    let Some(features) = lab.features() else {
        return Err(Stop::Skipped("it does not introduce itself".to_owned()));
    };
    for feature in Feature::ALL {
        let expected = format!("an answer for {feature}");
        match features.get(feature) {
            None => return Err(Stop::failed(expected, "none")),
            Some(Support::Unsupported(reason)) if reason.trim().is_empty() => {
                return Err(Stop::failed(expected, "a reason without words"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn takes_over_features(lab: &Lab) -> Result<(), Stop> {
    let known = lab.features();
    // Opening a session tells it what the first process said.
    let mut session = Session::open(lab)?;
    session.send(&json!({"type": "bye"}));
    session.expect_good_end()?;
    let mut session = Session::fresh(lab)?;
    let nonce = session.nonce().to_owned();
    session.send(&json!({"type": "hello", "protocol": VERSION, "nonce": nonce, "features": known}));
    let features = session.handshake()?.features;
    demand(Feature::ALL.iter().all(|feature| features.contains_key(feature)), "every feature", || {
        format!("{} of {}", features.len(), Feature::ALL.len())
    })
}

fn repeats_the_nonce(lab: &Lab) -> Result<(), Stop> {
    for _ in 0..2 {
        let mut session = Session::open(lab)?;
        session.run(1, &plans::seven())?;
    }
    Ok(())
}

fn denies_other_versions(lab: &Lab) -> Result<(), Stop> {
    const OTHER: u32 = 999_999;
    let mut session = Session::fresh(lab)?;
    let nonce = session.nonce().to_owned();
    session.send(&json!({"type": "hello", "protocol": OTHER, "nonce": nonce}));
    let expected = "hello with the version that it speaks, or exiting, or its end with another code than 0";
    match session.hear()? {
        Next::Message(Response::Hello(handshake)) if handshake.protocol != OTHER => Ok(()),
        Next::Message(Response::Exiting { .. }) => Ok(()),
        Next::Message(other) => Err(Stop::failed(expected, shown(&other))),
        Next::Silence => Err(Stop::failed(expected, session.silence())),
        Next::Ended => {
            let failed = session.exit_status().is_some_and(|status| !status.success());
            demand(failed, expected, || "its end with code 0".to_owned())
        }
    }
}
