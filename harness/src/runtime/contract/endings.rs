//! Lines: those that are no request, and how it ends.

use serde_json::json;

use super::session::{Next, Session, shown};
use super::{Check, Lab, Stop, demand, plans};
use crate::protocol::{Response, VERSION};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "bye ends it with code 0, in silence",
        clause: "requests",
        run: |lab| {
            let mut session = Session::open(lab)?;
            session.run(1, &plans::seven())?;
            session.send(&json!({"type": "bye"}));
            session.expect_good_end()
        },
    },
    Check {
        name: "the end of stdin ends it with code 0, in silence",
        clause: "lines",
        run: |lab| {
            let mut session = Session::open(lab)?;
            session.run(1, &plans::seven())?;
            session.close_input();
            session.expect_good_end()
        },
    },
    Check {
        name: "the end of stdin before hello ends it with code 0, in silence",
        clause: "lines",
        run: |lab| {
            let mut session = Session::fresh(lab)?;
            session.close_input();
            session.expect_good_end()
        },
    },
    Check {
        name: "a first line that is no hello ends it with another code than 0",
        clause: "what-is-no-request",
        run: wants_hello_first,
    },
    Check {
        name: "an unreadable line ends it: exiting, and another code than 0",
        clause: "what-is-no-request",
        run: |lab| breaks_off(lab, r#"{"type":"case","sequence":1,"plan":{"#),
    },
    Check {
        name: "a request of an unknown type ends it: exiting, and another code than 0",
        clause: "what-is-no-request",
        run: |lab| breaks_off(lab, r#"{"type":"dance"}"#),
    },
    Check {
        name: "a second hello ends it: exiting, and another code than 0",
        clause: "requests",
        run: |lab| breaks_off(lab, &json!({"type": "hello", "protocol": VERSION, "nonce": "n2"}).to_string()),
    },
    Check { name: "an empty line is passed over", clause: "lines", run: passes_over_empty_lines },
    Check {
        name: "a line of eight megabytes is read, and characters that a pipe cut in two",
        clause: "lines",
        run: reads_long_lines,
    },
    Check { name: "keys that the contract does not name are ignored", clause: "lines", run: ignores_keys },
];

fn wants_hello_first(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::fresh(lab)?;
    session.send(&json!({"type": "case", "sequence": 1, "plan": plans::seven()}));
    expect_bad_end(&mut session, false)
}

fn breaks_off(lab: &Lab, line: &str) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    session.send_text(line);
    expect_bad_end(&mut session, true)
}

fn expect_bad_end(session: &mut Session<'_>, announced: bool) -> Result<(), Stop> {
    let expected = "its end with another code than 0";
    let mut said = false;
    loop {
        match session.hear()? {
            Next::Message(Response::Exiting { reason }) => {
                demand(!reason.trim().is_empty(), "a reason", || "an empty one".to_owned())?;
                said = true;
            }
            Next::Message(other) => return Err(Stop::failed(expected, shown(&other))),
            Next::Silence => return Err(Stop::failed(expected, session.silence())),
            Next::Ended => break,
        }
    }
    let failed = session.exit_status().is_some_and(|status| !status.success());
    demand(failed, expected, || "code 0, or output closed and no end".to_owned())?;
    demand(said || !announced, "exiting, with the reason", || "its end without a word".to_owned())
}

fn passes_over_empty_lines(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    session.send_text("");
    session.send_text(" \r");
    session.run(1, &plans::seven())?.demand_returned(1, &json!([plans::i32(7)]))
}

fn reads_long_lines(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let mut plan = plans::seven();
    // Three bytes a character, so that some lie across the ends of whatever it reads at once.
    plan["padding"] = json!("\u{20ac}".repeat(8_000_000 / 3));
    session.run(1, &plan)?.demand_returned(1, &json!([plans::i32(7)]))
}

fn ignores_keys(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let mut plan = plans::seven();
    plan["colour"] = json!({"red": [1, 2.5, null]});
    plan["steps"][1]["weather"] = json!("fine");
    session.send(&json!({"type": "case", "sequence": 1, "mood": true, "plan": plan}));
    session.outcome(1, &plan)?.demand_returned(1, &json!([plans::i32(7)]))
}
