use overten_webhook::Delivery;

fn main() {
    let body: &[u8] = b"{}";
    let _: Delivery<&[u8]> = body.into();
}
