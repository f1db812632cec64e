"""Words in a prompt that control the sandbox, so that every state can be seen without spending credits."""

FAIL = "[sandbox:fail]"  # the clip fails, and is refunded
SLOW = "[sandbox:slow]"  # the clip takes much longer
REJECT = "[sandbox:reject]"  # the request is refused, and nothing is charged


def says(prompt: str, word: str) -> bool:
    return word in prompt.lower()
