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

// What stands at a place of a scale: "linear", "log" (places are common logarithms), or a unit, whose multiples' asinh they are.
function axisNumber(place, scale) {
    if (scale === "log") return 10 ** place;
    return scale === "linear" ? place : scale * Math.sinh(place);
}

// Of asinh(number / unit): 0 and powers of ten on both sides, as many as fit.
function bothWaysTicks(low, high, wanted, unit) {
    const ticks = low <= 0 && high >= 0 ? [0] : [];
    const apart = (high - low) / wanted;
    for (const sign of [1, -1]) {
        let last = 0;
        for (let power = -4; power <= 6; power += 1) {
            for (const factor of [1, 3]) {
                const place = sign * Math.asinh((factor * 10 ** power) / unit);
                if (place < low || place > high || Math.abs(place) - last < apart) continue;
                ticks.push(place);
                last = Math.abs(place);
            }
        }
    }
    return ticks.sort((a, b) => a - b);
}

function axis(low, high, from, to, kind) {
    const scale = (number) => from + ((number - low) / (high - low)) * (to - from);
    scale.low = low;
    scale.high = high;
    scale.inverse = (pixel) => low + ((pixel - from) / (to - from)) * (high - low);
    scale.ticks = (wanted) => (kind === "log" ? decadeTicks(low, high, wanted)
        : kind === "linear" ? linearTicks(low, high, wanted) : bothWaysTicks(low, high, wanted, kind));
    scale.label = (place) => (kind === "log" ? decadeLabel(place) : shown(Number(axisNumber(place, kind).toPrecision(6))));
    return scale;
}
