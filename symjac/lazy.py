"""Modules that are loaded at their first use (SPEC 1), so that a verdict needs none."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType

from symjac.errors import PackageError


def lazy_import(name: str) -> ModuleType:
    """A module that is loaded when an attribute is first read.

    Raises:
        ModuleNotFoundError: the module is not installed.

    Source: Scientific Python SPEC 1; the recipe in importlib's documentation.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def is_installed(name: str) -> bool:
    """Whether a package could be imported."""
    return importlib.util.find_spec(name) is not None


def optional_import(name: str, *, extra: str) -> ModuleType:
    """A module of a package that only one of symjac's extras brings.

    Raises:
        PackageError: the package is not installed; the hint names the extra.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise PackageError(
            f"this needs {package}, which is not installed",
            hint=f"pip install 'symjac[{extra}]'",
        ) from None
