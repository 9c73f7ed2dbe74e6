use overten_webhook::Delivery;

fn main() {
    let _: Delivery<Vec<u8>> = Default::default();
}
