//! What can happen next, and what must hold whatever happens.

use overten_webhook::Asked;
use stateright::{Model, Property};

use crate::machine::{Content, Machine};
use crate::rule::Rule;
use crate::state::{Broken, Key, Request, Stage, State};
use crate::store::Store;

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
    pub(crate) machine: Machine,
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

    pub(crate) fn lacks(&self, rule: Rule) -> bool {
        self.without == Some(rule)
    }

    /// The ways in which what a request is asked for can go.
    fn ways(&self, state: &State, request: &Request) -> &'static [Came] {
        use Came::{Done, DoneUnseen, Later, NeverCan, NotDone};
        match (request.asked(), self.store) {
            (Asked::HandOn, _) => &[Done, DoneUnseen, NotDone, NeverCan],
            _ if request.stage == Stage::Judged => &[Done],
            // Its memory does not fail without it; what it has on disk does.
            (Asked::Claim, Store::Object) => &[Done, NotDone],
            (Asked::Release, Store::Object) => &[Done],
            (Asked::SetAside, _) | (_, Store::Object) => &[Done, DoneUnseen, NotDone],
            _ if self.store_is_late && state.in_network.is_none() => {
                &[Done, DoneUnseen, NotDone, Later]
            }
            _ => &[Done, DoneUnseen, NotDone],
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
