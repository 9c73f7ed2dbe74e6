//! A body as the tree of JSON values that it is.

use alloc::vec::Vec;

use crate::json_scanner::Scanner;

/// A JSON value, each part by the text that it was.
pub(super) enum Node<'a> {
    /// A text with its quotes, a number or a word.
    Leaf(&'a str),
    Array(Vec<Self>),
    /// The object's own text, and its members by name.
    Object(&'a str, Vec<(&'a str, Self)>),
}

impl<'a> Node<'a> {
    /// The one object that the body is; `None` for anything else, and for what nests deeper than an event may.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let json = core::str::from_utf8(body).ok()?;
        let mut scanner = Scanner::new(json);
        scanner.object(|_| ()).and_then(|()| scanner.end()).ok()?;
        Reader { rest: json }.node()
    }

    /// The members of the object; none for anything else.
    pub(super) fn members_mut(&mut self) -> Option<&mut Vec<(&'a str, Self)>> {
        match self {
            Self::Object(_, members) => Some(members),
            Self::Leaf(_) | Self::Array(_) => None,
        }
    }
}

/// Reads a text that is known to be JSON, no deeper than the scanner lets through.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn node(&mut self) -> Option<Node<'a>> {
        self.rest = self.rest.trim_ascii_start();
        let start = self.rest;
        match start.as_bytes().first()? {
            b'{' => {
                let mut members = Vec::new();
                while !self.ends(b'}')? {
                    let name = self.leaf()?;
                    self.rest = self.rest.trim_ascii_start().strip_prefix(':')?;
                    members.push((name, self.node()?));
                }
                let length = start.len().checked_sub(self.rest.len())?;
                Some(Node::Object(start.get(..length)?, members))
            }
            b'[' => {
                let mut items = Vec::new();
                while !self.ends(b']')? {
                    items.push(self.node()?);
                }
                Some(Node::Array(items))
            }
            _ => Some(Node::Leaf(self.leaf()?)),
        }
    }

    /// Takes what opens a container or parts its items; `true` where the container ends.
    fn ends(&mut self, end: u8) -> Option<bool> {
        let rest = self.rest.trim_ascii_start();
        let first = *rest.as_bytes().first()?;
        if first == end {
            self.rest = rest.get(1..)?;
            return Some(true);
        }
        self.rest = rest.get(1..)?.trim_ascii_start();
        let is_empty = matches!(first, b'{' | b'[') && self.rest.as_bytes().first() == Some(&end);
        if is_empty {
            self.rest = self.rest.get(1..)?;
        }
        Some(is_empty)
    }

    fn leaf(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_ascii_start();
        let bytes = self.rest.as_bytes();
        let length = if bytes.first() == Some(&b'"') {
            let mut is_escaped = false;
            let inner = bytes.get(1..)?.iter().position(|byte| {
                let ends = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                ends
            });
            inner?.checked_add(2)?
        } else {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}');
            bytes.iter().position(ends).unwrap_or(bytes.len())
        };
        let (leaf, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(leaf)
    }
}
