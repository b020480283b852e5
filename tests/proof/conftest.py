"""A show, and settings that take small test pictures."""

import sys
from pathlib import Path

import pytest

from edition.proof.document_model import PrintSet
from edition.recipe.proof_settings import ProofSettings

sys.path.insert(0, str(Path(__file__).parent))
from tests_proof_kit import make_show


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> PrintSet:
    return make_show(tmp_path_factory.mktemp("prints"), 7)


@pytest.fixture
def coarse() -> ProofSettings:
    """Settings that take small test pictures."""
    return ProofSettings(print_mm=40, ppi_least=36, ppi_good=36)
