"""What `finding` prints: what was asked for, with its causes, and its programs as they stand in the file."""

from properties.findings import all_findings
from reports.render import finding_text


def test_finding_is_found_by_what_it_mentions() -> None:
    """By a part of its name, a symbol as users write it, or an error; an exact name shows it."""
    for text in ("nn.Partitioned", "PARTITIONED", "an auto mesh context"):
        assert (
            "partitioned_box_needs_a_mesh_context\n    `nn.Partitioned`, `nn.LogicallyPartitioned` params"
            in finding_text.as_text(text)
        )
    told = finding_text.as_text("partitioned_box_needs_a_mesh_context")
    assert told.startswith("`nn.Partitioned`, `nn.LogicallyPartitioned` params need a mesh context\n")


def test_finding_tells_causes_apart_and_merges_what_is_alike() -> None:
    """One line for the releases of an exception and for those of changes; whose cause it is; how to fix it."""
    told = finding_text.as_text("legacy_mesh_context_is_ignored")
    assert "Cause (0.12.1): " in told
    assert "Later change of the failure (0.12.2): " in told
    assert "In the source: " in told
    assert "Suggested fix in Flax: " in told
    assert "Fixed by (0.12.12): " in finding_text.as_text("custom_axis_metadata_gets_unknown_keywords")
    assert finding_text.as_text("metadata_of_variables").count("Changes with") == 1
    for one in all_findings():
        said = finding_text.as_text(one.name)
        lines = [line for line in said.splitlines() if line.startswith("Raised on ")]
        exceptions = [line.rpartition(": ")[2] for line in lines]
        assert len(exceptions) == len({*exceptions})
        # Once, and what the program asserts is no exception of the user's.
        assert said.count("The program below fails on ") == bool(one.fails)
        assert "AssertionError" not in exceptions


def test_finding_gives_its_programs() -> None:
    """As they stand in its file, so that each can be run."""
    (one,) = (one for one in all_findings() if one.name == "legacy_mesh_context_is_ignored")
    assert finding_text.witness(one.name) == one.witness.lstrip()
    assert finding_text.remedied(one.name) == one.remedied().lstrip()
