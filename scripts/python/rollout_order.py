"""Which rollouts of a batch go into which update: random divisions by Philox4x32-10 (Salmon et al. 2011) and Fisher and Yates."""

WORD = (1 << 32) - 1


def uniform(seed, stream, step):
    """A number in [0, 1) of 53 bits."""
    a, b, c, d = step & WORD, step >> 32, stream & WORD, stream >> 32
    keys = [seed & WORD, seed >> 32]
    for _ in range(10):
        first, second = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (second >> 32) ^ b ^ keys[0], second & WORD, (first >> 32) ^ d ^ keys[1], first & WORD
        keys = [(keys[0] + 0x9E3779B9) & WORD, (keys[1] + 0xBB67AE85) & WORD]
    return ((a << 21) | (b >> 11)) * 2.0 ** -53


def permutation(count, seed, epoch):
    numbers = list(range(count))
    stream = (1 << 64) - 1 - epoch
    for index in range(count - 1, 0, -1):
        other = int(uniform(seed, stream, index) * (index + 1))
        numbers[index], numbers[other] = numbers[other], numbers[index]
    return numbers


def divisions(count, batch, settings):
    """For each update of a batch, which are numbered from 1, the numbers of its rollouts."""
    accumulated, iterations = settings["gradient_accumulation_steps"], settings.get("num_iterations", 1)
    parts = settings.get("steps_per_generation", accumulated) // accumulated
    found = []
    for iteration in range(iterations):
        order = list(range(count))
        if parts > 1:
            order = permutation(count, settings.get("seed", 42), (1 << 40) + batch * iterations + iteration)
        size = -(-count // parts)
        found += [order[start:start + size] for start in range(0, count, size)]
    return found
