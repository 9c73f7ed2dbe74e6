//! A `curl` command.

use alloc::vec::Vec;

use super::shell::{self, Command};
use super::{BodyFile, CaptureError, CaptureFault, Captured, Form, Header, Lack, MOST_HEADERS};
use crate::headers::trim_spaces_and_tabs;

/// How a prompt ends: of sh and bash, zsh and csh, root, fish and PowerShell.
const PROMPT_ENDS: [u8; 4] = *b"$%#>";

/// What may stand before a command and changes nothing of it.
const BEFORE: [&[u8]; 3] = [b"time", b"sudo", b"command"];

/// Whether a `curl` command begins here, perhaps behind comments and a prompt.
pub(super) fn begins(text: &[u8]) -> bool {
    from_program(text, false).is_some()
}

/// The text from the next `curl` on, behind lines of comment, a prompt, or what may stand before a command; and whether `#` is
/// the prompt of root, as where no command follows the comments. Where that is known, nothing is looked at twice.
fn from_program(text: &[u8], is_root: bool) -> Option<(&[u8], bool)> {
    let mut rest = text.trim_ascii_start();
    let mut of_root = None;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (line, behind) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        let command = program_in(line).and_then(|at| rest.get(at..));
        if !line.starts_with(b"#") {
            return command.map(|command| (command, is_root)).or(of_root);
        }
        of_root = of_root.or(command.map(|command| (command, true)));
        if is_root && of_root.is_some() {
            return of_root;
        }
        rest = behind.trim_ascii_start();
    }
}

/// Where a line's program is named, where that is `curl`.
fn program_in(line: &[u8]) -> Option<usize> {
    let (mut at, mut is_behind_prompt) = (0_usize, true);
    for word in line.split_inclusive(u8::is_ascii_whitespace) {
        let name = word.trim_ascii_end();
        let has_more = name.len() < word.len() || at.saturating_add(word.len()) < line.len();
        if is_behind_prompt && has_more && is_curl(name) {
            return Some(at);
        }
        let ends_prompt = name.last().is_some_and(|end| PROMPT_ENDS.contains(end));
        is_behind_prompt =
            ends_prompt || is_behind_prompt && (name.is_empty() || BEFORE.contains(&name));
        at = at.saturating_add(word.len());
    }
    None
}

fn is_curl(program: &[u8]) -> bool {
    let name = program.rsplit(|byte| matches!(byte, b'/' | b'\\')).next();
    matches!(name, Some(b"curl" | b"curl.exe"))
}

/// Reads the commands that the text holds; what stands behind another command is not looked at.
pub(super) fn read(text: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let mut all = Vec::new();
    let (mut rest, mut is_root) = (text, false);
    while let Some((mut command, of_root)) = from_program(rest, is_root) {
        is_root = of_root;
        all.push(captured(shell::command(&mut command)?)?);
        rest = command;
    }
    Ok(all)
}

fn captured(command: Command) -> Result<Captured, CaptureError> {
    let mut request = Request::default();
    let mut words = command.words.into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_slice() {
            [b'-', b'-', name @ ..] => match long_option(name) {
                Some(option) => request.take(option, value_of(words.next())?)?,
                None => request.take_flag(name)?,
            },
            [b'-', letters @ ..] if !letters.is_empty() => {
                request.take_letters(letters, &mut words)?;
            }
            _ => request.targets.push(word),
        }
    }
    request.captured(command.input)
}

/// The value of an option; a command that ends before it was cut.
fn value_of(word: Option<Vec<u8>>) -> Result<Vec<u8>, CaptureError> {
    word.ok_or(CaptureFault::CurlBody.into())
}

/// What an option that has a value is for.
#[derive(Clone, Copy)]
enum Opt {
    Header,
    Data,
    DataRaw,
    DataBinary,
    Json,
    Method,
    Url,
    UserAgent,
    Upload,
    /// It makes the body in a way that does not say the bytes.
    Unclear,
    /// It does not change what is sent to be verified.
    Other,
}

