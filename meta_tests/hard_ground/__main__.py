"""``python -m meta_tests.hard_ground``: prints the table of conditions in Markdown."""

from meta_tests.hard_ground.condition import Condition
from meta_tests.hard_ground.conditions import CONDITIONS


def _row(one: Condition) -> str:
    return f"| {one.name} | {one.expected.words} | {'always' if one.quick else '`--thorough`'} |"


if __name__ == "__main__":
    print("| condition | the suite on the newest release | tried |", "| --- | --- | --- |", sep="\n")
    print("\n".join(map(_row, CONDITIONS)))
