//! The two halves of HMAC, for a host that hashes the first one itself.

use hmac::digest::CtOutput;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::scheme::{self, HASH_BLOCK_BYTES, MAC_BYTES, SignatureMac};
use crate::secret::{MAX_SECRETS, SecretInput, Secrets, overwrite_the_stack_below};
use crate::secret_error::SecretError;

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// A host that hashes, as [`Verifier::verify_by_host`](crate::Verifier::verify_by_host) asks it.
#[doc(hidden)]
pub struct HostHash<'a> {
    /// Those that were made with the verifier's secrets.
    pub keys: &'a HostKeys,
    /// Gives the SHA-256 of a key's block, the two parts and the body, in this order; `None` where the host cannot, and the
    /// core then hashes by itself.
    pub sha256: &'a mut AskHost<'a>,
}

type AskHost<'a> = dyn FnMut(&[u8; HASH_BLOCK_BYTES], [&[u8]; 2]) -> Option<[u8; MAC_BYTES]> + 'a;

impl core::fmt::Debug for HostHash<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HostHash(..)")
    }
}

/// What a host needs of each secret; wiped on drop.
///
/// A keyed state is of no use to a host's SHA-256, which begins from nothing: so the block that HMAC begins with is kept, and
/// whoever holds it holds the secret. Only a shell that cannot do without makes it, with the secrets that it belongs to.
#[doc(hidden)]
pub struct HostKeys([Option<HostKey>; MAX_SECRETS]);

impl HostKeys {
    /// The secrets, and their keys.
    ///
    /// # Errors
    ///
    /// Those of [`Secrets::new`].
    pub fn with_secrets<'a>(
        inputs: impl IntoIterator<Item = SecretInput<'a>, IntoIter: Clone>,
    ) -> Result<(Secrets, Self), SecretError> {
        let inputs = inputs.into_iter();
        let secrets = Secrets::new(inputs.clone())?;
        // A key is not written in full: what is left of the secrets would show in it.
        overwrite_the_stack_below();
        let mut keys = [const { None }; MAX_SECRETS];
        for (slot, text) in keys.iter_mut().zip(inputs.filter_map(|input| input.text())) {
            *slot = Some(HostKey::new(text));
            overwrite_the_stack_below();
        }
        Ok((secrets, Self(keys)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &HostKey> {
        self.0.iter().flatten()
    }
}

impl core::fmt::Debug for HostKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HostKeys(..)")
    }
}

pub(crate) struct HostKey {
    block: [u8; HASH_BLOCK_BYTES],
    outer: Sha256,
}

impl HostKey {
    #[inline(never)]
    fn new(text: &str) -> Self {
        let key = scheme::key(text);
        let mut block = [0; HASH_BLOCK_BYTES];
        match block.get_mut(..key.len()) {
            Some(begin) => begin.copy_from_slice(key),
            None => {
                let digest = Sha256::digest(key);
                block
                    .iter_mut()
                    .zip(digest)
                    .for_each(|(to, from)| *to = from);
            }
        }
        let outer = Zeroizing::new(block.map(|byte| byte ^ OUTER_PAD));
        block.iter_mut().for_each(|byte| *byte ^= INNER_PAD);
        Self {
            block,
            outer: Sha256::new_with_prefix(outer),
        }
    }

    /// What a host's hash begins with.
    pub(crate) const fn block(&self) -> &[u8; HASH_BLOCK_BYTES] {
        &self.block
    }

    /// Whether the signature is that of what has this hash behind the block, compared in constant time.
    pub(crate) fn is_match(&self, digest: &[u8; MAC_BYTES], signature: &[u8; MAC_BYTES]) -> bool {
        let mac = self.outer.clone().chain_update(digest).finalize();
        CtOutput::<SignatureMac>::new(mac) == CtOutput::new((*signature).into())
    }
}

impl Drop for HostKey {
    fn drop(&mut self) {
        self.block.zeroize();
    }
}
