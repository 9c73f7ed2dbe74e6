//! The optional fields of an event that are plain values: each is one line here, and every stack takes its own from it.

/// Gives `$each!` every optional field as `name: Type, "what it is";`, in an order that only grows at its end.
///
/// `Text`, `Number` (the nearest double) and `WholeNumber` (0 to 2^53 − 1) are the types. A new field is a line here and
/// `make generate`. What it is reads well after "is". For this project's own crates: users read the fields of `Event`.
#[doc(hidden)]
#[macro_export]
macro_rules! optional_fields {
    ($each:ident) => {
        $each! {
            agent_name: Text, "The agent that generated the document.";
            format: Text, "The document's format, such as `excel`.";
            status: Text, "The task's status, such as `completed`.";
            summary: Text, "What was generated, in words.";
            download_url: Text, "Where the document can be downloaded. It may carry access rights: do not log it.";
            edit_url: Text, "Where the document can be edited. It may carry access rights: do not log it.";
            message: Text, "A sentence for a person.";
            credits_used: Number, "The credits that the task used, as the nearest double.";
            duration_ms: WholeNumber, "How long the task took, in whole milliseconds.";
        }
    };
}
