//! What the Worker's environment holds: variables, and the bindings to queue and ledger.

use std::cell::RefCell;
use std::rc::Rc;

use overten_webhook::{Receiver, Retention};
use wasm_bindgen::{JsCast, JsValue};

use super::settings::{self, SettingError, Variables};
use super::store::Store;
use crate::js::{self, property};

/// The binding of the queue that deliveries go to.
pub const DELIVERIES: &str = "DELIVERIES";

/// The binding of the ledger's Durable Object namespace.
pub const LEDGER: &str = "LEDGER";

/// One environment as it was read, so that a keyed MAC state is made once.
pub(crate) struct Configuration {
    pub(crate) receiver: Receiver,
    /// There wherever the receiver can judge.
    pub(crate) store: Option<Store>,
}

thread_local! {
    static LAST: RefCell<Option<(JsValue, Rc<Configuration>)>> = const { RefCell::new(None) };
}

impl Configuration {
    /// What `env` says. The runtime hands the same object to all requests of an isolate, whose bindings never change:
    /// it is read once, and a line says what was read.
    pub(crate) fn of(env: &JsValue) -> Rc<Self> {
        LAST.with_borrow_mut(|last| match last {
            Some((same, configuration)) if same == env => Rc::clone(configuration),
            _ => {
                let fresh = Rc::new(Self::read(env));
                js::log(&fresh.receiver.start_line());
                *last = Some((JsValue::clone(env), Rc::clone(&fresh)));
                fresh
            }
        })
    }

    fn read(env: &JsValue) -> Self {
        Self::usable(env).unwrap_or_else(|error| {
            let receiver = Receiver::misconfigured(error.code(), &error);
            let receiver = settings::at_path(receiver, &Environment(env));
            Self {
                receiver: receiver
                    .unwrap_or_else(|error| Receiver::misconfigured(error.code(), &error)),
                store: None,
            }
        })
    }

    fn usable(env: &JsValue) -> Result<Self, SettingError> {
        let variables = Environment(env);
        let ledger = binding(env, LEDGER, "DurableObjectNamespace")?;
        let receiver = settings::receiver(&variables, ledger.is_some())?;
        // The queue must be there either way: the ledger object has the same environment.
        let queue = deliveries(env)?;
        let (receiver, store) = match ledger {
            Some(ledger) => (receiver, Store::Ledger(ledger)),
            None => {
                let limit = settings::MAX_BODY_BYTES_WITHOUT_LEDGER;
                let warning = format_args!(
                    "LEDGER is not bound: duplicates pass through to the queue, and a body over {limit} bytes is refused for \
                     good, whatever MAX_BODY_BYTES: bind LEDGER"
                );
                (receiver.with_warning(&warning), Store::Nothing(queue))
            }
        };
        Ok(Self {
            receiver: settings::at_path(receiver, &variables)?,
            store: Some(store),
        })
    }
}

/// The queue, which must be there.
pub(crate) fn deliveries(env: &JsValue) -> Result<JsValue, SettingError> {
    binding(env, DELIVERIES, "WorkerQueue")?
        .ok_or_else(|| SettingError::new(DELIVERIES, "bind a queue under this name"))
}

/// How long this environment keeps a key.
pub(crate) fn retention(env: &JsValue) -> Result<Retention, SettingError> {
    settings::retention(&Environment(env))
}

/// A binding that is of the type which it should be; `None` where there is none.
fn binding(
    env: &JsValue,
    name: &'static str,
    type_name: &str,
) -> Result<Option<JsValue>, SettingError> {
    let value = property(env, name);
    if !is_set(&value) {
        return Ok(None);
    }
    let found = property(&property(&value, "constructor"), "name").as_string();
    if found.as_deref() == Some(type_name) {
        return Ok(Some(value));
    }
    Err(SettingError::new(
        name,
        format_args!("must be a binding of type {type_name}"),
    ))
}

struct Environment<'a>(&'a JsValue);

impl Variables for Environment<'_> {
    fn variable(&self, name: &'static str) -> Result<Option<String>, SettingError> {
        let value = property(self.0, name);
        if !is_set(&value) {
            return Ok(None);
        }
        // `MAX_BODY_BYTES = 1000` in wrangler.toml arrives as a number.
        let text = value.as_string().or_else(|| {
            value
                .dyn_ref::<js_sys::Number>()?
                .to_string_with_radix(10)
                .ok()?
                .as_string()
        });
        text.map(Some)
            .ok_or_else(|| SettingError::new(name, "must be text or a number"))
    }
}

fn is_set(value: &JsValue) -> bool {
    !value.is_undefined() && !value.is_null()
}
