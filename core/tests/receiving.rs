//! Every scenario of `tests/vectors/receiving.json`: what is asked for, answered and logged, over a scripted store.

#[path = "common/files.rs"]
mod files;
#[path = "common/scenarios.rs"]
mod scenarios;

use std::collections::BTreeMap;

use overten_webhook::{
    Asked, Claim, Ending, IdempotencyKey, LedgerEntry, Named, Receiver, Request, Step, UnixSeconds,
};
use scenarios::{Expect, LATE_STEP_MS, Line, Received, Said, Scenario, scenarios};

#[test]
fn receives_every_scenario_as_it_says() {
    let file = scenarios();
    let failures: Vec<String> = file.scenarios.iter().flat_map(differences).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(file.scenarios.len(), file.count, "the file's own count");
    println!("{} scenarios", file.count);
}

#[test]
fn notices_a_flipped_scenario() {
    let mut file = scenarios();
    let accepted = file.scenarios.iter_mut();
    let mut accepted = accepted.filter(|it| it.requests[0].expect.code == "accepted");
    let scenario = accepted.next().unwrap();
    assert_eq!(differences(scenario), [""; 0]);
    scenario.requests[0].hand_on = Said::Failed("flipped".into());
    assert!(!differences(scenario).is_empty());
}

#[test]
fn notices_fields_in_another_order() {
    let line = |text| serde_json::from_str::<Line>(text).unwrap();
    assert_ne!(line(r#"{"a":1,"b":2}"#), line(r#"{"b":2,"a":1}"#));
}

/// What came out otherwise than the scenario says.
fn differences(scenario: &Scenario) -> Vec<String> {
    let receiver = scenario.settings.receiver();
    let mut ledger = Ledger::default();
    let mut found = Vec::new();
    for (index, request) in scenario.requests.iter().enumerate() {
        let at = format!("{}, request {index}", scenario.id);
        if let Some(expected) = &request.expect_in_thread {
            let got = Shell::new(&receiver, request, Way::InThread).run().0;
            found.extend(difference(&at, &got, expected));
        }
        let got = Shell::new(&receiver, request, Way::Plain).run().0;
        found.extend(difference(&at, &got, &request.expect));
        let (got, key) = Shell::new(&receiver, request, Way::Typed).run();
        if let Some(key) = key.filter(|_| !scenario.scripted_store) {
            let now = UnixSeconds::new(request.at);
            let claim = ledger.take(key, now, &receiver, request.ends_in_release());
            if Some(claim) != request.claim.as_ref().and_then(Said::claim) {
                found.push(format!("{at}: a store says {claim}"));
            }
        }
        found.extend(difference(&at, &got, &request.expect));
    }
    found
}

fn difference(at: &str, got: &Expect, expected: &Expect) -> Option<String> {
    (got != expected).then(|| format!("{at}:\nexpected {expected:#?}\ngot {got:#?}"))
}

/// The ways to interpret the steps.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// By each step's own methods.
    Typed,
    /// By `Step::advance`, the steps kept as bytes in between.
    Plain,
    /// In a thread that cannot answer before its handler ends.
    InThread,
}

/// A thin interpreter of the steps, as every receiver is one.
struct Shell<'a> {
    receiver: &'a Receiver,
    request: &'a Received,
    way: Way,
    ms: u64,
    whys: Vec<&'a [u8]>,
    seen: Expect,
}

impl<'a> Shell<'a> {
    fn new(receiver: &'a Receiver, request: &'a Received, way: Way) -> Self {
        Self {
            receiver,
            request,
            way,
            ms: 0,
            whys: Vec::new(),
            seen: Expect::default(),
        }
    }

