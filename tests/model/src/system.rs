//! What can happen next, and what it comes to.

use overten_webhook::{Asked, Claim, Code, Outcome, Step};
use stateright::{Model, Property};

use crate::machine::{Content, Machine};
use crate::rule::Rule;
use crate::state::{Broken, Held, Holder, Key, Operation, Request, Stage, State};
use crate::store::Store;

/// A lease in milliseconds.
const LEASE_MS: u64 = Claim::DEFAULT_LEASE_SECONDS * 1000;

/// More steps than any way to rest has.
const STEPS_TO_REST: u32 = 200;

/// The model: its size, and what of the rules holds.
#[derive(Debug)]
pub struct System {
    /// Where claims are kept.
    pub store: Store,
    /// How many deliveries each key has.
    pub deliveries: [u8; 2],
    /// How many requests are received at once.
    pub receivers: usize,
    /// Whether the Unix clock is set.
    pub clock_is_set: bool,
    /// Whether the store may do what it was asked long after the asker gave up.
    pub store_is_late: bool,
    /// The rule that is taken away.
    pub without: Option<Rule>,
    machine: Machine,
}

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A delivery of the key with this index is sent, and its body read and verified.
    Send(usize),
    /// The shell of the request with this index does what the core asks for.
    Do {
        /// The index among the requests.
        request: usize,
        /// What comes of it.
        came: Came,
        /// Whether the sender sees the answer, where there is one.
        heard: bool,
    },
    /// The answer of the store is there and a thread is free: the user's function can begin.
    Begin(usize),
    /// Only where the lease counts from then: the answer of the store is there.
    Receive(usize),
    /// 10 s are over: the sender gets its answer, and the work goes on.
    Late(usize),
    /// The receiver dies; the ledger object with all that it is at work on.
    Crash(usize),
    /// The store does what it was asked by a receiver that gave up.
    Arrive,
    /// A lease goes by.
    Lapse,
    /// The Unix clock is set back or ahead by a lease.
    SetClock(i8),
}

/// What comes of what a shell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It is done, and the shell knows.
    Done,
    /// It is done, and the shell sees a failure.
    DoneUnseen,
    /// It is not done, and the shell sees a failure.
    NotDone,
    /// The shell sees a failure, and it will be done later.
    Later,
    /// The handler says that it never can.
    NeverCan,
}

impl System {
    /// With two receivers and all faults, nothing taken away.
    #[must_use]
    pub fn new(store: Store, content: Content, deliveries: [u8; 2]) -> Self {
        Self {
            store,
            deliveries,
            receivers: 2,
            clock_is_set: true,
            store_is_late: false,
            without: None,
            machine: Machine::new(content),
        }
    }

    fn lacks(&self, rule: Rule) -> bool {
        self.without == Some(rule)
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

    /// The ways in which what a request is asked for can go.
    fn ways(&self, state: &State, request: &Request) -> &'static [Came] {
        use Came::{Done, DoneUnseen, Later, NeverCan, NotDone};
        match (request.asked(), self.store) {
            (Asked::HandOn, _) => &[Done, DoneUnseen, NotDone, NeverCan],
            // Its memory does not fail without it.
            (Asked::Claim | Asked::Release, Store::Object) => &[Done],
            (Asked::SetAside, _) | (_, Store::Object) => &[Done, DoneUnseen, NotDone],
            _ if request.stage == Stage::Judged => &[Done],
            _ if self.store_is_late && state.in_network.is_none() => {
                &[Done, DoneUnseen, NotDone, Later]
            }
            _ => &[Done, DoneUnseen, NotDone],
        }
    }