const OTHERS: [&[u8]; 119] = [
    b"abstract-unix-socket",
    b"alt-svc",
    b"aws-sigv4",
    b"cacert",
    b"capath",
    b"cert",
    b"cert-type",
    b"ciphers",
    b"config",
    b"connect-timeout",
    b"connect-to",
    b"continue-at",
    b"cookie",
    b"cookie-jar",
    b"create-file-mode",
    b"crlfile",
    b"curves",
    b"delegation",
    b"dns-interface",
    b"dns-ipv4-addr",
    b"dns-ipv6-addr",
    b"dns-servers",
    b"doh-url",
    b"dump-header",
    b"ech",
    b"egd-file",
    b"engine",
    b"etag-compare",
    b"etag-save",
    b"expect100-timeout",
    b"happy-eyeballs-timeout-ms",
    b"haproxy-clientip",
    b"hostpubmd5",
    b"hostpubsha256",
    b"hsts",
    b"interface",
    b"ip-tos",
    b"ipfs-gateway",
    b"keepalive-cnt",
    b"keepalive-time",
    b"key",
    b"key-type",
    b"krb",
    b"libcurl",
    b"limit-rate",
    b"local-port",
    b"login-options",
    b"max-filesize",
    b"max-redirs",
    b"max-time",
    b"netrc-file",
    b"noproxy",
    b"oauth2-bearer",
    b"output",
    b"output-dir",
    b"parallel-max",
    b"pass",
    b"pinnedpubkey",
    b"preproxy",
    b"proto",
    b"proto-default",
    b"proto-redir",
    b"proxy",
    b"proxy-cacert",
    b"proxy-capath",
    b"proxy-cert",
    b"proxy-cert-type",
    b"proxy-ciphers",
    b"proxy-crlfile",
    b"proxy-header",
    b"proxy-key",
    b"proxy-key-type",
    b"proxy-pass",
    b"proxy-pinnedpubkey",
    b"proxy-service-name",
    b"proxy-tls13-ciphers",
    b"proxy-tlsauthtype",
    b"proxy-tlspassword",
    b"proxy-tlsuser",
    b"proxy-user",
    b"proxy1.0",
    b"pubkey",
    b"quote",
    b"random-file",
    b"range",
    b"rate",
    b"referer",
    b"request-target",
    b"resolve",
    b"retry",
    b"retry-delay",
    b"retry-max-time",
    b"sasl-authzid",
    b"service-name",
    b"socks4",
    b"socks4a",
    b"socks5",
    b"socks5-gssapi-service",
    b"socks5-hostname",
    b"speed-limit",
    b"speed-time",
    b"stderr",
    b"telnet-option",
    b"tftp-blksize",
    b"time-cond",
    b"tls-max",
    b"tls13-ciphers",
    b"tlsauthtype",
    b"tlspassword",
    b"tlsuser",
    b"trace",
    b"trace-ascii",
    b"trace-config",
    b"unix-socket",
    b"url-query",
    b"user",
    b"variable",
    b"vlan-priority",
    b"write-out",
];

fn long_option(name: &[u8]) -> Option<Opt> {
    Some(match name {
        b"header" => Opt::Header,
        b"data" | b"data-ascii" => Opt::Data,
        b"data-raw" => Opt::DataRaw,
        b"data-binary" => Opt::DataBinary,
        b"json" => Opt::Json,
        b"request" => Opt::Method,
        b"url" => Opt::Url,
        b"user-agent" => Opt::UserAgent,
        b"upload-file" => Opt::Upload,
        b"data-urlencode" | b"form" | b"form-string" => Opt::Unclear,
        _ if OTHERS.contains(&name) => Opt::Other,
        _ => return None,
    })
}

const fn short_option(letter: u8) -> Option<Opt> {
    Some(match letter {
        b'H' => Opt::Header,
        b'd' => Opt::Data,
        b'X' => Opt::Method,
        b'A' => Opt::UserAgent,
        b'T' => Opt::Upload,
        b'F' => Opt::Unclear,
        b'b' | b'c' | b'C' | b'D' | b'e' | b'E' | b'K' | b'm' | b'o' | b'P' | b'Q' | b'r'
        | b't' | b'u' | b'U' | b'w' | b'x' | b'y' | b'Y' | b'z' => Opt::Other,
        _ => return None,
    })
}

#[derive(Default)]
struct Request {
    method: Option<Vec<u8>>,
    headers: Vec<Header>,
    targets: Vec<Vec<u8>>,
    /// What the options say so far, joined.
    data: Option<Vec<u8>>,
    file: Option<BodyFile>,
    is_upload: bool,
}

impl Request {
    /// Takes letters that stand behind one dash: flags, then perhaps an option with its value, here or in the next word.
    fn take_letters(
        &mut self,
        letters: &[u8],
        words: &mut impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), CaptureError> {
        let mut rest = letters;
        while let [letter, after @ ..] = rest {
            if let Some(option) = short_option(*letter) {
                let value = match after {
                    [] => value_of(words.next())?,
                    _ => after.to_vec(),
                };
                return self.take(option, value);
            }
            if matches!(letter, b'G' | b':') {
                return Err(CaptureFault::CurlBody.into());
            }
            rest = after;
        }
        Ok(())
    }

