//! What the Worker's environment holds: variables, and the bindings to queue and ledger.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use worker::{Env, EnvBinding, ObjectNamespace, Queue};

use crate::settings::{self, SettingError, Settings, VARIABLES, Variables};

/// The binding of the queue that deliveries go to.
pub const DELIVERIES: &str = "DELIVERIES";

/// The binding of the ledger's Durable Object namespace.
pub const LEDGER: &str = "LEDGER";

/// One environment as it was read: parsed anew only when a value differs, so that a keyed MAC state is made once.
///
/// It has no `Debug`: `values` holds the secrets.
pub(crate) struct Configuration {
    values: Vec<JsValue>,
    has_ledger: bool,
    pub(crate) path: Result<String, SettingError>,
    pub(crate) settings: Result<Settings, SettingError>,
}

thread_local! {
    static LAST: RefCell<Option<Rc<Configuration>>> = const { RefCell::new(None) };
}

impl Configuration {
    /// What `env` says now.
    pub(crate) fn of(env: &Env) -> Rc<Self> {
        // Compared as JavaScript values: no copy of the secrets is made or kept for it.
        let values: Vec<JsValue> = VARIABLES.iter().map(|name| value(env, name)).collect();
        let has_ledger = is_set(&value(env, LEDGER));
        LAST.with_borrow_mut(|last| match last {
            Some(same) if same.values == values && same.has_ledger == has_ledger => Rc::clone(same),
            _ => {
                let variables = Environment(env);
                let fresh = Rc::new(Self {
                    values,
                    has_ledger,
                    path: settings::path(&variables),
                    settings: Settings::read(&variables, has_ledger),
                });
                Rc::clone(last.insert(fresh))
            }
        })
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
