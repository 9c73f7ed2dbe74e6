//! `simulate`: its calls, its deliveries and its faults.

use reqwest::Method;
use serde_json::{Value, json};

use crate::overten::Overten;
use crate::program::{OTHER_SECRET, SECRET, run, wait_until};
use crate::receiver::Running;

fn subscribed(overten: &Overten, receiver: &Running, events: &[&str]) -> Value {
    let (status, made) = overten.call(
        Method::POST,
        "/webhooks",
        Some(&json!({ "url": receiver.url(), "events": events })),
    );
    assert_eq!(status, 201);
    receiver.reload(made["secret"].as_str().unwrap());
    made
}

#[test]
fn subscriptions_are_made_listed_and_deleted_and_nothing_goes_unauthorised() {
    let overten = Overten::start(&[]);
    let receiver = Running::start(SECRET);
    let made = subscribed(&overten, &receiver, &[]);
    let (status, listed) = overten.call(Method::GET, "/webhooks", None);
    assert_eq!((status, &listed["webhooks"][0]["id"]), (200, &made["id"]));
    assert!(
        listed["webhooks"][0].get("secret").is_none(),
        "a secret is shown once"
    );
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(overten.call(Method::DELETE, &path, None).0, 204);
    assert_eq!(overten.call(Method::DELETE, &path, None).0, 404);
    for (method, path) in [
        (Method::GET, "/webhooks"),
        (Method::GET, "/verify"),
        (Method::POST, "/generate"),
    ] {
        assert_eq!(
            overten
                .caller
                .call(&overten.url, "Bearer another", method, path, None)
                .0,
            401,
            "{path}"
        );
    }
    assert_eq!(
        overten
            .call(
                Method::POST,
                "/webhooks",
                Some(&json!({ "url": "ftp://x" }))
            )
            .0,
        400
    );
    assert_eq!(overten.call(Method::GET, "/nowhere", None).0, 404);
}

#[test]
fn a_generation_is_delivered_to_subscriptions_and_to_the_address_it_names() {
    let mut overten = Overten::start(&[]);
    let subscriber = Running::start(SECRET);
    subscribed(&overten, &subscriber, &["run.completed"]);
    let failures = Running::start(SECRET);
    subscribed(&overten, &failures, &["run.failed"]);
    let named = Running::start(SECRET);
    let (_, organisation) = overten.call(Method::GET, "/verify", None);
    named.reload(organisation["webhook_secret"].as_str().unwrap());

    let run_id = overten.generate(&json!({ "webhook_url": named.url() }));
    let lines = [overten.delivered(), overten.delivered()];
    assert!(
        lines.iter().all(|line| line["answer"] == "200 accepted"),
        "{lines:?}"
    );
    let key = format!("run.completed:{run_id}");
    assert_eq!(subscriber.handed_on(), std::slice::from_ref(&key));
    assert_eq!(named.handed_on(), [key]);
    assert!(failures.handed_on().is_empty());
}

#[test]
fn faults_are_had_by_asking_for_them() {
    let mut overten = Overten::start(&[]);
    let receiver = Running::start(SECRET);
    subscribed(&overten, &receiver, &[]);

    let run_id = overten.generate(&json!({ "simulate": { "out_of_order": true } }));
    let events = [overten.delivered(), overten.delivered()].map(|line| line["event"].clone());
    assert_eq!(
        events,
        ["run.completed", "run.failed"],
        "the newer task's event comes first"
    );

    overten.generate(&json!({ "run_id": run_id, "simulate": { "duplicates": 2 } }));
    for _ in 0..3 {
        assert_eq!(overten.delivered()["answer"], "200 duplicate");
    }

    overten.generate(&json!({ "simulate": { "preset": "forged" } }));
    assert_eq!(overten.delivered()["answer"], "401 signature_mismatch");

    overten.generate(&json!({ "simulate": { "slow_ms": 200 } }));
    let slow = overten.delivered();
    assert_eq!(slow["answer"], "200 accepted");
    assert!(slow["milliseconds"].as_f64().unwrap() >= 150.0, "{slow}");

    overten.generate(&json!({ "simulate": { "down_ms": 700 } }));
    assert_eq!(overten.call(Method::GET, "/webhooks", None).0, 503, "down");
    assert_eq!(
        overten.delivered()["answer"],
        "200 accepted",
        "and then well again"
    );
    wait_until("an answer", || {
        overten.call(Method::GET, "/webhooks", None).0 == 200
    });

    let (status, refused) = overten.call(
        Method::POST,
        "/generate",
        Some(&json!({ "simulate": { "slwo_ms": 1 } })),
    );
    assert_eq!(status, 400);
    assert!(
        refused["error"].as_str().unwrap().contains("slow_ms"),
        "{refused}"
    );
}

#[test]
fn a_receiver_that_is_down_is_tried_again_and_a_4xx_is_not() {
    let mut overten = Overten::start(&[]);
    let receiver = Running::down_for(SECRET, 2);
    subscribed(&overten, &receiver, &[]);
    overten.generate(&json!({}));
    let answers = [
        overten.delivered(),
        overten.delivered(),
        overten.delivered(),
    ]
    .map(|line| line["answer"].clone());
    assert_eq!(
        answers,
        ["503 unavailable", "503 unavailable", "200 accepted"]
    );

    receiver.reload(OTHER_SECRET);
    overten.generate(&json!({}));
    assert_eq!(overten.delivered()["answer"], "401 signature_mismatch");
    receiver.reload(SECRET);
    overten.generate(&json!({}));
    assert_eq!(
        overten.delivered()["attempt"],
        1,
        "nothing of the delivery before came again"
    );
}

#[test]
fn it_ends_gracefully_and_says_what_it_gave_up() {
    let mut overten = Overten::start(&["--retry-delay", "1h", "--retry-delay-cap", "1h"]);
    overten.generate(&json!({ "webhook_url": "http://127.0.0.1:1/" }));
    assert_eq!(
        overten.delivered()["answer"],
        "no answer: connection refused"
    );
    overten.program.signal("-INT");
    assert!(overten.delivered()["given_up"].is_string());
    let said = overten.program.end();
    assert_eq!((said.status, said.err.as_str()), (130, ""));
}

#[test]
fn a_taken_port_is_said() {
    let overten = Overten::start(&[]);
    let port = overten.url.rsplit(':').next().unwrap();
    let said = run(&["simulate", "--port", port]);
    assert_eq!(said.status, 1);
    assert!(
        said.err.contains("cannot be listened on") && said.err.contains("--port"),
        "{}",
        said.err
    );
}

#[test]
fn its_help_says_what_is_not_known_of_overten() {
    let said = run(&["simulate", "--help"]);
    assert!(
        said.out
            .contains("assumed, since Overten's public text does not say it"),
        "{}",
        said.out
    );
    let said = run(&["subscription", "create", "--help"]);
    assert!(
        said.out
            .contains("assumed, since Overten's public text does not say it"),
        "{}",
        said.out
    );
}