    fn perform(&self, state: &mut State, index: usize, came: Came) -> Option<(Step, Came)> {
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
        Some((self.without_release(asked, next), came))
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
    fn given(&self, state: &mut State, index: usize) -> Option<(Step, Came)> {
        state.requests[index].stage = Stage::Given;
        match self.store {
            Store::Shared => None,
            Store::Object => Some((self.begin(state, index), Came::Done)),
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
            return next;
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
    fn without_release(&self, asked: Asked, next: Step) -> Step {
        let is_left_out = match asked {
            Asked::Claim => self.lacks(Rule::ReleaseAfterFailedClaim),
            Asked::HandOn | Asked::SetAside => self.lacks(Rule::ReleaseAfterFailedFunction),
            _ => false,
        };
        match next {
            Step::Release(releasing) if is_left_out => releasing.done(),
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
        if let Some(held) = &mut state.keys[key].claim {
            if held.holder == Holder::Operation {
                held.holder = Holder::Gone;
            }
        }
    }

    /// What happens next where no fault does, for as long as the key with this index is not at rest.
    fn calm_action(&self, state: &State, key: usize) -> Option<Action> {
        if state.in_network.is_some() {
            return Some(Action::Arrive);
        }
        if let Some(request) = state.requests.first() {
            return Some(match request.stage {
                Stage::Given => Action::Begin(0),
                _ => Action::Do {
                    request: 0,
                    came: Came::Done,
                    heard: true,
                },
            });
        }
        if Store::judge(&state.keys[key], self.without) == Claim::InFlight {
            return Some(Action::Lapse);
        }
        (state.keys[key].waiting > 0).then_some(Action::Send(key))
    }

    /// Whether all deliveries of the key are acknowledged, and its claim committed or free, within two leases from here
    /// where no fault happens any more.
    fn comes_to_rest(&self, state: &State, key: usize) -> bool {
        let mut state = state.clone();
        let mut leases = 0;
        for _ in 0..STEPS_TO_REST {
            let action = self.calm_action(&state, key);
            let Some(action) = action.filter(|_| state.broken.is_none()) else {
                return true; // what is broken, another property says
            };
            leases += u32::from(action == Action::Lapse);
            if leases > 2 {
                return false;
            }
            self.apply(&mut state, action);
        }
        false
    }

    /// Does it; whether anything came of it that another action does not say.
    fn apply(&self, state: &mut State, action: Action) -> bool {
        match action {
            Action::Send(key) => self.send(state, key),
            Action::Do {
                request,
                came,
                heard,
            } => {
                if let Some((next, came)) = self.perform(state, request, came) {
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

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let keys = self.deliveries.map(|waiting| Key {
            waiting,
            ..Key::default()
        });
        vec![
            State {
                keys,
                requests: Vec::new(),
                in_network: None,
                broken: None,
            }
            .representative(),
        ]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.broken.is_some() {
            return;
        }
        if state.requests.len() < self.receivers {
            let waiting = (0..2).filter(|key| state.keys[*key].waiting > 0);
            actions.extend(waiting.map(Action::Send));
        }
        for (index, request) in state.requests.iter().enumerate() {
            if request.stage == Stage::Given {
                actions.push(Action::Begin(index));
                if request.lapsed && self.lacks(Rule::LeaseFromTheAsking) {
                    actions.push(Action::Receive(index));
                }
            } else {
                for came in self.ways(state, request) {
                    let done = |heard| Action::Do {
                        request: index,
                        came: *came,
                        heard,
                    };
                    actions.push(done(true));
                    actions.extend(request.listening.then(|| done(false)));
                }
            }
            actions.extend(request.listening.then_some(Action::Late(index)));
            if self.store == Store::Shared || index == 0 {
                actions.push(Action::Crash(index));
            }
        }
        actions.extend(state.in_network.map(|_| Action::Arrive));
        if state.keys.iter().any(|key| key.claim.is_some()) {
            actions.push(Action::Lapse);
            if self.clock_is_set {
                actions.extend([Action::SetClock(-1), Action::SetClock(1)]);
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        let is_new = self.apply(&mut state, action);
        debug_assert!(state.is_sound(), "{action:?} made {state:?} of {last:?}");
        is_new.then(|| state.representative())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "no delivery whose sender saw 2xx is lost",
                |_, state: &State| state.broken != Some(Broken::Lost),
            ),
            Property::always(
                "handed on again only after a crash, a lapse or a failure",
                |_, state: &State| state.broken != Some(Broken::HandedOnAgain),
            ),
            Property::always("nothing authentic is answered 4xx", |_, state: &State| {
                state.broken != Some(Broken::Refused)
            }),
            Property::always(
                "no claim is left behind but by a crash or a failure of the store",
                |_, state: &State| state.broken != Some(Broken::LeftBehind),
            ),
            Property::always(
                "comes to rest two leases after faults stop",
                |system: &Self, state: &State| (0..2).all(|key| system.comes_to_rest(state, key)),
            ),
            Property::sometimes("everything is acknowledged", |_, state: &State| {
                state.requests.is_empty() && state.keys.iter().all(|key| key.waiting == 0)
            }),
            Property::sometimes("an event is handed on again", |_, state: &State| {
                let again =
                    |request: &Request| state.keys[request.key].kept && request.is_handling();
                state.requests.iter().any(again)
            }),
            Property::sometimes("two handle one key at once", |_, state: &State| {
                let is_begun = |request: &&Request| {
                    request.asked() == Asked::HandOn || request.asked() == Asked::SetAside
                };
                let mut begun = state.requests.iter().filter(is_begun);
                begun
                    .next()
                    .zip(begun.next())
                    .is_some_and(|(one, other)| one.key == other.key)
            }),
            Property::sometimes(
                "a sender is answered while the work goes on",
                |_, state: &State| {
                    state
                        .requests
                        .iter()
                        .any(|request| !request.listening && request.asked() == Asked::Commit)
                },
            ),
        ]
    }
}
