//! What the Worker's environment holds: variables, and the bindings to queue and ledger.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use worker::{Env, EnvBinding, ObjectNamespace, Queue};

use crate::settings::{self, SettingError, Settings, Variables};

/// The binding of the queue that deliveries go to.
pub const DELIVERIES: &str = "DELIVERIES";

/// The binding of the ledger's Durable Object namespace.
pub const LEDGER: &str = "LEDGER";

/// One environment as it was read, so that a keyed MAC state is made once.
pub(crate) struct Configuration {
    pub(crate) path: Result<String, SettingError>,
    pub(crate) settings: Result<Settings, SettingError>,
}

thread_local! {
    static LAST: RefCell<Option<(JsValue, Rc<Configuration>)>> = const { RefCell::new(None) };
}

impl Configuration {
    /// What `env` says. The runtime hands the same object to all requests of an isolate, whose bindings never change:
    /// it is read once.
    pub(crate) fn of(env: &Env) -> Rc<Self> {
        LAST.with_borrow_mut(|last| match last {
            Some((same, configuration)) if *same == **env => Rc::clone(configuration),
            _ => {
                let fresh = Rc::new(Self::read(env));
                *last = Some((JsValue::clone(env), Rc::clone(&fresh)));
                fresh
            }
        })
    }

    fn read(env: &Env) -> Self {
        let variables = Environment(env);
        let has_ledger = is_set(&value(env, LEDGER));
        Self {
            path: settings::path(&variables),
            settings: Settings::read(&variables, has_ledger),
        }
    }
}

/// The queue, which must be there.
pub(crate) fn deliveries(env: &Env) -> Result<Queue, SettingError> {
    binding(env, DELIVERIES)?
        .ok_or_else(|| SettingError::new(DELIVERIES, "bind a queue under this name"))
}

/// The ledger, where there is one.
pub(crate) fn ledger(env: &Env) -> Result<Option<ObjectNamespace>, SettingError> {
    binding(env, LEDGER)
}

fn binding<T: EnvBinding>(env: &Env, name: &'static str) -> Result<Option<T>, SettingError> {
    let value = value(env, name);
    if !is_set(&value) {
        return Ok(None);
    }
    if !value.is_object() {
        return Err(SettingError::new(
            name,
            format_args!("must be a binding of type {}", T::TYPE_NAME),
        ));
    }
    T::get(value)
        .map(Some)
        .map_err(|error| SettingError::new(name, error))
}

struct Environment<'a>(&'a Env);

impl Variables for Environment<'_> {
    fn variable(&self, name: &'static str) -> Result<Option<String>, SettingError> {
        let value = value(self.0, name);
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

/// Undefined where it is not there, or cannot be read.
fn value(env: &Env, name: &str) -> JsValue {
    js_sys::Reflect::get(env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn is_set(value: &JsValue) -> bool {
    !value.is_undefined() && !value.is_null()
}
