//! The helpers that scripts bring along: each is there only where it is used.

use super::operation::Helper;

/// The helper's text; none where importing it is enough.
pub fn text(helper: Helper) -> Option<&'static str> {
    Some(match helper {
        Helper::Hex => {
            r#"const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");"#
        }
        Helper::Sha256 => {
            r#"const sha256 = (bytes) => createHash("sha256").update(bytes.slice()).digest("hex");"#
        }
        Helper::IsDetached => {
            r"const isDetached = (buffer) => {
  if (buffer instanceof SharedArrayBuffer) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
};"
        }
        Helper::NotifyUntil => {
            r"/** Notifies until so many have woken in all; nobody can know when the other one is waiting. */
const notifyUntil = (enough, view, ...where) => {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let woken = 0;
  for (let tries = 0; woken < enough && tries < 2000; tries++) {
    woken += Atomics.notify(view, ...where);
    Atomics.wait(pause, 0, 0, 1);
  }
  return woken;
};"
        }
        Helper::EncodeInto => {
            r"const encodeInto = (text, view) => {
  const { read, written } = new TextEncoder().encodeInto(text, view);
  return [read, written];
};"
        }
        Helper::Buffer => return None,
        Helper::Loop => {
            r"/** Once round the event loop. */
const turnLoop = () => new Promise((resolve) => setTimeout(() => setImmediate(resolve)));"
        }
        Helper::IsPending => {
            r#"const isPending = async (promise) => {
  await turnLoop();
  return (await Promise.race([promise.catch(() => {}), "pending"])) === "pending";
};"#
        }
    })
}

/// How agents take turns. `given_up` is what happens where one does not come to an end.
pub fn turns(words: usize, given_up: &str) -> String {
    let word = if words == 1 { "0" } else { "word" };
    let parameter = if words == 1 { "" } else { ", word = 0" };
    let bytes = 4 * words;
    format!(
        r#"// Agents take turns. Who waits for one is parked outside its event loop.
let turns = new Int32Array(new SharedArrayBuffer({bytes}));
const until = (turn{parameter}) => {{
  for (let now; (now = Atomics.load(turns, {word})) < turn; ) {{
    if (Atomics.wait(turns, {word}, now, 10_000) === "timed-out") {{
{given_up}
    }}
  }}
}};
const pass = (turn{parameter}) => {{
  Atomics.store(turns, {word}, turn);
  Atomics.notify(turns, {word});
}};"#
    )
}

/// How messages are taken from a port.
pub fn reader(errors: bool, ports: bool) -> String {
    let mut text = String::from(
        "/** Gives a function that takes the port's next message, in the event loop. */\nconst reader = (port) => {\n  const arrived = [];\n  port.on(\"message\", (message) => arrived.push(",
    );
    text.push_str(if errors { "{ message }));\n" } else { "message));\n" });
    if errors {
        text.push_str(
            "  port.on(\"messageerror\", () =>\n    arrived.push({ error: new DOMException(\"the message cannot be deserialized\", \"DataCloneError\") }),\n  );\n",
        );
    }
    if ports {
        text.push_str("  port.start?.();\n");
    }
    text.push_str("  return async () => {\n    do await new Promise((resolve) => setTimeout(resolve));\n    while (arrived.length === 0);\n");
    text.push_str(if errors {
        "    const { message, error } = arrived.shift();\n    if (error) throw error;\n    return message;\n"
    } else {
        "    return arrived.shift();\n"
    });
    text.push_str("  };\n};");
    text
}
