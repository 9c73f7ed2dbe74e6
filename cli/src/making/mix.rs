//! Which deliveries of a run are which preset.

use super::Preset;

/// Spreads presets evenly over a run: of each hundred deliveries, as many as their shares say.
#[derive(Debug)]
pub(crate) struct Mix {
    /// Share, and what is due of it.
    parts: Vec<(Preset, u32, i64)>,
}

impl Mix {
    /// Shares in percent; the rest is [`Preset::Authentic`].
    ///
    /// # Errors
    ///
    /// They are more than the whole.
    pub(crate) fn new(shares: &[(Preset, u32)]) -> Result<Self, String> {
        let sum: u32 = shares.iter().map(|(_, share)| share).sum();
        let rest = 100_u32.checked_sub(sum).ok_or_else(|| {
            format!("the shares of --mix come to {sum} percent: at most 100 can be had")
        })?;
        let parts = shares
            .iter()
            .copied()
            .chain([(Preset::Authentic, rest)])
            .map(|(preset, share)| (preset, share, 0))
            .collect();
        Ok(Self { parts })
    }

    /// What the next delivery is: the one that most is due of.
    pub(crate) fn next(&mut self) -> Preset {
        for (_, share, due) in &mut self.parts {
            *due += i64::from(*share);
        }
        let Some((preset, _, due)) = self.parts.iter_mut().max_by_key(|(_, _, due)| *due) else {
            return Preset::Authentic;
        };
        *due -= 100;
        *preset
    }
}

/// Reads `forged=5`, a preset and its percentage.
pub(crate) fn parse_share(text: &str) -> Result<(Preset, u32), String> {
    let (name, share) = text
        .split_once('=')
        .ok_or("write a preset and its share in percent, such as forged=5")?;
    let preset = clap::ValueEnum::from_str(name.trim(), false)
        .map_err(|_| format!("`{name}` is no preset: see --preset for their names"))?;
    match share.trim().parse() {
        Ok(share @ 1..=100) => Ok((preset, share)),
        _ => Err(format!(
            "`{share}` is no share: write a whole number from 1 to 100"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hundred_holds_exactly_the_shares() {
        let shares = ["forged=5", "duplicate=10"].map(|text| parse_share(text).unwrap());
        let mut mix = Mix::new(&shares).unwrap();
        for _ in 0..3 {
            let hundred: Vec<_> = (0..100).map(|_| mix.next()).collect();
            let count = |wanted| hundred.iter().filter(|preset| **preset == wanted).count();
            assert_eq!(
                (
                    count(Preset::Forged),
                    count(Preset::Duplicate),
                    count(Preset::Authentic)
                ),
                (5, 10, 85)
            );
            let first = hundred
                .iter()
                .position(|preset| *preset == Preset::Forged)
                .unwrap();
            assert!(first < 20, "the forged ones are spread, not at the end");
        }
        assert!(Mix::new(&[(Preset::Forged, 60), (Preset::Stale, 41)]).is_err());
    }
}
