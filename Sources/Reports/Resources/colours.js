// Colour scales, computed in OKLab (Ottosson, 2020), whose lightness is the eye's: a sequential scale ascends in lightness
// all the way, so that it can be read without seeing hues, and so in print; the diverging one goes to
// blue, the reference's colour, and to orange, the policy's.

function toRGB(lightness, chroma, hue) {
    const angle = (hue * Math.PI) / 180;
    const a = chroma * Math.cos(angle);
    const b = chroma * Math.sin(angle);
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    return [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ].map((linear) => {
        const x = Math.min(1, Math.max(0, linear));
        return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
    });
}

const css = (rgb) => `rgb(${rgb.join(", ")})`;
const between = (from, to, share) => from + (to - from) * share;

// From 0 to 1: from the page's ground to what stands out most. Yellow, green, blue as in viridis.
function sequential(share, dark) {
    const t = Math.min(1, Math.max(0, share));
    return dark
        ? toRGB(between(0.24, 0.93, t), 0.02 + 0.12 * Math.sin(Math.PI * Math.min(1, 0.85 * t)), between(270, 100, t))
        : toRGB(between(1, 0.38, t), 0.13 * Math.sin((Math.PI / 2) * Math.min(1, 1.5 * t)), between(100, 275, t));
}

// From -1 to 1: blue below, where p gives a token more, and orange above, where q does.
function diverging(share, dark) {
    const t = Math.min(1, Math.abs(share));
    const hue = share < 0 ? 255 : 58;
    const chroma = (share < 0 ? 0.16 : 0.15) * t ** 0.8;
    return dark ? toRGB(between(0.24, 0.78, t), chroma, hue) : toRGB(between(1, 0.52, t), chroma, hue);
}

function luminance(rgb) {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Black or white, whichever is more legible: at least 4.5 to 1 on every ground.
function inkOn(rgb) {
    return luminance(rgb) > 0.179 ? "#000" : "#fff";
}
