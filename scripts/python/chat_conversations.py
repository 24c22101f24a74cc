"""Conversations that chat templates are tried with."""


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def conversations():
    """(name, messages)"""
    user = lambda text, **more: message("user", text, **more)  # noqa: E731
    assistant = lambda text, **more: message("assistant", text, **more)  # noqa: E731
    system = lambda text, **more: message("system", text, **more)  # noqa: E731
    return [
        ("single", [user("What is 7 * 6?")]),
        ("system", [system("Be brief."), user("What is 7 * 6?")]),
        ("answered", [user("What is 7 * 6?"), assistant("42")]),
        ("two turns", [user("One?"), assistant("1"), user("Two?")]),
        ("system, two turns", [system("Count."), user("One?"), assistant("1"), user("Two?"), assistant("2")]),
        ("thought", [user("Why?"), assistant("<think>\nBecause.\n</think>\n\nSo."), user("And?")]),
        ("thought last", [user("Why?"), assistant("<think>\nBecause.\n</think>\n\nSo.")]),
        ("two thoughts", [user("a"), assistant("<think>x</think>y"), user("b"), assistant("<think>z</think>w")]),
        ("open thought", [user("Why?"), assistant("<think>never closed"), user("And?")]),
        ("closing only", [user("Why?"), assistant("Because.</think>So."), user("And?")]),
        ("reasoning", [user("Why?"), assistant("So.", reasoning_content="Because."), user("And?")]),
        ("reasoning last", [user("Why?"), assistant("So.", reasoning_content="\nBecause.\n")]),
        ("thinking", [user("Why?"), assistant("So.", thinking="Because."), user("And?"), assistant("Yes.")]),
        ("empty", [user("")]),
        ("all empty", [system(""), user(""), assistant(""), user("")]),
        ("spaces", [system("  s \n"), user(" \n a \t\n"), assistant("\n\n b  \n"), user("c\n\n\n")]),
        ("unicode", [system("Überprüfe"), user("¿Qué? 你好 👩‍👩‍👧 e\u0301 \u00a0\u2003x\u200b"), assistant("\u3000ありがとう\u2028"), user("🇩🇪")]),
        ("markup", [user("<b>&amp;</b> '\"\\ {{ x }} {% if %} {# #}"), assistant("<|im_end|></s>"), user("[INST] x")]),
        ("lines", [user("a\r\nb\rc\nd\x0be\x0cf\x1cg\x85h"), assistant("1\n2"), user("3")]),
        ("long", [user("x" * 5000), assistant("y " * 3000), user("z\n" * 1000)]),
        ("eight turns", [t for i in range(4) for t in (user(f"q{i}"), assistant(f"a{i}"))] + [user("last")]),
        ("none content", [user("a"), assistant(None), user("b")]),
        ("two users", [user("a"), user("b")]),
        ("assistant first", [assistant("a"), user("b")]),
        ("system last", [user("a"), system("b")]),
        ("only system", [system("a")]),
        ("unknown role", [user("a"), message("critic", "b"), user("c")]),
        ("extra keys", [user("a", name="Ann", weight=1.5, tags=["x", None, True]), assistant("b", tool_calls=[]), user("c")]),
        ("parts", [user([{"type": "text", "text": "Hello"}, {"type": "text", "text": " you"}]), assistant([{"type": "text", "text": "Hi"}])]),
        ("nobody", []),
    ]


TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
}

SETTINGS = [
    TOKENS,
    {**TOKENS, "enable_thinking": True},
    {**TOKENS, "enable_thinking": False},
    {},
]
