//! What is answered and logged, and where it is written.

use std::ffi::c_char;
use std::str;

use overten_webhook::{Code, Ending as CoreEnding, Level, Named, Record};

use crate::answer;
use crate::error::Failure;
use crate::event::Event;
use crate::pointers::{Caller, Out, OutBytes};
use crate::receiver::Receiver;
use crate::types::{Answer, Ending, View};

use super::{OVERTEN_LEVEL_ERROR, OVERTEN_LEVEL_INFO, OVERTEN_LEVEL_WARN};

/// What a line is made of.
pub(super) struct Said<'call> {
    receiver: &'call Receiver,
    named: Option<Named<'call>>,
    whys: Vec<&'call [u8]>,
    at_ms: u64,
}

impl<'call> Said<'call> {
    pub(super) fn new(
        caller: &Caller<'call>,
        receiver: *const Receiver,
        named: Option<Named<'call>>,
        whys: *const View,
        whys_len: usize,
        at_ms: u64,
    ) -> Result<Self, Failure> {
        let whys = caller.array(whys, whys_len)?.iter();
        Ok(Self {
            receiver: caller.object(receiver)?,
            named,
            whys: whys
                .map(|why| caller.text(why.data, why.len))
                .collect::<Result<_, _>>()?,
            at_ms,
        })
    }

    fn record(&self, ending: &CoreEnding) -> Record<'call> {
        let receiver = &self.receiver.receiver;
        ending.record(receiver, self.named, &self.whys, self.at_ms)
    }
}

pub(super) fn named_of<'call>(event: *const Event, caller: &Caller<'call>) -> Option<Named<'call>> {
    let event = caller.object(event).ok()?;
    Some((&event.event).into())
}

pub(super) fn names_of<'call>(
    caller: &Caller<'call>,
    [event, run_id, task_id]: [(*const c_char, usize); 3],
) -> Result<Option<Named<'call>>, Failure> {
    let text = |(data, len): (*const c_char, usize)| -> Result<Option<&'call str>, Failure> {
        let text = str::from_utf8(caller.text(data, len)?);
        let text = text.map_err(|_| Failure::Argument("a name of the event is not UTF-8"))?;
        Ok(Some(text).filter(|_| !data.is_null()))
    };
    let (event, run_id, task_id) = (text(event)?, text(run_id)?, text(task_id)?);
    Ok(event.zip(run_id).map(|(event, run_id)| Named {
        event,
        run_id,
        task_id,
    }))
}

/// Where an ending is told.
pub(super) struct Told {
    ending: Out<Ending>,
    line: OutBytes,
    line_len: Out<usize>,
}

impl Told {
    pub(super) fn new(
        caller: &Caller<'_>,
        ending: *mut Ending,
        line: *mut c_char,
        line_capacity: usize,
        line_len: *mut usize,
    ) -> Result<Self, Failure> {
        Ok(Self {
            ending: caller.out(ending)?,
            line: caller.out_bytes(line.cast(), line_capacity)?,
            line_len: caller.out(line_len)?,
        })
    }

    /// Whether it fitted.
    pub(super) fn write(self, said: &Said<'_>, ending: &CoreEnding) -> Result<bool, Failure> {
        let record = said.record(ending);
        let mut line = record.to_string();
        self.line_len.write(line.len());
        line.push('\0');
        if !self.line.write_if_it_fits(line.as_bytes()) {
            return Ok(false);
        }
        let answer = ending.answer(&said.receiver.receiver);
        self.ending.write(Ending {
            status: record.code().number(),
            level: level(record.level()),
            answer: answer.map_or(Ok(NO_ANSWER), answer::plain)?,
        });
        Ok(true)
    }

    pub(super) fn nothing(self) {
        self.line.write_if_it_fits(b"\0");
        self.line_len.write(0);
        self.ending.write(Ending {
            status: Code::Ok.number(),
            level: OVERTEN_LEVEL_INFO,
            answer: NO_ANSWER,
        });
    }
}

const NO_ANSWER: Answer = Answer {
    http_status: 0,
    retry_after_seconds: 0,
    allow: [0; 8],
    body: [0; 48],
};

fn level(level: Level) -> u32 {
    match level {
        Level::Info => OVERTEN_LEVEL_INFO,
        Level::Warn => OVERTEN_LEVEL_WARN,
        Level::Error => OVERTEN_LEVEL_ERROR,
    }
}
