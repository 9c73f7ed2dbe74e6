use overten_webhook::SignedHeaders;

fn main() {
    let headers = {
        let timestamp = String::from("1760000000");
        SignedHeaders::from_values(None, Some(timestamp.as_bytes()))
    };
    drop(headers);
}
