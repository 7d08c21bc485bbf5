"""What is written: whole or not at all, by one writer at a time, with the digests of what it came from."""

from ebpm.records.digests import code_digest, digest, digest_of, environment, numerical_digest
from ebpm.records.locking import only_writer
from ebpm.records.pictures import carrying
from ebpm.records.writing import mend, replace_folder, write_whole

__all__ = [
    "carrying", "code_digest", "digest", "digest_of", "environment", "mend", "numerical_digest", "only_writer",
    "replace_folder", "write_whole",
]  # fmt: skip
