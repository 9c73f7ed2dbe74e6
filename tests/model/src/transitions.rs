//! What comes of each thing that happens.

use overten_webhook::{Asked, Claim, Code, Outcome, Step};

use crate::rule::Rule;
use crate::state::{Broken, Held, Holder, Key, Operation, Request, Stage, State};
use crate::store::Store;
use crate::system::{Action, Came, System};

/// A lease in milliseconds.
const LEASE_MS: u64 = Claim::DEFAULT_LEASE_SECONDS * 1000;

impl System {
    /// Does it; whether anything came of it that another action does not say.
    pub(crate) fn apply(&self, state: &mut State, action: Action) -> bool {
        match action {
            Action::Send(key) => self.send(state, key),
            Action::Do {
                request,
                came,
                heard,
            } => {
                if let Some(next) = self.perform(state, request, came) {
                    if !heard && next.asked() != Asked::Answer {
                        return false;
                    }
                    self.go_on(state, request, next, came, heard);
                } else if !heard {
                    return false;
                }
            }
            Action::Begin(index) => {
                let next = self.begin(state, index);
                self.go_on(state, index, next, Came::Done, true);
            }
            Action::Receive(index) => state.requests[index].lapsed = false,
            Action::Late(index) => self.late(state, index),
            Action::Crash(index) => self.crash(state, index),
            Action::Arrive => self.arrive(state),
            Action::Lapse => state.lapse(),
            Action::SetClock(by) => state.set_clock(by),
        }
        true
    }

    fn send(&self, state: &mut State, key: usize) {
        state.keys[key].waiting -= 1;
        state.requests.push(Request {
            key,
            step: self.machine.claiming(),
            stage: Stage::Asked,
            listening: true,
            holds: false,
            claimed: None,
            lapsed: false,
            clock_set: false,
            claim_in_network: false,
        });
    }

    /// The next step; `None` where the shell is not done with this one.
    fn perform(&self, state: &mut State, index: usize, came: Came) -> Option<Step> {
        let request = &mut state.requests[index];
        let (key, asked, step) = (request.key, request.asked(), request.core_step());
        let is_done = matches!(came, Came::Done | Came::DoneUnseen);
        let mut outcome = match came {
            Came::Done => Outcome::Done,
            Came::NeverCan => Outcome::FailedForGood,
            _ => Outcome::Failed,
        };
        if came == Came::Later {
            request.claim_in_network = asked == Asked::Claim;
            state.in_network = Some(Operation { key, asked });
        }
        match asked {
            Asked::Claim => {
                let claim = self.claim(state, index, is_done)?;
                if came == Came::Done {
                    outcome = match claim {
                        Claim::New => return self.given(state, index),
                        Claim::Duplicate => Outcome::Duplicate,
                        Claim::InFlight => Outcome::InFlight,
                    };
                }
            }
            Asked::HandOn | Asked::SetAside => {
                state.keys[key].kept |= is_done;
                if asked == Asked::SetAside && self.lacks(Rule::CommitAfterSetAside) {
                    outcome = Outcome::Done;
                }
            }
            Asked::Commit if is_done => {
                let is_own = request.holds;
                if !self.commit(state, key, is_own) && came == Came::Done {
                    outcome = Outcome::ClaimLost;
                }
            }
            Asked::Release if is_done => {
                let is_own = request.holds || self.has_same_time(request, &state.keys[key]);
                self.release(state, key, is_own);
            }
            _ => {}
        }
        // When the function returned only changes what the log line says.
        let next = step.advance(outcome, 0, 0).expect("asked for");
        let rule = match asked {
            Asked::Claim => Rule::ReleaseAfterFailedClaim,
            _ => Rule::ReleaseAfterFailedFunction,
        };
        Some(self.without_release(rule, next))
    }

    fn commit(&self, state: &mut State, key: usize, is_own: bool) -> bool {
        let was_own = self
            .store
            .commit(&mut state.keys[key], is_own, self.without);
        if state.keys[key].claim.is_none() {
            state.disown(key);
        }
        was_own
    }

    fn release(&self, state: &mut State, key: usize, is_own: bool) {
        Store::release(&mut state.keys[key], is_own, self.without);
        if state.keys[key].claim.is_none() {
            state.disown(key);
        }
    }

