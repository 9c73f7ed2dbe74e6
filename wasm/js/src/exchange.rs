//! What goes in and out of one verification, in memory that the next one uses again.

use wasm_bindgen::prelude::*;

/// What is more than this is freed when it has been used, so that one large body does not stay.
const KEPT_BYTES: usize = 64 * 1024;

/// The place that JavaScript writes a body and header values to, and the one that it reads what became of them from.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Exchange {
    input: Vec<u8>,
    record: Vec<u32>,
    refusal: String,
}

#[wasm_bindgen]
impl Exchange {
    /// Empty.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where so many bytes may be written, until the next call.
    pub fn room(&mut self, bytes: usize) -> usize {
        if self.record.capacity() > KEPT_BYTES / size_of::<u32>() {
            self.record = Vec::new();
        }
        if self.input.len() < bytes {
            self.input.resize(bytes, 0);
        }
        self.input.as_ptr().addr()
    }

    /// Why there is no record, as the text that is thrown.
    pub fn refusal(&mut self) -> String {
        core::mem::take(&mut self.refusal)
    }
}

impl Exchange {
    /// Hands what was written to `judge`, and gives where the record begins that it writes; 0 where it refuses.
    pub(crate) fn judged(
        &mut self,
        judge: impl FnOnce(&[u8], &mut Vec<u32>) -> Result<(), String>,
    ) -> usize {
        self.record.clear();
        let judged = judge(&self.input, &mut self.record);
        if self.input.capacity() > KEPT_BYTES {
            self.input = Vec::new();
        }
        match judged {
            Ok(()) => self.record.as_ptr().addr(),
            Err(refusal) => {
                self.refusal = refusal;
                0
            }
        }
    }
}