    fn take_flag(&self, name: &[u8]) -> Result<(), CaptureError> {
        match name {
            b"get" | b"next" | [b'e', b'x', b'p', b'a', b'n', b'd', b'-', ..] => {
                Err(CaptureFault::CurlBody.into())
            }
            _ => Ok(()),
        }
    }

    fn take(&mut self, option: Opt, value: Vec<u8>) -> Result<(), CaptureError> {
        match option {
            Opt::Header => return self.take_header(&value),
            Opt::Data => return self.take_data(value, b"&", true),
            Opt::DataBinary => return self.take_data(value, b"&", false),
            Opt::Json => return self.take_data(value, b"", false),
            Opt::DataRaw => self.add_data(&value, b"&")?,
            Opt::Method => self.method = Some(value),
            Opt::Url => self.targets.insert(0, value),
            Opt::UserAgent => return self.add_header(b"User-Agent", &value),
            Opt::Upload => {
                self.is_upload = true;
                self.take_file(value, false)?;
            }
            Opt::Unclear => return Err(CaptureFault::CurlBody.into()),
            Opt::Other => {}
        }
        Ok(())
    }

    fn take_header(&mut self, line: &[u8]) -> Result<(), CaptureError> {
        if line.starts_with(b"@") {
            return Err(CaptureFault::CurlBody.into());
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match colon.and_then(|colon| line.split_at_checked(colon)) {
            Some((name, rest)) => (
                name,
                trim_spaces_and_tabs(rest.get(1..).unwrap_or_default()),
            ),
            // `Name;` is a header without a value, and `Name:` is none: curl leaves out one of its own.
            None => match line.strip_suffix(b";") {
                Some(name) => return self.add_header(name, b""),
                None => return Ok(()),
            },
        };
        match value.is_empty() {
            true => Ok(()),
            false => self.add_header(name, value),
        }
    }

    fn add_header(&mut self, name: &[u8], value: &[u8]) -> Result<(), CaptureError> {
        if self.headers.len() >= MOST_HEADERS {
            return Err(CaptureFault::TooManyHeaders.into());
        }
        if [name, value].concat().contains(&b'\n') {
            // curl sends what stands behind it as a line of its own.
            return Err(CaptureFault::HeaderLine.into());
        }
        self.headers.push((name.to_vec(), value.to_vec()));
        Ok(())
    }

    fn take_data(
        &mut self,
        value: Vec<u8>,
        between: &[u8],
        loses_line_ends: bool,
    ) -> Result<(), CaptureError> {
        match value.as_slice() {
            [b'@', name @ ..] => self.take_file(name.to_vec(), loses_line_ends),
            _ => self.add_data(&value, between),
        }
    }

    fn add_data(&mut self, value: &[u8], between: &[u8]) -> Result<(), CaptureError> {
        if self.file.is_some() {
            return Err(CaptureFault::CurlBody.into());
        }
        match &mut self.data {
            Some(data) => {
                data.extend_from_slice(between);
                data.extend_from_slice(value);
            }
            None => self.data = Some(value.to_vec()),
        }
        Ok(())
    }

    fn take_file(&mut self, name: Vec<u8>, loses_line_ends: bool) -> Result<(), CaptureError> {
        if self.file.is_some() || self.data.is_some() {
            return Err(CaptureFault::CurlBody.into());
        }
        self.file = Some(BodyFile {
            name,
            loses_line_ends,
        });
        Ok(())
    }

    fn captured(mut self, input: Option<Vec<u8>>) -> Result<Captured, CaptureError> {
        if let (Some(file), Some(input)) = (&mut self.file, input)
            && file.name == b"-"
        {
            file.name = input;
        }
        let has_body = self.file.is_some() || self.data.is_some();
        let method: &[u8] = match (has_body, self.is_upload) {
            (true, false) => b"POST",
            (true, true) => b"PUT",
            (false, _) => b"GET",
        };
        let is_url = |target: &Vec<u8>| super::json::holds(target, b"://");
        let at = self.targets.iter().position(is_url).unwrap_or(0);
        let mut captured = Captured::empty(Form::Curl);
        captured.method = self.method.or_else(|| Some(method.to_vec()));
        captured.target = self.targets.into_iter().nth(at);
        captured.headers = self.headers;
        captured.lacks.extend(match (has_body, &self.file) {
            (false, _) => Some(Lack::BodyAbsent),
            (true, Some(_)) => Some(Lack::BodyInFile),
            (true, None) => None,
        });
        captured.body = self.data.unwrap_or_default();
        captured.body_file = self.file;
        Ok(captured)
    }
}