    /// Whether the request takes the key's claim for its own because it is of the same time.
    fn has_same_time(&self, request: &Request, key: &Key) -> bool {
        let is_same = |held: Held| Some(held.age) == request.claimed;
        self.lacks(Rule::TokenIsNoTime) && key.claim.is_some_and(is_same)
    }

    /// The store's part of a claim; `None` where it only judged.
    fn claim(&self, state: &mut State, index: usize, is_done: bool) -> Option<Claim> {
        let key = state.requests[index].key;
        let claim = match state.requests[index].stage {
            Stage::Judged => Claim::New,
            _ => Store::judge(&state.keys[key], self.without),
        };
        if !is_done || claim != Claim::New {
            return Some(claim);
        }
        if self.lacks(Rule::AtomicClaim) && state.requests[index].stage == Stage::Asked {
            state.requests[index].stage = Stage::Judged;
            return None;
        }
        state.disown(key);
        Store::take(&mut state.keys[key], Holder::Request);
        state.requests[index].holds = true;
        state.requests[index].claimed = self.lacks(Rule::TokenIsNoTime).then_some(0);
        Some(claim)
    }

    /// The claim is given. A ledger object goes on at once.
    fn given(&self, state: &mut State, index: usize) -> Option<Step> {
        state.requests[index].stage = Stage::Given;
        match self.store {
            Store::Shared => None,
            Store::Object => Some(self.begin(state, index)),
        }
    }

    fn begin(&self, state: &mut State, index: usize) -> Step {
        let request = &state.requests[index];
        let key = request.key;
        let at_ms = match request.lapsed && !self.lacks(Rule::LapsedHolderDoesNotBegin) {
            true => LEASE_MS,
            false => 0,
        };
        let next = request
            .core_step()
            .advance(Outcome::New, 0, at_ms)
            .expect("asked for");
        if next.asked() == Asked::Release {
            return self.without_release(Rule::ReleaseAfterLapse, next);
        }
        let others = state
            .requests
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let is_handled = others
            .clone()
            .any(|(_, other)| other.key == key && other.is_handling());
        if (is_handled || state.keys[key].committed) && !request.clock_set {
            state.broken = Some(Broken::HandedOnAgain);
        }
        if self.lacks(Rule::CommitAfterHandOn) {
            let is_own = request.holds;
            self.commit(state, key, is_own);
        }
        let request = &mut state.requests[index];
        request.lapsed |= core::mem::take(&mut request.clock_set);
        next
    }

    /// The step, with its release left out where that is the rule taken away.
    fn without_release(&self, rule: Rule, next: Step) -> Step {
        match next {
            Step::Release(releasing) if self.lacks(rule) => releasing.done(),
            next => next,
        }
    }

    /// Keeps the step, or ends the request with its answer.
    fn go_on(&self, state: &mut State, index: usize, next: Step, came: Came, heard: bool) {
        let Step::Answer(ending) = next else {
            let request = &mut state.requests[index];
            request.step = next.to_plain();
            request.stage = Stage::Asked;
            if next.asked() == Asked::Release {
                // What failed is over; nothing asks for these any more.
                (request.lapsed, request.clock_set) = (false, false);
            }
            return;
        };
        let asked = state.requests[index].asked();
        let is_excused = matches!(asked, Asked::Commit | Asked::Release) && came != Came::Done;
        let request = state.requests.remove(index);
        if let Some(answer) = self.machine.answer(&ending) {
            let status = match (answer.code(), asked) {
                (Code::InFlight, _) if self.lacks(Rule::InFlightIsNo2xx) => 200,
                (Code::InFlight, _) if self.lacks(Rule::InFlightIsNo4xx) => 409,
                (Code::Unavailable, Asked::Release) if self.lacks(Rule::FailureIsNo2xx) => 200,
                (Code::Unavailable, Asked::Commit) if self.lacks(Rule::FailedCommitIsNo2xx) => 200,
                _ => answer.status(),
            };
            hear(state, request.key, status, heard);
        }
        self.end(state, &request, is_excused, came == Came::Later);
    }

    /// What becomes of the claim of a request that is over.
    fn end(&self, state: &mut State, request: &Request, is_excused: bool, goes_on: bool) {
        let key = &mut state.keys[request.key];
        let Some(held) = key.claim.as_mut().filter(|_| request.holds) else {
            return;
        };
        match (self.store, goes_on) {
            (Store::Object, _) if !self.lacks(Rule::ClaimEndsWithTheWork) => key.claim = None,
            (_, true) => held.holder = Holder::Operation,
            (_, false) => held.holder = Holder::Gone,
        }
        let is_left = key.claim.is_some() && Store::judge(key, self.without) == Claim::InFlight;
        if is_left && !(is_excused && self.store == Store::Shared) {
            state.broken = Some(Broken::LeftBehind);
        }
    }

