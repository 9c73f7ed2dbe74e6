//! What a message does to the text that is pasted into it: a fence around it, and every line indented.

use alloc::vec::Vec;

use super::curl;

/// The text as it was before; `None` where nothing is to be undone.
pub(super) fn undone(text: &[u8]) -> Option<Vec<u8>> {
    let fenced = fenced(text);
    let inner = fenced.as_deref().unwrap_or(text);
    let indent = indentation(inner);
    // An indented command is the same command, and within its quotes the indent is what it sends.
    if indent.is_empty() || curl::begins(inner) {
        return fenced;
    }
    Some(less_indent(lines(inner), indent))
}

fn less_indent<'a>(lines: impl Iterator<Item = &'a [u8]>, indent: &[u8]) -> Vec<u8> {
    let lines = lines.map(|line| line.strip_prefix(indent).unwrap_or(line));
    lines.collect::<Vec<_>>().concat()
}

/// What stands between a fence of Markdown and the one that closes it, less the fence's indent and the line end before that.
fn fenced(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = lines(text).skip_while(|line| is_blank(line));
    let first = lines.next()?;
    let start = first.trim_ascii_start();
    let fence = start.get(..3)?;
    if !matches!(fence, b"```" | b"~~~") {
        return None;
    }
    let inner = lines.take_while(|line| !line.trim_ascii_start().starts_with(fence));
    let indent = first.strip_suffix(start).unwrap_or_default();
    let mut inner = less_indent(inner, indent);
    let less_line_end = inner.strip_suffix(b"\r\n").or(inner.strip_suffix(b"\n"));
    let length = less_line_end.map_or(inner.len(), <[u8]>::len);
    inner.truncate(length);
    Some(inner)
}

/// The white space that all lines of several begin with. That of one line alone tells nothing.
fn indentation(text: &[u8]) -> &[u8] {
    let mut written = lines(text).filter(|line| !is_blank(line));
    let first = written.next().unwrap_or_default();
    let own = first.len().saturating_sub(first.trim_ascii_start().len());
    let (mut common, mut is_several) = (own, false);
    for line in written {
        is_several = true;
        let shared = line.iter().zip(first).take(common);
        common = shared.take_while(|(byte, other)| byte == other).count();
    }
    first
        .get(..common)
        .filter(|_| is_several)
        .unwrap_or_default()
}

/// Each line with what ends it.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}
