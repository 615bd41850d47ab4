"""Fills the database of a stopped server directly: a drive of many folders with few files each.

The files hold no content. Every hundredth folder lies in the root, and the others in those.
"""

import os
import sqlite3
import time

COLUMNS = (
    "files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at,"
    " updated_at)"
)
NUMBERS = (
    "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)"
)
OUTER = f"""
INSERT INTO {COLUMNS} {NUMBERS}
SELECT 1, :owner, :root, 'folder ' || n, 'folder ' || n, 0, 0, :now, :now FROM number
"""
INNER = f"""
INSERT INTO {COLUMNS}
SELECT 1, :owner, f.id, printf('folder %d-%d', f.id, n), printf('folder %d-%d', f.id, n), 0, 0,
       :now, :now
FROM files f CROSS JOIN ({NUMBERS} SELECT n FROM number)
WHERE f.owner_id = :owner AND f.parent_id = :root AND f.kind = 1
"""
FILES = f"""
INSERT INTO {COLUMNS}
SELECT 0, :owner, folder, printf('file %08d.txt', n), printf('file %08d.txt', n), 0, 0, :now, :now
FROM (SELECT f.id AS folder, row_number() OVER (ORDER BY part.n, f.id) AS n
      FROM files f CROSS JOIN ({NUMBERS} SELECT n FROM number) part
      WHERE f.owner_id = :owner AND f.kind = 1 AND f.parent_id IS NOT NULL)
"""
INNER_A_FOLDER = 99


def seed(data, email, folders, files):
    """Gives the account with this address so many folders, with so many files in each."""
    db = sqlite3.connect(os.path.join(data, "alcove.db"), isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN IMMEDIATE")
    owner, root = db.execute("SELECT id, root_id FROM users WHERE email = ?", (email,)).fetchone()
    facts = {"owner": owner, "root": root, "now": time.time_ns() // 1000}
    outer = folders // (INNER_A_FOLDER + 1)
    for statement, count in ((OUTER, outer), (INNER, INNER_A_FOLDER), (FILES, files)):
        db.execute(statement, {**facts, "count": count})
    db.execute("UPDATE users SET tree_version = tree_version + 1 WHERE id = ?", (owner,))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
