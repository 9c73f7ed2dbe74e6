//! The model explored whole, and then without each rule: see the crate's page for what is modelled.

use std::collections::BTreeSet;
use std::time::Instant;

use overten_webhook_model::{Content, Rule, Store, System};
use stateright::{Checker, HasDiscoveries, Model};

const LOST: &str = "no delivery whose sender saw 2xx is lost";
const AGAIN: &str = "handed on again only after a crash, a lapse or a failure";
const REFUSED: &str = "nothing authentic is answered 4xx";
const LEFT: &str = "no claim is left behind but by a crash or a failure of the store";
const REST: &str = "comes to rest two leases after faults stop";

/// Every state there is; prints how many.
fn explore(name: &str, system: System) {
    let begun = Instant::now();
    let checker = system.checker().spawn_bfs().join();
    println!(
        "{name}: {} states, {} unique, depth {}, {:.1?}",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        begun.elapsed()
    );
    checker.assert_properties();
}

/// One key, three deliveries, three receivers, all faults.
fn smaller(store: Store, content: Content) -> System {
    let mut system = System::new(store, content, [3, 0]);
    system.receivers = 3;
    system.store_is_late = store == Store::Shared;
    system
}

/// The property that fails without the rule.
fn caught(rule: Rule, store: Store, content: Content) -> Option<&'static str> {
    let mut system = smaller(store, content);
    system.without = Some(rule);
    let checker = system
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let failed = [LOST, AGAIN, REFUSED, LEFT, REST].into_iter();
    let mut failed = failed.filter_map(|name| Some((name, checker.discovery(name)?)));
    let (name, path) = failed.next()?;
    println!(
        "without {rule:?} ({store:?}): '{name}' fails:\n    {:?}",
        path.into_actions()
    );
    Some(name)
}

#[test]
fn two_keys_of_three_deliveries_over_a_shared_store() {
    explore(
        "shared store",
        System::new(Store::Shared, Content::Event, [3, 3]),
    );
}

#[test]
fn two_keys_of_three_deliveries_over_a_ledger_object() {
    explore(
        "ledger object",
        System::new(Store::Object, Content::Event, [3, 3]),
    );
}

#[test]
fn three_at_once_and_a_store_that_does_late_what_was_given_up() {
    for content in [Content::Event, Content::Unreadable] {
        for store in [Store::Shared, Store::Object] {
            explore(
                &format!("one key, {content:?}, {store:?}"),
                smaller(store, content),
            );
        }
    }
}

/// What each rule is for, over both stores where both have it.
#[test]
fn every_rule_is_missed() {
    use Content::{Event, Unreadable};
    use Store::{Object, Shared};
    let missed = [
        (Rule::TokenOnRelease, Shared, Event, AGAIN),
        (Rule::TokenOnRelease, Object, Event, AGAIN),
        (Rule::TokenIsNoTime, Object, Event, AGAIN),
        (Rule::TokenOnCommit, Shared, Event, AGAIN),
        (Rule::AtomicClaim, Shared, Event, AGAIN),
        (Rule::AtomicClaim, Object, Event, AGAIN),
        (Rule::ClaimLapses, Shared, Event, REST),
        (Rule::FutureClaimLapses, Shared, Event, REST),
        (Rule::LapsedHolderDoesNotBegin, Shared, Event, AGAIN),
        (Rule::LeaseFromTheAsking, Shared, Event, AGAIN),
        (Rule::CommitAfterHandOn, Shared, Event, LOST),
        (Rule::CommitAfterHandOn, Object, Event, LOST),
        (Rule::CommitAfterSetAside, Shared, Event, LOST),
        (Rule::CommitAfterSetAside, Shared, Unreadable, LOST),
        (Rule::CommitAfterSetAside, Object, Unreadable, LOST),
        (Rule::ReleaseAfterFailedClaim, Shared, Event, LEFT),
        (Rule::ReleaseAfterFailedFunction, Shared, Event, LEFT),
        (Rule::ReleaseAfterLapse, Shared, Event, LEFT),
        (Rule::FailureIsNo2xx, Shared, Event, LOST),
        (Rule::FailureIsNo2xx, Object, Event, LOST),
        (Rule::InFlightIsNo2xx, Shared, Event, LOST),
        (Rule::InFlightIsNo2xx, Object, Event, LOST),
        (Rule::InFlightIsNo4xx, Shared, Event, REFUSED),
        (Rule::LateIsNo2xx, Shared, Event, LOST),
        (Rule::LateIsNo2xx, Object, Event, LOST),
        (Rule::ClaimInMemory, Object, Event, LEFT),
        (Rule::ClaimEndsWithTheWork, Object, Event, LEFT),
    ];
    let mut wrong = BTreeSet::new();
    for (rule, store, content, property) in missed {
        let found = caught(rule, store, content);
        if found != Some(property) {
            wrong.insert(format!(
                "{rule:?} {store:?} {content:?}: {found:?}, not '{property}'"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The event was handed on by then: the sender may stop, and whoever sends it anew finds a key that lapsed.
#[test]
fn answer_to_a_failed_commit_is_not_missed() {
    for store in [Store::Shared, Store::Object] {
        assert_eq!(
            caught(Rule::FailedCommitIsNo2xx, store, Content::Event),
            None
        );
    }
}
