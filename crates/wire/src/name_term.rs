//! One `name=` of a search, as a `LIKE` pattern and in memory.

/// One `name=` of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameTerm {
    /// The name contains this.
    Literal(String),
    /// The whole name has this shape; `*` is any run of characters.
    Wildcard(String),
}

impl NameTerm {
    /// `"quoted"` is taken literally; a `*` makes a wildcard, which floats when
    /// neither end has a star; all else is a substring.
    pub fn parse(value: &str) -> Self {
        let quoted = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        if let Some(literal) = quoted {
            return Self::Literal(literal.to_owned());
        }
        if !value.contains('*') {
            return Self::Literal(value.to_owned());
        }
        if value.starts_with('*') || value.ends_with('*') {
            return Self::Wildcard(one_star_each(value));
        }
        Self::Wildcard(one_star_each(&format!("*{value}*")))
    }

    /// A pattern for `LIKE … ESCAPE '\'`. With `fold` it is in lower case, to be
    /// compared with the lower-cased name.
    pub fn like_pattern(&self, fold: bool) -> String {
        match self {
            Self::Literal(text) => like_containing(&folded(text, fold)),
            Self::Wildcard(pattern) => {
                let mut like = String::with_capacity(pattern.len() + 4);
                for (n, piece) in folded(pattern, fold).split('*').enumerate() {
                    if n > 0 {
                        like.push('%');
                    }
                    push_like_escaped(&mut like, piece);
                }
                like
            }
        }
    }

    /// The meaning of [`Self::like_pattern`], in memory.
    pub fn matches(&self, name: &str, fold: bool) -> bool {
        let name = folded(name, fold);
        match self {
            Self::Literal(text) => name.contains(&folded(text, fold)),
            Self::Wildcard(pattern) => matches_wildcard(&folded(pattern, fold), &name),
        }
    }
}

/// `**` means what `*` means, but costs a database much more.
fn one_star_each(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if c != '*' || !out.ends_with('*') {
            out.push(c);
        }
    }
    out
}

fn folded(text: &str, fold: bool) -> String {
    if fold {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

/// The pattern for "contains `text`" in `LIKE … ESCAPE '\'`.
pub fn like_containing(text: &str) -> String {
    let mut like = String::with_capacity(text.len() + 2);
    like.push('%');
    push_like_escaped(&mut like, text);
    like.push('%');
    like
}

/// Appends text that stands for itself in `LIKE … ESCAPE '\'`.
pub fn push_like_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// First piece at the start, last at the end, the others in between in order;
/// taking each as early as possible finds a match if there is one.
fn matches_wildcard(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}
