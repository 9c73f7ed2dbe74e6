use overten_webhook::Delivery;

fn swap<'a>(proven: Delivery<&'a [u8]>, body: &'a [u8]) -> Delivery<&'a [u8]> {
    Delivery { body, ..proven }
}

fn main() {}
