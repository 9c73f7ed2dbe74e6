use overten_webhook::Delivery;

fn rewrite(proven: &mut Delivery<Vec<u8>>) {
    proven.body()[0] = b' ';
}

fn main() {}
