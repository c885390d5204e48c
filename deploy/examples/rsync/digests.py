#!/usr/bin/env python3
"""The SHA-256 of every file of a backup: digests.py record FOLDER DIGESTS [DIGESTS_BEFORE] | check FOLDER DIGESTS.

A file that is shared with the backup before keeps the digest it had then: what rots in the store meanwhile is not taken
for right. Ends with 1 only where the backup differs from its digests, with 75 where that cannot be told.
"""
import hashlib
import json
import os
import sys


def digest(path):
    sha256 = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha256.update(block)
    return sha256.hexdigest()


def entries(folder):
    """Path and place of all that is no folder; links are not followed."""
    for place, folders, files in os.walk(os.fsencode(folder), onerror=cannot):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in files + links:
            path = os.path.join(place, name)
            yield os.fsdecode(os.path.relpath(path, os.fsencode(folder))), path


def look(path):
    if os.path.islink(path):
        return "link to " + os.fsdecode(os.readlink(path))
    return digest(path) if os.path.isfile(path) else "special"


def cannot(error):
    print(f"cannot look at the backup: {error}", file=sys.stderr)
    sys.exit(75)


def record(folder, digests, before):
    known = json.load(open(before)) if before and os.path.exists(before) else {}
    found = {}
    for path, place in entries(folder):
        shared = not os.path.islink(place) and os.stat(place).st_nlink > 1
        found[path] = known[path] if shared and path in known else look(place)
    with open(digests + ".part", "w") as file:
        json.dump(found, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(digests + ".part", digests)


def check(folder, digests):
    known = json.load(open(digests))
    found = dict(entries(folder))
    wrong = [f"'{path}' is not there" for path in known if path not in found]
    wrong += [f"'{path}' was not in it" for path in found if path not in known]
    wrong += [f"'{path}' has other bytes" for path in known if path in found and look(found[path]) != known[path]]
    if wrong:
        print(f"{'; '.join(wrong[:5])}{f' and {len(wrong) - 5} more' if len(wrong) > 5 else ''}", file=sys.stderr)
        sys.exit(1)
    print(json.dumps({"files": len(known), "message": f"{len(known)} files have the bytes they were made with"}))


try:
    task, folder, digests, *before = sys.argv[1:]
    record(folder, digests, before and before[0]) if task == "record" else check(folder, digests)
except (OSError, ValueError) as error:
    cannot(error)
