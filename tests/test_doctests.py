"""Every example in a docstring of the package runs and says what it says."""

from __future__ import annotations

import doctest
import importlib
from contextvars import copy_context

import pytest

from tests.architecture.source import trees

MODULES = sorted(path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in trees())


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name, monkeypatch):
    monkeypatch.setenv("EBPM_LANG", "en")
    module = importlib.import_module(name)
    result = copy_context().run(doctest.testmod, module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.failed == 0
