"""Fills the database of a stopped server directly: a drive of a million files.

Every file holds one blob of its own, and the account's used space is their sum, so that the
server finds what it would have written itself. Only the blobs of `/doomed` have bytes: they are
the ones that get deleted.
"""

import os
import pathlib
import sqlite3
import time

FOLDERS = {"million": 1_000_000, "thousand": 1_000, "doomed": 10_000}
WITH_BYTES = "doomed"
FILE, FOLDER = 0, 1

# Sizes and times repeat and do not follow the names: no order comes for free.
FILES = """
WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :count)
INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic,
                   created_at, updated_at)
SELECT :file, :owner, :folder, printf('file %07d.txt', n), printf('file %07d.txt', n),
       CASE :size WHEN 0 THEN n * 7919 % 100003 ELSE :size END, 0,
       :now - n * 104729 % 500009 * 1000000, :now - n * 15485863 % 700001 * 1000000
FROM number
"""
BLOBS = """
INSERT INTO blobs (kind, policy_id, key, size_bytes, blake3, reference_count, created_by, props,
                   created_at, updated_at)
SELECT 0, :policy, 'seed/' || id, size_bytes, randomblob(32), 1, owner_id, '{}', created_at,
       created_at
FROM files WHERE parent_id = :folder ORDER BY id
"""
HOLDS = """
INSERT INTO file_blobs (file_id, blob_id)
SELECT f.id, b.id FROM files f JOIN blobs b ON b.policy_id = :policy AND b.key = 'seed/' || f.id
WHERE f.parent_id = :folder ORDER BY f.id
"""
CURRENT = """
UPDATE files SET current_blob_id = (SELECT blob_id FROM file_blobs WHERE file_id = files.id)
WHERE parent_id = :folder
"""


def seed(data, email):
    """Gives the account with this address the folders above."""
    db = sqlite3.connect(os.path.join(data, "alcove.db"), isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -500000")
    db.execute("BEGIN IMMEDIATE")
    indexes = without_indexes(db)
    owner, root, policy = db.execute(
        "SELECT u.id, u.root_id, g.storage_policy_id FROM users u"
        " JOIN groups g ON g.id = u.group_id WHERE u.email = ?",
        (email,),
    ).fetchone()
    now = time.time_ns() // 1000
    for name, count in FOLDERS.items():
        fill(db, data, name, count, {"owner": owner, "root": root, "policy": policy, "now": now})
    for statement in indexes:
        db.execute(statement)
    db.execute(
        "UPDATE users SET tree_version = tree_version + 1, used_bytes ="
        " (SELECT coalesce(sum(size_bytes), 0) FROM files WHERE owner_id = users.id)"
        " WHERE id = ?",
        (owner,),
    )
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def without_indexes(db):
    """Drops what only slows down filling, and answers how to make it again."""
    found = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('files', 'file_blobs', 'blobs')"
    ).fetchall()
    kept = []
    for name, sql in found:
        # Blobs are found by their keys while filling.
        if "key" not in sql:
            db.execute(f'DROP INDEX "{name}"')
            kept.append(sql)
    return kept


def fill(db, data, name, count, facts):
    row = (FOLDER, facts["owner"], facts["root"], name, name, facts["now"], facts["now"])
    folder = db.execute(
        "INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic,"
        " created_at, updated_at) VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)",
        row,
    ).lastrowid
    size = len(name) if name == WITH_BYTES else 0
    facts = {**facts, "folder": folder, "file": FILE, "count": count, "size": size}
    # The folder's files are the newest rows: found by their ids, as there is no index.
    newest = f"id > {folder} AND parent_id"
    for statement in (FILES, BLOBS, HOLDS, CURRENT):
        db.execute(statement.replace("parent_id =", f"{newest} ="), facts)
    if name == WITH_BYTES:
        write_bytes(db, data, folder, name.encode())


def write_bytes(db, data, folder, content):
    keys = db.execute(
        "SELECT b.key FROM files f JOIN blobs b ON b.id = f.current_blob_id"
        " WHERE f.id > ? AND f.parent_id = ?",
        (folder, folder),
    )
    place = pathlib.Path(data, "uploads")
    for (key,) in keys:
        path = place / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
