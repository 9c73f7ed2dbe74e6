use overten_webhook::Delivery;

fn rewrite(mut proven: Delivery<Vec<u8>>) {
    proven.body = b"{}".to_vec();
}

fn main() {}
