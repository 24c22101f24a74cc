// A bar for each of a few names; plain elements, so that long names wrap.

function bars(block) {
    const most = Math.max(0, ...block.bars.map((bar) => value(bar.value)).filter(Number.isFinite));
    return element("figure", { class: "chart bars" },
        element("figcaption", {}, element("h3", {}, block.title),
            element("p", {}, [block.note, block.x].filter(Boolean).join(" \u00b7 "))),
        element("div", { class: "barlist" }, block.bars.map((bar) => {
            const strip = element("i", { class: "mark" });
            strip.style.width = (value(bar.value) > 0 ? Math.max(0.5, (100 * value(bar.value)) / most) : 0) + "%";
            return [element("span", { class: "barname" }, visible(bar.name)), element("span", { class: "track" }, strip),
                element("span", { class: "number" }, shown(bar.value))];
        })));
}
