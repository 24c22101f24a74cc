// Scales from numbers to pixels, and where their ticks are.

function linearTicks(low, high, wanted) {
    const span = high - low;
    if (!(span > 0)) return [low];
    const base = 10 ** Math.floor(Math.log10(span / wanted));
    const step = [1, 2, 5, 10].map((factor) => factor * base).find((size) => span / size <= wanted) || 10 * base;
    const ticks = [];
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
        ticks.push(Number((index * step).toPrecision(12)));
    }
    return ticks;
}

// Of logarithms: whole powers of ten, as many as fit.
function decadeTicks(low, high, wanted) {
    const ticks = [];
    const step = Math.max(1, Math.ceil((high - low) / wanted));
    for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power += step) ticks.push(power);
    return ticks;
}

function decadeLabel(power) {
    if (power >= -2 && power <= 3) return shown(10 ** power);
    const digits = { "-": "\u207b", 0: "\u2070", 1: "\u00b9", 2: "\u00b2", 3: "\u00b3", 4: "\u2074", 5: "\u2075",
        6: "\u2076", 7: "\u2077", 8: "\u2078", 9: "\u2079" };
    return "10" + [...String(power)].map((digit) => digits[digit]).join("");
}

// `log`: whether low and high are common logarithms of what is shown.
function axis(low, high, from, to, log) {
    const scale = (number) => from + ((number - low) / (high - low)) * (to - from);
    scale.low = low;
    scale.high = high;
    scale.inverse = (pixel) => low + ((pixel - from) / (to - from)) * (high - low);
    scale.ticks = (wanted) => (log ? decadeTicks(low, high, wanted) : linearTicks(low, high, wanted));
    scale.label = (number) => (log ? decadeLabel(number) : shown(number));
    scale.number = (number) => (log ? 10 ** number : number);
    return scale;
}
