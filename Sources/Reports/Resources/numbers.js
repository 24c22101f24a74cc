// Numbers for people. null is not known; "inf" and "-inf" are infinite.

function value(number) {
    if (number === "inf") return Infinity;
    if (number === "-inf") return -Infinity;
    return number === null || number === undefined ? NaN : number;
}

function grouped(whole) {
    return String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function shown(number, digits) {
    const x = value(number);
    if (Number.isNaN(x)) return "\u2013";
    if (x === Infinity) return "\u221e";
    if (x === -Infinity) return "\u2212\u221e";
    const size = Math.abs(x);
    let text;
    if (x === 0) text = "0";
    else if (Number.isInteger(x) && size < 1e15) text = grouped(size);
    else if (size < 1e-3 || size >= 1e6) text = Number(size.toPrecision((digits || 4) - 1)).toExponential().replace("-", "\u2212").replace("+", "");
    else text = String(Number(size.toPrecision(digits || 4)));
    return (x < 0 ? "\u2212" : "") + text;
}

function percent(share) {
    const x = 100 * value(share);
    if (Number.isNaN(x)) return "\u2013";
    if (x === 0 || x === 100) return x + " %";
    if (Math.abs(x) < 0.01) return shown(x, 3) + " %";
    return Number(x.toPrecision(Math.abs(x) >= 99.9 ? 5 : 3)) + " %";
}
