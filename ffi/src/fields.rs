//! The optional fields of an event: for each line of the core's `optional_fields!` one function, `overten_event_` and its name.
//!
//! The header has them from `overten-webhook-header`, since cbindgen sees no macro's output.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::event::{Event, number, text};
use crate::status::Status;
use crate::types::View;

/// A text that was sent with escapes, decoded when it was first asked for.
pub(crate) type Kept = OnceLock<Box<str>>;

/// A view of a text that lasts as long as the event: borrowed from the body, or decoded once and kept.
pub(crate) fn keep(kept: &Kept, text: Option<Cow<'_, str>>) -> View {
    match text {
        Some(Cow::Owned(text)) => View::of(&**kept.get_or_init(|| text.into())),
        text => View::of_option(text.as_deref()),
    }
}

macro_rules! functions {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        #[derive(Debug, Default)]
        #[expect(dead_code, reason = "a number is not kept")]
        pub(crate) struct Decoded {
            $($name: Kept,)*
            pub(crate) error_code: Kept,
            pub(crate) error_message: Kept,
        }

        $(function! { $name $type $doc })*
    };
}

macro_rules! function {
    ($name:ident Text $doc:literal) => {
        #[doc = $doc]
        #[unsafe(export_name = concat!("overten_event_", stringify!($name)))]
        pub unsafe extern "C" fn $name(event: *const Event, out: *mut View) -> Status {
            let read = |event: &Event| keep(&event.decoded.$name, event.event.$name());
            // SAFETY: the convention, which our caller keeps.
            unsafe { text(event, out, read) }
        }
    };
    ($name:ident Number $doc:literal) => {
        function! { number $name f64 $doc }
    };
    ($name:ident WholeNumber $doc:literal) => {
        function! { number $name u64 $doc }
    };
    (number $name:ident $type:ident $doc:literal) => {
        #[doc = $doc]
        #[unsafe(export_name = concat!("overten_event_", stringify!($name)))]
        pub unsafe extern "C" fn $name(
            event: *const Event,
            out_present: *mut bool,
            out: *mut $type,
        ) -> Status {
            // SAFETY: the convention, which our caller keeps.
            unsafe { number(event, out_present, out, overten_webhook::Event::$name) }
        }
    };
}

overten_webhook::optional_fields!(functions);
