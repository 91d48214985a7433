"""The buckets that chains come from: asked for online, and offline the folders that are named beside the first."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner.errors import UsageError
from scanner.integrity.judging.links import Link
from scanner.integrity.stores.folder import FolderStore, open_folder
from scanner.integrity.stores.store import Store
from scanner.integrity.validation.origins import is_proved


@dataclass(frozen=True, slots=True)
class Buckets:
    """Every bucket that a digest names which AWS signed: nobody else can have somebody's bucket asked for."""

    first: Store

    def opened(self, first: Link) -> Store | str:
        """The bucket before, by the first digest after the change."""
        from scanner.integrity.stores.bucket import BucketStore

        if first.previous is None or not is_proved(first) or not isinstance(self.first, BucketStore):
            return "the digest file that names it is not proved, so that bucket was not asked for"
        return replace(self.first, bucket=first.previous.bucket, prefix="")

    def check(self) -> None:
        """Nothing was named besides."""


@dataclass(slots=True)
class Folders:
    """Copies of buckets. UsageError for two of one bucket, and for one that holds no digest files."""

    first: Store
    named: Sequence[str]
    _by_bucket: dict[str, FolderStore] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for each in self.named:
            folder = open_folder(Path(each), None)
            if not folder.bucket:
                raise UsageError(f"{each} holds no digest files that can be read.", "Name a copy of a whole bucket.")
            if folder.bucket == self.first.bucket or folder.bucket in self._by_bucket:
                raise UsageError(
                    f"{each} is a second copy of the bucket {folder.bucket}.", "Name one folder for each bucket."
                )
            self._by_bucket[folder.bucket] = folder

    def opened(self, first: Link) -> Store | str:
        """The copy of the bucket before, by the first digest after the change."""
        bucket, key = (first.previous.bucket, first.previous.key) if first.previous is not None else ("", "")
        folder = self.first if bucket == self.first.bucket else self._by_bucket.get(bucket)
        if isinstance(folder, FolderStore) and not key.startswith(folder.base):
            return f"{folder.label} begins below it: name a copy of the whole bucket"
        if folder is None:
            return (
                "copy it as well, and name it too: `trailwitness integrity FOLDER BEFORE`, `trailwitness assess "
                "--logs-before BEFORE`"
            )
        self._used.add(bucket)
        return folder

    def check(self) -> None:
        """Refuse a copy that nothing led to: whoever names it takes it to be validated. Raises UsageError."""
        for bucket, folder in self._by_bucket.items():
            if bucket not in self._used:
                raise UsageError(
                    f"No chain in {self.first.label} comes from the bucket {bucket} in the period, so that nothing of "
                    f"{folder.label} was looked at.",
                    "Name first the copy of the bucket that the trail delivers to now, or validate each by itself.",
                )
