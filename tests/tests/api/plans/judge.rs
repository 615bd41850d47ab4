//! What a plan may not do.

/// Tables that grow with the site.
const LARGE: [&str; 16] = [
    "blobs",
    "direct_links",
    "event_subscriptions",
    "external_identities",
    "file_blobs",
    "files",
    "journal",
    "locks",
    "metadata",
    "oauth_grants",
    "shares",
    "tickets",
    "token_families",
    "upload_parts",
    "upload_sessions",
    "users",
];
/// Terms that nearly every row meets: an index that knows no more is as good as none.
const USELESS: [&str; 5] = [
    "(is_symbolic=?)",
    "(kind=?)",
    "(state=?)",
    "(policy_id=?)",
    "(purge_at>?)",
];
/// What the crowd fills. Of other tables a database that was told how large they are reads all,
/// because they are small.
const FILLED: [&str; 7] = [
    "blobs",
    "file_blobs",
    "files",
    "journal",
    "metadata",
    "shares",
    "users",
];
/// Statements that have to read more, by a part of their text, and why they may.
const EXCUSED: [(&str, &str); 2] = [
    (
        "LOWER(\"nick\") LIKE",
        "a part of a name is looked for among all who can be found, few letters after the other",
    ),
    (
        "COUNT(*) AS blobs",
        "what a policy keeps is counted once before all of it moves",
    ),
];

/// What is wrong with a plan.
pub fn faults(sql: &str, steps: &[String], (is_sqlite, is_filled): (bool, bool)) -> Vec<String> {
    let is_excused = EXCUSED.iter().any(|(part, _)| sql.contains(part));
    // A condition that is never true, as of an empty list.
    let asks_nothing = sql.contains("WHERE ? = ?") || sql.contains("WHERE $1 = $2");
    // It stops at the first rows it comes to.
    let ends_early = sql.contains("LIMIT") && !sql.contains("WHERE");
    if is_excused || asks_nothing || ends_early {
        return Vec::new();
    }
    let large: &[&str] = if is_filled { &FILLED } else { &LARGE };
    let fault = |step: &String| {
        if is_sqlite {
            fault_of_sqlite(sql, step, large)
        } else {
            fault_of_postgres(step, large)
        }
    };
    let faults = steps.iter().filter_map(fault);
    faults.chain(sorts(sql, steps, is_sqlite)).collect()
}

/// `SCAN files`, `SEARCH f USING INDEX …`.
fn fault_of_sqlite(sql: &str, step: &str, large: &[&str]) -> Option<String> {
    let mut words = step.split_whitespace();
    let (verb, name) = (words.next()?, words.next()?);
    let table = table_of(sql, name);
    if !large.contains(&table) {
        return None;
    }
    if verb == "SCAN" {
        return Some(format!("reads all of {table}"));
    }
    let useless = USELESS.iter().any(|terms| step.ends_with(terms));
    let whole_drive = table == "files" && step.ends_with("(owner_id=?)");
    (verb == "SEARCH" && (useless || whole_drive)).then(|| format!("reads nearly all of {table}"))
}

/// `Seq Scan on files f  (cost=…`.
fn fault_of_postgres(step: &str, large: &[&str]) -> Option<String> {
    let (_, rest) = step.split_once("Seq Scan on ")?;
    let table = rest.split_whitespace().next()?;
    large
        .contains(&table)
        .then(|| format!("reads all of {table}"))
}

/// Pages of folders come sorted from their index; sorting would read the whole folder for each.
/// PostgreSQL rightly sorts what it knows to be small.
fn sorts(sql: &str, steps: &[String], is_sqlite: bool) -> Option<String> {
    let is_page = sql.contains("ORDER BY")
        && sql.contains("\"files\".\"parent_id\" =")
        && !sql.contains("WITH");
    let mut sorts = steps
        .iter()
        .filter(|step| step.contains("TEMP B-TREE FOR ORDER BY"));
    (is_sqlite && is_page && sorts.next().is_some()).then(|| "sorts a folder".to_owned())
}

/// The table behind a short name: `files f`, `"files" AS "f"`.
fn table_of<'a>(sql: &str, name: &'a str) -> &'a str {
    if LARGE.contains(&name) {
        return name;
    }
    let stands_for = |table: &&&str| {
        [
            format!("{table} {name}"),
            format!("{table} AS {name}"),
            format!("\"{table}\" AS \"{name}\""),
        ]
        .iter()
        .any(|text| {
            let mut found = sql.match_indices(text.as_str());
            // `files f`, not `files f2`.
            found.any(|(at, _)| {
                let next = sql[at + text.len()..].chars().next();
                !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
            })
        })
    };
    LARGE.iter().find(stands_for).copied().unwrap_or(name)
}

#[test]
fn plans_that_read_too_much_are_seen() {
    let fault = |sql: &str, step: &str, is_sqlite| {
        faults(sql, &[step.to_owned()], (is_sqlite, false)).len()
    };
    let search = "SELECT f.id FROM files f JOIN sub s ON f.parent_id = s.id";
    assert_eq!(fault(search, "SCAN s", true), 0);
    assert_eq!(fault(search, "SCAN f", true), 1);
    let index = "SEARCH f USING INDEX ix_files_is_symbolic_owner_id_id (is_symbolic=?)";
    assert_eq!(fault(search, index, true), 1);
    let index = "SEARCH f USING INDEX ix_files_parent_id_kind_id (parent_id=? AND kind=?)";
    assert_eq!(fault(search, index, true), 0);
    assert_eq!(
        fault(search, "  ->  Seq Scan on files f  (cost=0)", false),
        1
    );
    assert_eq!(
        fault(search, "  ->  Seq Scan on settings  (cost=0)", false),
        0
    );
    let page = "SELECT * FROM \"files\" WHERE \"files\".\"parent_id\" = ? ORDER BY \"name\"";
    assert_eq!(fault(page, "USE TEMP B-TREE FOR ORDER BY", true), 1);
}
