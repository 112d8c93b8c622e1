//! A real browser without a window, spoken to over two pipes in its debugging protocol: messages of JSON,
//! each ended by a zero byte.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::*;

/// One at a time: other tests give runners deadlines, and a browser takes every core there is.
static ONE: Mutex<()> = Mutex::new(());

pub(super) struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    _profile: TempDir,
    last: u64,
    session: Option<String>,
    /// What happened meanwhile.
    events: Vec<Value>,
    _one: MutexGuard<'static, ()>,
}

/// The browser's command; none, with a word about why, where there is none and none is required.
pub(super) fn command() -> Option<&'static str> {
    let here = |name: &&&str| {
        let version = Command::new(name).arg("--version").stderr(Stdio::null()).output();
        version.is_ok_and(|output| output.status.success())
    };
    let found = ["chromium", "chromium-browser", "google-chrome"].iter().find(here).copied();
    let required = std::env::var("SAMEBYTES_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|name| name.trim() == "chromium");
    assert!(found.is_some() || !required, "SAMEBYTES_REQUIRE names chromium, which is not on PATH");
    if found.is_none() {
        eprintln!("skipped: there is no chromium on PATH");
    }
    found
}

impl Browser {
    pub(super) fn start(command: &str) -> Self {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = home();
        // The protocol wants the descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", command])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            child,
            input,
            output,
            _profile: profile,
            last: 0,
            session: None,
            events: Vec::new(),
            _one: one,
        }
    }

    fn receive(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.output.read_until(0, &mut bytes).expect("the browser speaks");
        assert_eq!(bytes.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let input = self.input.as_mut().expect("open");
        input.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let answer = self.receive();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// Opens a page and waits until its script has run.
    pub(super) fn open(&mut self, file: &Path, fragment: &str) {
        self.session = None;
        self.events.clear();
        let target = self.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        self.call("Page.navigate", json!({"url": format!("file://{}{fragment}", file.display())}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
        assert_eq!(
            self.evaluate("document.documentElement.dataset.ready"),
            "true",
            "{:#?}",
            self.complaints()
        );
    }

    pub(super) fn evaluate(&mut self, script: &str) -> Value {
        let result = self.call("Runtime.evaluate", json!({"expression": script, "returnByValue": true}));
        assert!(result["exceptionDetails"].is_null(), "{script}: {result}");
        result["result"]["value"].clone()
    }

    pub(super) fn texts(&mut self, selector: &str) -> Vec<String> {
        let script = format!("[...document.querySelectorAll({selector:?})].map((one) => one.textContent)");
        serde_json::from_value(self.evaluate(&script)).expect("texts")
    }

    pub(super) fn click(&mut self, selector: &str) {
        self.evaluate(&format!("document.querySelector({selector:?}).click(); window.dispatchEvent(new HashChangeEvent('hashchange'))"));
    }

    /// Presses a key, as a keyboard would.
    pub(super) fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let mut down = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        match key {
            "Enter" => down["text"] = json!("\r"),
            one if one.chars().count() == 1 => down["text"] = json!(one),
            _ => {}
        }
        self.call("Input.dispatchKeyEvent", down);
        self.call(
            "Input.dispatchKeyEvent",
            json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}),
        );
        // A new address is told some time later; the page does nothing when it is told twice.
        self.evaluate("window.dispatchEvent(new HashChangeEvent('hashchange'))");
    }

    /// Errors, refused content, and anything that was fetched beside the page itself.
    pub(super) fn complaints(&self) -> Vec<&Value> {
        let is_bad = |event: &&Value| match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => true,
            "Log.entryAdded" => event["params"]["entry"]["level"] != "verbose",
            "Runtime.consoleAPICalled" => event["params"]["type"] == "error",
            "Network.requestWillBeSent" => {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                !url.starts_with("file:///") && !url.starts_with("data:,")
            }
            _ => false,
        };
        self.events.iter().filter(is_bad).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends when nobody speaks to it any more.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
