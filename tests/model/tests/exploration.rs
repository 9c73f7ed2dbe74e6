//! Explored whole.
use overten_webhook_model::{Content, Rule, Store, System};
use stateright::{Checker, HasDiscoveries, Model};

fn explored(name: &str, system: System) {
    let begun = std::time::Instant::now();
    let checker = system.checker().spawn_dfs().join();
    println!(
        "{name}: {} states, {} unique, depth {}, {:?}",
        checker.state_count(), checker.unique_state_count(), checker.max_depth(), begun.elapsed()
    );
    checker.assert_properties();
}

#[test]
fn small() {
    explored("1x1", System::new(Store::Shared, Content::Event, [1, 0]));
    explored("2x1", System::new(Store::Shared, Content::Event, [2, 0]));
    explored("3x1", System::new(Store::Shared, Content::Event, [3, 0]));
    explored("1x2", System::new(Store::Shared, Content::Event, [1, 1]));
    explored("obj 3x1", System::new(Store::Object, Content::Event, [3, 0]));
    let mut late = System::new(Store::Shared, Content::Event, [3, 0]);
    late.store_is_late = true;
    explored("late 3x1", late);
}
