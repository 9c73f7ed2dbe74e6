
pub fn offend(numbers: &[u8], text: &str, maybe: Option<u8>) -> Result<u8, u8> {
    let first = numbers[0];
    let second = numbers.get(1).unwrap();
    let third = maybe.expect("a number");
    let _ = &text[1..];
    if first == 0 {
        panic!("zero");
    }
    if *second == 0 {
        unreachable!();
    }
    if first == 1 {
        todo!();
    }
    if first == 2 {
        unimplemented!();
    }
    let _ = unsafe { core::mem::transmute::<u8, i8>(first) };
    Ok(first + third)
}
