//! Which content coding a client prefers (RFC 9110 §12.5.3).

use poem::http::HeaderValue;

/// A content coding, best first: what both sides like equally goes by this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// Its registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The coding to use for these Accept-Encoding headers; `None` to leave an answer as it is.
    pub fn negotiate<'a>(headers: impl IntoIterator<Item = &'a HeaderValue>) -> Option<Self> {
        Self::among(headers, &Self::ALL)
    }

    /// The same where an answer exists in some codings only; the first are liked most.
    pub fn among<'a>(
        headers: impl IntoIterator<Item = &'a HeaderValue>,
        codings: &[Self],
    ) -> Option<Self> {
        let mut weights = Weights::default();
        for value in headers.into_iter().filter_map(|value| value.to_str().ok()) {
            value.split(',').for_each(|element| weights.note(element));
        }
        let best = codings
            .iter()
            .copied()
            .map(|coding| (weights.of(coding), coding))
            .filter(|(weight, _)| *weight > 0)
            .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        // Leaving it as it is only wins when the client says so.
        (weights.identity.unwrap_or(0) <= best.0).then_some(best.1)
    }
}

/// Weights in thousandths; `None` where a header says nothing.
#[derive(Default)]
struct Weights {
    named: [Option<u16>; 3],
    any: Option<u16>,
    identity: Option<u16>,
}

impl Weights {
    fn note(&mut self, element: &str) {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        match name.as_str() {
            "zstd" => self.named[0] = Some(weight),
            "br" => self.named[1] = Some(weight),
            "gzip" | "x-gzip" => self.named[2] = Some(weight),
            "*" => self.any = Some(weight),
            "identity" => self.identity = Some(weight),
            _ => {}
        }
    }

    fn of(&self, coding: Coding) -> u16 {
        self.named[coding as usize].or(self.any).unwrap_or(0)
    }
}

/// A weight that cannot be read refuses the coding.
fn thousandths(weight: &str) -> u16 {
    let weight: f32 = weight.parse().unwrap_or(0.0);
    (weight.clamp(0.0, 1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(header: &'static str) -> Option<&'static str> {
        Coding::negotiate([&HeaderValue::from_static(header)]).map(Coding::name)
    }

    #[test]
    fn equal_wishes_go_by_our_order() {
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some("zstd"));
        assert_eq!(chosen("gzip, deflate, br"), Some("br"));
        assert_eq!(chosen("GZIP"), Some("gzip"));
        assert_eq!(chosen("*"), Some("zstd"));
    }

    #[test]
    fn weights_decide() {
        assert_eq!(chosen("br;q=0.5, gzip; q=0.8"), Some("gzip"));
        assert_eq!(chosen("zstd;q=0, *;q=0.1"), Some("br"));
        assert_eq!(chosen("identity, gzip;q=0.5"), None);
        assert_eq!(chosen("identity;q=0.5, gzip"), Some("gzip"));
    }

    #[test]
    fn nothing_known_or_readable_means_no_coding() {
        for header in [
            "",
            "deflate",
            "gzip;q=0",
            "gzip;q=x",
            "identity",
            "gzip;q=nan",
        ] {
            assert_eq!(chosen(header), None, "{header}");
        }
        assert_eq!(Coding::negotiate([]), None);
    }
}
