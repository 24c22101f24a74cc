"""Random responses that look at the corners of shaped rewards."""

PIECES = [
    "<think>", "<think>\n", "</think>", "\n</think>\n", "</think>\n", "<answer>", "<answer>\n", "\n<answer>\n", "</answer>",
    "\n</answer>", "\n</answer>\n", "\n", "\n\n", " ", "\t", "\r\n", "\u00a0", "\u2028", "\u0085", "\u001c", "\u200b",
    "Step 1:", "Step 12 :", "Step \u0663:", "Step \u096b\u0662:", "Step x:", "Step \u00b2:", "1.", "23.", "\u0967.", "-", "* ", "\n-", "\n*",
    "\n2.", "First,", "First ", "Second,", "Next,", "Finally,", "FIRST,", "a", "A", "b", "B", "the", "The", "\u03a3", "\u03c3", "\u03c2",
    "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2", "'", "\u0130", "i\u0307", "\u00c9", "E\u0301", "\u00e9", "e\u0301", "\u1e9e",
    "\u00df", "\U0001f600", "\U0001d7d8.", "\u4e2d\u6587", "x", "x",
]
WORDS = ["a", "A", "b", "the", "THE", "\u03a3\u03a3", "\u03c3\u03c2", "so"]


def random_text(random):
    kind = random.randrange(5)
    if kind == 0:
        return "".join(random.choices(PIECES, k=random.randrange(30)))
    if kind == 1:
        return " ".join(random.choices(WORDS[: random.randrange(1, len(WORDS))], k=random.randrange(60)))
    middle = lambda: "".join(random.choices(PIECES, k=random.randrange(4)))  # noqa: E731
    text = "<think>\n" + middle() + "\n</think>\n<answer>\n" + middle() + "\n</answer>" + random.choice(["", "", "\n", "x", "\n\nx"])
    if kind == 2:
        place = random.randrange(len(text))
        text = text[:place] + random.choice(PIECES) + text[place + random.randrange(3):]
    return text