    fn late(&self, state: &mut State, index: usize) {
        let (ending, same) = state.requests[index].core_step().late();
        let answer = ending.and_then(|ending| self.machine.answer(&ending));
        let status = match answer {
            Some(_) if self.lacks(Rule::LateIsNo2xx) => 200,
            Some(answer) => answer.status(),
            None => return,
        };
        let request = &mut state.requests[index];
        request.step = same.to_plain();
        request.listening = false;
        hear(state, state.requests[index].key, status, true);
    }

    fn crash(&self, state: &mut State, index: usize) {
        let dead = match self.store {
            Store::Shared => vec![state.requests.remove(index)],
            Store::Object => core::mem::take(&mut state.requests),
        };
        for request in dead {
            let key = &mut state.keys[request.key];
            key.waiting += u8::from(request.listening);
            if let Some(held) = key.claim.as_mut().filter(|_| request.holds) {
                held.holder = Holder::Gone;
            }
        }
        if self.store == Store::Object && !self.lacks(Rule::ClaimInMemory) {
            state.keys.iter_mut().for_each(|key| key.claim = None);
        }
        let is_left = state
            .keys
            .iter()
            .any(|key| key.claim.is_some_and(|held| held.holder == Holder::Gone));
        if self.store == Store::Object && is_left {
            state.broken = Some(Broken::LeftBehind);
        }
    }

    /// The store does what it was asked by a receiver that gave up, whose token names its claim still.
    fn arrive(&self, state: &mut State) {
        let Some(Operation { key, asked }) = state.in_network.take() else {
            return;
        };
        let is_own = state.keys[key]
            .claim
            .is_some_and(|held| held.holder == Holder::Operation);
        match asked {
            Asked::Commit => _ = self.commit(state, key, is_own),
            Asked::Release => self.release(state, key, is_own),
            _ => {
                let asker = state
                    .requests
                    .iter()
                    .position(|request| request.claim_in_network);
                if let Some(asker) = asker {
                    state.requests[asker].claim_in_network = false;
                }
                if Store::judge(&state.keys[key], self.without) == Claim::New {
                    state.disown(key);
                    let holder = asker.map_or(Holder::Gone, |_| Holder::Request);
                    Store::take(&mut state.keys[key], holder);
                    if let Some(asker) = asker {
                        state.requests[asker].holds = true;
                    }
                }
            }
        }
        let held = state.keys[key].claim.as_mut();
        if let Some(held) = held.filter(|held| held.holder == Holder::Operation) {
            held.holder = Holder::Gone;
        }
    }
}

/// The sender sees the answer, or nothing: then it sends again.
fn hear(state: &mut State, key: usize, status: u16, heard: bool) {
    let key = &mut state.keys[key];
    match status {
        200..300 if heard && !key.kept => state.broken = Some(Broken::Lost),
        200..300 if heard => {}
        400..500 if heard => state.broken = Some(Broken::Refused),
        _ => key.waiting += 1,
    }
}

impl State {
    /// Nobody's token is the one of the key's claim any more.
    fn disown(&mut self, key: usize) {
        for request in &mut self.requests {
            request.holds &= request.key != key;
        }
    }

    fn lapse(&mut self) {
        self.move_claims(1);
        for request in &mut self.requests {
            request.lapsed |= request.is_given();
        }
    }

    fn set_clock(&mut self, by: i8) {
        self.move_claims(by);
        for request in &mut self.requests {
            let is_begun = request.is_given() && request.stage != Stage::Given;
            request.clock_set |= request.stage == Stage::Given;
            request.lapsed |= is_begun;
        }
    }

    fn move_claims(&mut self, by: i8) {
        let held = self.keys.iter_mut().filter_map(|key| key.claim.as_mut());
        let known = self
            .requests
            .iter_mut()
            .filter_map(|request| request.claimed.as_mut());
        for age in held.map(|held| &mut held.age).chain(known) {
            *age = (*age + by).clamp(-2, 1);
        }
    }
}
