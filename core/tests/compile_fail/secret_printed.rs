use overten_webhook::Secret;

fn print(secret: &Secret) -> String {
    secret.to_string()
}

fn main() {}
