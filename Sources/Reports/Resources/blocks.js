// What a page consists of, by the type of block.

function render(block) {
    switch (block.type) {
    case "section": return section(block);
    case "notices": return element("div", { class: "notices", role: "note" }, element("strong", {}, "Before you use the numbers"),
        element("ul", {}, block.items.map((item) => element("li", {}, visible(item)))));
    case "note": return element("p", { class: "note" }, block.text);
    case "facts": return element("dl", { class: "facts" }, block.rows.map(([name, content]) =>
        [element("dt", {}, visible(name)), element("dd", {}, element("bdi", {}, visible(content)))]));
    case "tiles": return element("div", { class: "tiles" }, block.items.map(tile));
    case "choice": return choice(block);
    case "grid": return element("div", { class: "grid" }, block.blocks.map(render));
    case "table": return table(block);
    case "histogram": return histogram(block);
    case "lines": return lines(block);
    case "hexbin": return hexbin(block);
    case "bars": return bars(block);
    case "tokens": return tokens(block);
    case "rollouts": return rollouts(block);
    default: return element("p", { class: "note" }, "This page lacks a part that it should have: " + block.type);
    }
}

const sections = [];

function section(block) {
    const id = "section-" + (sections.length + 1);
    sections.push([id, block.title]);
    return element("section", { id, "aria-label": block.title }, element("h2", {}, block.title),
        block.note ? element("p", { class: "note" }, block.note) : null, block.blocks.map(render));
}

function tile(item) {
    const format = item.share ? percent : shown;
    return element("div", { class: "tile" }, element("span", { class: "label" }, item.label),
        element("span", { class: "value" }, format(item.value)),
        item.lower !== null && item.upper !== null
            ? element("span", { class: "interval" }, `[${format(item.lower)}, ${format(item.upper)}]`) : null,
        item.note ? element("span", { class: "remark" }, item.note) : null);
}

let radioGroups = 0;

// Buttons of which one is down. `choose` is called with the index; returns the element.
function radios(label, names, chosen, choose) {
    radioGroups += 1;
    const group = "radios-" + radioGroups;
    return element("fieldset", { class: "radios" }, element("legend", {}, label), element("span", { class: "options" },
        names.map((name, index) => element("label", {},
            element("input", { type: "radio", name: group, value: index, checked: index === chosen, onchange: () => choose(index) }),
            element("span", {}, name)))));
}

function choice(block) {
    const content = element("div", { class: "chosen" });
    const made = [];
    const choose = (index) => {
        made[index] = made[index] || block.options[index].blocks.map(render);
        content.replaceChildren(...made[index]);
    };
    const names = block.options.map((option) => option.name);
    const control = names.length <= 5 ? radios(block.label, names, 0, choose)
        : element("label", { class: "select" }, block.label + " ", element("select", {
            onchange: (event) => choose(Number(event.target.value)),
        }, names.map((name, index) => element("option", { value: index }, visibleString(name)))));
    choose(0);
    return element("div", { class: "choice" }, control, content);
}
