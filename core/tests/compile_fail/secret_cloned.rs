use overten_webhook::Secret;

fn copy(secret: &Secret) -> Secret {
    secret.clone()
}

fn main() {}
