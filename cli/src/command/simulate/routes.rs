//! The calls that the stand-in answers.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, StatusCode};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use hyper::body::Bytes;
use serde_json::json;

use super::deliver::deliver;
use super::state::Simulator;
use crate::http::parse_url;
use crate::making::Preset;
use crate::overten::{
    BEGUN, CREATED, CreatedSubscription, DELETED, GENERATE, Generation, NewGeneration,
    NewSubscription, Organisation, Subscriptions, VERIFY, WEBHOOKS,
};

const MOST_BYTES: usize = 64 * 1024;

pub(super) fn routes(simulator: Arc<Simulator>) -> Router {
    Router::new()
        .route(&format!("/{WEBHOOKS}"), post(subscribe).get(list))
        .route(&format!("/{WEBHOOKS}/{{id}}"), delete(unsubscribe))
        .route(&format!("/{VERIFY}"), get(organisation))
        .route(&format!("/{GENERATE}"), post(generate))
        .fallback(|| async {
            refusal(
                StatusCode::NOT_FOUND,
                "there is no such path here: see `overten-webhook simulate --help`",
            )
        })
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&simulator),
            guard,
        ))
        .with_state(simulator)
}

/// Says each call; lets nothing through that is not authorised, and nothing at all while the stand-in is down.
async fn guard(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = if !simulator.is_authorised(&headers) {
        refusal(
            StatusCode::UNAUTHORIZED,
            "the authorisation is missing or another than configured",
        )
    } else if !simulator.down_for().is_zero() {
        refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "down, as a generation call asked",
        )
    } else {
        next.run(request).await
    };
    let status = answer.status().as_u16();
    simulator.say(
        &format!("{status}  {method} {}", path.escape_debug()),
        &json!({ "call": method.as_str(), "path": path, "status": status }),
    );
    answer
}

async fn subscribe(State(simulator): State<Arc<Simulator>>, body: Bytes) -> Response {
    let new: NewSubscription = match serde_json::from_slice(&body) {
        Ok(new) => new,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, error),
    };
    if let Err(error) = parse_url(&new.url) {
        return refusal(StatusCode::BAD_REQUEST, error);
    }
    match simulator.subscribe(new.url, new.events) {
        Ok(Some((subscription, secret))) => {
            let created = CreatedSubscription {
                subscription,
                secret: secret.to_string(),
            };
            (status(CREATED), Json(created)).into_response()
        }
        _ => refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "there are too many subscriptions: delete some",
        ),
    }
}

async fn list(State(simulator): State<Arc<Simulator>>) -> Response {
    let webhooks = simulator
        .subscriptions()
        .iter()
        .map(|held| held.subscription.clone())
        .collect();
    Json(Subscriptions { webhooks }).into_response()
}

async fn unsubscribe(State(simulator): State<Arc<Simulator>>, Path(id): Path<String>) -> Response {
    match simulator.unsubscribe(&id) {
        true => status(DELETED).into_response(),
        false => refusal(StatusCode::NOT_FOUND, "there is no such subscription"),
    }
}

async fn organisation(State(simulator): State<Arc<Simulator>>) -> Response {
    let webhook_secret = simulator.organisation_secret.to_string();
    Json(Organisation { webhook_secret }).into_response()
}

async fn generate(State(simulator): State<Arc<Simulator>>, body: Bytes) -> Response {
    let new: NewGeneration = match serde_json::from_slice(&body) {
        Ok(new) => new,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, error),
    };
    if let Some(Err(error)) = new.webhook_url.as_deref().map(parse_url) {
        return refusal(StatusCode::BAD_REQUEST, error);
    }
    let preset = match new
        .simulate
        .preset
        .as_deref()
        .map(|name| clap::ValueEnum::from_str(name, false))
    {
        None => Preset::Authentic,
        Some(Ok(preset)) => preset,
        Some(Err(_)) => {
            return refusal(
                StatusCode::BAD_REQUEST,
                "no such preset: see `overten-webhook send --help`",
            );
        }
    };
    let generation = Generation {
        run_id: new
            .run_id
            .clone()
            .unwrap_or_else(|| simulator.new_id("run")),
        task_id: simulator.new_id("task"),
    };
    let reply = (status(BEGUN), Json(json!(generation))).into_response();
    simulator.be_down_for(Duration::from_millis(new.simulate.down_ms));
    let work = deliver(Arc::clone(&simulator), generation, new, preset);
    match simulator.begin(work).await {
        true => reply,
        false => refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many deliveries are under way: wait",
        ),
    }
}

fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::OK)
}

fn refusal(status: StatusCode, why: impl ToString) -> Response {
    (status, Json(json!({ "error": why.to_string() }))).into_response()
}
