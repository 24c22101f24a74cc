// Tables: sorted by a column's name, cut to their first rows until asked for all, scrolled inside themselves.

function table(block) {
    let rows = block.rows.map((cells, order) => ({ cells, order }));
    let sorted = { column: -1, descending: true };
    let all = block.rows.length <= block.shown + 3;
    const most = block.columns.map((column, index) => (column.kind === "bar"
        ? Math.max(0, ...block.rows.map((row) => value(row[index])).filter(Number.isFinite)) : 0));
    const body = element("tbody");
    const more = element("button", { type: "button", class: "more", hidden: all, onclick: () => {
        all = true;
        more.hidden = true;
        fillBody();
    } }, `Show all ${grouped(rows.length)} rows`);
    const isSortable = (kind) => !["jump", "context", "spark"].includes(kind);
    const isNumber = (kind) => ["number", "bar", "share", "estimate"].includes(kind);
    const heads = block.columns.map((column, index) => element("th", { scope: "col", class: isNumber(column.kind) ? "number" : null },
        isSortable(column.kind) && block.rows.length > 2 && column.name
            ? element("button", { type: "button", onclick: () => sort(index) }, column.name) : column.name));

    function sort(index) {
        const same = sorted.column === index;
        sorted = { column: index, descending: same ? !sorted.descending : isNumber(block.columns[index].kind) };
        const kind = block.columns[index].kind;
        const key = (row) => (kind === "estimate" ? value(row.cells[index][0])
            : isNumber(kind) ? value(row.cells[index]) : String(row.cells[index]));
        rows.sort((a, b) => {
            const [one, other] = [key(a), key(b)];
            // What is not known comes last both ways.
            if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other) || a.order - b.order;
            const order = one < other ? -1 : one > other ? 1 : 0;
            return (sorted.descending ? -order : order) || a.order - b.order;
        });
        heads.forEach((head, place) => {
            if (place === index) head.setAttribute("aria-sort", sorted.descending ? "descending" : "ascending");
            else head.removeAttribute("aria-sort");
        });
        fillBody();
    }

    function fillBody() {
        const seen = all ? rows : rows.slice(0, block.shown);
        body.replaceChildren(...seen.map((row) => element("tr", {}, row.cells.map((cell, index) =>
            tableCell(cell, block.columns[index].kind, most[index])))));
    }

    fillBody();
    return element("div", { class: "table" }, block.title ? element("h3", {}, block.title) : null,
        block.note ? element("p", { class: "note" }, block.note) : null,
        element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": block.title || "Table" },
            element("table", { class: block.columns[0].kind === "text" ? "named" : null }, element("thead", {}, element("tr", {}, heads)), body)), more);
}

function tableCell(cell, kind, most) {
    switch (kind) {
    case "number": return element("td", { class: "number" }, shown(cell));
    case "share": return element("td", { class: "number" }, percent(cell));
    case "token": return element("td", { class: "code" }, tokenText(cell));
    case "estimate": return element("td", { class: "number" }, shown(cell[0]),
        value(cell[1]) <= value(cell[2]) ? element("span", { class: "interval" }, ` [${shown(cell[1], 3)}, ${shown(cell[2], 3)}]`) : null);
    case "bar": {
        const bar = element("i", { class: "bar" });
        bar.style.width = (most > 0 ? Math.min(1, Math.max(0, value(cell) || 0) / most) * 48 : 0) + "px";
        return element("td", { class: "number withbar" }, bar, element("span", {}, shown(cell)));
    }
    case "code": return element("td", { class: "code" }, cell === null ? "\u2013" : element("bdi", {}, visible(String(cell))));
    case "name": return element("td", { class: "code name" }, cell === null ? "\u2013" : element("bdi", {}, visible(String(cell))));
    case "context": return element("td", { class: "context" },
        element("bdi", { class: "before" }, visible(cell[0])), element("bdi", { class: "token" }, visible(cell[1])),
        element("bdi", {}, visible(cell[2])));
    case "spark": return element("td", {}, spark(cell));
    case "jump": return element("td", {}, cell === null ? null : element("button", { type: "button", class: "jump",
        onclick: () => showToken(cell[0], cell[1]) }, "in the text"));
    default: return element("td", { class: "text" }, cell === null ? "\u2013" : visible(String(cell)));
    }
}

function spark(counts) {
    if (!Array.isArray(counts) || counts.length === 0) return "\u2013";
    const most = Math.max(1, ...counts);
    const drawing = shape("svg", { class: "spark", viewBox: "0 0 96 22", width: 96, height: 22, role: "img", "aria-label": "histogram" });
    counts.forEach((count, index) => {
        if (count <= 0) return;
        const height = Math.max(0.8, (22 * count) / most);
        drawing.append(shape("rect", { x: (96 * index) / counts.length, y: 22 - height, width: 96 / counts.length + 0.1, height }));
    });
    return drawing;
}
