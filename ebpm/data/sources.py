"""Where the bytes of a data set come from: a file in the pilot's folder, or a data set that a package carries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from ebpm.data.contract import DataSet
from ebpm.errors import DataError, did_you_mean
from ebpm.texts import LANGUAGES, label


def _jobtraining() -> bytes:
    from linearmodels.datasets import jobtraining

    return str(jobtraining.load().to_csv(index=False, lineterminator="\n")).encode()


PACKAGES: MappingProxyType[str, Callable[[], bytes]] = MappingProxyType(
    {
        "linearmodels.datasets.jobtraining": _jobtraining,
    }
)


def fetch(dataset: DataSet, folder: Path) -> bytes:
    """Return the bytes of a data set.

    Parameters
    ----------
    dataset : its contract.
    folder : the folder that `dataset.path` starts from.

    Raises
    ------
    DataError : if the file is not there, cannot be read or is empty; if the package is not in the registry or not installed.
    """
    data = _packaged(dataset.package) if dataset.package else _read(folder, dataset.path)
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise DataError("data_empty_file", file=dataset.place, size=len(data))
    return data


def _read(folder: Path, path: str) -> bytes:
    file = folder / path
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError("data_not_found", file=path, folder=folder.name, near=_neighbours(file)) from None
    except OSError as failure:
        raise DataError("data_not_readable", file=path, reason=failure.strerror or type(failure).__name__) from None


def _neighbours(file: Path) -> str | dict[str, str]:
    if not file.parent.is_dir():
        return {lang: label("data_no_folder", lang, folder=file.parent.name) for lang in LANGUAGES}
    names = [entry.name for entry in file.parent.iterdir() if entry.is_file()]
    return did_you_mean(file.name, names) or "-"


def _packaged(package: str) -> bytes:
    if package not in PACKAGES:
        raise DataError("data_unknown_package", package=package, known=", ".join(PACKAGES))
    try:
        return PACKAGES[package]()
    except ImportError:
        raise DataError("data_package_missing", package=package, distribution=package.partition(".")[0]) from None
