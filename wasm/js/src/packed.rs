//! Names and values that cross in two arrays: all their bytes, and the lengths of each.

/// The pairs of `bytes`; `lengths` holds those of name and value in turn, a name of -1 bytes being none.
///
/// Lengths that the bytes do not have give empty ones: the package's own code makes both.
pub(crate) fn pairs<'a>(
    mut bytes: &'a [u8],
    lengths: &'a [i32],
) -> impl Iterator<Item = (Option<&'a [u8]>, &'a [u8])> {
    let mut take = move |length: i32| {
        let (taken, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| bytes.split_at_checked(length))?;
        bytes = rest;
        Some(taken)
    };
    let (lengths, _) = lengths.as_chunks::<2>();
    lengths.iter().map(move |[name, value]| {
        let name = take(*name);
        (name, take(*value).unwrap_or_default())
    })
}
