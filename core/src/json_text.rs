//! Texts with escapes.

use alloc::string::String;

/// The text that stands between the quotes of a JSON text, decoded; `None` where it holds a lone surrogate.
pub(crate) fn unescaped(mut json: &str) -> Option<String> {
    let mut text = String::with_capacity(json.len());
    while let Some((plain, escape)) = json.split_once('\\') {
        text.push_str(plain);
        let (char, rest) = escaped_char(escape)?;
        text.push(char);
        json = rest;
    }
    text.push_str(json);
    Some(text)
}

/// The character whose escape begins behind the backslash, and what follows it.
fn escaped_char(escape: &str) -> Option<(char, &str)> {
    let kind = escape.chars().next()?;
    let rest = escape.get(kind.len_utf8()..)?;
    let char = match kind {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_char(rest),
        '"' | '\\' | '/' => kind,
        _ => return None,
    };
    Some((char, rest))
}

/// The character whose digits begin here: one escape, or the two of a surrogate pair.
fn unicode_char(digits: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(digits)?;
    if let Some(char) = char::from_u32(first.into()) {
        return Some((char, rest));
    }
    let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
    let mut chars = char::decode_utf16([first, second]);
    match (chars.next(), chars.next()) {
        (Some(Ok(char)), None) => Some((char, rest)),
        _ => None,
    }
}

fn unit(digits: &str) -> Option<(u16, &str)> {
    let (digits, rest) = digits.split_at_checked(4)?;
    // `from_str_radix` would take a sign.
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((unit, rest))
}
