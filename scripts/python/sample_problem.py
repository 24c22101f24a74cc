"""What the sample's problem makers return."""

import dataclasses


@dataclasses.dataclass
class Problem:
    """`methods` are (paragraphs, answer); those whose answer is not `answer` hold a slip."""

    text: str
    answer: str
    kind: str
    solution: str
    methods: list
