"""A pytest plugin that imports one module of ours with one fault in it; the files stay as they are.

``MUTANT=studio.credits.budgets:12 python -m pytest -p tests.mutation.plugin …``: the module, and its mutant's position.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from tests.installation import ROOT
from tests.mutation.mutants import mutate

MODULE, _, POSITION = os.environ["MUTANT"].partition(":")


class Faulty(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        """Past the cache of compiled modules, which holds the sound one."""
        source = Path(self.path).read_text()
        return compile(mutate(source, int(POSITION)), self.path, "exec")


class Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != MODULE:
            return None
        file = str(ROOT / f"{MODULE.replace('.', '/')}.py")
        return spec_from_file_location(fullname, file, loader=Faulty(fullname, file))


sys.meta_path.insert(0, Finder())