    /// What was seen of the request, and the key that was claimed.
    fn run(mut self) -> (Expect, Option<IdempotencyKey>) {
        let request = self.request;
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|it| (&it.name, it.value()))
            .collect();
        let line = Request {
            method: request.method.as_bytes(),
            target: request.target.as_bytes(),
        };
        let reading =
            match self
                .receiver
                .begin(line, headers.iter().map(|(name, value)| (name, value)), 0)
            {
                Ok(reading) => reading,
                Err(ending) => return (self.end(&ending, None), None),
            };
        self.seen.steps.push("read_body".into());
        if request.is_late("read_body") {
            self.ms = LATE_STEP_MS;
            return (self.end(&reading.late(), None), None);
        }
        if let Some(read) = &request.read {
            self.whys.push(read.broken_off.as_bytes());
            return (self.end(&reading.broken_off(), None), None);
        }
        let body = request.body();
        let most = usize::try_from(reading.max_body_bytes()).unwrap() + 1;
        let body = &body[..body.len().min(most)];
        let received = match reading.whole(self.receiver, body, UnixSeconds::new(request.at)) {
            Ok(received) => received,
            Err(ending) => return (self.end(&ending, None), None),
        };
        let named = received.event.as_ref().ok().map(Named::from);
        self.seen.key = Some(received.key.as_str().into());
        let mut step = Step::Claim(received.claiming);
        loop {
            step = match step {
                Step::Answer(ending) => return (self.end(&ending, named), Some(received.key)),
                step => self.take(step, named),
            };
        }
    }

    /// Does what is asked, late where the scenario says so.
    fn take(&mut self, mut step: Step, named: Option<Named<'_>>) -> Step {
        if self.way == Way::Plain {
            step = Step::from_plain(&step.to_plain()).unwrap();
        }
        let asked = name_of(step.asked());
        self.seen.steps.push(asked.into());
        let is_late = self.request.is_late(asked);
        let began_at_ms = self.ms;
        if is_late && self.way != Way::InThread {
            self.ms = step.answer_by_ms().unwrap();
            let (meanwhile, same) = step.late();
            self.tell(&meanwhile.unwrap(), named);
            step = same;
        }
        let takes_ms = match asked {
            "hand_on" if self.request.handler_ms > 0 => self.request.handler_ms,
            _ if is_late => LATE_STEP_MS,
            _ => 0,
        };
        self.ms = began_at_ms + takes_ms;
        if asked == "claim" {
            self.ms += self.request.waited_ms;
        }
        let request = self.request;
        let said = match &step {
            Step::Claim(_) => request
                .claim
                .as_ref()
                .expect("the store is not to be asked"),
            Step::HandOn(_) => {
                self.seen.handed_on = true;
                &request.hand_on
            }
            Step::SetAside(step) => {
                let why = if step.failed_for_good() {
                    "failed_for_good"
                } else {
                    "unreadable"
                };
                self.seen.set_aside = Some(why.into());
                &request.set_aside
            }
            Step::Commit(_) => &request.commit,
            Step::Release(_) | Step::Answer(_) => &request.release,
        };
        self.whys.extend(said.why());
        if self.way == Way::Plain {
            let next = step.advance(said.outcome(), began_at_ms, self.ms);
            next.expect("an outcome of this step")
        } else {
            let next = typed(step, said, began_at_ms, self.ms);
            next.expect("an outcome that its step has a method for")
        }
    }

    fn end(mut self, ending: &Ending, named: Option<Named<'_>>) -> Expect {
        self.tell(ending, named);
        self.seen
    }

    /// Answers, unless that was done, and writes the line.
    fn tell(&mut self, ending: &Ending, named: Option<Named<'_>>) {
        if let Some(answer) = ending.answer(self.receiver) {
            let headers = answer.headers();
            let headers = headers.map(|(name, value)| (name.into(), value.into()));
            // A HEAD is answered without a body, which is the server's to do.
            let body = if self.request.method == "HEAD" {
                ""
            } else {
                answer.body()
            };
            self.seen = Expect {
                code: answer.code().as_str().into(),
                status: answer.status(),
                headers: headers.collect(),
                body: body.into(),
                ..std::mem::take(&mut self.seen)
            };
        }
        let record = ending.record(self.receiver, named, &self.whys, self.ms);
        let text = record.to_string();
        assert!(!text.contains(is_hidden), "{text:?}");
        let mut line: Line = serde_json::from_str(&text).unwrap();
        assert_eq!(line.remove("elapsed_ms"), self.ms);
        self.seen.lines.push(line);
    }
}

/// The next step by this one's own methods; `None` where it has none for it.
fn typed(step: Step, said: &Said, began_at_ms: u64, at_ms: u64) -> Option<Step> {
    Some(match (step, said) {
        (Step::Claim(step), Said::Failed(_)) => step.failed(),
        (Step::Claim(step), said) => step.answered(said.claim()?, began_at_ms, at_ms),
        (Step::HandOn(step), Said::Done) => step.done(at_ms),
        (Step::HandOn(step), Said::Failed(_)) => step.failed(),
        (Step::HandOn(step), Said::FailedForGood(_)) => step.failed_for_good(),
        (Step::SetAside(step), Said::Done) => step.done(at_ms),
        (Step::SetAside(step), Said::Failed(_)) => step.failed(),
        (Step::Commit(step), Said::Done) => step.done(),
        (Step::Commit(step), Said::ClaimLost) => step.lost(),
        (Step::Commit(step), Said::Failed(_)) => step.failed(),
        // To Rust a claim that was not held is released.
        (Step::Release(step), Said::Done | Said::ClaimLost) => step.done(),
        (Step::Release(step), Said::Failed(_)) => step.failed(),
        _ => return None,
    })
}

const fn name_of(asked: Asked) -> &'static str {
    match asked {
        Asked::Request => "request",
        Asked::ReadBody => "read_body",
        Asked::Claim => "claim",
        Asked::HandOn => "hand_on",
        Asked::SetAside => "set_aside",
        Asked::Commit => "commit",
        Asked::Release => "release",
        Asked::Answer => "answer",
    }
}

/// What no log line may hold as it is: line ends, what moves a cursor, what turns the direction of text.
fn is_hidden(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a right store knows, to prove that a scenario without a script asks nothing else of one.
#[derive(Default)]
struct Ledger(BTreeMap<IdempotencyKey, LedgerEntry>);

impl Ledger {
    /// Claims the key, and commits or releases it.
    fn take(
        &mut self,
        key: IdempotencyKey,
        now: UnixSeconds,
        receiver: &Receiver,
        was_released: bool,
    ) -> Claim {
        let entry = self.0.get(&key).copied();
        let claim = Claim::judge(entry, now, receiver.lease_seconds(), receiver.retention());
        if claim == Claim::New && !was_released {
            self.0.insert(key, LedgerEntry::Committed { at: now });
        }
        claim
    }
}
