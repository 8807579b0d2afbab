"""A stage's parameters: its file over the template's defaults, under the command line's."""

from __future__ import annotations

import pytest

from infra import stages
from infra.aws import Stopped
from infra.package import declared_parameters

DECLARED = declared_parameters()


@pytest.mark.parametrize("stage", sorted(path.stem for path in stages.FOLDER.glob("*.yaml")))
def test_every_stages_file_fits_the_template(stage: str) -> None:
    chosen = stages.parameters(stage, DECLARED)
    assert set(chosen) == set(DECLARED)
    assert chosen["Stage"] == stage
    assert chosen["Prefix"] == f"perennial-{stage}"
    assert (chosen["DeletionProtection"] == "false") == (stage == "local")
    assert (chosen["AllowedRecipients"] == "*") == (stage in ("local", "prod"))


def test_the_command_line_wins_and_lists_become_text() -> None:
    chosen = stages.parameters("dev", DECLARED, prefix="p-x", changed={"Sender": "Shop <a@shop.example>"})
    assert (chosen["Prefix"], chosen["SenderAddress"]) == ("p-x", "a@shop.example")
    assert chosen["AllowedRecipients"] == "*@simulator.amazonses.com"
    assert chosen["IngestRate"] == "100"


@pytest.mark.parametrize(
    ("stage", "changed", "said"),
    [
        ("nowhere", {}, "Copy infra/stages/dev.yaml"),
        ("Not A Stage", {}, "no name for a stage"),
        ("dev", {"Typo": "1"}, "no parameter Typo"),
        ("dev", {"Sender": "Shop"}, "holds no address"),
    ],
)
def test_mistakes_are_explained(stage: str, changed: dict[str, str], said: str) -> None:
    with pytest.raises(Stopped, match=said):
        stages.parameters(stage, DECLARED, changed=changed)


def test_no_stage_begins_with_restored_tables() -> None:
    assert stages.restored("dev") == {}
