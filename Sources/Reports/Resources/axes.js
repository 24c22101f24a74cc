// Scales from numbers to pixels, and where their ticks are.

// About as many as wanted, and at least three where there is room between; `least` is the smallest step.
function linearTicks(low, high, wanted, least) {
    const span = high - low;
    if (!(span > 0)) return [low];
    const count = (step) => Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1;
    const power = Math.floor(Math.log10(span / wanted));
    const steps = [power - 1, power, power + 1].flatMap((exponent) => [1, 2, 5].map((factor) => Number(`${factor}e${exponent}`)))
        .filter((step) => step >= least);
    if (steps.length === 0) steps.push(least);
    let index = steps.findIndex((step) => span / step <= wanted);
    if (index < 0) index = steps.length - 1;
    while (index > 0 && count(steps[index]) < 3) index -= 1;
    const ticks = [];
    for (let tick = Math.ceil(low / steps[index] - 1e-9); tick * steps[index] <= high + steps[index] * 1e-9; tick += 1) {
        ticks.push(Number((tick * steps[index]).toPrecision(12)));
    }
    return ticks;
}

// Of logarithms: whole powers of ten, as many as fit, and numbers between them where there are few.
function decadeTicks(low, high, wanted) {
    for (const factors of [[1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3]]) {
        if ((high - low) * factors.length > 2 * wanted) continue;
        const between = [];
        for (let power = Math.floor(low); power <= high; power += 1) {
            for (const factor of factors) between.push(power + Math.log10(factor));
        }
        const ticks = between.filter((tick) => tick >= low - 1e-9 && tick <= high + 1e-9);
        if (ticks.length >= 2 && ticks.length <= 1.5 * wanted) return ticks;
    }
    const ticks = [];
    const step = Math.max(1, Math.ceil((high - low) / wanted));
    for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power += step) ticks.push(power);
    return ticks;
}

function decadeLabel(power) {
    if (!Number.isInteger(power) || (power >= -2 && power <= 3)) return shown(Number((10 ** power).toPrecision(3)));
    const digits = { "-": "\u207b", 0: "\u2070", 1: "\u00b9", 2: "\u00b2", 3: "\u00b3", 4: "\u2074", 5: "\u2075",
        6: "\u2076", 7: "\u2077", 8: "\u2078", 9: "\u2079" };
    return "10" + [...String(power)].map((digit) => digits[digit]).join("");
}

// What stands at a place of a scale: "linear", "counted" (whole numbers), "log" (places are common logarithms), or a unit, whose multiples' asinh they are.
function axisNumber(place, scale) {
    if (scale === "log") return 10 ** place;
    return scale === "linear" || scale === "counted" ? place : scale * Math.sinh(place);
}

// Of asinh(number / unit): 0 and 1, 2 and 5 times powers of ten on both sides, as many as their labels leave room for.
function bothWaysTicks(low, high, wanted, unit) {
    const ticks = low <= 0 && high >= 0 ? [0] : [];
    // As wide as the axis thinks that a tick is, in pixels, by which it counts those that are wanted.
    const pixels = (70 * wanted) / (high - low);
    for (const sign of [1, -1]) {
        let last = { place: 0, length: 1 };
        for (let power = -4; power <= 6; power += 1) {
            for (const factor of [1, 2, 5]) {
                const number = Number(`${factor}e${power}`);
                const place = Math.asinh(number / unit);
                // Of the longer label, so that both sides are alike.
                const length = shown(-number).length;
                if (sign * place < low || sign * place > high || (place - last.place) * pixels < 3 * (length + last.length) + 8) continue;
                ticks.push(sign * place);
                last = { place, length };
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
        : kind === "linear" || kind === "counted" ? linearTicks(low, high, wanted, kind === "counted" ? 1 : 0)
            : bothWaysTicks(low, high, wanted, kind));
    // So many digits that ticks of a narrow range differ.
    const digits = Math.min(10, Math.max(4, Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low))) + 2));
    scale.label = (place) => (kind === "log" ? decadeLabel(place)
        : shown(Number(axisNumber(place, kind).toPrecision(digits + 2)), digits));
    return scale;
}
