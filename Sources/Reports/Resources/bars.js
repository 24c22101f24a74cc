// A bar for each of a few names; plain elements, so that long names wrap. Bars of numbers below 0 go to the left of where 0 is.

function bars(block) {
    const numbers = block.bars.map((bar) => value(bar.value)).filter(Number.isFinite);
    const least = Math.min(0, ...numbers);
    const span = Math.max(0, ...numbers) - least;
    return element("figure", { class: "chart bars" },
        element("figcaption", {}, element("h3", {}, block.title),
            element("p", {}, [block.note, block.x].filter(Boolean).join(" \u00b7 "))),
        element("div", { class: "barlist" }, block.bars.map((bar) => {
            const strip = element("i", { class: "mark" });
            const size = value(bar.value);
            const drawn = Number.isFinite(size) && size !== 0;
            const width = drawn ? Math.max(0.5, (100 * Math.abs(size)) / span) : 0;
            const zero = span > 0 ? (-100 * least) / span : 0;
            strip.style.width = width + "%";
            strip.style.marginInlineStart = Math.max(0, size < 0 ? zero - width : zero) + "%";
            return [element("span", { class: "barname" }, visible(bar.name)), element("span", { class: "track" }, strip),
                element("span", { class: "number" }, shown(bar.value))];
        })));
}
