"""The corpora, imported once for all proofs."""

import pytest

from tests.proof.corpus import CORPORA, Shelf


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """The corpora, source by source; what needs them is skipped where they are not."""
    if not CORPORA.is_dir():
        pytest.skip("the recorded corpora are not here (../shared/corpora)")
    return Shelf(tmp_path_factory.mktemp("proof"))
