//! A key under each hash that a received signature may be of.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// The hash that an HMAC is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha256,
    Sha1,
    Sha512,
}

impl Algorithm {
    pub(super) const ALL: [Self; 3] = [Self::Sha256, Self::Sha1, Self::Sha512];

    pub(super) const fn mac_bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha1 => 20,
            Self::Sha512 => 64,
        }
    }
}

/// A keyed MAC that has taken in nothing yet. It is wiped on drop.
pub(super) enum KeyedMac {
    Sha256(Hmac<Sha256>),
    Sha1(Hmac<Sha1>),
    Sha512(Hmac<Sha512>),
}

impl KeyedMac {
    /// `None` for a key that HMAC refuses, which today is none.
    pub(super) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::Sha256 => Self::Sha256(Hmac::new_from_slice(key).ok()?),
            Algorithm::Sha1 => Self::Sha1(Hmac::new_from_slice(key).ok()?),
            Algorithm::Sha512 => Self::Sha512(Hmac::new_from_slice(key).ok()?),
        })
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// The MAC of the parts, one after the other; it is wiped on drop.
    pub(super) fn of(&self, parts: [&[u8]; 3]) -> Zeroizing<Vec<u8>> {
        fn of<M: Mac + Clone>(mac: &M, parts: [&[u8]; 3]) -> Zeroizing<Vec<u8>> {
            let mut mac = mac.clone();
            for part in parts {
                mac.update(part);
            }
            Zeroizing::new(mac.finalize().into_bytes().to_vec())
        }
        match self {
            Self::Sha256(mac) => of(mac, parts),
            Self::Sha1(mac) => of(mac, parts),
            Self::Sha512(mac) => of(mac, parts),
        }
    }
}
