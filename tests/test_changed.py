"""What a quick check is about."""

import pytest

from tests.changed import ROOT, changed, with_importers


@pytest.mark.slow
def test_files_that_import_a_changed_one_are_checked_with_it() -> None:
    found = {str(file.relative_to(ROOT)) for file in with_importers([ROOT / "models/types.py"])}
    assert {"models/types.py", "models/dashboard.py", "graph/enums.py"} <= found
    assert "aggregation/compute/needs.py" in found, "it takes an enum of that file from the package"
    assert "filters/spans.py" not in found


def test_nothing_changed_is_nothing_to_check() -> None:
    assert with_importers([]) == set()


def test_a_file_that_git_does_not_know_yet_is_changed() -> None:
    file = ROOT / "tests" / "not_committed_yet.py"
    file.touch()
    try:
        assert file in changed("HEAD")
    finally:
        file.unlink()
    assert file not in changed("HEAD")
