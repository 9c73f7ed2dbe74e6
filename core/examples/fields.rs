//! Prints the optional fields, one JSON array `[name, type, what it is]` a line: `make generate` reads them.

macro_rules! print_each {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        $(println!("{}", serde_json::json!([stringify!($name), stringify!($type), $doc]));)*
    };
}

fn main() {
    overten_webhook::optional_fields!(print_each);
}
