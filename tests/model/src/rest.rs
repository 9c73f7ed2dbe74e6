//! Whether the system comes to rest where no fault happens any more.

use overten_webhook::Claim;

use crate::state::{Stage, State};
use crate::store::Store;
use crate::system::{Action, Came, System};

/// More steps than any way to rest has.
const STEPS_TO_REST: u32 = 200;

impl System {
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
    pub(crate) fn comes_to_rest(&self, state: &State, key: usize) -> bool {
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
}
